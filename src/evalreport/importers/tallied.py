"""Tallied: rows that could not be taken up, of all files of a layer."""

from collections.abc import Iterator

from evalreport.importers.collect import Collected
from evalreport.importers.names import without_controls
from evalreport.importers.results import LeftOut


def left_out(collected: Collected) -> Iterator[LeftOut]:
    """What was left out, by file and reason."""
    for arm, read in collected.every:
        for why, k in read.left.counts.items():
            first = read.left.first[why].replace(str(read.file.path), read.file.shown)
            yield LeftOut(arm=arm, why=why, k=k, first=without_controls(first))
