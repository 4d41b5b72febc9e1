"""A report with no more of test rows in it than may leave, and with the paths of the repository.

The result is what the same build would have written with `report: {examples: ids}` (or `none`):
loadable, rendered like any other, and `recheck` agrees with it beside items reduced alike.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from evalreport.digest import digest_of
from evalreport.errors import printable
from evalreport.publish.model import SPEC
from evalreport.report.files import LOCK
from evalreport.report.item_rows import ItemsFile, Row
from evalreport.report.measured import shown_card, shown_example, shown_judgment
from evalreport.report.model import ExamplesShown, Report, Reproduce
from evalreport.report.seals import compact
from evalreport.values import Json

_KEPT_BACK: Final = "its reason is kept back, since it may quote a row"
_TELLING: Final = 12  # letters; a shorter reason says nothing of a row, and may stand anywhere
_TEXTS: Final = ("layer", "part", "item", "cluster")
_NUMBERS: Final = ("leaked", "prompt_tokens", "scores", "apart")
_VALUES: Final = (*_NUMBERS, "states", "subgroups")
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
    if may != "full":
        report = _without_reasons(report)
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


def reasons_of(report: Report) -> tuple[str, ...]:
    """What programs and servers said when a step failed, which may quote a row; longest first."""
    said = {step.reason for step in report.steps if step.outcome == "failed"}
    return tuple(sorted((one for one in said if len(one) >= _TELLING), key=len, reverse=True))


def _without_reasons(report: Report) -> Report:
    """The report without them, wherever they were taken up: findings say why they have no value."""
    if not any(step.outcome == "failed" for step in report.steps):
        return report
    steps = tuple(
        step.model_copy(update={"reason": _KEPT_BACK}) if step.outcome == "failed" else step
        for step in report.steps
    )
    said = reasons_of(report)
    dumped = report.model_copy(update={"steps": steps}).model_dump(by_alias=True)
    return Report.model_validate(_kept_back(json.loads(json.dumps(dumped)), said))


def _kept_back(value: Json, said: Sequence[str]) -> Json:
    """The same without what was said, in every text."""
    if isinstance(value, str):
        for one in said:
            value = value.replace(one, _KEPT_BACK)
        return value
    if isinstance(value, list):
        return [_kept_back(one, said) for one in value]
    if isinstance(value, dict):
        return {key: _kept_back(one, said) for key, one in value.items()}
    return value


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
    file: ItemsFile,
    shown: ExamplesShown,
    was: ExamplesShown,
    seals: Mapping[str, str],
    said: Sequence[str] = (),
) -> Iterator[str]:
    """items.jsonl as it may leave: clusters numbered and ids replaced as a build would have.

    Args:
        file: As it was built.
        shown: What may leave of test rows.
        was: What the report showed of them when it was built.
        seals: Digests of the parts of the report as it leaves.
        said: Reasons of failed steps, see `reasons_of`.

    Raises:
        DataError: It cannot be read, or holds what no build writes.
    """
    may = least(shown, was)
    numbers: dict[tuple[Json, Json], dict[Json, str]] = {}
    lines = file.lines()
    first: list[Row] = []
    file.head(_kept(lines, first))
    head = first[0] if may == "full" else _kept_back(first[0], said)
    yield compact({**(head if isinstance(head, dict) else {}), "sealed": {**seals}})
    for number, row in lines:
        _held_to_form(file, number, row)
        if may != was:
            _reduce_row(row, numbers, hides_ids=may == "none")
        yield compact(row)


def _kept(lines: Iterator[tuple[int, Row]], kept: list[Row]) -> Iterator[tuple[int, Row]]:
    """The lines, each kept as it passes."""
    for number, row in lines:
        kept.append(row)
        yield number, row


def _held_to_form(file: ItemsFile, number: int, row: Row) -> None:
    """Refuse what no build writes into a row: no other key, and no text where numbers stand."""
    for key in _TEXTS:
        if key in row and not isinstance(row[key], str):
            file.refuse(number, f"`{key}` is no text")
    for key, value in row.items():
        if key not in _TEXTS and key not in _VALUES:
            file.refuse(number, f"a build writes no `{printable(key)}`")
        if key in _NUMBERS and any(isinstance(one, str) for one in _leaves(value)):
            file.refuse(number, f"`{key}` holds a text")


def _leaves(value: Json) -> Iterator[Json]:
    """What stands in lists and objects, however deep."""
    if isinstance(value, dict):
        value = [*value.values()]
    if not isinstance(value, list):
        yield value
        return
    for one in value:
        yield from _leaves(one)


def _reduce_row(
    row: Row, numbers: dict[tuple[Json, Json], dict[Json, str]], *, hides_ids: bool
) -> None:
    if "cluster" in row:
        known = numbers.setdefault((row["layer"], row.get("part")), {})
        row["cluster"] = known.setdefault(row["cluster"], str(len(known) + 1))
    if hides_ids:
        row["item"] = digest_of("item", row["item"])[:16]
