"""Said: stored replies of judges as comparisons and ratings, under the names of the arms.

Replies are read anew each time: a reading that was mended needs no call to be paid again.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from evalreport.layers.judge.puts import JudgeCall
from evalreport.layers.judge.ratings import read_rating
from evalreport.layers.judge.replies import readable
from evalreport.layers.judge.verdicts import read_preference
from evalreport.records import (
    Compare,
    Comparison,
    Failure,
    Preference,
    Rate,
    RatedAnswer,
    Rating,
    Response,
    ResponseKey,
    Unscorable,
    Verdict,
)

_SHOWN: Final = 300  # characters of a reply that could not be read


def compared(
    judge: str, call: JudgeCall, key: ResponseKey, reply: Response | Failure
) -> Iterator[Comparison]:
    """The comparisons of one call, each with its verdict or why there is none.

    Args:
        judge: Its name.
        call: What it was asked.
        key: Of the call.
        reply: What it replied, or why it did not.
    """
    request = call.request
    if not isinstance(request, Compare):
        return
    read = (
        read_preference(reply.reply, request, reply.served)
        if isinstance(reply, Preference)
        else None
    )
    for place, put in enumerate(call.puts):
        verdict: Verdict = (
            reply if isinstance(reply, Failure) else Unscorable(reason="it is no comparison")
        )
        why = ""
        if read is not None:
            unread = Unscorable(reason=read.unread or "no verdict in the reply")
            verdict = read.preferred[place] or unread
            why = read.justifications[place] if place < len(read.justifications) else ""
        yield Comparison(
            part=put.part,
            item=put.item,
            pair=put.pair,
            seed=put.seed,
            judge=judge,
            candidate_first=put.candidate_first,
            verdict=verdict,
            justification=why,
            call=key,
            variant=put.variant,
            reply=_beginning(reply) if isinstance(verdict, Unscorable) else "",
        )


def rated(judge: str, call: JudgeCall, reply: Response | Failure) -> Iterator[RatedAnswer]:
    """The answer that one call is about, with its ratings or why there are none.

    Args:
        judge: Its name.
        call: What it was asked.
        reply: What it replied, or why it did not.
    """
    request = call.request
    if not isinstance(request, Rate):
        return
    (put,) = call.puts
    ratings: Mapping[str, float] | Unscorable | Failure = (
        reply if isinstance(reply, Failure) else Unscorable(reason="it is no rating")
    )
    why = ""
    if isinstance(reply, Rating):
        read = read_rating(reply.reply, request, reply.served)
        ratings = read.ratings or Unscorable(reason=read.unread or "no rating in the reply")
        why = read.justification
    yield RatedAnswer(
        part=put.part,
        item=put.item,
        arm=put.pair[0],
        seed=put.seed,
        judge=judge,
        ratings=ratings,
        justification=why,
        variant=put.variant,
        reply=_beginning(reply) if isinstance(ratings, Unscorable) else "",
    )


def _beginning(reply: Response | Failure) -> str:
    """How a reply begins, in one line; empty where there is none."""
    text = reply.reply if isinstance(reply, Preference | Rating) else None
    return readable(text or "", _SHOWN)
