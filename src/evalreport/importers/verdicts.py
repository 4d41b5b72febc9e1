"""Verdicts: what importers of judges' results share: names, replies, two games to one score."""

from typing import Final

from evalreport.digest import digest_of, digest_text
from evalreport.importers.base import Game, Given, NoScore
from evalreport.importers.reading import text_of
from evalreport.metrics.base import Column, Scale
from evalreport.values import Json

NET_WIN: Final = "net_win"
WIN_RATE: Final = "win_rate"
UNREAD: Final = NoScore("the judge's verdict could not be read", is_unparsed=True)
UNREACHED: Final = NoScore("the judge gave no reply")

_LONGEST_NAME: Final = 200
_LARGEST: Final = 1 << 53


def name_of(value: Json) -> str:
    """A name of something (model, judge, question) as files give it, whole numbers among them.

    Empty where it is none that could stand in a report: control characters, lone surrogates, or
    longer than any name.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) < _LARGEST else ""
    text = text_of(value)
    return text if len(text) <= _LONGEST_NAME and text.isprintable() else ""


def reply_digest(*replies: Json) -> str:
    """Digest of what a judge replied, as texts or as objects; empty where it replied nothing."""
    if not any(replies):
        return ""
    if len(replies) == 1 and isinstance(replies[0], str):
        return digest_text(replies[0])
    try:
        return digest_of(*replies)
    except (ValueError, RecursionError):  # it holds NaN, or is nested too deeply to be written
        return ""


def share(metric: str) -> Column:
    """The column of a metric of pairs: a share in [0, 1], more is better."""
    return Column(metric, "fraction", higher_is_better=True, scale=Scale.MEAN, low=0, high=1)


def net_score(games: tuple[Game, Game], *, was_reached: bool = True) -> Given:
    """One score of a pair judged in both orders: a win, or a loss, needs both games.

    Args:
        games: Both orders.
        was_reached: Whether the judge replied in both; else a missing verdict is no unread one.
    """
    first, second = (game.score for game in games)
    if first is None or second is None:
        return UNREAD if was_reached else UNREACHED
    return first if first == second else 0.5
