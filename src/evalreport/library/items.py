"""The scores of single items, from items.jsonl, to a data frame."""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from evalreport.analyze.basis import Basis
from evalreport.analyze.labels import Labels
from evalreport.analyze.parts import Part
from evalreport.analyze.scores import FAILED, UNSCORABLE, Scored
from evalreport.analyze.tables import BETWEEN, Table
from evalreport.errors import DataError, Problem
from evalreport.library.frames import COUNT, NUMBER, WORDS, Cell, Row, frame_of
from evalreport.metrics.base import Scale
from evalreport.report.files import ITEMS, JSON
from evalreport.report.load import read_json, read_report
from evalreport.report.model import Report
from evalreport.report.read_items import read_items
from evalreport.report.seals import seals_of, seals_of_report
from evalreport.spec.load import spec_of_text
from evalreport.spec.nearest import did_you_mean

if TYPE_CHECKING:
    from pandas import DataFrame

_COLUMNS: Final = {
    "layer": WORDS,
    "part": WORDS,
    "item": WORDS,
    "cluster": WORDS,
    "arm": WORDS,
    "against": WORDS,
    "seed": COUNT,
    "metric": WORDS,
    "field": WORDS,
    "score": NUMBER,
    "weight": NUMBER,
    "state": WORDS,
    "score_missing": WORDS,
}
_SEALED: Final = "findings"  # the part of report.json that items are joined to
_NO_ANSWER: Final = "there is no answer, or no verdict on it"
_UNREADABLE: Final = "the answer cannot be scored, and nothing was declared that it counts as"
_TOGETHER: Final = "this metric is one number of all items together"
_NOTHING_COUNTS: Final = "nothing in this answer counts"


def items_frame(report: Report, folder: Path, layer: str | None) -> "DataFrame":
    """The scores of a layer's items, or of all.

    Args:
        report: The report beside which they were written.
        folder: Where it lies.
        layer: One layer; None for all.

    Raises:
        DataError: There is no such layer, no items.jsonl, or it is not of this report.
    """
    basis = _basis(report, folder)
    known = list(dict.fromkeys([*basis.tables, *basis.parts]))
    if layer is not None and layer not in known:
        hint = did_you_mean(layer, known, what="layers with items")
        raise DataError(Problem(str(folder / ITEMS), f"it holds no items of a layer {layer}", hint))
    return scores_frame(basis, known if layer is None else [layer])


def scores_frame(basis: Basis, layers: Sequence[str]) -> "DataFrame":
    """One row an item, arm, seed and metric of some layers.

    Args:
        basis: What was measured.
        layers: Their names.
    """
    tables = [basis.tables[name] for name in layers if name in basis.tables]
    groups = dict.fromkeys(key for table in tables for key in table.subgroups)
    rows = [
        *(row for table in tables for row in _scores(table)),
        *(
            row
            for name in layers
            for part, one in basis.parts.get(name, {}).items()
            for row in _part(name, part, one, basis.tables.values())
        ),
    ]
    return frame_of(_COLUMNS | {_group(key): WORDS for key in groups}, rows)


def _basis(report: Report, folder: Path) -> Basis:
    """What items.jsonl holds, where it was written with this very report."""
    path = folder / ITEMS
    if not path.exists():
        raise DataError(
            Problem(
                str(path),
                "the items of this report are not beside it",
                "copy them there, or build the report again",
            )
        )
    given = report.reproduce
    spec = spec_of_text(given.spec_yaml, given.overrides, "report.json: reproduce.spec_yaml")
    if report.smoke:
        from evalreport.commands.smoke import smoked

        spec = smoked(spec)
    read = read_items(path, spec)
    sealed = read.sealed.get(_SEALED)
    if sealed is None or sealed not in _seals(report, folder):
        raise DataError(
            Problem(
                str(path),
                "these items were not written with this report",
                f"build it again; evalreport recheck {folder} names what differs",
            )
        )
    return read.basis


def _seals(report: Report, folder: Path) -> Iterator[str]:
    """The digests of these findings: as they are now, and as the file has them.

    A report of an older form was brought up to date as it was read, and its items were not.
    """
    yield seals_of_report(report)[_SEALED]
    source = folder / JSON
    if source.exists():
        content = read_json(source)
        if read_report(content, source).report.findings == report.findings:
            yield seals_of(content)[_SEALED]


def _scores(table: Table) -> Iterator[Row]:
    """One row an item, arm, seed and metric."""
    groups = {key: _names(labels, table.n) for key, labels in table.subgroups.items()}
    clusters = _names(table.families, table.n)
    for side, columns in table.scores.items():
        arm, _, against = side.partition(BETWEEN)
        for replicates in columns:
            for scored in replicates:
                for i, item in enumerate(table.ids):
                    yield {
                        "layer": table.layer.name,
                        "item": item,
                        "cluster": clusters[i],
                        "arm": arm,
                        "against": against or None,
                        "seed": scored.seed,
                        "metric": scored.column.metric,
                        "field": scored.column.field,
                        **_score(scored, i),
                        **{_group(key): names[i] for key, names in groups.items()},
                    }


def _score(scored: Scored, i: int) -> dict[str, Cell]:
    """What one item got; the declared penalty where the answer could not be scored."""
    state = int(scored.state[i])
    word = "failed" if state == FAILED else "unscorable" if state == UNSCORABLE else "scored"
    told: dict[str, Cell] = {"state": word}
    if not scored.has_value[i]:
        return told | {"score_missing": _NO_ANSWER if state == FAILED else _UNREADABLE}
    value = scored.values[i]  # noqa: PD011  # no frame of pandas
    match scored.column.scale:
        case Scale.BINARY | Scale.MEAN:
            return told | {"score": float(value)}
        case Scale.RATIO:
            above, weight = (float(one) for one in value[:2])
            if not weight:
                return told | {"weight": weight, "score_missing": _NOTHING_COUNTS}
            return told | {"score": above / weight, "weight": weight}
        case Scale.CORPUS:
            return told | {"score_missing": _TOGETHER}


def _part(layer: str, name: str, part: Part, tables: Collection[Table]) -> Iterator[Row]:
    """One row an item, arm and seed: nats per token, or whether it was recited."""
    clusters = _names(part.families, len(part.ids))
    for arm, replicates in part.values.items():  # noqa: PD011  # no frame of pandas
        for seed, values in zip(_seeds(arm, len(replicates), tables), replicates, strict=True):
            for i, item in enumerate(part.ids):
                value = float(values[i])
                is_there = value == value  # noqa: PLR0124  # NaN, which stands for nothing there
                yield {
                    "layer": layer,
                    "part": name,
                    "item": item,
                    "cluster": clusters[i],
                    "arm": arm,
                    "seed": seed,
                    "metric": "recited" if name.startswith("recite") else "nll",
                    "score": value if is_there else None,
                    "state": "scored" if is_there else "failed",
                    "score_missing": None if is_there else _NO_ANSWER,
                }


def _seeds(arm: str, count: int, tables: Collection[Table]) -> list[int | None]:
    """The seeds of an arm in their order, as its scores of other layers have them."""
    for table in tables:
        for replicates in table.scores.get(arm, ()):
            if len(replicates) == count:
                return [scored.seed for scored in replicates]
    return [None] * count


def _names(labels: Labels, n: int) -> list[str | None]:
    return [labels.name(i) if i < len(labels.codes) else None for i in range(n)]


def _group(key: str) -> str:
    return f"subgroup_{key}"
