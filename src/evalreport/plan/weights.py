"""From a subject in the plan to the weights that answer, as soon as they can be known."""

from collections.abc import Mapping

from evalreport.records import (
    Adapter,
    Base,
    Checkpoint,
    Endpoint,
    Model,
    Subject,
    TrainingLog,
    Weights,
)


def checkpoint_of(log: TrainingLog, name: str) -> Checkpoint | None:
    """The checkpoint of this name that a training left behind."""
    return next((kept for kept in log.checkpoints if kept.name == name), None)


def weights_of(
    subject: Subject,
    base_digests: Mapping[str, str],
    trainings: Mapping[str, TrainingLog],
    *,
    is_full: bool,
) -> Weights | None:
    """The weights behind a subject; None while its training has not run (or kept no such state).

    Args:
        subject: What answers.
        base_digests: Content digests of base models, by the model's path in the spec.
        trainings: Logs of finished trainings by step key.
        is_full: Whether training leaves whole models instead of adapters.
    """
    if isinstance(subject, Endpoint):
        return None
    if isinstance(subject, Model):
        return Weights(
            base_digest=subject.digest, dtype=subject.dtype, quantization=subject.quantization
        )
    base = subject if isinstance(subject, Base) else subject.base
    base_digest = base_digests.get(base.model)
    if base_digest is None:
        return None
    bare = Weights(base_digest=base_digest, dtype=base.dtype, quantization=base.quantization)
    if isinstance(subject, Base):
        return bare
    if isinstance(subject, Adapter):
        return bare.model_copy(update={"adapter_digest": subject.digest, "merged": subject.merged})
    log = trainings.get(subject.train_key)
    kept = checkpoint_of(log, subject.checkpoint) if log else None
    if kept is None:
        return None
    if is_full:
        return bare.model_copy(update={"base_digest": kept.digest})
    return bare.model_copy(update={"adapter_digest": kept.digest, "merged": subject.merged})


def who_answers(
    subject: Subject,
    base_digests: Mapping[str, str],
    trainings: Mapping[str, TrainingLog],
    *,
    is_full: bool,
) -> str | None:
    """Digest of what answers, weights or an endpoint; None while its training has not run.

    Args:
        subject: What answers.
        base_digests: Content digests of base models, by the model's path in the spec.
        trainings: Logs of finished trainings by step key.
        is_full: Whether training leaves whole models instead of adapters.
    """
    if isinstance(subject, Endpoint):
        return subject.digest
    weights = weights_of(subject, base_digests, trainings, is_full=is_full)
    return None if weights is None else weights.digest
