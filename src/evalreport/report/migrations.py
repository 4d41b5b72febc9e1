"""How older report.json, items.jsonl and spec.lock.yaml become those of the current version.

A step is one function and one line in a table. Today there is version 1 alone: what stands here
puts right what was written before its release. The spec that a report holds is left as it is: it
is what the report was built from.
"""

from collections.abc import Sequence
from typing import Final, TypeAlias

from evalreport.errors import DataError
from evalreport.report.seals import seals_of
from evalreport.values import Json
from evalreport.versions import CannotMigrate, Format, Migrated, Migration, Standing, migrate

_NAME_IT: Final = "name the folder of a report, or its report.json"
_AS_BUILT: Final = "build again: what is done is reused, and it is written anew"

REPORT: Final = Format("report.json", "schema", 1, "report", _NAME_IT)
ITEMS: Final = Format("items.jsonl", "items", 1, "items.jsonl of a report", _AS_BUILT)
LOCK: Final = Format("spec.lock.yaml", "lock", 1, "lock of a report", _AS_BUILT)

Rows: TypeAlias = tuple[Json, ...]

_NOT_TOLD: Final = "the version of evalreport that wrote this report did not tell"


def _mean_of_tokens(content: Json) -> Json:
    """Until 26 November 2026 health told the median and the 95th percentile of tokens alone."""
    health = content.get("health") if isinstance(content, dict) else None
    if not isinstance(content, dict) or not isinstance(health, list):
        return content
    return {**content, "health": [_with_mean(row) for row in health]}


def _with_mean(row: Json) -> Json:
    if not isinstance(row, dict) or "tokens_mean" in row:
        return row
    told: dict[str, Json] = {}
    for key, value in row.items():
        if key == "tokens_median":
            told["tokens_mean"] = {"not_estimable": _NOT_TOLD}
        told[key] = value
    return told


def _amounts(content: Json) -> Json:
    """Until 26 November 2026 a cost that is not known was null, without a reason."""
    cost = content.get("cost") if isinstance(content, dict) else None
    if not isinstance(content, dict) or not isinstance(cost, dict):
        return content
    lines = cost.get("lines")
    told = {key: _known(value) if key == "total" else value for key, value in cost.items()}
    if isinstance(lines, list):
        told["lines"] = [_line(line) for line in lines]
    return {**content, "cost": told}


def _line(line: Json) -> Json:
    if not isinstance(line, dict):
        return line
    return {key: _known(value) if key == "amount" else value for key, value in line.items()}


def _known(amount: Json) -> Json:
    return {"not_estimable": _NOT_TOLD} if amount is None else amount


REPORTS: Final[tuple[Migration[Json], ...]] = (
    Migration(1, 1, "health says that the mean number of tokens was not told", _mean_of_tokens),
    Migration(1, 1, "a cost that is not known says so, and is not null", _amounts),
)
# Rows, the head first. Before 26 November 2026 there was no head: how arms were asked, which scores
# are penalties by metric, and seals were not written, so nothing can give them.
ITEM_FILES: Final[tuple[Migration[Rows], ...]] = ()
LOCKS: Final[tuple[Migration[Json], ...]] = ()


def migrated(
    content: Json, of: Format, table: Sequence[Migration[Json]], path: object
) -> Migrated[Json]:
    """The content of a JSON or YAML file, brought up to date.

    Args:
        content: What the file holds.
        of: Its format.
        table: The steps of that format.
        path: The file, as it was named.

    Raises:
        DataError: It is newer than this program, or has no version.
        CannotMigrate: A step says so.
    """
    version = _version(content, of, path)
    return migrate(
        content,
        version,
        table,
        lambda now, to: {**now, of.key: to} if isinstance(now, dict) else now,
    )


def migrated_rows(
    rows: Rows, table: Sequence[Migration[Rows]], path: object, of: Format = ITEMS
) -> Migrated[Rows]:
    """The lines of an items.jsonl, brought up to date.

    Args:
        rows: The head first.
        table: The steps of that format.
        path: The file, as it was named.
        of: Its format.

    Raises:
        DataError: It is newer than this program, or has no version.
        CannotMigrate: A step says so.
    """
    head = rows[0] if rows else None

    def with_version(now: Rows, to: int) -> Rows:
        first, *rest = now
        return ({**first, of.key: to} if isinstance(first, dict) else first, *rest)

    return migrate(rows, _version(head, of, path), table, with_version)


def _version(content: Json, of: Format, path: object) -> int:
    if of.standing(content) not in (Standing.CURRENT, Standing.OLDER):
        problem = of.problem(content, path)
        raise DataError(*([problem] if problem is not None else []))
    version = content[of.key] if isinstance(content, dict) else None
    return version if isinstance(version, int) else of.current


class Tampered(CannotMigrate):
    """A part of a report was changed since it was built: no new seal makes it look untouched."""


def resealed(head: Json, before: Json, after: Json) -> Json:
    """The head of items.jsonl with the seals of a report that was brought up to date.

    Args:
        head: Before.
        before: What report.json held.
        after: What it holds now.

    Raises:
        Tampered: A part that was brought up to date was not as the build wrote it.
    """
    sealed = head.get("sealed") if isinstance(head, dict) else None
    if not isinstance(head, dict) or not isinstance(sealed, dict):
        return head
    was, now = seals_of(before), seals_of(after)
    changed = [key for key in {**was, **now} if was.get(key) != now.get(key)]
    if all(sealed.get(key) == now.get(key) for key in changed):
        return head  # a migration that was cut off has written them, and not yet the report
    for key in changed:
        if sealed.get(key) != was.get(key):
            raise Tampered(f"`{key}` of report.json is not what its items say the build wrote")
    kept = {key: value for key, value in sealed.items() if key not in changed}
    return {**head, "sealed": kept | {key: now[key] for key in changed if key in now}}
