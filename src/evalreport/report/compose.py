"""compose: evidence, findings, remarks and verdict into one Report, in words where words help."""

from dataclasses import dataclass

from evalreport import __version__
from evalreport.analyze.examples import RULE
from evalreport.analyze.findings import FindingOutcome, FindingRole, Findings
from evalreport.digest import digest_of
from evalreport.evidence import Evidence
from evalreport.plan.declared import declared_block
from evalreport.plan.model import Inputs
from evalreport.records import Blocked, Failure, Pending, Registration, StepKind
from evalreport.report.arms import arm_facts, imported_arms, not_asked_in, recorded_arms
from evalreport.report.bearing import bearing_of
from evalreport.report.cost import cost_of
from evalreport.report.measured import (
    dataset_facts,
    datasets_asked,
    layer_facts,
    shown_card,
    shown_example,
    shown_judgment,
    shown_overlaps,
)
from evalreport.report.model import (
    About,
    ArmFacts,
    Declared,
    DeclaredMetric,
    Limitation,
    Report,
    Reproduce,
)
from evalreport.report.ran import preflight_facts, step_facts
from evalreport.report.snippet import SHIPPED, loading_snippet
from evalreport.report.training import other_trainings, training_facts
from evalreport.rules.base import Remark, Status, together
from evalreport.sources import resolve
from evalreport.spec.models import Spec
from evalreport.verdict import RuledClaim, Verdict, reservation


@dataclass(frozen=True, slots=True)
class Frame:
    """What a report knows from outside the evidence.

    Attributes:
        built_at: When, in UTC.
        spec_digest: Of the validated spec.
        spec_path: As it was named on the command line.
        spec_yaml: Its text.
        overrides: What was set on the command line.
        lock_path: Where the lock stands.
        smoke: Whether this is a smoke run.
    """

    built_at: str
    spec_digest: str
    spec_path: str
    spec_yaml: str
    overrides: tuple[str, ...]
    lock_path: str
    smoke: bool = False


def compose(
    spec: Spec,
    inputs: Inputs,
    evidence: Evidence,
    findings: Findings,
    remarks: tuple[Remark, ...],
    verdict: Verdict,
    claims: tuple[RuledClaim, ...],
    frame: Frame,
) -> Report:
    """The report; what it says was measured comes from evidence, what was asked from the spec."""
    sources, _ = resolve(spec.datasets)
    return Report(
        evalreport=__version__,
        name=spec.name,
        title=spec.title or spec.name,
        built_at=frame.built_at,
        spec_digest=frame.spec_digest,
        simulated=spec.engine.kind == "fake",
        smoke=frame.smoke,
        about=about_of(spec),
        declared=declared_of(spec, evidence.registration),
        arms=_arms(spec, inputs, evidence),
        datasets={
            name: dataset_facts(corpus, sources[name]) for name, corpus in evidence.corpora.items()
        },
        layers=tuple(
            layer_facts(layer, evidence, datasets_asked(spec)) for layer in spec.evaluation.layers
        ),
        findings=findings.findings,
        measurements=findings.measurements,
        health=findings.health,
        health_differences=findings.health_differences,
        gaps=findings.gaps,
        overlaps=shown_overlaps(findings, spec.report.examples),
        confusion=findings.confusion,
        examples=tuple(shown_example(one, spec.report.examples) for one in findings.examples)
        if spec.report.examples != "none"
        else (),
        examples_rule=RULE,
        examples_shown=spec.report.examples,
        rankings=findings.rankings,
        judge_cards=tuple(shown_card(one, spec.report.examples) for one in findings.judge_cards),
        judged_examples=tuple(
            shown_judgment(one, spec.report.examples) for one in findings.judged_examples
        )
        if spec.report.examples != "none"
        else (),
        stops=findings.stops,
        remarks=remarks,
        claims=claims,
        verdict=verdict,
        training=training_facts(spec, evidence, findings),
        other_trainings=other_trainings(evidence),
        preflight=preflight_facts(spec, evidence),
        cost=cost_of(spec, evidence, reservation(findings, remarks)),
        limitations=limitations_of(spec, findings, remarks),
        not_measured=_not_measured(spec, evidence, findings),
        steps=step_facts(evidence),
        environment={**evidence.environment},
        reproduce=_reproduce(frame),
        loading_snippet=loading_snippet(
            spec, inputs, evidence.arms.get(SHIPPED) or evidence.arms.get("tuned")
        ),
        publish=spec.publish,
    )


def _arms(spec: Spec, inputs: Inputs, evidence: Evidence) -> dict[str, ArmFacts]:
    """What was asked here, and whoever else has a number; nothing is said of an arm with none."""
    recorded = {**recorded_arms(spec, evidence), **imported_arms(evidence, inputs, spec)}
    asked = {
        planned.step.arm
        for planned in evidence.plan.steps
        if planned.step.kind is not StepKind.IMPORT
    }
    here = {
        name: arm_facts(arm, inputs, evidence, spec)
        for name, arm in evidence.arms.items()
        if name in asked or name not in recorded
    }
    for name, facts in here.items():
        notes = (*facts.notes, *not_asked_in(name, evidence, spec))
        here[name] = facts.model_copy(update={"notes": notes})
    return {**recorded, **here}


def about_of(spec: Spec) -> About:
    """What the authors say."""
    about = spec.about
    language = about.language if isinstance(about.language, str) else ", ".join(about.language)
    return About(
        authors=about.authors,
        license=about.license,
        language=language or None,
        intended_use=about.intended_use,
        out_of_scope=about.out_of_scope,
        limitations=about.limitations,
    )


def declared_of(spec: Spec, registered: Registration | None) -> Declared:
    """What was fixed before any output existed, and whether it stayed so."""
    evaluation = spec.evaluation
    return Declared(
        primary=DeclaredMetric(**evaluation.primary.model_dump()) if evaluation.primary else None,
        guards=tuple(DeclaredMetric(**guard.model_dump()) for guard in evaluation.guards),
        secondary=tuple(DeclaredMetric(**one.model_dump()) for one in evaluation.secondary),
        alpha=evaluation.alpha,
        power=evaluation.power,
        test=evaluation.test,
        unparsed=evaluation.unparsed,
        digest=_declared_digest(spec, registered),
        first_scored_at=registered.first_scored_at if registered else None,
        changes=tuple(
            f"{at}: declared anew in spec {name}" for _, _, name, at in registered.bodies[1:]
        )
        if registered
        else (),
    )


def _declared_digest(spec: Spec, registered: Registration | None) -> str:
    """Of what this spec declares, where that was registered; else of what was registered last."""
    if registered is None:
        return ""
    known = [digest for digest, _, _, _ in registered.bodies]
    mine = digest_of("declared", declared_block(spec))
    return mine if mine in known else known[-1]


# What is missing


def limitations_of(
    spec: Spec, findings: Findings, remarks: tuple[Remark, ...]
) -> tuple[Limitation, ...]:
    """Broken rules and what could not be checked, worst first, then the authors' own words.

    What is said alike of several layers is one sentence that names them all.
    """
    bearing = bearing_of(findings.findings, findings.measurements, remarks)
    shown = [r for r in remarks if r.status in (Status.BROKEN, Status.UNCHECKED)]
    shown.sort(key=bearing.weight)
    return (
        *(Limitation(text=r.text, rule=r.rule) for r in together(shown)),
        *(Limitation(text=text) for text in spec.about.limitations),
    )


def _not_measured(spec: Spec, evidence: Evidence, findings: Findings) -> tuple[str, ...]:
    """What was planned or declared and has no result, and what nobody asked for."""
    lines: dict[str, None] = {}
    for planned in evidence.plan.steps:
        outcome = evidence.outcomes[planned.step.id]
        if isinstance(outcome, Blocked | Failure):
            lines[f"{planned.step.id}: {outcome.reason}"] = None
        elif isinstance(outcome, Pending):
            lines[f"{planned.step.id}: waits for {outcome.waits_for}"] = None
    for finding in findings.findings:
        declared = finding.role is not FindingRole.EXPLORATORY or finding.is_guard_of_export
        if declared and finding.outcome is FindingOutcome.NOT_MEASURED:
            lines[finding.sentence] = None
    if not spec.evaluation.guards:
        lines["What the fine-tuning made the model forget: no guard was declared."] = None
    if len(evidence.trainings) == 1:
        lines["How much another training seed would change: one was trained."] = None
    if "tuned" in evidence.earlier or evidence.recorded_training is not None:
        lines["How much another training seed would change: nothing was trained here."] = None
    return tuple(lines)


def _reproduce(frame: Frame) -> Reproduce:
    parts = ["evalreport", "build", frame.spec_path]
    for override in frame.overrides:
        parts += ["--set", f"'{override}'"]
    return Reproduce(
        command=" ".join(parts),
        spec_path=frame.spec_path,
        spec_yaml=frame.spec_yaml,
        overrides=frame.overrides,
        lock_path=frame.lock_path,
    )
