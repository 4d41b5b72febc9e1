"""build: one spec in, one honest report out."""

import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import stdev

from evalreport.analyze.analyze import analyze
from evalreport.analyze.basis import observe
from evalreport.analyze.findings import FindingRole, Findings
from evalreport.commands.ending import exit_code, print_ending
from evalreport.commands.opening import SMOKE, STORE, Opened, now, open_plan
from evalreport.commands.plan import plan_text
from evalreport.commands.smoke import smoked
from evalreport.commands.writing import Outputs, write_outputs
from evalreport.errors import (
    DataError,
    GateNotMet,
    Problem,
    Refused,
    SpecError,
)
from evalreport.estimates import has_value
from evalreport.evidence import Evidence
from evalreport.numbers import money_text
from evalreport.plan.arms import holds_quantized
from evalreport.plan.model import Plan
from evalreport.plan.money import planned_money, spent_on
from evalreport.plan.scorable import refuse_unscorable
from evalreport.records import StepKind
from evalreport.report.arms import packed_base
from evalreport.report.compose import Frame, compose
from evalreport.report.files import JSON, report_folder
from evalreport.report.items import item_lines
from evalreport.report.load import read_json, report_of
from evalreport.report.lock import lock_text
from evalreport.report.migrations import REPORT
from evalreport.report.model import Report
from evalreport.report.seals import seals_of_report
from evalreport.rules.case import Case
from evalreport.rules.table import review
from evalreport.run.machine import this_environment
from evalreport.run.place import Place
from evalreport.run.run import run
from evalreport.run.spending import Spending
from evalreport.spec.load import LoadedSpec, load_spec
from evalreport.spec.models import Spec
from evalreport.spec.nearest import did_you_mean, listed
from evalreport.stats.arguments import FEWEST_SEEDS
from evalreport.store import BuildLock
from evalreport.store.copying import refuse_half_restored
from evalreport.store.leftovers import clear_jobs, unfinished
from evalreport.store.store import Store
from evalreport.verdict import decide, rule_on_claims
from evalreport.versions import Standing


@dataclass(frozen=True, slots=True)
class Options:
    """How to build, beside the spec.

    Attributes:
        overrides: `--set` values.
        out: Where the report goes, when not to its usual place.
        accept_underpowered: Build although the items cannot show the gain worth having.
        smoke: Two steps and four items a layer, in a folder of its own; counts for nothing.
        only: Layers to ask.
        until: Last step to do.
        wait: Whether to wait for another build.
        strict_environment: Whether another version of a package runs everything again.
    """

    overrides: tuple[str, ...] = ()
    out: Path | None = None
    accept_underpowered: bool = False
    smoke: bool = False
    only: frozenset[str] | None = None
    until: str | None = None
    wait: bool = True
    strict_environment: bool = False


@dataclass(frozen=True, slots=True)
class Built:
    """A report that was written, and what it was made of.

    Attributes:
        report: The report.
        evidence: What became of every step.
        formats: The renderings beside it.
        out: The folder.
    """

    report: Report
    evidence: Evidence
    formats: tuple[str, ...]
    out: Path


def build(path: Path, options: Options) -> int:
    """Build a report, and print what came of it.

    Returns:
        0 when the report is written, whatever the verdict; 3 when a step failed or was blocked.

    Raises:
        EvalReportError: As `built` does.
        KeyboardInterrupt: Stopped; everything done so far is kept.
    """
    made = built(path, options)
    print_ending(made.report, made.evidence, made.formats, made.out)
    return exit_code(made.report)


def built(path: Path, options: Options) -> Built:
    """Plan, do what is missing, analyse, judge, and write the report.

    Raises:
        SpecError: The spec is not right.
        DataError: A file that it names cannot be used.
        GateNotMet: The items cannot show the gain worth having, and that was not accepted.
        Refused: The report would overwrite another spec's, or another build is running.
        KeyboardInterrupt: Stopped; everything done so far is kept.
    """
    loaded = load_spec(path, options.overrides)
    spec = smoked(loaded.spec) if options.smoke else loaded.spec
    folder = Path(STORE) / SMOKE if options.smoke else Path(STORE)
    out = options.out or (folder / "report" if options.smoke else report_folder(path, spec.name))
    _refuse_overwrite(out, loaded, options)
    with (
        BuildLock(folder, f"build of {path}", wait=options.wait, say=_say) as lock,
        closing(Store(folder, now)) as store,
    ):
        _refuse_overwrite(out, loaded, options)  # the build that was waited for may have written
        refuse_half_restored(folder)
        for line in clear_jobs(store):
            _say(line)
        opened = open_plan(
            spec,
            loaded,
            store,
            may_download=True,
            strict_environment=options.strict_environment,
        )
        _refuse_unknown(opened.plan, options)
        _say(plan_text(opened, spec, with_power=not options.smoke).rstrip())
        _say_found(opened)
        _refuse_underpowered(opened.plan, options)
        _refuse_too_costly(opened.plan, spec)
        refuse_unscorable(opened.given)
        place = _place(opened, loaded, options, lock.descriptor)
        evidence = run(opened.given, opened.plan, place)
        observed = observe(spec, evidence)
        findings = analyze(spec, evidence, observed)
        remarks = review(Case(spec, evidence, findings))
        verdict = decide(findings, remarks)
        claims = rule_on_claims(spec, findings, remarks)
        frame = _frame(path, loaded, options, out)
        inputs = opened.given.inputs
        report = compose(spec, inputs, evidence, findings, remarks, verdict, claims, frame)
        write_outputs(
            out,
            Outputs(
                report=report,
                formats=spec.report.formats,
                card_examples=spec.report.card_examples,
                pictures=spec.report.pictures,
                items=item_lines(
                    observed.basis,
                    findings.same_outputs,
                    shown=report.examples_shown,
                    sealed=seals_of_report(report),
                ),
                lock=lock_text(report, evidence),
            ),
        )
        store.add_spreads(spec.name, _spreads(findings))
    return Built(report, evidence, spec.report.formats, out)


def _place(opened: Opened, loaded: LoadedSpec, options: Options, lock: int) -> Place:
    environment = this_environment(
        opened.given.machine, quantized=holds_quantized(opened.given.spec)
    )
    packed = packed_base(opened.given.inputs, opened.given.spec)
    if packed is not None:
        environment["packed_base"] = packed
    return Place(
        store=opened.store,
        spec_folder=loaded.folder,
        environment=environment,
        say=_say,
        only=options.only,
        until=options.until,
        declare=not options.smoke,
        lock=lock,
        spending=Spending.of(opened.given.spec),
    )


def _frame(path: Path, loaded: LoadedSpec, options: Options, out: Path) -> Frame:
    return Frame(
        built_at=now(),
        spec_digest=loaded.digest,
        spec_path=path.as_posix(),
        spec_yaml=loaded.text,
        overrides=options.overrides,
        lock_path=(out / "spec.lock.yaml").as_posix(),
        smoke=options.smoke,
    )


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def _say_found(opened: Opened) -> None:
    """Name what an earlier build left damaged or half-done."""
    for entry in opened.damaged:
        _say(f"damaged, and run again: {entry}")
    trained = [
        planned.step.key
        for planned in opened.plan.steps
        if planned.status == "will_run" and planned.step.kind is StepKind.TRAIN
    ]
    for line in unfinished(opened.store, trained):
        _say(line)


# Refusals


def _refuse_overwrite(out: Path, loaded: LoadedSpec, options: Options) -> None:
    """The report of one set of --set values must not replace that of another.

    Nor must that of an older evalreport replace a newer one's, which it could not even read.
    """
    standing = out / JSON
    if options.out is not None or not standing.exists():
        return
    try:
        content = read_json(standing)
        problem = REPORT.problem(content, standing)
        if problem is not None and REPORT.standing(content) is Standing.NEWER:
            raise Refused(problem)
        there = report_of(content, standing)
    except DataError:
        return  # damaged or of an older form: building replaces it
    before = there.reproduce.overrides
    if there.spec_digest == loaded.digest or set(before) == set(options.overrides):
        return
    elsewhere = out.with_name(out.name + "-variant")
    made = f"with --set {' --set '.join(before)}" if before else "without --set"
    raise Refused(
        Problem(
            str(standing),
            f"it is the report of this spec {made}, which this build would replace",
            f"write this one elsewhere: --out {elsewhere} (out={str(elsewhere)!r} in Python)"
            + (", or move that one away" if before else ""),
        )
    )


def _refuse_unknown(plan: Plan, options: Options) -> None:
    layers = list(dict.fromkeys(p.step.layer for p in plan.steps if p.step.layer))
    steps = [p.step.id for p in plan.steps]
    problems = [
        Problem(f"--only {name}", "there is no such layer", _instead(name, layers, "layers"))
        for name in sorted((options.only or frozenset()) - {*layers})
    ]
    if options.until is not None and options.until not in steps:
        hint = _instead(options.until, steps, "steps")
        problems.append(Problem(f"--until {options.until}", "there is no such step", hint))
    if problems:
        raise SpecError(*problems)


def _instead(name: str, known: list[str], what: str) -> str:
    """The nearest name first, and all of them after it: they are few."""
    near = did_you_mean(name, known, what=what)
    every = f"{what}: {listed(known)}"
    return near if near == every else f"{near} ({every})"


def _refuse_underpowered(plan: Plan, options: Options) -> None:
    """More than twice the gain worth having: the question cannot be answered, so nothing runs.

    The gate stands before work is begun; what was begun is finished, such as a few items that
    failed the last time.
    """
    power = plan.power
    begins = any(
        planned.status == "will_run"
        and planned.step.kind is not StepKind.PREFLIGHT
        and planned.missing in (0, planned.step.items)
        for planned in plan.steps
    )
    if power is None or not begins or options.smoke:
        return
    if power.decision == "warn":
        _say(f"warning: {power.text}")
    if power.decision == "stop" and not options.accept_underpowered:
        raise GateNotMet(
            Problem(
                power.finding,
                f"this evaluation cannot answer its question: {power.text}",
                "add items, ask for a larger gain, or pass --accept-underpowered "
                "(accept_underpowered=True in Python)",
            )
        )


def _refuse_too_costly(plan: Plan, spec: Spec) -> None:
    """A build stops before it would spend more than it may; what is unknown is watched as it runs.

    The known part alone may be too much.
    """
    cost = spec.cost
    if cost.limit is None or not any(planned.status == "will_run" for planned in plan.steps):
        return
    money = planned_money(plan.steps, spec)
    limit = money_text(cost.limit, cost.currency)
    sure = money.machine if money.is_most else money.known
    if sure > cost.limit:
        least = "at least " if money.unknown else ""
        raise GateNotMet(
            Problem(
                "cost.limit",
                f"this build would cost {least}about {money_text(sure, cost.currency)}, and "
                f"{limit} is allowed",
                "ask fewer items or train for less, or raise the limit",
            )
        )
    if money.is_most and money.known > cost.limit:
        most = money_text(money.known, cost.currency)
        _say(
            f"warning: cost.limit is {limit}, and this build may cost up to {most}: calls stop "
            "before the limit is passed, and the report says what is missing"
        )
    if money.unknown:
        _say(
            f"warning: cost.limit is {limit}, and the cost of this build is not known "
            f"({'; '.join(money.unknown)}): it stops between steps when {limit} of "
            f"{spent_on(spec)} is spent"
        )


# What remains of a build


def _spreads(findings: Findings) -> dict[str, float]:
    """What the next plan of this spec knows better than the priors."""
    spreads: dict[str, float] = {}
    for finding in findings.findings:
        if finding.role is FindingRole.EXPLORATORY or finding.power is None:
            continue
        if finding.power.spread is None:
            continue
        if finding.power.disagreement is not None:
            spreads[f"{finding.id}:disagreement"] = finding.power.disagreement
        else:
            spreads[f"{finding.id}:sd"] = finding.power.spread
        if finding.power.design_effect is not None:
            spreads[f"{finding.id}:design_effect"] = finding.power.design_effect
        runs = [one.difference.value for one in finding.per_seed or () if has_value(one.difference)]
        if len(runs) >= FEWEST_SEEDS:
            spreads[f"{finding.id}:seed_sd"] = stdev(runs)
    return spreads
