"""Steps and their outcomes, and the world that a plan depends on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Final, Literal, NewType, TypeAlias

from pydantic import Field

from evalreport.digest import digest_of
from evalreport.records.exchange import Failure
from evalreport.records.logs import PreflightLog, TrainingLog
from evalreport.records.weights import Dtype, Quantization, Subject
from evalreport.values import Count, Json, Natural, NonNegative, Value

StepKey = NewType("StepKey", str)


class StepKind(StrEnum):
    """What a step does."""

    PREFLIGHT = "preflight"
    TRAIN = "train"
    ASK = "ask"
    JUDGE = "judge"
    RATE = "rate"
    IMPORT = "import"


class Lease(Value):
    """What must be loaded to answer; steps with equal leases share one process and one load."""

    engine: str  # digest of the engine's options
    model: str
    revision: str | None = None
    dtype: Dtype
    quantization: Quantization


class Step(Value):
    """One thing to do: what it reads, what it needs, and its identity.

    `reads` are the spec values that enter the key, by their key in the spec; `inputs` are digests
    of corpora and files by name. A layer's name, a title or a metric is in neither.
    """

    id: str
    kind: StepKind
    revision: Natural
    reads: dict[str, Json]
    inputs: dict[str, str]
    needs: tuple[str, ...] = ()  # ids of steps
    key: str
    layer: str | None = None
    arm: str | None = None
    seed: int | None = None
    subject: Subject | None = None
    lease: Lease | None = None
    items: Count = 0


def step_key(
    kind: StepKind,
    revision: int,
    reads: Mapping[str, Json],
    inputs: Mapping[str, str],
    needs: tuple[str, ...],
) -> StepKey:
    """Identity of a finished step.

    Args:
        kind: Of step.
        revision: Of the kind; raised when the same values would give something else.
        reads: The spec values that it reads.
        inputs: Digests of what it reads.
        needs: Keys of the steps that it needs.
    """
    return StepKey(
        digest_of("step", kind.value, revision, dict(reads), dict(inputs), [*sorted(needs)])
    )


class Done(Value):
    """The step is finished; `reused` when nothing had to run."""

    kind: Literal["done"] = "done"
    reused: bool
    seconds: NonNegative
    training: TrainingLog | None = None
    preflight: PreflightLog | None = None


class Pending(Value):
    """The step waits for people."""

    kind: Literal["pending"] = "pending"
    waits_for: str


# How the reason begins of what `cost.limit` kept from running.
REACHED: Final = "cost.limit is reached"


class Blocked(Value):
    """The step cannot run here, and why."""

    kind: Literal["blocked"] = "blocked"
    reason: str


Outcome: TypeAlias = Annotated[Done | Pending | Blocked | Failure, Field(discriminator="kind")]


class Machine(Value):
    """What the program runs on, as far as a plan depends on it."""

    cores: Natural
    memory_bytes: Natural
    instruction_sets: tuple[str, ...]
    accelerator: str | None = None
    accelerator_bytes: Count = 0
    accelerator_count: Count = 0

    @property
    def good_at_bfloat16(self) -> bool:
        """Whether bfloat16 is fast here: decided by the hardware, not by the dtype's name."""
        return self.accelerator is not None or any(
            name in self.instruction_sets for name in ("amx_bf16", "avx512_bf16")
        )


@dataclass(frozen=True, slots=True)
class Registration:
    """What was declared about outputs before they were scored, and ever since.

    `bodies` holds (digest, canonical JSON, spec name, when), oldest first, each another than the
    one before, of declarations about outputs that decide here; `beside` the same of those that
    share only other outputs, as of a guard. `scored_before` is when the first of these outputs was
    stored, where that was before anything was registered: then nobody knows what was declared at
    the time. `outputs_gone` counts outputs that would have decided together with some of these,
    and that are none of these.
    """

    declared_digest: str
    first_scored_at: str
    bodies: tuple[tuple[str, str, str, str], ...]
    scored_before: str | None = None
    outputs_gone: int = 0
    beside: tuple[tuple[str, str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ScoredArm:
    """A trained arm whose outputs on a test set were scored, in this build or an earlier one.

    Attributes:
        spec: Name of the spec.
        arm: Its name there.
        weights: Digests of what answered, one a training seed.
        items: How many items were asked.
        at: When it was first scored.
    """

    spec: str
    arm: str
    weights: frozenset[str]
    items: int
    at: str


@dataclass(frozen=True, slots=True)
class History:
    """Earlier builds, as far as a plan or a rule depends on them.

    `pace` gives measured seconds an item (or a training step) by step kind and lease digest.
    """

    registration: Registration | None = None
    pace: Mapping[str, float] = field(default_factory=dict)
    spreads: Mapping[str, float] = field(default_factory=dict)
