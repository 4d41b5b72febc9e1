"""Where each declared number of a report goes on the hub, and which value stands there."""

from collections.abc import Iterator
from dataclasses import dataclass

from evalreport.analyze.findings import Finding, FindingRole
from evalreport.estimates import Estimated, NotEstimable, has_value
from evalreport.hub_rules import Figure, HubAnswers, Placement, place
from evalreport.numbers import count_text
from evalreport.records import Origin
from evalreport.report.model import Report
from evalreport.report.snippet import SHIPPED
from evalreport.rules.base import Severity, Status
from evalreport.spec.placing import board_of
from evalreport.verdict import Outcome

_TUNED, _BASE = "tuned", "base"


@dataclass(frozen=True, slots=True)
class Listed:
    """A declared number of what ships: where it goes, and its value.

    `n` items stand behind it. `finding` is the comparison that it is a side of; None where what
    ships was not measured.
    """

    placement: Placement
    value: Estimated
    n: int
    unit: str
    finding: Finding | None = None


def what_ships(report: Report) -> str:
    """The name of the arm that a card is about."""
    return SHIPPED if SHIPPED in report.arms else _TUNED


def seeds_of(report: Report) -> tuple[str, ...]:
    """The training seeds of what ships, in the order of the spec; `only` where there is none."""
    arm = report.arms.get(what_ships(report))
    return tuple({**arm.adapter_digests, **arm.model_digests}) if arm is not None else ()


def shipped_seed(report: Report) -> str:
    """The seed whose weights ship: the one that the spec names, else the first.

    Never the one that did best: a choice by the test set would flatter what it chose.
    """
    asked = report.publish.seed if report.publish is not None else None
    return str(asked) if asked is not None else next(iter(seeds_of(report)), "")


def is_plain_base(name: str, report: Report) -> bool:
    """Whether an arm is the base as it is, in whatever precision."""
    arm = report.arms.get(name)
    return name == _BASE or (arm is not None and arm.form == "base" and arm.prompting is None)


def listed(report: Report, answers: HubAnswers | None = None) -> tuple[Listed, ...]:
    """Every declared number, each once, in the order of the report.

    Args:
        report: The report.
        answers: What the hub said, once it was asked.
    """
    disqualified = _disqualified(report)
    named: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in report.findings:
        if finding.role is not FindingRole.EXPLORATORY and finding.subgroup is None:
            named.setdefault(_name(finding), [])
    for finding in report.findings:
        if finding.subgroup is None and _name(finding) in named:
            named[_name(finding)].append(finding)
    return tuple(_listed(found, report, disqualified, answers) for found in named.values())


def _name(finding: Finding) -> tuple[str, str, str]:
    return finding.layer, finding.metric, finding.field or ""


def _disqualified(report: Report) -> frozenset[str]:
    """What broken rules make worthless: findings, layers and datasets, by name."""
    return frozenset(
        cited
        for remark in report.remarks
        if remark.severity is Severity.INVALIDATES and remark.status is Status.BROKEN
        for cited in remark.cites
    )


def _listed(
    found: list[Finding],
    report: Report,
    disqualified: frozenset[str],
    answers: HubAnswers | None,
) -> Listed:
    ships = what_ships(report)
    finding = next(
        (f for f in found if f.arms[0] == ships and is_plain_base(f.arms[1], report)), None
    )
    shown = finding or found[0]
    dataset = report.datasets.get(shown.dataset)
    value = _value(finding, report) if finding else NotEstimable(not_estimable="not measured")
    withheld = next(
        _withheld(shown, finding is not None, value, report, disqualified),
        "",
    )
    is_public = dataset is not None and not dataset.is_private
    figure = Figure(
        layer=shown.layer,
        kind=next((one.kind for one in report.layers if one.name == shown.layer), ""),
        metric=shown.metric,
        field=shown.field or "",
        dataset=shown.dataset,
        role=dataset.role if dataset else "",
        hub_id=dataset.hub_id if dataset and is_public else None,
        is_whole=dataset is not None and shown.n == dataset.n,
        leaked=_leaked(shown.dataset, report),
        withheld=withheld,
        board=board_of(report.publish, shown.layer, shown.metric),
    )
    return Listed(place(figure, answers), value, shown.n, shown.unit, finding)


def _leaked(dataset: str, report: Report) -> str:
    """How much of a test set met training, whatever that does to the verdict."""
    met = next((one for one in report.overlaps if one.dataset == dataset), None)
    if met is None or not met.exact + met.near:
        return ""
    return f"{count_text(met.exact + met.near, 'item')} of {dataset} met training"


def _value(finding: Finding, report: Report) -> Estimated:
    """The value of the weights that ship: of several seeds, of that one alone."""
    of_seeds = finding.per_seed or ()
    if len(of_seeds) < 2:
        return finding.tuned
    seed = shipped_seed(report)
    return next(
        (one.tuned for one in of_seeds if str(one.seed) == seed),
        NotEstimable(not_estimable=f"seed {seed} was not measured by itself"),
    )


def _withheld(
    finding: Finding,
    is_of_what_ships: bool,  # noqa: FBT001  # it is a claim, and stands by itself
    value: Estimated,
    report: Report,
    disqualified: frozenset[str],
) -> Iterator[str]:
    """What keeps a number in the text, the gravest first."""
    if report.simulated or finding.simulated:
        yield "the models are simulated"
    if report.smoke:
        yield "it is of a smoke test, which counts for nothing"
    if report.verdict.outcome is Outcome.INVALID_EVIDENCE:
        yield "the evidence is invalid: the verdict says why"
    if disqualified & {finding.id, finding.layer, finding.dataset}:
        yield "a broken rule makes it worthless: the checks say which"
    if not is_of_what_ships:
        yield f"{what_ships(report)} was not measured against the base"
    if finding.origin is not Origin.RUN:
        yield "it was not measured here"
    if not has_value(value):
        why = value.not_estimable if isinstance(value, NotEstimable) else "nobody says it"
        yield f"there is no value: {why}"
