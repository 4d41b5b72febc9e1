"""items.jsonl: every item's scores by arm, without any text, so that findings can be recomputed."""

import json
from collections.abc import Iterator, Mapping

from evalreport.analyze.scores import FAILED, SCORED, Scored
from evalreport.analyze.tables import Table
from evalreport.digest import digest_of
from evalreport.report.model import ExamplesShown
from evalreport.values import Json

_STATES = {SCORED: "scored", FAILED: "failed"}


def item_lines(tables: Mapping[str, Table], shown: ExamplesShown) -> Iterator[str]:
    """One JSON line for each layer and item: id, cluster, subgroups, and scores by arm and seed.

    Args:
        tables: The scores of every layer.
        shown: What may be shown of rows. A cluster is a value of a row: it is named with `full`
            only, and numbered otherwise. With `none`, a digest stands for the id.
    """
    for name, table in tables.items():
        numbers: dict[str, str] = {}
        for i, item in enumerate(table.items):
            cluster = item.cluster
            if cluster is not None and shown != "full":
                cluster = numbers.setdefault(cluster, str(len(numbers) + 1))
            row: dict[str, Json] = {
                "layer": name,
                "item": digest_of("item", item.id)[:16] if shown == "none" else item.id,
                "cluster": cluster,
                "subgroups": dict(item.subgroups),
                "scores": {
                    arm: [_seed(table, arm, seed, i) for seed in range(len(columns[0]))]
                    for arm, columns in table.scores.items()
                    if columns
                },
            }
            yield json.dumps(row, ensure_ascii=False, allow_nan=False, sort_keys=True)


def _seed(table: Table, arm: str, seed: int, i: int) -> Json:
    columns = [table.scores[arm][c][seed] for c in range(len(table.columns))]
    first = columns[0]
    return {
        "seed": first.seed,
        "state": _STATES.get(int(first.state[i]), "unscorable"),
        "values": {
            ".".join(p for p in (c.column.metric, c.column.field) if p): _value(c, i)
            for c in columns
        },
    }


def _value(scored: Scored, i: int) -> Json:
    if not bool(scored.has_value[i]):
        return None
    value: Json = scored.values[i].tolist()
    return value
