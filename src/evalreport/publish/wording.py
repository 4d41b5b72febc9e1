"""A plan of a publication in words, and for programs."""

from collections.abc import Iterator
from typing import Final

from evalreport.errors import printable
from evalreport.hub_rules import Where
from evalreport.numbers import bytes_text, count_text
from evalreport.publish.model import PublishPlan

_DIGITS: Final = 12
_ASKED: Final = "; the hub is asked at publish whether that is a benchmark there"
_ASKED_OF_TRAINING: Final = "; the hub is asked at publish whether readers find it"


def plan_text(plan: PublishPlan, *, endpoint: str, was_asked: bool) -> str:
    """Everything that would leave, what would not, and why.

    Args:
        plan: It.
        endpoint: Address of the hub.
        was_asked: Whether the hub has said where numbers may stand.
    """
    return "".join(f"{printable(line)}\n" for line in _lines(plan, endpoint, was_asked=was_asked))


def _lines(plan: PublishPlan, endpoint: str, *, was_asked: bool) -> Iterator[str]:
    made = "private" if plan.private else "public"
    yield f"to        {endpoint}/{plan.repo} (made {made}, where it is not there yet)"
    yield f"verdict   {plan.verdict}"
    yield f"ships     {plan.ships}"
    rows = {"none": "nothing", "ids": "ids alone", "full": "texts too"}
    yield f"rows      of single test rows: {rows[plan.examples]}"
    yield f"files     {count_text(len(plan.files), 'file')}, {bytes_text(plan.size)}, in one commit"
    wide = max(len(one.path) for one in plan.files)
    for one in plan.files:
        size = bytes_text(one.size).rjust(7)
        yield f"  {one.path.ljust(wide)} {size}  {one.sha256[:_DIGITS]}  {one.why} ({one.origin})"
    yield "numbers"
    for number in plan.numbers:
        asked = number.placement.where is Where.EVAL_RESULTS and not was_asked
        yield f"  {number.placement.figure.name}: {number.placement.words}{_ASKED * asked}"
    for ident in plan.trained_on:
        words = "" if was_asked else _ASKED_OF_TRAINING
        yield f"  trained on {ident}: named in the card's metadata{words}"
    yield "  base, differences, intervals, what was not declared: only in the text"
    if plan.changed:
        yield "changed"
        yield from (f"  {words}" for words in plan.changed)
    if plan.look_at:
        yield "look at"
        yield from (f"  {words}" for words in plan.look_at)
    if plan.left_out:
        yield "stays here"
        yield from (f"  {one.name}: {one.why}" for one in plan.left_out)


def plan_json(plan: PublishPlan, *, endpoint: str) -> dict[str, object]:
    """The same for programs."""
    return {
        "name": plan.name,
        "repo": plan.repo,
        "endpoint": endpoint,
        "private": plan.private,
        "verdict": plan.verdict,
        "ships": plan.ships,
        "examples": plan.examples,
        "files": [
            {
                "path": one.path,
                "bytes": one.size,
                "sha256": one.sha256,
                "origin": one.origin,
                "why": one.why,
            }
            for one in plan.files
        ],
        "numbers": [
            {
                "layer": one.placement.figure.layer,
                "metric": one.placement.figure.metric,
                "field": one.placement.figure.field,
                "where": one.placement.where.value,
                "because": one.placement.because,
            }
            for one in plan.numbers
        ],
        "trained_on": [*plan.trained_on],
        "changed": [*plan.changed],
        "look_at": [*plan.look_at],
        "left_out": [{"name": one.name, "why": one.why} for one in plan.left_out],
    }


def done_text(plan: PublishPlan, *, endpoint: str, commit: str, was_there: bool) -> str:
    """What was done, where it is, and what a reader sees there."""
    at = f"{endpoint}/{plan.repo}"
    commit = printable(commit)
    if was_there:
        return f"nothing to publish: already there at {commit[:_DIGITS]}\n{at}\n"
    listed = [one for one in plan.numbers if one.placement.where is Where.MODEL_INDEX]
    boards = [one for one in plan.numbers if one.placement.where is Where.EVAL_RESULTS]
    lines = [
        f"published {count_text(len(plan.files), 'file')} in one commit, {commit[:_DIGITS]}",
        at,
        f"a reader sees the card with its verdict ({plan.verdict}) and its limitations first",
        f"report   {at}/blob/main/report.md (report.html for a browser, report.json for programs)",
    ]
    if listed:
        lines.append(f"listed   {', '.join(one.placement.figure.name for one in listed)}")
    if boards:
        lines.append(
            f"boards   {', '.join(one.placement.because for one in boards)}: as the authors' own "
            "number, not verified; a leaderboard's default view hides models with a base_model"
        )
    return "".join(f"{printable(line)}\n" for line in lines)
