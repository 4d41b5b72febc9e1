"""Report: the content of report.json; Markdown, HTML and card are rendered from it alone."""

from typing import Any, Literal, TypeAlias

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer

from evalreport.analyze.findings import EpochRow, Finding, Gap, Measurement, Overlap
from evalreport.analyze.judging.model import JudgeCard, JudgedExample, Ranking, Stop
from evalreport.analyze.text_findings import ConfusionMatrix, Example, Health, HealthDifference
from evalreport.estimates import NotEstimable
from evalreport.records import (
    Check,
    CurvePoint,
    Hardware,
    Origin,
    PublishedLoss,
    RelativeLoss,
    RowCounts,
    StatedShare,
    TrackedRun,
)
from evalreport.rules.base import Remark
from evalreport.spec.models import Publish
from evalreport.values import Count, Flag, Json, NonNegative, Number, Value
from evalreport.verdict import RuledClaim, Verdict


class DeclaredMetric(Value):
    """A metric that the spec declared, with its bound in metric units."""

    layer: str
    metric: str
    field: str | None = None
    gain_at_least: Number | None = None
    lose_at_most: Number | None = None


class Declared(Value):
    """The block that was fixed before any output existed, and whether it stayed so."""

    primary: DeclaredMetric | None
    guards: tuple[DeclaredMetric, ...]
    secondary: tuple[DeclaredMetric, ...]
    alpha: Number
    power: Number
    test: str
    unparsed: str
    digest: str
    first_scored_at: str | None
    changes: tuple[str, ...] = ()


ArmForm: TypeAlias = Literal["", "base", "adapter", "merged", "model", "packed", "endpoint"]


class ArmFacts(Value):
    """What answered under an arm's name.

    `what` describes it in words for a reader; `form` is what there is to load: the base, an adapter
    on it, one merged into it, a whole model, one in a packed file, or an endpoint.
    """

    what: str
    model: str
    revision: str | None = None
    hub_id: str | None = None
    base_digest: str | None = None
    adapter_digests: dict[str, str] = Field(default_factory=dict)
    model_digests: dict[str, str] = Field(default_factory=dict)
    quantization: str
    dtype: str
    origin: Origin
    form: ArmForm = ""
    made_of_tuned: bool = False
    prompting: str | None = None
    notes: tuple[str, ...] = ()


class DatasetFacts(Value):
    """What a dataset was, with its provenance as far as it was declared."""

    role: str
    n: Count
    digest: str
    origin: str
    clusters: Count | None = None
    cluster_by: str | None = None
    notes: tuple[str, ...] = ()
    license: str | None = None
    generated_by: str | None = None
    labelled_by: str | None = None
    hub_id: str | None = None
    is_private: bool = True
    config: str | None = None
    split: str | None = None

    @model_serializer(mode="wrap")
    def _without_none(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        dumped: dict[str, Any] = dump(self)
        absent = [name for name in ("config", "split") if getattr(self, name) is None]
        return {key: value for key, value in dumped.items() if key not in absent}


class LayerFacts(Value):
    """What a layer measured and how, in words and values that were really used.

    `elsewhere` names the files of arms that were not asked here, beside some that were.
    """

    name: str
    kind: str
    what: str
    dataset: str
    n: Count
    decoding: dict[str, Json] = Field(default_factory=dict)
    prompts: str = ""
    scorer: str = ""
    notes: tuple[str, ...] = ()
    elsewhere: dict[str, str] = Field(default_factory=dict)

    @model_serializer(mode="wrap")
    def _without_nothing(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        dumped: dict[str, Any] = dump(self)
        if not self.elsewhere:
            dumped.pop("elsewhere")
        return dumped


class AskedUsed(Value):
    """One training setting: what the spec asked for, what was really used.

    `agrees` is None where nothing could be read back, so that nothing is known to be used.
    """

    name: str
    asked: Json
    used: Json
    agrees: bool | None


class SeedTraining(Value):
    """One training run."""

    seed: int
    curve: tuple[CurvePoint, ...]
    best_step: Count | None
    chosen_checkpoint: str
    stopped_early: bool
    steps: Count
    seconds: NonNegative
    tokens: Count
    peak_bytes: Count | None
    rows: RowCounts
    resumed_from: Count | None = None
    trackers: tuple[TrackedRun, ...] = ()


class PublishedFacts(Value):
    """What others published about a training, in the place of what was seen of it.

    `state` is the path of its trainer's state. `is_logged` where that tells all of it, `takes_last`
    where it tells of no weights, `from_state` names what is told by it and by nobody else.
    """

    source: str
    rows: dict[str, Count] = Field(default_factory=dict)
    epochs: Number | None = None
    seconds_per_step: Number | None = None
    hours: Number | None = None
    hardware: Hardware = Hardware()
    losses: tuple[PublishedLoss, ...] = ()
    relative: tuple[RelativeLoss, ...] = ()
    shares: tuple[StatedShare, ...] = ()
    state: str = ""
    is_logged: Flag = False
    takes_last: Flag = False
    from_state: tuple[str, ...] = ()


class TrainingFacts(Value):
    """The training behind an arm; of several seeds, the first one's figures stand on top.

    `compared` holds what the spec asks for, with its defaults; `used` also what program and
    machine decided. Of a training that was not done here nothing was asked: `used` is what its
    files say, `runs` is empty, and `unknown` says what is not known. `published` is there where all
    of it is what others published.
    """

    method: str
    trained_here: Flag = True
    origin: str = ""
    steps: Count | NotEstimable | None = None
    weights_step: Count | NotEstimable | None = None
    asked: dict[str, Json]
    used: dict[str, Json]
    compared: tuple[AskedUsed, ...]
    curve: tuple[CurvePoint, ...]
    best_step: Count | None
    seconds: NonNegative | NotEstimable
    tokens: Count | NotEstimable
    peak_bytes: Count | None
    trainable_parameters: Count | NotEstimable
    total_parameters: Count | NotEstimable
    runs: tuple[SeedTraining, ...]
    epochs: tuple[EpochRow, ...] = ()
    loss_definition: str = ""
    unknown: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    published: PublishedFacts | None = None

    @model_serializer(mode="wrap")
    def _without_none(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        dumped: dict[str, Any] = dump(self)
        if self.published is None:
            dumped.pop("published", None)
        return dumped


class StepFacts(Value):
    """One step of the plan and what became of it."""

    id: str
    kind: str
    key: str
    outcome: Literal["reused", "done", "pending", "blocked", "failed"]
    reason: str
    items: Count
    seconds: NonNegative


class CostLine(Value):
    """One cost, or why it is not known; `seconds` are measured, `gpus` were paid for meanwhile.

    Of a `recorded` line both are what others published.
    """

    name: str
    kind: Literal["fixed", "training", "evaluation", "judge", "recorded"] = "fixed"
    amount: Number | NotEstimable
    seconds: NonNegative | None = None
    gpus: Count | None = None
    note: str = ""


class BreakEven(Value):
    """After how many calls what was spent once is paid back, against one alternative.

    `state` says how `calls` is to be read: `reached` after about so many, `at_least` as a lower
    bound because something is unknown, `never`, or `unknown`. `range` holds the same for the
    fastest and the slowest training seed.
    """

    alternative: str
    per_call: NonNegative
    state: Literal["reached", "at_least", "never", "unknown"]
    calls: Count | NotEstimable
    range: tuple[Count, Count] | NotEstimable
    sentence: str


class Cost(Value):
    """What it cost, as far as prices are known; unknown stays unknown.

    `total` sums the lines whose amount is known; `total_is_at_least` when some are not.
    `seconds_per_call` is measured over the answers of tuned in the primary's layer, and
    `own_per_call` is that time at the price of an hour. `caveat` is why it is open that tuned is
    fit for use, without which nothing is paid back; empty when nothing says so.
    """

    currency: str
    lines: tuple[CostLine, ...]
    total: Number | NotEstimable
    total_is_at_least: Flag = False
    seconds_per_call: NonNegative | NotEstimable = NotEstimable(not_estimable="nothing was asked")
    own_per_call: NonNegative | NotEstimable = NotEstimable(not_estimable="nothing was asked")
    break_even: tuple[BreakEven, ...] = ()
    caveat: str = ""
    note: str


class About(Value):
    """What the authors say about the model, in their own words."""

    authors: tuple[str, ...] = ()
    license: str | None = None
    language: str | None = None
    intended_use: str | None = None
    out_of_scope: str | None = None
    limitations: tuple[str, ...] = ()


class Limitation(Value):
    """One thing that this evidence cannot carry; `rule` is empty for the authors' own words."""

    text: str
    rule: str = ""


class PreflightFacts(Value):
    """The checks that ran before any item was asked."""

    arm: str
    checks: tuple[Check, ...]


class Reproduce(Value):
    """What it takes to get this report again."""

    command: str
    spec_path: str
    spec_yaml: str
    overrides: tuple[str, ...]
    lock_path: str


# What of the items a document may show: whole texts, ids with scores, or nothing.
ExamplesShown: TypeAlias = Literal["full", "ids", "none"]


class Report(Value):
    """The whole report. Its JSON dump is report.json; `schema` is this shape's version.

    `publish` is what the spec asks of `evalreport publish`; it is there where it asks anything.
    """

    evalreport: str
    schema_version: Literal[1] = Field(default=1, alias="schema", serialization_alias="schema")
    name: str
    title: str
    built_at: str
    spec_digest: str
    simulated: bool
    smoke: bool = False
    about: About
    declared: Declared
    arms: dict[str, ArmFacts]
    datasets: dict[str, DatasetFacts]
    layers: tuple[LayerFacts, ...]
    findings: tuple[Finding, ...]
    measurements: tuple[Measurement, ...]
    health: tuple[Health, ...]
    health_differences: tuple[HealthDifference, ...]
    gaps: tuple[Gap, ...]
    overlaps: tuple[Overlap, ...]
    confusion: tuple[ConfusionMatrix, ...]
    examples: tuple[Example, ...]
    examples_rule: str
    examples_shown: ExamplesShown = "full"
    rankings: tuple[Ranking, ...]
    judge_cards: tuple[JudgeCard, ...] = ()
    judged_examples: tuple[JudgedExample, ...] = ()
    stops: tuple[Stop, ...] = ()
    remarks: tuple[Remark, ...]
    claims: tuple[RuledClaim, ...]
    verdict: Verdict
    training: TrainingFacts | None
    other_trainings: dict[str, TrainingFacts] = Field(default_factory=dict)
    preflight: tuple[PreflightFacts, ...]
    cost: Cost | None
    limitations: tuple[Limitation, ...]
    not_measured: tuple[str, ...]
    steps: tuple[StepFacts, ...]
    environment: dict[str, Json]
    reproduce: Reproduce
    loading_snippet: str
    publish: Publish | None = None

    def __repr__(self) -> str:
        """Which one, and what it says: all of it is report.json."""
        return f"<Report {self.name}: {self.verdict.outcome.value}, {len(self.findings)} findings>"

    __str__ = __repr__

    @model_serializer(mode="wrap")
    def _without_judges(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        dumped: dict[str, Any] = dump(self)
        for name in ("judge_cards", "judged_examples", "stops", "publish"):
            if not dumped[name]:
                dumped.pop(name)
        return dumped
