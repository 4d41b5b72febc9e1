"""A report with no more of test rows in it than may leave, and with the paths of the repository.

The result is what the same build would have written with `report: {examples: ids}` (or `none`):
loadable, rendered like any other, and `recheck` agrees with it beside items reduced alike.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from evalreport.digest import digest_of
from evalreport.publish.model import SPEC
from evalreport.report.files import LOCK
from evalreport.report.measured import shown_card, shown_example, shown_judgment
from evalreport.report.model import ExamplesShown, Report, Reproduce
from evalreport.report.seals import compact
from evalreport.values import Json

_ORDER: Final[tuple[ExamplesShown, ...]] = ("none", "ids", "full")


def least(*shown: ExamplesShown) -> ExamplesShown:
    """The strictest of several rules about what may be shown."""
    return min(shown, key=_ORDER.index)


def reduced(report: Report, shown: ExamplesShown) -> Report:
    """The report as it may leave.

    Args:
        report: As it was built.
        shown: What may leave of test rows; what the report holds may already be less.
    """
    may = least(shown, report.examples_shown)
    hidden = may == "none"
    overlaps = tuple(
        one.model_copy(update={"examples": ()}) if hidden else one for one in report.overlaps
    )
    return report.model_copy(
        update={
            "examples": () if hidden else tuple(shown_example(one, may) for one in report.examples),
            "examples_shown": may,
            "overlaps": overlaps,
            "judge_cards": tuple(shown_card(one, may) for one in report.judge_cards),
            "judged_examples": ()
            if hidden
            else tuple(shown_judgment(one, may) for one in report.judged_examples),
            "reproduce": _in_the_repository(report.reproduce),
        }
    )


def _in_the_repository(given: Reproduce) -> Reproduce:
    """Spec and lock as a reader finds them there: where they lay here is nobody's business."""
    return given.model_copy(
        update={
            "spec_path": SPEC,
            "lock_path": LOCK,
            "command": given.command.replace(given.spec_path, SPEC, 1),
        }
    )


# Items


def reduced_items(
    lines: Iterable[str], shown: ExamplesShown, was: ExamplesShown, seals: Mapping[str, str]
) -> Iterator[str]:
    """items.jsonl as it may leave: clusters numbered and ids replaced as a build would have.

    Args:
        lines: The file as it was built, its head first.
        shown: What may leave of test rows.
        was: What the report showed of them when it was built.
        seals: Digests of the parts of the report as it leaves.
    """
    may = least(shown, was)
    numbers: dict[tuple[Json, Json], dict[Json, str]] = {}
    for number, line in enumerate(lines):
        row: dict[str, Json] = json.loads(line)
        if number == 0:
            row["sealed"] = {**seals}
        elif may != was:
            _reduce_row(row, numbers, hides_ids=may == "none")
        yield compact(row)


def _reduce_row(
    row: dict[str, Json], numbers: dict[tuple[Json, Json], dict[Json, str]], *, hides_ids: bool
) -> None:
    if "cluster" in row:
        known = numbers.setdefault((row["layer"], row.get("part")), {})
        row["cluster"] = known.setdefault(row["cluster"], str(len(known) + 1))
    if hides_ids:
        row["item"] = digest_of("item", row["item"])[:16]
