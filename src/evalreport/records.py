"""What reaches disk or crosses a process: items, weights, requests, responses, steps, outcomes.

Frozen and defined once, also for kinds of evidence that only some specs use. Two identities run
through everything: a step's key ("is this step finished?") and a response's key ("is this item
paid for?"). The second holds the digest of the weights that answered, so that no re-trained model
is ever served another model's words.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Generic, Literal, NewType, TypeAlias, TypeVar

from pydantic import Field

from evalreport.digest import digest_of
from evalreport.values import Count, Digest, Json, Natural, NonNegative, Number, Value

StepKey = NewType("StepKey", str)
ResponseKey = NewType("ResponseKey", str)


# ---------------------------------------------------------------- items


class Message(Value):
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant", "tool"]
    content: str


class Chat(Value):
    """A conversation that the model's chat template will turn into text."""

    kind: Literal["chat"] = "chat"
    messages: tuple[Message, ...]


class Raw(Value):
    """Text given to the model as it stands, without a chat template."""

    kind: Literal["raw"] = "raw"
    text: str


Prompt: TypeAlias = Annotated[Chat | Raw, Field(discriminator="kind")]


class Item(Value):
    """One row that trains or tests: what is asked, what is right, and whom it belongs with.

    `reference` is the completion that a generation is held against (and that training learns);
    `choices` and `answer` (an index) serve multiple choice. `line` is where it stood in its file.
    """

    id: str
    prompt: Prompt
    reference: str | None = None
    choices: tuple[str, ...] = ()
    answer: Count | None = None
    cluster: str | None = None
    group: str | None = None
    subgroups: tuple[tuple[str, str], ...] = ()
    rephrased: Prompt | None = None
    row: dict[str, Json] = Field(default_factory=dict)
    line: Count = 0


class Role(StrEnum):
    """What a dataset is for; `select` chooses the checkpoint and is never reported as test."""

    TRAIN = "train"
    SELECT = "select"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Corpus:
    """A dataset that was read: items in file order and a digest of their content.

    `notes` are facts about the reading that the report must pass on (shares of a split, counts).
    """

    name: str
    role: Role
    items: tuple[Item, ...]
    digest: str
    origin: str
    notes: tuple[str, ...] = ()


class Unreachable(Value):
    """A dataset that could not be read here (a hub that is not reachable); never an exception."""

    name: str
    reason: str
    expected_rows: Count | None = None


Corpora: TypeAlias = Mapping[str, Corpus | Unreachable]


# ---------------------------------------------------------------- weights and arms


class Quantization(StrEnum):
    """How the base weights are held in memory while they answer."""

    NONE = "none"
    NF4 = "nf4"
    INT8 = "int8"


class Dtype(StrEnum):
    """Number format of weights and activations."""

    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"
    FLOAT16 = "float16"


class Base(Value):
    """The base model as it is, before any training."""

    kind: Literal["base"] = "base"
    model: str
    revision: str | None = None
    dtype: Dtype
    quantization: Quantization = Quantization.NONE


class Trained(Value):
    """What a training step of this plan leaves behind: `checkpoint` is `best`, `last` or `epoch-N`."""

    kind: Literal["trained"] = "trained"
    base: Base
    train_key: str
    seed: int
    checkpoint: str
    merged: bool = False


class Adapter(Value):
    """An adapter that exists already, on a base."""

    kind: Literal["adapter"] = "adapter"
    base: Base
    path: str
    digest: Digest
    merged: bool = False


class Model(Value):
    """A finished model that stands on its own."""

    kind: Literal["model"] = "model"
    path: str
    digest: str
    dtype: Dtype
    quantization: Quantization = Quantization.NONE


class Endpoint(Value):
    """A model behind an OpenAI-compatible server; its weights cannot be seen."""

    kind: Literal["endpoint"] = "endpoint"
    base_url: str
    model: str


WeightsRef: TypeAlias = Annotated[Base | Trained | Adapter | Model, Field(discriminator="kind")]
Subject: TypeAlias = Annotated[
    Base | Trained | Adapter | Model | Endpoint, Field(discriminator="kind")
]


class Weights(Value):
    """What really answered, known at run time; its digest is part of every response's key."""

    base_digest: str
    adapter_digest: str | None = None
    dtype: Dtype
    quantization: Quantization = Quantization.NONE
    merged: bool = False

    @property
    def digest(self) -> str:
        """Identity of the weights and of the precision in which they answer."""
        return digest_of("weights", self.model_dump(mode="json"))


class Replicate(Value):
    """One trained copy of an arm: its training seed (None: not trained here) and its subject."""

    seed: int | None = None
    subject: Subject


class Arm(Value):
    """What is compared: base, tuned, or another; seeds live inside an arm, never as arms."""

    name: str
    replicates: tuple[Replicate, ...]
    prompting: str | None = None  # set when the arm declares a prompt of its own: what it changes


# ---------------------------------------------------------------- requests


class Decoding(Value):
    """How text is drawn; temperature 0 is greedy."""

    max_new_tokens: Natural = 256
    temperature: NonNegative = 0.0
    top_p: NonNegative = 1.0
    stop: tuple[str, ...] = ()
    seed: Count = 0


class Generate(Value):
    """Ask for free text; `draw` tells several samples of one item apart."""

    kind: Literal["generate"] = "generate"
    prompt: Prompt
    template_kwargs: dict[str, Json] = Field(default_factory=dict)
    decoding: Decoding
    draw: Count = 0


class ScoreChoices(Value):
    """Ask for the log-likelihood of each choice as the continuation."""

    kind: Literal["choices"] = "choices"
    prompt: Prompt
    template_kwargs: dict[str, Json] = Field(default_factory=dict)
    choices: tuple[str, ...]


class ScoreCompletion(Value):
    """Ask for the negative log-likelihood of a given completion."""

    kind: Literal["completion"] = "completion"
    prompt: Prompt
    template_kwargs: dict[str, Json] = Field(default_factory=dict)
    completion: str


class Compare(Value):
    """Ask a judge or a person which of two answers is better; the arms are not named in it."""

    kind: Literal["compare"] = "compare"
    rubric: str
    prompt: Prompt
    first: str
    second: str
    reference: str | None = None
    repeat: Count = 0


class Rate(Value):
    """Ask a judge or a person to rate one answer on one criterion."""

    kind: Literal["rate"] = "rate"
    rubric: str
    criterion: str
    scale: tuple[int, int]
    prompt: Prompt
    answer: str
    reference: str | None = None
    repeat: Count = 0


class Execute(Value):
    """Ask the cage to run a generated program against its tests."""

    kind: Literal["execute"] = "execute"
    language: Literal["python"] = "python"
    program: str
    tests: str
    limit_seconds: NonNegative


Request: TypeAlias = Annotated[
    Generate | ScoreChoices | ScoreCompletion | Compare | Rate | Execute,
    Field(discriminator="kind"),
]


def response_key(revision: int, who: str, request: Request) -> ResponseKey:
    """Identity of one answer.

    Args:
        revision: Of the kind of request; raised when the same request would be answered otherwise.
        who: `Weights.digest`, or the digest of an endpoint.
        request: The whole request, as rendered.
    """
    return ResponseKey(digest_of("response", revision, who, request.model_dump(mode="json")))


# ---------------------------------------------------------------- responses


class Text(Value):
    """What a model wrote. `finish`: by itself (`stop`) or cut at max_new_tokens (`length`)."""

    kind: Literal["text"] = "text"
    text: str
    prompt_tokens: Count
    tokens: Count
    finish: Literal["stop", "length"]
    seconds: NonNegative


class ChoiceLogliks(Value):
    """Natural-log likelihood of each choice, with its length in tokens, characters and bytes."""

    kind: Literal["choice_logliks"] = "choice_logliks"
    logliks: tuple[Number, ...]
    tokens: tuple[Count, ...]
    prompt_tokens: Count
    seconds: NonNegative


class TokenLoss(Value):
    """Negative log-likelihood of a completion: nats over `tokens` tokens and `bytes` UTF-8 bytes."""

    kind: Literal["token_loss"] = "token_loss"
    nats: NonNegative
    tokens: Natural
    bytes: Count
    greedy_tokens: Count  # how many of the tokens were the likeliest with the reference in view
    prompt_tokens: Count
    truncated_tokens: Count = 0
    seconds: NonNegative


class Preference(Value):
    """Which of two answers was preferred, in the order in which they were shown."""

    kind: Literal["preference"] = "preference"
    preferred: Literal["first", "second", "tie"]
    justification: str = ""
    raw: str = ""
    prompt_tokens: Count = 0
    tokens: Count = 0
    seconds: NonNegative


class Rating(Value):
    """A rating on one criterion."""

    kind: Literal["rating"] = "rating"
    criterion: str
    value: Number
    justification: str = ""
    raw: str = ""
    prompt_tokens: Count = 0
    tokens: Count = 0
    seconds: NonNegative


class Execution(Value):
    """What happened when a program met its tests."""

    kind: Literal["execution"] = "execution"
    passed: bool
    why: str = ""
    seconds: NonNegative


class Unscorable(Value):
    """The model's fault: there is a response, but no score can be read from it."""

    kind: Literal["unscorable"] = "unscorable"
    reason: str


class Failure(Value):
    """Our fault: there is no response (time-out, crash, memory); retried on the next build."""

    kind: Literal["failure"] = "failure"
    reason: str
    trace: str = ""


Response: TypeAlias = Annotated[
    Text | ChoiceLogliks | TokenLoss | Preference | Rating | Execution,
    Field(discriminator="kind"),
]


# ---------------------------------------------------------------- evidence blocks

T = TypeVar("T")


class Known(Value, Generic[T]):
    """A fact about how something was measured."""

    known: T


class Unknown(Value):
    """A fact that nobody wrote down."""

    unknown: str = "not recorded"


class Protocol(Value):
    """How a block was measured; two blocks are paired only when every field is known and equal."""

    prompts: Known[str] | Unknown
    decoding: Known[str] | Unknown
    scorer: Known[str] | Unknown
    shots: Known[int] | Unknown
    template: Known[str] | Unknown
    precision: Known[str] | Unknown

    def differences(self, other: "Protocol") -> tuple[str, ...]:
        """The names of the fields that forbid pairing: different, or unknown on either side."""
        return tuple(
            name
            for name in type(self).model_fields
            if isinstance(getattr(self, name), Unknown)
            or isinstance(getattr(other, name), Unknown)
            or getattr(self, name) != getattr(other, name)
        )


class Origin(StrEnum):
    """Where a number comes from."""

    RUN = "run"
    IMPORTED = "imported"
    RECORDED = "recorded"


@dataclass(frozen=True, slots=True)
class Itemised:
    """One arm's responses (one replicate) to one layer's questions, by item id, in item order.

    `failures` holds the items without a response; ids of both together are all that were asked.
    """

    arm: str
    seed: int | None
    ids: tuple[str, ...]
    responses: Mapping[str, tuple[Response, ...]]  # several draws of an item stand together
    failures: Mapping[str, Failure]
    protocol: Protocol
    weights: Weights | None
    origin: Origin = Origin.RUN


class Counts(Value):
    """Wins, losses and ties that somebody counted."""

    kind: Literal["counts"] = "counts"
    wins: Count
    losses: Count
    ties: Count = 0


class Rated(Value):
    """A rate that somebody published, with its number of items when that is known."""

    kind: Literal["rate"] = "rate"
    rate: Number
    n: Known[int] | Unknown


class Averaged(Value):
    """A mean that somebody published, with spread and number of items when they are known."""

    kind: Literal["mean"] = "mean"
    mean: Number
    spread: Known[float] | Unknown
    n: Known[int] | Unknown


class Lossy(Value):
    """A loss that somebody published, in nats per token."""

    kind: Literal["loss"] = "loss"
    nats_per_token: Number
    tokens: Known[int] | Unknown
    n: Known[int] | Unknown


class Aggregate(Value):
    """One arm's number without its items."""

    arm: str
    figure: Annotated[Counts | Rated | Averaged | Lossy, Field(discriminator="kind")]
    protocol: Protocol
    origin: Origin


Block: TypeAlias = Itemised | Aggregate


class ContrastKind(StrEnum):
    """How two blocks may be compared."""

    PAIRED = "paired"
    UNPAIRED = "unpaired"
    AGGREGATE_ONLY = "aggregate_only"
    SEEDS = "seeds"
    SEEN_VS_UNSEEN = "seen_vs_unseen"


class Contrast(Value):
    """One comparison that is allowed, or the reason why it is refused."""

    candidate: str
    reference: str
    kind: ContrastKind
    refused: str = ""


# ---------------------------------------------------------------- training


class CurvePoint(Value):
    """One logged point; a missing loss was not logged at that step."""

    step: Count
    epoch: NonNegative
    train_loss: Number | None = None
    eval_loss: Number | None = None
    learning_rate: Number | None = None
    gradient_norm: Number | None = None


class Checkpoint(Value):
    """Weights that training left behind, by name (`best`, `last`, `epoch-1`)."""

    name: str
    step: Count
    epoch: NonNegative
    digest: str
    folder: str  # below the store's objects
    eval_loss: Number | None = None


class RowCounts(Value):
    """What became of the training rows: none disappears without a number."""

    rows: Count
    truncated: Count
    dropped: Count
    tokens: Count
    tokens_lost: Count


class TrainingLog(Value):
    """What training was asked to do, what it really used, and what came out."""

    seed: int
    asked: dict[str, Json]
    used: dict[str, Json]
    curve: tuple[CurvePoint, ...]
    checkpoints: tuple[Checkpoint, ...]
    rows: RowCounts
    best_step: Count | None
    stopped_early: bool
    steps: Count
    seconds: NonNegative
    tokens: Count
    trainable_parameters: Count
    total_parameters: Count
    peak_bytes: Count | None
    resumed_from: Count | None = None
    notes: tuple[str, ...] = ()


class Check(Value):
    """One preflight check: passed, failed (the build stops) or not checked, and why."""

    name: str
    status: Literal["passed", "failed", "unchecked"]
    text: str


class PreflightLog(Value):
    """All preflight checks of one set of weights."""

    checks: tuple[Check, ...]


# ---------------------------------------------------------------- steps


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
    revision: str | None
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
        digest_of("step", kind.value, revision, dict(reads), dict(inputs), sorted(needs))
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


class Blocked(Value):
    """The step cannot run here, and why."""

    kind: Literal["blocked"] = "blocked"
    reason: str


Outcome: TypeAlias = Annotated[Done | Pending | Blocked | Failure, Field(discriminator="kind")]


# ---------------------------------------------------------------- the world


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
    """When the declared block of a spec first met a scored output, and how it changed since."""

    declared_digest: str
    first_scored_at: str
    changes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class History:
    """Earlier builds, as far as a plan or a rule depends on them.

    `pace` gives measured seconds an item (or a training step) by step kind and lease digest.
    """

    registration: Registration | None = None
    pace: Mapping[str, float] = field(default_factory=dict)
    spreads: Mapping[str, float] = field(default_factory=dict)
