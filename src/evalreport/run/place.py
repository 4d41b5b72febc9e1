"""Where a run happens, what is known in it so far, and what a lease loads."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from evalreport.engines.base import AdapterFiles, Load
from evalreport.evidence import BlockId
from evalreport.plan.model import Given, LocatedModel
from evalreport.plan.weights import checkpoint_of
from evalreport.records import (
    Adapter,
    Done,
    Itemised,
    Lease,
    Outcome,
    PreflightLog,
    ResponseKey,
    Step,
    Trained,
    TrainingLog,
)
from evalreport.run.spending import Spending
from evalreport.store.store import FinishedStep, Store
from evalreport.training.options import Full
from evalreport.values import Json


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run happens and what it may do.

    Attributes:
        store: Results by key.
        spec_folder: Paths in the spec are relative to it.
        environment: Provenance that goes with every finished step.
        say: One line to the user, on stderr.
        only: Layers to ask; None means all.
        until: Id of the last step to do; None means all.
        declare: Whether the declared block is registered (not in a pilot or a smoke run).
        lock: Descriptor of the store's lock, which children hold with us.
        spending: What machine time has cost so far; None without a limit.
    """

    store: Store
    spec_folder: Path
    environment: Mapping[str, Json]
    say: Callable[[str], None]
    only: frozenset[str] | None = None
    until: str | None = None
    declare: bool = True
    lock: int | None = None
    spending: Spending | None = None

    @property
    def over_limit(self) -> str | None:
        """Why nothing more may begin; None as long as something may."""
        return self.spending.reason if self.spending is not None else None


@dataclass(slots=True)
class Seen:
    """What is known so far; the only mutable thing in a run."""

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    logs: dict[str, TrainingLog] = field(default_factory=dict)  # by step key
    trainings: dict[int, TrainingLog] = field(default_factory=dict)  # by seed
    blocks: dict[BlockId, Itemised] = field(default_factory=dict)
    preflights: dict[str, PreflightLog] = field(default_factory=dict)  # by step id
    failed: dict[str, str] = field(default_factory=dict)  # preflight steps, and why
    stopped: str | None = None  # the preflight step after which nothing more is done
    damaged: list[str] = field(default_factory=list)
    counted: set[ResponseKey] = field(default_factory=set)  # answers whose seconds a step has


def load_of(given: Given, lease: Lease, place: Place) -> Load:
    """What a lease loads: a model that was found, or one that training left behind."""
    located = given.inputs.models.get(lease.model)
    if isinstance(located, LocatedModel):
        return Load(
            folder=Path(located.folder),
            gguf_file=located.gguf_file,
            base_digest=located.digest,
            dtype=lease.dtype,
            quantization=lease.quantization,
            trust_remote_code=given.spec.base_model.trust_remote_code,
        )
    key, _, name = lease.model.removeprefix("trained:").partition("/")
    record = place.store.step(key)
    kept = (
        checkpoint_of(record.done.training, name)
        if record is not None and record.done.training is not None
        else None
    )
    if kept is None:
        raise ValueError(f"{lease.model} names no finished training")
    return Load(
        folder=place.store.objects(key) / kept.folder,
        base_digest=kept.digest,
        dtype=lease.dtype,
        quantization=lease.quantization,
    )


def base_load(given: Given, lease: Lease) -> Load:
    """The base of the spec in the number format of a lease.

    Raises:
        ValueError: It was not found, so that no step with this lease should run.
    """
    located = given.inputs.models[given.spec.base_model.path]
    if isinstance(located, str):
        raise ValueError(located)  # noqa: TRY004 (a text stands for a model that is not here)
    return Load(
        folder=Path(located.folder),
        gguf_file=located.gguf_file,
        base_digest=located.digest,
        dtype=lease.dtype,
        trust_remote_code=given.spec.base_model.trust_remote_code,
    )


def adapter_of(step: Step, given: Given, place: Place) -> AdapterFiles | None:
    """The adapter that a step asks; None when its weights stand on their own."""
    subject = step.subject
    if isinstance(subject, Adapter):
        return AdapterFiles(
            folder=place.spec_folder / subject.path, digest=subject.digest, merged=subject.merged
        )
    if isinstance(subject, Trained) and not isinstance(given.spec.adapter, Full):
        record = place.store.step(subject.train_key)
        kept = (
            checkpoint_of(record.done.training, subject.checkpoint)
            if record is not None and record.done.training is not None
            else None
        )
        if kept is not None:
            return AdapterFiles(
                folder=place.store.objects(subject.train_key) / kept.folder,
                digest=kept.digest,
                merged=subject.merged,
            )
    return None


def recorded(given: Given, step: Step, place: Place) -> FinishedStep:
    """The record of a step, to be completed with how it was done."""
    return FinishedStep(
        key=step.key,
        spec=given.spec.name,
        id=step.id,
        kind=step.kind,
        reads=step.reads,
        inputs=step.inputs,
        done=Done(reused=False, seconds=0.0),
        environment=dict(place.environment),
    )
