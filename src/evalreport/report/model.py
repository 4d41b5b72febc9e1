"""Report: the content of report.json; Markdown, HTML and card are rendered from it alone."""

from typing import Literal, TypeAlias

from pydantic import Field

from evalreport.analyze.findings import (
    ConfusionMatrix,
    EpochRow,
    Example,
    Finding,
    Gap,
    Health,
    HealthDifference,
    Measurement,
    Overlap,
    Ranking,
)
from evalreport.records import Check, CurvePoint, Origin, RowCounts
from evalreport.rules.base import Remark
from evalreport.values import Count, Json, NonNegative, Number, Value
from evalreport.verdict import Verdict


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


class LayerFacts(Value):
    """What a layer measured and how, in words and values that were really used."""

    name: str
    kind: str
    what: str
    dataset: str
    n: Count
    decoding: dict[str, Json] = Field(default_factory=dict)
    prompts: str = ""
    scorer: str = ""


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


class TrainingFacts(Value):
    """The training behind the tuned arm; the first seed's figures stand on top.

    `compared` holds what the spec asks for, with its defaults; `used` also what program and
    machine decided.
    """

    method: str
    asked: dict[str, Json]
    used: dict[str, Json]
    compared: tuple[AskedUsed, ...]
    curve: tuple[CurvePoint, ...]
    best_step: Count | None
    seconds: NonNegative
    tokens: Count
    peak_bytes: Count | None
    trainable_parameters: Count
    total_parameters: Count
    runs: tuple[SeedTraining, ...]
    epochs: tuple[EpochRow, ...] = ()
    loss_definition: str = ""
    notes: tuple[str, ...] = ()


class StepFacts(Value):
    """One step of the plan and what became of it."""

    id: str
    kind: str
    key: str
    outcome: Literal["reused", "done", "pending", "blocked", "failed"]
    reason: str
    items: Count
    seconds: NonNegative


class Claim(Value):
    """What somebody says about this model, and the ruling."""

    text: str
    source: str = ""
    ruling: Literal[
        "supported", "not_shown", "contradicted", "not_measured", "measures_something_else"
    ]
    because: str
    cites: tuple[str, ...] = ()


class CostLine(Value):
    """One known cost, or why it is not known."""

    name: str
    amount: Number | None
    note: str = ""


class Cost(Value):
    """What it cost, as far as prices are known; unknown stays unknown."""

    currency: str
    lines: tuple[CostLine, ...]
    total: Number | None
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
    """The whole report. Its JSON dump is report.json; `schema` is this shape's version."""

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
    remarks: tuple[Remark, ...]
    claims: tuple[Claim, ...]
    verdict: Verdict
    training: TrainingFacts | None
    preflight: tuple[PreflightFacts, ...]
    cost: Cost | None
    limitations: tuple[Limitation, ...]
    not_measured: tuple[str, ...]
    steps: tuple[StepFacts, ...]
    environment: dict[str, Json]
    reproduce: Reproduce
    loading_snippet: str
