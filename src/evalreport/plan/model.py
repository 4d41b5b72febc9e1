"""What a plan is made from and what it is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from evalreport.estimates import NotEstimable
from evalreport.importers.outputs import ForeignOutputs
from evalreport.importers.results import Results
from evalreport.layers.base import Asked
from evalreport.records import (
    Arm,
    Corpora,
    Corpus,
    Done,
    EarlierTraining,
    Failure,
    History,
    Machine,
    RecordedTraining,
    Registration,
    Response,
    ResponseKey,
    Step,
    Unreachable,
)
from evalreport.spec.models import Spec
from evalreport.values import Count, Json, NonNegative, Number, Value


class LocatedModel(Value):
    """A model that was found on this machine.

    Attributes:
        load: Where it lies, without dtype and quantization decided (those of the base).
        revision: Commit of the hub, when it came from there.
        facts: What its files tell without loading it (parameters, architecture, packed type).
    """

    folder: str
    gguf_file: str | None = None
    digest: str
    revision: str | None = None
    public_name: str | None = None
    facts: dict[str, Json]


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything outside the spec that a plan reads, found before planning.

    `models` and `adapters` go by their path in the spec; a text in place of a value says why it
    is not there. `beside` holds digests of what lies beside an adapter and tells where it belongs;
    `earlier` holds, by the same paths, what is known of trainings that were not done
    here, and `recorded_training` what others published about one. `results` holds, by imported
    layer, what its files say, and `outputs` the same by layer and arm that is imported into it;
    `ratings` holds, by layer, a digest of the files that people's pages wrote.
    `awaited` names the models that are only not here because nothing was fetched.
    """

    corpora: Corpora
    models: Mapping[str, LocatedModel | str]
    adapters: Mapping[str, str]
    missing_adapters: Mapping[str, str]
    beside: Mapping[str, str] = field(default_factory=dict)
    earlier: Mapping[str, EarlierTraining] = field(default_factory=dict)
    results: Mapping[str, Results] = field(default_factory=dict)
    outputs: Mapping[tuple[str, str], ForeignOutputs] = field(default_factory=dict)
    recorded_training: RecordedTraining | None = None
    ratings: Mapping[str, str] = field(default_factory=dict)
    awaited: frozenset[str] = frozenset()


class StoreIndex(Protocol):
    """What a plan asks of a store; it writes nothing."""

    def answered(self, keys: Iterable[ResponseKey]) -> frozenset[ResponseKey]:
        """Which keys have a response."""
        ...

    def responses(self, keys: Iterable[ResponseKey]) -> Mapping[ResponseKey, Response]:
        """The responses of these keys, as far as they are there."""
        ...

    def failures(self, keys: Iterable[ResponseKey]) -> Mapping[ResponseKey, Failure]:
        """Why these keys have no response, where it was tried."""
        ...

    def finished(self, key: str) -> Done | None:
        """The outcome of a finished step whose files are all there."""
        ...

    def last_reads(self, spec: str, step: str) -> Mapping[str, Json] | None:
        """What the newest finished step of this id read: values, then inputs by `input:name`."""
        ...


@dataclass(frozen=True, slots=True)
class KeyedAsk:
    """One request of a step with the digest that enters its response's key."""

    asked: Asked
    request: str


@dataclass(frozen=True, slots=True)
class Given:
    """All that a plan is made from.

    Attributes:
        spec: As loaded and checked.
        inputs: Corpora, models and adapters, or why they are not there.
        machine: Decides number formats and what cannot run here.
        history: Earlier builds: pace, spread, and what was declared before.
        index: What the store holds.
        environment: Digest of code and packages, when it shall be part of every key.
        keys: Of the environment variables that hold keys of endpoints those that are set; None
            where nobody looked.
    """

    spec: Spec
    inputs: Inputs
    machine: Machine
    history: History
    index: StoreIndex
    environment: str | None = None
    keys: frozenset[str] | None = None

    @property
    def found(self) -> dict[str, Corpus]:
        """The datasets that were read."""
        return {name: c for name, c in self.inputs.corpora.items() if isinstance(c, Corpus)}

    @property
    def lost(self) -> dict[str, Unreachable]:
        """The datasets that could not be read."""
        return {name: c for name, c in self.inputs.corpora.items() if isinstance(c, Unreachable)}

    def missing(self, name: str) -> str:
        """Why a dataset that could not be read is not here."""
        return f"dataset {name}: {self.lost[name].reason}"

    @property
    def awaited(self) -> dict[str, str]:
        """By the reason why it is not here, what on a hub `build` fetches and a plan does not."""
        return {
            **{self.missing(name): one.awaited for name, one in self.lost.items() if one.awaited},
            **{
                why: path.removeprefix("hub:")
                for path, why in self.inputs.models.items()
                if isinstance(why, str) and path in self.inputs.awaited
            },
        }

    @property
    def expected_rows(self) -> dict[str, int]:
        """The rows that datasets will have which could not be read, where the spec tells."""
        told = {name: one.expected_rows for name, one in self.lost.items()}
        return {name: rows for name, rows in told.items() if rows is not None}

    @property
    def base_digests(self) -> dict[str, str]:
        """Content digests of the models that were found, by their path in the spec."""
        return {
            path: model.digest
            for path, model in self.inputs.models.items()
            if isinstance(model, LocatedModel)
        }

    @property
    def extra_inputs(self) -> dict[str, str]:
        """What enters every key beside a step's own inputs."""
        return {"environment": self.environment} if self.environment else {}


class CallsCost(Value):
    """What the calls to one endpoint come to that would be made.

    Attributes:
        name: Of the judge, or of the arm that it is.
        calls: How many.
        prompt_tokens: That they send: as earlier calls did, else at most.
        tokens: That come back: as in earlier calls, else at most.
        is_measured: Whether earlier calls tell of both.
        amount: In the currency of `cost`.
        seconds: What they take side by side; None where no call was timed yet.
    """

    name: str
    calls: Count
    prompt_tokens: Count
    tokens: Count
    is_measured: bool
    amount: NonNegative | NotEstimable
    seconds: NonNegative | None = None


class PlannedStep(Value):
    """One step and what would become of it.

    Attributes:
        step: The step.
        status: Reused, will run, waits for what only `build` fetches (so that nobody knows yet
            what of it is to be done), waits for people, or blocked.
        reason: Why it would run or cannot; empty when reused.
        missing: Items that have no response yet (training: 0).
        new_tokens: The most tokens it can generate, when it generates.
        seconds: What it would take, from earlier builds on this machine; None when unknown.
        calls: Of a step that asks endpoints, what each of them would be asked.
    """

    step: Step
    status: Literal["reused", "will_run", "waits", "waits_for_people", "blocked"]
    reason: str = ""
    missing: Count = 0
    new_tokens: Count | None = None
    seconds: NonNegative | None = None
    calls: tuple[CallsCost, ...] = ()


class PowerLine(Value):
    """What the primary comparison could see, before any money is spent.

    Attributes:
        finding: Id of the primary finding.
        n: Items planned.
        clusters: Independent groups among them, when declared.
        spread: Assumed standard deviation of an item's difference (binary: share that differs).
        spread_source: Where the assumption comes from.
        design_effect: How much the clusters cost.
        smallest_detectable: Smallest true difference seen with the declared power.
        gain_at_least: The gain worth having.
        n_required: Items that the gain worth having needs.
        power_at_gain: How often a true gain of the size asked for would be found.
        exaggeration: How many times too large it would then look, on average (type M error).
        decision: go, warn (up to twice the gain), stop (more than twice), or not planned.
        text: The line that plan prints.
    """

    finding: str
    n: Count
    clusters: Count | None = None
    spread: Number
    spread_source: str
    design_effect: Number = 1.0
    smallest_detectable: Number | None
    gain_at_least: Number
    n_required: Count | None
    power_at_gain: Number | None = None
    exaggeration: Number | None = None
    decision: Literal["go", "warn", "stop", "not_planned"]
    text: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps in dependency order, the arms that they serve, and the power line.

    `asks` gives every request of every ask step, by step id.
    """

    name: str
    steps: tuple[PlannedStep, ...]
    arms: Mapping[str, Arm]
    blocked_arms: Mapping[str, str]
    asks: Mapping[str, tuple[KeyedAsk, ...]]
    power: PowerLine | None
    registration: Registration | None
    declared_subject: str | None

    def step(self, step_id: str) -> PlannedStep:
        """The step of this id."""
        return next(planned for planned in self.steps if planned.step.id == step_id)
