"""Lines of a card, as each of its parts writes them."""

from dataclasses import dataclass

from evalreport.analyze.judging.checks import Hits
from evalreport.analyze.judging.heard import Heard
from evalreport.analyze.judging.model import CardLine, LineState
from evalreport.estimates import Estimated, Point
from evalreport.layers.judge.collapse import Pair
from evalreport.records import JudgePart
from evalreport.stats.arguments import FEWEST_ITEMS

FRACTION = "fraction"
POINTS = "points"
_IMPLIED = ("tuned", "base")


def line_id(layer: str, judge: str, what: str, pair: Pair | None = None) -> str:
    """Under which id a line stands.

    Args:
        layer: Whose.
        judge: Of whom.
        what: Its last part.
        pair: Of a line about one pair.
    """
    about = "" if pair is None or pair == _IMPLIED else f":{'~'.join(pair)}"
    return f"{layer}.judge.{judge}.{what}{about}"


@dataclass(frozen=True, slots=True)
class Lines:
    """Writes lines about one judge, or about people.

    Attributes:
        layer: Whose verdicts they are about.
        judge: Of whom.
    """

    layer: str
    judge: str

    def line(
        self,
        what: str,
        name: str,
        value: Estimated,
        *,
        k: int | None = None,
        n: int | None = None,
        unit: str = FRACTION,
        state: LineState = LineState.PLAIN,
        note: str = "",
        pair: Pair | None = None,
    ) -> CardLine:
        """One line; what rests on so few that no interval tells is called open, and not fine.

        Args:
            what: Last part of its id.
            name: In words.
            value: What was found.
            k: How many, of a share.
            n: Of how many, or on how many it rests.
            unit: Of the value.
            state: How it stands to what is asked.
            note: What is asked, and what a reader must know.
            pair: Of a line about one pair.
        """
        is_few = n is not None and n < FEWEST_ITEMS and isinstance(value, Point)
        if is_few and state in (LineState.FINE, LineState.OPEN):
            state = LineState.OPEN
            note = f"too few to tell; {note}" if note else "too few to tell"
        return CardLine(
            id=line_id(self.layer, self.judge, what, pair),
            name=name,
            k=k,
            n=n,
            unit=unit,
            value=value,
            state=state,
            note=note,
        )

    def count(self, what: str, name: str, k: int, unit: str, note: str = "") -> CardLine:
        """A line that holds a count."""
        counted = Point(value=float(k), no_interval="a count")
        return self.line(what, name, counted, k=k, unit=unit, note=note)


@dataclass(frozen=True, slots=True)
class Writer(Lines):
    """Writes lines about one judge."""

    heard: Heard

    def share(self, hits: Hits, *parts: JudgePart) -> Estimated:
        """The share of hits, with an interval over independent units."""
        return self.heard.share(hits.hits, hits.items, *parts)


def writer_of(heard: Heard) -> Writer:
    """Writes about the judge that was heard."""
    return Writer(heard.judged.layer, heard.judge, heard)
