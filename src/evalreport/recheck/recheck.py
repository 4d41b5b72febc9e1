"""recheck: a report held against what its items give, through the functions that made it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from evalreport.analyze.comparisons import Compared, compare
from evalreport.analyze.findings import Findings
from evalreport.digest import digest_model, digest_of
from evalreport.plan.declared import declared_block
from evalreport.recheck.differ import Differ, Difference
from evalreport.recheck.remarks import ill_formed, review_again
from evalreport.report.compose import about_of, declared_of, limitations_of
from evalreport.report.cost import caveat_of
from evalreport.report.model import Report
from evalreport.report.read_items import ItemsRead
from evalreport.report.seals import seals_of
from evalreport.report.volatile import VOLATILE
from evalreport.rules.base import Remark, Status
from evalreport.rules.registered import CHANGED_RULE
from evalreport.spec.models import Spec
from evalreport.spec.schema_files import schema_paths
from evalreport.values import Json, Value
from evalreport.verdict import decide, reservation, rule_on_claims

# What neither items nor a seal can tell: see `report.volatile`.
UNCHECKED: Final = (
    "what depends on the clock and the host (built_at, declared.first_scored_at, the environment, "
    "seconds, peak memory, measured costs)"
)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a report that was computed again, and in how many values it agrees."""

    name: str
    agreed: int


@dataclass(frozen=True, slots=True)
class Rechecked:
    """What came of it.

    Attributes:
        items: Rows that were read.
        parts: What was computed again.
        differences: Where the report is not what the items give.
        sealed: Parts of the report that items do not carry, and that are as the build wrote them.
        unseen: Rules that look at more than findings; their remarks are sealed.
        unchecked: What could not be looked at, in words.
    """

    items: int
    parts: tuple[Part, ...]
    differences: tuple[Difference, ...]
    sealed: tuple[str, ...]
    unseen: tuple[str, ...]
    unchecked: tuple[str, ...]

    @property
    def agreed(self) -> int:
        """In how many values the report agrees with what was computed again."""
        return sum(part.agreed for part in self.parts)


def recheck(report: Report, content: Json, spec: Spec, read: ItemsRead) -> Rechecked:
    """Compute again what items carry, and look for anything else that was changed.

    Args:
        report: What report.json says.
        content: The same as JSON, for its seals.
        spec: The one that the report holds.
        read: Its items.
    """
    compared = compare(spec, read.basis)
    findings = _findings(report, compared, read)
    reviewed = review_again(spec, findings)
    gone: list[str] = []
    parts: list[Part] = []
    differences = [
        Difference(f"items.jsonl: {place}", f"{said} items in its head", f"{there} rows")
        for place, said, there in read.miscounted
    ]
    for name, says, gives in _again(report, spec, compared, findings, reviewed.again):
        differ = Differ()
        differ.compare(name, says, gives)
        parts.append(Part(name, differ.agreed))
        differences += differ.found
    differences += [
        Difference(*one, source="a build writes") for one in ill_formed(report, findings)
    ]
    unchecked = [UNCHECKED, *_without_schemas(spec)]
    named = {_top(one.where) for one in differences}
    seals = seals_of(content)
    for key in dict.fromkeys((*seals, *read.sealed)):
        if seals.get(key) == read.sealed.get(key):
            gone.append(key)
        elif key not in named:
            differences.append(
                Difference(
                    key,
                    f"something of digest {seals.get(key)}",
                    f"what has digest {read.sealed.get(key)}",
                    source="the build wrote",
                )
            )
    whole = {part.name for part in parts}
    return Rechecked(
        items=read.rows,
        parts=tuple(parts),
        differences=tuple(differences),
        sealed=tuple(key for key in gone if key not in whole and key not in VOLATILE),
        unseen=reviewed.unseen,
        unchecked=tuple(unchecked),
    )


def _findings(report: Report, compared: Compared, read: ItemsRead) -> Findings:
    """What rules and verdict look at: computed again where items carry it, else as reported."""
    return Findings(
        findings=compared.findings,
        measurements=compared.measurements,
        health=report.health,
        health_differences=report.health_differences,
        same_outputs=read.same_outputs,
        gaps=compared.gaps,
        overlaps=tuple(
            one.model_copy(update={"clean_findings": compared.clean.get(one.dataset, ())})
            for one in report.overlaps
        ),
        confusion=report.confusion,
        examples=report.examples,
        rankings=report.rankings,
        epochs=report.training.epochs if report.training else (),
    )


def _again(
    report: Report,
    spec: Spec,
    compared: Compared,
    findings: Findings,
    remarks: Mapping[str, tuple[Remark, ...]],
) -> Iterator[tuple[str, Json, Json]]:
    """Every part that follows from items, spec and remarks: its name, as it is, as it should be."""
    yield "name", report.name, spec.name
    yield "title", report.title, spec.title or spec.name
    yield "simulated", report.simulated, spec.engine.kind == "fake"
    yield "about", _json(report.about), _json(about_of(spec))
    if not report.smoke and not _names_schemas(spec):
        yield "spec_digest", report.spec_digest, digest_model(spec)
    yield "declared", _declared(report.declared), _declared(declared_of(spec, None))
    kept = any(r.rule == CHANGED_RULE and r.status is Status.KEPT for r in report.remarks)
    if report.declared.digest and kept:
        mine = digest_of("declared", declared_block(spec))
        yield "declared.digest", report.declared.digest, mine
    yield "findings", _listed(report.findings), _listed(compared.findings)
    yield "measurements", _listed(report.measurements), _listed(compared.measurements)
    yield "gaps", _listed(report.gaps), _listed(compared.gaps)
    yield (
        "overlaps",
        [{"dataset": o.dataset, "clean": _listed(o.clean_findings)} for o in report.overlaps],
        [{"dataset": o.dataset, "clean": _listed(o.clean_findings)} for o in findings.overlaps],
    )
    for rule, again in remarks.items():
        said = tuple(remark for remark in report.remarks if remark.rule == rule)
        if len(said) == len(again) == 1:
            yield f"remarks[{rule}]", _json(said[0]), _json(again[0])
        else:
            yield f"remarks[{rule}]", _numbered(said), _numbered(again)
    yield "verdict", _json(report.verdict), _json(decide(findings, report.remarks))
    ruled = rule_on_claims(spec, findings, report.remarks)
    yield "claims", _listed(report.claims), _listed(ruled)
    yield (
        "limitations",
        _listed(report.limitations),
        _listed(limitations_of(spec, findings, report.remarks)),
    )
    if report.cost is not None:
        doubt = reservation(findings, report.remarks)
        yield "cost.caveat", report.cost.caveat, caveat_of(spec, doubt)


def _json(value: Value) -> Json:
    dumped: Json = json.loads(json.dumps(value.model_dump(by_alias=True)))
    return dumped


def _listed(values: tuple[Value, ...]) -> Json:
    return [_json(value) for value in values]


def _numbered(remarks: tuple[Remark, ...]) -> Json:
    """Remarks of one rule, in order: they all have its name."""
    return {str(i): _json(remark) for i, remark in enumerate(remarks)}


def _declared(declared: Value) -> Json:
    """What was declared, without when and what came before."""
    return _json(declared.model_copy(update={"digest": "", "first_scored_at": None, "changes": ()}))


def _without_schemas(spec: Spec) -> Iterator[str]:
    if _names_schemas(spec):
        yield "spec_digest (the JSON Schema files that the spec names are not in the report)"


def _names_schemas(spec: Spec) -> bool:
    return any(True for layer in spec.evaluation.layers for _ in schema_paths(layer))


def _top(where: str) -> str:
    return where.split(".", maxsplit=1)[0].split("[", maxsplit=1)[0]
