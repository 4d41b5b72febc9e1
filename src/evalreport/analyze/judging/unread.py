"""Unread: why replies of a judge could not be read, and one of them to look at."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Final

from evalreport.analyze.judging.heard import Heard
from evalreport.analyze.judging.model import UnreadSample
from evalreport.numbers import count_text
from evalreport.records import Comparison, JudgePart, RatedAnswer, Unscorable

_NUMBERED: Final = re.compile(r"^comparison \d+: ")


def why_unread(heard: Heard) -> str:
    """How often replies could not be read for which reason; empty where all could be."""
    counted = Counter(_kind(why) for _, why in _unread(heard))
    return ", ".join(f"{count_text(k)} × {kind}" for kind, k in counted.most_common())


def sample_of(heard: Heard) -> UnreadSample | None:
    """The beginning of the first unread reply for the commonest reason; None where all was read."""
    unread = list(_unread(heard))
    if not unread:
        return None
    ((most, _),) = Counter(_kind(why) for _, why in unread).most_common(1)
    one = next((said for said, why in unread if _kind(why) == most and said.reply), unread[0][0])
    return UnreadSample(item=one.item, why=most, reply=one.reply)


def _unread(heard: Heard) -> Iterable[tuple[Comparison | RatedAnswer, str]]:
    for one in heard.part(JudgePart.MAIN):
        if isinstance(one.verdict, Unscorable):
            yield one, one.verdict.reason
    for rated in heard.judged.ratings:
        is_mine = rated.judge == heard.judge and rated.part is JudgePart.MAIN
        if is_mine and isinstance(rated.ratings, Unscorable):
            yield rated, rated.ratings.reason


def _kind(why: str) -> str:
    """A reason without what the judge wrote: of a call with several verdicts, the first."""
    first = _NUMBERED.sub("", why).partition("; comparison ")[0]
    return first.partition(": ")[0]
