"""A judge's reply to a rubric, read: its number for each criterion, or why there is none.

A rating is a whole number within its scale: 4, or 4.0. Strings ("4", "4/5"), fractions (4.5) and
numbers beyond the scale are none; they are not mended, since nobody knows what was meant.
"""

from evalreport.layers.judge.objects import Odd, field
from evalreport.layers.judge.replies import (
    CONTRADICTED,
    NO_CONTENT,
    Said,
    justification_of,
    readable,
    reply_of,
)
from evalreport.layers.judge.schemas import criterion_keys
from evalreport.records.exchange import Rate, Rating, Scaled, Served


def read_rating(text: str | None, request: Rate, served: Served) -> Rating:
    """How a judge rated an answer. Never raises.

    Args:
        text: The reply; None where the server sent none.
        request: What it replies to.
        served: How the server answered; a reply that it cut at the token limit is read strictly.
    """
    if text is None:
        return Rating(ratings={}, unread=NO_CONTENT, reply=None, served=served)
    reply = reply_of(text, request, served)
    said = reply.last("ratings")
    if isinstance(said, str):
        return Rating(ratings={}, unread=said, reply=reply.whole, served=served)
    ratings, unread = _read(said, request)
    return Rating(
        ratings=ratings,
        unread="; ".join(unread),
        justification=justification_of(said.value),
        reply=reply.whole,
        served=served,
    )


def _read(said: Said, request: Rate) -> tuple[dict[str, float], list[str]]:
    given = field(said.value, "ratings")
    if given is Odd.CONTRADICTED:
        return {}, [CONTRADICTED]
    if not isinstance(given, dict):
        return {}, ["the ratings are not listed by criterion"]
    ratings: dict[str, float] = {}
    unread: list[str] = []
    for key, criterion in zip(criterion_keys(request.criteria), request.criteria, strict=True):
        rating = _rating(field(given, key), criterion)
        if isinstance(rating, float):
            ratings[criterion.name] = rating
        else:
            unread.append(f"{criterion.name}: {rating}")
    return ratings, unread


def _rating(given: object, criterion: Scaled) -> float | str:
    if given is Odd.ABSENT:
        return "no rating"
    if given is Odd.CONTRADICTED:
        return "several ratings"
    # every number was read as a float; a truth value is none
    if not isinstance(given, float):
        return f"no number: {readable(str(given), 40) or 'empty'}"
    if not criterion.low <= given <= criterion.high:
        return f"{given:g} is not on the scale from {criterion.low} to {criterion.high}"
    return given + 0.0 if given.is_integer() else f"{given:g} is no whole number"
