"""The scores of single items, from items.jsonl, to a data frame."""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from evalreport.analyze.labels import Labels
from evalreport.analyze.parts import Part
from evalreport.analyze.scores import FAILED, UNSCORABLE, Scored
from evalreport.analyze.tables import Table
from evalreport.errors import DataError, Problem
from evalreport.library.frames import COUNT, NUMBER, WORDS, Cell, Row, frame_of
from evalreport.metrics.base import Scale
from evalreport.report.model import Report
from evalreport.report.read_items import ItemsRead, read_items
from evalreport.report.seals import seals_of_report
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
    "seed": COUNT,
    "metric": WORDS,
    "field": WORDS,
    "score": NUMBER,
    "weight": NUMBER,
    "state": WORDS,
    "score_missing": WORDS,
}
_NO_ANSWER: Final = "there is no answer"
_UNREADABLE: Final = "the answer cannot be scored, and nothing was declared that it counts as"
_TOGETHER: Final = "this metric is one number of all items together"
_NOTHING_COUNTS: Final = "nothing in this answer counts"


def items_frame(report: Report, path: Path, layer: str | None) -> "DataFrame":
    """The scores of a layer's items, or of all.

    Args:
        report: The report beside which they were written.
        path: Its items.jsonl.
        layer: One layer; None for all.

    Raises:
        DataError: There is no such layer, no such file, or it is not of this report.
    """
    read = _read(report, path)
    known = list(dict.fromkeys([*read.basis.tables, *read.basis.parts]))
    if layer is not None and layer not in known:
        hint = did_you_mean(layer, known, what="layers with items")
        raise DataError(Problem(str(path), f"it holds no items of a layer {layer}", hint))
    wanted = known if layer is None else [layer]
    tables = [read.basis.tables[name] for name in wanted if name in read.basis.tables]
    groups = dict.fromkeys(key for table in tables for key in table.subgroups)
    rows = [
        *(row for table in tables for row in _scores(table)),
        *(
            row
            for name in wanted
            for part, one in read.basis.parts.get(name, {}).items()
            for row in _part(name, part, one, read.basis.tables.values())
        ),
    ]
    return frame_of(_COLUMNS | {_group(key): WORDS for key in groups}, rows)


def _read(report: Report, path: Path) -> ItemsRead:
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
    if read.sealed.get("findings") != seals_of_report(report)["findings"]:
        raise DataError(
            Problem(
                str(path),
                "these items were not written with this report",
                f"build it again; evalreport recheck {path.parent} names what differs",
            )
        )
    return read


def _scores(table: Table) -> Iterator[Row]:
    """One row an item, arm, seed and metric."""
    groups = {key: _names(labels, table.n) for key, labels in table.subgroups.items()}
    clusters = _names(table.families, table.n)
    for arm, columns in table.scores.items():
        for replicates in columns:
            for scored in replicates:
                for i, item in enumerate(table.ids):
                    yield {
                        "layer": table.layer.name,
                        "item": item,
                        "cluster": clusters[i],
                        "arm": arm,
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
