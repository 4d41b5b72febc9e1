"""Changes: spec, data, weights, training, declarations, rules and environment, value by value.

What matters most comes first; what is the same is counted and not listed.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from evalreport.diff.model import Change, Changes
from evalreport.estimates import NotEstimable
from evalreport.lineage.builds import Build
from evalreport.numbers import count_text
from evalreport.report.read_items import ItemsRead
from evalreport.rules.base import Status
from evalreport.spec.models import Spec
from evalreport.values import Json, Value

MODEL: Final = "the models"
DATA: Final = "the data"
SPEC: Final = "the spec"
TRAINING: Final = "training, as it was done"
DECLARED: Final = "what was declared beforehand"
RULES: Final = "verdict, rules and claims"
ENVIRONMENT: Final = "the environment"

# What decides numbers first; keys that are not named here stand between.
_FIRST: Final = ("base_model", "adapter", "training", "datasets", "arms", "evaluation", "engine")
_LAST: Final = ("title", "about", "claims", "cost", "report", "publish", "name")
_WEIGHTS: Final = (
    "model", "revision", "base_digest", "adapter_digests", "model_digests", "dtype",
    "quantization", "form", "prompting", "origin",
)  # fmt: skip
_DATA: Final = ("role", "n", "digest", "origin", "clusters", "cluster_by", "generated_by",
                "labelled_by", "license")  # fmt: skip
_ROWS: Final = "rows by id"
_NOTHING: Final[tuple[Json, ...]] = (None, {}, [], "")
_GRAVE: Final = frozenset({Status.BROKEN.value, Status.UNCHECKED.value})


def changes_between(
    a: Build, b: Build, items: tuple[ItemsRead | None, ItemsRead | None]
) -> tuple[Changes, ...]:
    """What of B is another than in A, part by part.

    Args:
        a: The first build.
        b: The second.
        items: Of both, where they can be read.
    """
    return (
        _part(MODEL, *(_weights(build) for build in (a, b))),
        _data(a, b, items),
        _spec(a.spec, b.spec),
        _part(TRAINING, *(_training(build) for build in (a, b))),
        _part(DECLARED, *(_declared(build) for build in (a, b))),
        _rules(a, b),
        _part(ENVIRONMENT, *(flat(build.report.environment) for build in (a, b))),
    )


def _part(
    name: str, one: Mapping[str, Json], other: Mapping[str, Json], *, note: str = ""
) -> Changes:
    changed = tuple(_changes(one, other))
    alike = sum(one[key] == other[key] for key in one if key in other)
    return Changes(part=name, changed=changed, unchanged=alike, note=note)


def _changes(one: Mapping[str, Json], other: Mapping[str, Json]) -> Iterator[Change]:
    """Values that are not the same; one that says nothing is not worth a line where it is new."""
    for key in dict.fromkeys((*one, *other)):
        mine, theirs = one.get(key), other.get(key)
        if mine == theirs or (mine in _NOTHING and theirs in _NOTHING):
            continue
        if key not in one or (mine in _NOTHING and mine is not None):
            yield Change(key=key, kind="added", other=theirs)
        elif key not in other or (theirs in _NOTHING and theirs is not None):
            yield Change(key=key, kind="removed", one=mine)
        else:
            yield Change(key=key, kind="changed", one=mine, other=theirs)


def flat(value: Any, path: str = "") -> dict[str, Json]:
    """Values by key path; entries of a list go by their names, where all have one.

    Other lists are one value, as is what is empty. A key that holds a dot is set in quotes.
    """
    if isinstance(value, list) and _names(value):
        value = {str(one["name"]): one for one in value}
    if isinstance(value, dict) and value:
        return {
            inner: one
            for key, held in value.items()
            for inner, one in flat(held, f"{path}.{_quoted(key)}" if path else _quoted(key)).items()
        }
    return {path: value}


def _names(entries: Sequence[Any]) -> bool:
    names = [one.get("name") if isinstance(one, dict) else None for one in entries]
    return bool(names) and all(isinstance(n, str) for n in names) and len({*names}) == len(names)


def _quoted(key: object) -> str:
    text = str(key)
    return json.dumps(text, ensure_ascii=False) if "." in text or not text else text


def _weights(build: Build) -> dict[str, Json]:
    return {
        key: value
        for name, arm in build.report.arms.items()
        for key, value in flat(_only(arm, _WEIGHTS), _quoted(name)).items()
    }


def _only(value: Value, keys: Iterable[str]) -> dict[str, Json]:
    """Some of its values, without those of which nothing is said."""
    dumped = value.model_dump(mode="json")
    return {key: dumped[key] for key in keys if dumped[key] not in (None, "", {})}


def _data(a: Build, b: Build, items: tuple[ItemsRead | None, ItemsRead | None]) -> Changes:
    """Facts of every dataset, with the rows that came and went where the items tell."""
    part = _part(DATA, *(_datasets(build) for build in (a, b)))
    rows = []
    for name in dict.fromkeys((*a.report.datasets, *b.report.datasets)):
        asked = [_ids(build, name, read) for build, read in zip((a, b), items, strict=True)]
        if asked[0] is None or asked[1] is None or asked[0] == asked[1]:
            continue
        new, gone = len(asked[1] - asked[0]), len(asked[0] - asked[1])
        both = len(asked[0] & asked[1])
        rows.append(
            Change(
                key=f"{_quoted(name)}.{_ROWS}",
                kind="changed",
                one=len(asked[0]),
                other=len(asked[1]),
                note=(
                    f"{count_text(new)} added, {count_text(gone)} removed, "
                    f"{count_text(both)} in both"
                ),
            )
        )
    return part.model_copy(update={"changed": (*part.changed, *rows)})


def _datasets(build: Build) -> dict[str, Json]:
    return {
        key: value
        for name, facts in build.report.datasets.items()
        for key, value in flat(_only(facts, _DATA), _quoted(name)).items()
    }


def _ids(build: Build, dataset: str, read: ItemsRead | None) -> frozenset[str] | None:
    """The ids of all rows of a dataset, where a layer asked all of them."""
    facts = build.report.datasets.get(dataset)
    if read is None or facts is None:
        return None
    for layer in build.report.layers:
        table = read.basis.tables.get(layer.name)
        if layer.dataset == dataset and table is not None and table.n == facts.n:
            return frozenset(table.ids)
    return None


def _spec(one: Spec | NotEstimable, other: Spec | NotEstimable) -> Changes:
    """The values that were asked for, with defaults and with what was set on the command line."""
    for spec in (one, other):
        if isinstance(spec, NotEstimable):
            return Changes(part=SPEC, changed=(), unchanged=0, note=spec.not_estimable)
    found = [_flat_spec(spec) for spec in (one, other) if isinstance(spec, Spec)]
    part = _part(SPEC, *found)
    return part.model_copy(update={"changed": tuple(sorted(part.changed, key=_rank))})


def _flat_spec(spec: Spec) -> dict[str, Json]:
    return flat(spec.model_dump(mode="json", by_alias=True))


def _rank(change: Change) -> int:
    top = change.key.partition(".")[0]
    if top in _FIRST:
        return _FIRST.index(top)
    return len(_FIRST) + (1 + _LAST.index(top) if top in _LAST else 0)


def _training(build: Build) -> dict[str, Json]:
    """What each training really used; of what was not trained here, what its files say."""
    report = build.report
    trainings = {"tuned": report.training, **report.other_trainings}
    found: dict[str, Json] = {}
    for arm, facts in trainings.items():
        if facts is None:
            continue
        prefix = "" if arm == "tuned" else f"{_quoted(arm)}."
        for name, value in facts.used.items():  # its names are paths already
            found |= flat(value, f"{prefix}{name}")
        found[f"{prefix}method"] = facts.method
        found[f"{prefix}best_step"] = facts.best_step
        for name in ("steps", "tokens", "trainable_parameters"):
            value = getattr(facts, name)
            if isinstance(value, int):
                found[f"{prefix}{name}"] = value
    return found


def _declared(build: Build) -> dict[str, Json]:
    declared = build.report.declared
    found: dict[str, Json] = {
        "primary": None if declared.primary is None else _target(declared.primary),
    }
    for kind in ("guards", "secondary"):
        for one in getattr(declared, kind):
            name = ".".join(part for part in (one.layer, one.metric, one.field) if part)
            found[f"{kind}.{name}"] = _target(one)
    return {**found, **_only(declared, ("alpha", "power", "test", "unparsed"))}


def _target(target: Value) -> Json:
    return {key: one for key, one in target.model_dump(mode="json").items() if one is not None}


def _rules(a: Build, b: Build) -> Changes:
    """What came out, the gravest first.

    A rule that one version alone knows is no change, unless it is broken there.
    """
    one, other = (_ruled(build) for build in (a, b))
    part = _part(RULES, one, other)
    kept, passed = [], 0
    for change in part.changed:
        said = {change.one, change.other} - {None}
        if change.key.startswith("rule ") and change.kind != "changed" and not said & _GRAVE:
            passed += 1
        else:
            kept.append(change)
    note = f"{count_text(passed, 'rule')} known to one of the two alone, and not broken there"
    return part.model_copy(
        update={
            "changed": tuple(sorted(kept, key=_gravity)),
            "note": note if passed else "",
        }
    )


def _gravity(change: Change) -> int:
    if change.key.startswith("verdict."):
        return 0
    if not change.key.startswith("rule "):
        return 1
    return 2 if Status.BROKEN.value in (change.one, change.other) else 3


def _ruled(build: Build) -> dict[str, Json]:
    """Verdict, requirements, and what rules and claims came to; a rule by its worst remark."""
    report = build.report
    found: dict[str, Json] = {
        "verdict.outcome": report.verdict.outcome.value,
        "verdict.strength": report.verdict.strength.value,
        "verdict.headline": report.verdict.headline,
    }
    for one in report.measurements:
        if one.requirement is not None:
            found[f"requirement {one.id}"] = one.requirement_state
    order = (Status.BROKEN, Status.UNCHECKED, Status.KEPT, Status.NOT_APPLICABLE)
    by_rule: dict[str, list[Status]] = {}
    for remark in report.remarks:
        by_rule.setdefault(remark.rule, []).append(remark.status)
    for rule, statuses in by_rule.items():
        found[f"rule {rule}"] = min(statuses, key=order.index).value
    for claim in report.claims:
        found[f"claim {claim.text}"] = claim.ruling
    return found
