"""Training facts: what was asked, what was really used, and how it went."""

from collections.abc import Iterator, Mapping
from typing import Final

from evalreport.analyze.epochs import earlier_rows, rows_of
from evalreport.analyze.findings import Findings
from evalreport.estimates import NotEstimable
from evalreport.evidence import Evidence
from evalreport.plan.money import HOUR_SECONDS
from evalreport.records import EarlierTraining, RecordedTraining, TrainingLog
from evalreport.report.model import AskedUsed, PublishedFacts, SeedTraining, TrainingFacts
from evalreport.spec.models import Spec
from evalreport.training.earlier import EPOCHS_PLANNED, PER_DEVICE
from evalreport.values import Json

_EPOCHS: Final = "training.epochs"
_UNPUBLISHED: Final = "it was not published"
_UNLOGGED: Final = "its trainer's state does not tell"
_PUBLISHED_LOSS: Final = (
    "As others published it: on which tokens and rows it was taken was not said, so it is compared "
    "with no loss that was taken here."
)
_UNTOLD: Final = "no file beside it tells"
_LOSS: Final = (
    "Nats per token over the trained tokens; the training loss is what the trainer logged{dropout},"
    " the evaluation loss is taken on `select` in evaluation mode. They are shown together and "
    "never subtracted."
)

_EARLIER_LOSS: Final = (
    "Nats per token as its trainer logged them: the training loss is the mean since the entry "
    "before{dropout}; the evaluation loss weighs batches by their rows, so that it depends on the "
    "batch size. They are shown together, never subtracted, and never compared with losses that "
    "were taken here."
)


def training_facts(spec: Spec, evidence: Evidence, findings: Findings) -> TrainingFacts | None:
    """The trainings behind the tuned arm; the first seed's figures stand on top."""
    if not evidence.trainings:
        if evidence.recorded_training is not None:
            return _published(evidence.recorded_training)
        elsewhere = evidence.earlier.get("tuned")
        return None if elsewhere is None else _earlier(elsewhere)
    first = next(iter(evidence.trainings.values()))
    keep = spec.to_train.keep if spec.to_train else "last"
    return TrainingFacts(
        method=spec.adapter.method,
        asked=first.asked,
        used=first.used,
        compared=tuple(
            AskedUsed(
                name=name,
                asked=asked,
                used=first.used.get(name),
                agrees=asked == first.used[name] if name in first.used else None,
            )
            for name, asked in first.asked.items()
        ),
        curve=first.curve,
        best_step=first.best_step,
        seconds=first.seconds,
        tokens=first.tokens,
        peak_bytes=first.peak_bytes,
        trainable_parameters=first.trainable_parameters,
        total_parameters=first.total_parameters,
        runs=tuple(_run(seed, log, keep) for seed, log in evidence.trainings.items()),
        epochs=findings.epochs,
        loss_definition=_defined(_LOSS, first.used),
        notes=(*_notes(evidence.trainings), *_unfollowed(spec, evidence.trainings)),
    )


def other_trainings(evidence: Evidence) -> dict[str, TrainingFacts]:
    """What is known of the trainings behind arms beside tuned that were not done here.

    Behind tuned itself too, where what others published about it stands on top.
    """
    is_told = evidence.recorded_training is not None
    return {
        name: _earlier(one) for name, one in evidence.earlier.items() if name != "tuned" or is_told
    }


def _published(told: RecordedTraining) -> TrainingFacts:
    """Only what others said: whatever they did not say is unknown, and nothing is a default."""
    state = told.state
    untold = NotEstimable(not_estimable=_UNLOGGED if told.is_logged else _UNPUBLISHED)
    curve = told.curve
    losses = [(point.eval_loss, point.step) for point in curve if point.eval_loss is not None]
    seconds = told.hours * HOUR_SECONDS if told.hours is not None else None
    if seconds is None and state is not None:
        seconds = state.seconds
    steps = told.steps if told.steps is not None or state is None else state.steps
    return TrainingFacts(
        method=told.method or "not said",
        trained_here=False,
        origin=told.source,
        steps=untold if steps is None else steps,
        weights_step=untold if state is None or state.weights_step is None else state.weights_step,
        asked={},
        used={**_of_state(told), **told.used},
        compared=(),
        curve=curve,
        best_step=min(losses)[1] if losses else None,
        seconds=untold if seconds is None else seconds,
        tokens=untold if state is None or state.tokens is None else state.tokens,
        peak_bytes=None,
        trainable_parameters=untold,
        total_parameters=untold,
        runs=(),
        epochs=rows_of(curve, None if state is None else state.weights_step),
        loss_definition=_of_published(told),
        unknown=told.unknown,
        notes=() if state is None else state.notes,
        published=PublishedFacts(
            source=told.source,
            rows=told.rows,
            epochs=told.epochs,
            seconds_per_step=told.seconds_per_step,
            hours=told.hours,
            hardware=told.hardware,
            losses=told.losses,
            relative=told.relative,
            shares=told.shares,
            state="" if state is None else state.path,
            is_logged=told.is_logged,
            takes_last=state is not None and state.takes_last,
            from_state=tuple(_from_state(told)),
        ),
    )


def _from_state(told: RecordedTraining) -> Iterator[str]:
    """Facts that its trainer's state tells and nobody else."""
    state = told.state
    if state is None:
        return
    if _EPOCHS not in told.used and told.epochs is not None:
        yield "epochs"
    if told.steps is None and state.steps is not None:
        yield "steps"
    if told.hours is None and state.seconds is not None:
        yield "seconds"


def _of_state(told: RecordedTraining) -> dict[str, Json]:
    """Settings that its trainer's state has, without what was published alike."""
    if told.state is None:
        return {}
    alike = {EPOCHS_PLANNED: told.used.get(_EPOCHS), PER_DEVICE: told.micro_batch}
    return {k: one for k, one in told.state.used.items() if k not in alike or alike[k] != one}


def _of_published(told: RecordedTraining) -> str:
    """What the losses are, as far as that is known."""
    if told.state is not None and told.state.has_curve:
        return _defined(_EARLIER_LOSS, told.used)
    return _PUBLISHED_LOSS if told.losses or told.relative else ""


def _earlier(earlier: EarlierTraining) -> TrainingFacts:
    """Nothing was asked; what its files do not tell stays unknown."""
    files = f" ({', '.join(earlier.read_from)})" if earlier.read_from else ""
    untold = NotEstimable(not_estimable=_UNTOLD)
    return TrainingFacts(
        method="existing",
        trained_here=False,
        origin=f"{earlier.path}{files}",
        steps=_known(earlier.steps),
        weights_step=_known(earlier.weights_step),
        asked={},
        used={**({"base_model": earlier.base} if earlier.base else {}), **earlier.used},
        compared=(),
        curve=earlier.curve,
        best_step=earlier.best_step,
        seconds=untold if earlier.seconds is None else earlier.seconds,
        tokens=_known(earlier.tokens),
        peak_bytes=None,
        trainable_parameters=_known(earlier.trainable_parameters),
        total_parameters=untold,
        runs=(),
        epochs=earlier_rows(earlier),
        loss_definition=_defined(_EARLIER_LOSS, earlier.used) if earlier.has_curve else "",
        unknown=earlier.unknown,
        notes=earlier.notes,
    )


def _defined(words: str, used: Mapping[str, Json]) -> str:
    """What the losses are; dropout is told only where some was really used."""
    return words.format(dropout=" with dropout on" if used.get("adapter.dropout") else "")


def _known(count: int | None) -> int | NotEstimable:
    return NotEstimable(not_estimable=_UNTOLD) if count is None else count


def _notes(trainings: Mapping[int, TrainingLog]) -> tuple[str, ...]:
    """What has to be told, once; with its seeds where it is not true of all of them."""
    seeds: dict[str, list[int]] = {}
    for seed, log in trainings.items():
        for note in dict.fromkeys(log.notes):
            seeds.setdefault(note, []).append(seed)
    return tuple(
        note if len(of) == len(trainings) else f"seed {', '.join(map(str, of))}: {note}"
        for note, of in seeds.items()
    )


def _unfollowed(spec: Spec, trainings: Mapping[int, TrainingLog]) -> Iterator[str]:
    """Trackers are told of steps as they are made, and of none that was made before."""
    asked = spec.to_train.report_to if spec.to_train else ()
    for name in asked:
        seeds = [
            str(seed)
            for seed, log in trainings.items()
            if name not in {run.tracker for run in log.trackers}
        ]
        if seeds:
            yield (
                f"seed {', '.join(seeds)}: training.report_to names {name}, which did not follow "
                "this training: it was made before that was asked for, or it is simulated"
            )


def _run(seed: int, log: TrainingLog, keep: str) -> SeedTraining:
    return SeedTraining(
        seed=seed,
        curve=log.curve,
        best_step=log.best_step,
        chosen_checkpoint=keep,
        stopped_early=log.stopped_early,
        steps=log.steps,
        seconds=log.seconds,
        tokens=log.tokens,
        peak_bytes=log.peak_bytes,
        rows=log.rows,
        resumed_from=log.resumed_from,
        trackers=log.trackers,
    )
