"""Compared: every finding of two reports, and whether its numbers may be read beside each other."""

from collections.abc import Iterator

from evalreport.analyze.datasets import Sources
from evalreport.analyze.findings import Finding
from evalreport.diff.model import Comparability, Compared, Numbers
from evalreport.estimates import NotEstimable
from evalreport.lineage.answered import answered
from evalreport.lineage.aspect import Aspect, AspectState, differs, unknown
from evalreport.lineage.aspects import aspects_of, reference_of
from evalreport.lineage.builds import Build
from evalreport.rules.base import voided

_SUBGROUPS = "subgroups"


def compared_findings(a: Build, b: Build) -> Iterator[Compared]:
    """One for every id, in B's order, those of A alone at the end."""
    void = [voided(build.report.remarks) for build in (a, b)]
    mine = {finding.id: finding for finding in a.report.findings}
    theirs = {finding.id: finding for finding in b.report.findings}
    for name in dict.fromkeys((*theirs, *mine)):
        one, other = mine.get(name), theirs.get(name)
        shown = other or one
        if shown is None:
            continue
        if one is None or other is None:
            state = Comparability.ONLY_IN_A if other is None else Comparability.ONLY_IN_B
            why: tuple[Aspect, ...] = ()
        else:
            why = tuple(
                aspect
                for aspect in _aspects(a, b, one, other)
                if aspect.forbids or aspect.state is AspectState.ON_TRUST
            )
            state = _state(why)
        yield Compared(
            finding=name,
            metric=shown.metric,
            unit=shown.unit,
            higher_is_better=shown.higher_is_better,
            state=state,
            why=why,
            one=None if one is None else _numbers(one),
            other=None if other is None else _numbers(other),
            void=tuple(
                label
                for label, some in zip("AB", void, strict=True)
                if not some.keys().isdisjoint(
                    {name, *([shown.guard_of_tuned] if shown.is_guard_of_export else [])}
                )
            ),
        )


def _state(why: tuple[Aspect, ...]) -> Comparability:
    if any(aspect.forbids for aspect in why):
        return Comparability.NOT_COMPARABLE
    return Comparability.ON_TRUST if why else Comparability.COMPARABLE


def _aspects(a: Build, b: Build, before: Finding, finding: Finding) -> Iterator[Aspect]:
    """How it was measured, and against what."""
    for build, label in ((a, "A"), (b, "B")):
        if "findings" in build.unsealed:
            yield unknown("report.json", f"the findings of {label} were changed since it was built")
    measured = aspects_of(a, b, finding.layer, finding.metric, finding.arms)
    yield from measured
    yield from answered(before, finding, measured)
    yield reference_of(a, b, finding.layer, finding.arms[1])
    if finding.subgroup is not None:
        mine, theirs = (_subgroups(build, finding.dataset) for build in (a, b))
        if mine != theirs:
            yield differs(_SUBGROUPS, mine, theirs)


def _subgroups(build: Build, dataset: str) -> str:
    if isinstance(build.spec, NotEstimable):
        return "not known"
    declared = Sources.of(build.spec).dataset(dataset)
    named = declared.subgroups if declared is not None else ()
    return ", ".join(f"{one.by} in {one.bins}" if one.bins else one.by for one in named) or "none"


def _numbers(finding: Finding) -> Numbers:
    return Numbers(
        tuned=finding.tuned,
        base=finding.base,
        difference=finding.difference,
        n=finding.n,
        n_missing=finding.n_missing,
        outcome=finding.outcome,
    )
