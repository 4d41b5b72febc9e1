"""Unusable files: those of which no row could be taken up, and rows without any number."""

from collections.abc import Sequence

from evalreport.errors import Problem, Refused
from evalreport.importers.survey import Surveyed
from evalreport.numbers import count_text


def refuse_unusable(files: Sequence[Surveyed]) -> None:
    """Refuse a file that was named and gives nothing, and files that give nothing together.

    Of a folder, one file may be empty where others are not.

    Raises:
        Refused: There is one; says how many rows could not be taken up, and why.
    """
    empty = [one for one in files if not one.rows]
    named = next((one for one in empty if one.path == one.given), None)
    useless = named or (empty[0] if len(empty) == len(files) else None)
    if useless is not None:
        raise Refused(_nothing(useless))
    if not any(names for one in files for names in one.metrics.values()):
        rows = count_text(sum(one.rows for one in files), "row")
        what = f"none of {rows} has a score that is a number"
        raise Refused(Problem(str(files[0].path), what, "name files in which items have scores"))


def _nothing(file: Surveyed) -> Problem:
    if not file.left:
        return Problem(str(file.path), "the file holds no row", "name files with a row an item")
    of = count_text(file.left, "row")
    what = f"none of {of} could be taken up: {file.why}"
    return Problem(file.first or str(file.path), what, "mend the rows, or name another file")
