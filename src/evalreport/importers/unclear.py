"""Unclear: what has to be said before it is known whose results files hold, and what of."""

from collections.abc import Iterator

from evalreport.errors import DataError, Problem
from evalreport.importers.collect import NO_NAME, Collected
from evalreport.importers.names import listed, shown_name

_NOBODY = "(no judge named)"


def refuse_unclear(collected: Collected) -> None:
    """What cannot be known of whose rows these are.

    Raises:
        DataError: The files hold several measurements, judges, models or pairs, or none that is
            wanted; names them.
    """
    files = [read.file.shown for _, read in collected.every]
    place = files[0] if files else collected.layer.name
    for what, hint in _unclear(collected):
        raise DataError(Problem(place, what, hint))


def _unclear(collected: Collected) -> Iterator[tuple[str, str]]:
    """What is not clear, and what would make it so."""
    layer = collected.layer
    wanted = layer.part or ()
    missing = [name for name in wanted if name not in collected.parts]
    have = listed(collected.parts)
    if missing:
        what = f"there is no part {shown_name(missing[0])} in the files"
        yield what, f"name one with part: {have}"
    if layer.part is None and len(collected.parts) > 1:
        what = f"the files hold {len(collected.parts)} measurements"
        yield what, f"name one with part: {have}"
    judges = [*collected.judges, *([_NOBODY] if collected.judges and collected.unjudged else [])]
    if layer.judge is None and _is_each_by_its_own(collected):
        whose = ", ".join(f"{arm} by {listed(of)}" for arm, of in collected.judged_by.items())
        what = f"no judge judged two of the arms: {whose}"
        yield what, "name files in which one judge judged both; two judges differ by themselves"
    if layer.judge is None and len(judges) > 1:
        what = f"the files hold verdicts of {len(judges)} judges"
        yield what, f"name one with judge: {listed(judges)}"
    if not collected.arms:
        yield _no_arm(collected)
    if len(collected.pairs) > 1:
        pairs = listed(f"{one} and {other}" for one, other in collected.pairs)
        what = f"the files hold verdicts about {len(collected.pairs)} pairs of arms: {pairs}"
        yield what, "make a layer of each pair, with its two arms under models:"
    for arm in layer.told_arms:
        if arm not in collected.arms:
            yield _without_rows(collected, arm)
    for arm, growing in collected.arms.items():
        if len(growing.models) > 1:
            what = f"the file of {arm} holds {len(growing.models)} models"
            hint = f"say which with models: {{{arm}: ...}}; it holds {listed(growing.models)}"
            yield what, hint


def _is_each_by_its_own(collected: Collected) -> bool:
    """Whether every arm has judges, and none of them is another arm's as well."""
    of = list(collected.judged_by.values())
    every = [judge for judges in of for judge in judges]
    is_each = len(of) > 1 and len(of) == len(collected.arms)
    return is_each and len(every) == len(set(every))


def _no_arm(collected: Collected) -> tuple[str, str]:
    held = f"they hold {listed(collected.others)}" if collected.others else _no_row(collected)
    if collected.layer.judge is not None and not collected.judges:
        what = f"no row of the files is a verdict of {shown_name(collected.layer.judge)}"
        return what, f"mend judge: ({held})"
    if set(collected.others) == {NO_NAME}:
        what = "the rows of the files name no model"
        return what, "name a file for each arm under from:, or the column of models with columns:"
    what = "no row of the files is about an arm of this layer"
    return what, f"say which is which under models: ({held})"


def _no_row(collected: Collected) -> str:
    left = sum(read.left.total for _, read in collected.every)
    return f"{left} rows could not be taken up" if left else "they hold no row at all"


def _without_rows(collected: Collected, arm: str) -> tuple[str, str]:
    """An arm that the spec names, and of which there is nothing."""
    read = collected.read.get(arm, [])
    if read and all(one.reading.gives == "figures" for one in read):
        what = f"the file of {arm} holds totals, and that of another arm items"
        return what, f"name files with items of {arm} (lm-eval: --log_samples), or totals of both"
    called = collected.layer.models.get(arm)
    about = f"{arm} ({shown_name(called)})" if called else arm
    if collected.direct:
        what = f"no verdict compares {about} with another arm of this layer"
        return what, "leave the arm out, or name the files that hold its verdicts"
    what = f"no row of the files is about {about}"
    held = listed(collected.others) if collected.others else ""
    left = sum(one.left.total for one in read)
    more = f"they hold {held}" if held else f"{left} rows could not be taken up" if left else ""
    hint = f"name its file, or mend its name under models: {more and f'({more})'}".rstrip()
    return what, hint
