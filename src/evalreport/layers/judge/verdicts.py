"""A judge's reply to a comparison, read: which answer it preferred, or why that cannot be said.

A verdict is `"A"`, `"B"` or (where it was offered) `"tie"`: in any case of letters, with space or
quotation marks around it, and also as "Answer A", which is what the prompt calls it. Anything else
("C", "1", "both", "Assistant A") names no answer. Of several verdicts that differ the last one
counts where it ends the reply, on a line of its own and with its reason, and else none does. Of one
comparison it may also be given in words, when there is no JSON: as `[[A]]` that begins or ends the
reply, or as `Verdict: A` that ends it, when no other verdict stands in the reply, and when no text
that was judged says the same.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final, Literal, TypeAlias

from evalreport.layers.judge.objects import Odd, field
from evalreport.layers.judge.prompts import sections_of
from evalreport.layers.judge.replies import (
    CONTRADICTED,
    NO_CONTENT,
    NO_VERDICT,
    QUOTED,
    STRAY_KEY,
    Reply,
    justification_of,
    readable,
    reply_of,
    squeezed,
)
from evalreport.records.exchange import Compare, Preference, Served

Side: TypeAlias = Literal["first", "second", "tie"]
Read: TypeAlias = tuple[Side | None, str, str]  # verdict, why there is none, justification

_LABELS: Final[Mapping[str, Side]] = {
    "a": "first",
    "answer a": "first",
    "b": "second",
    "answer b": "second",
    "tie": "tie",
}
_IN_WORDS: Final[Mapping[str, Side]] = {"a": "first", "b": "second", "tie": "tie", "c": "tie"}
_AROUND: Final = " \t\r\n\"'`*.“”‘’"
_AT_END: Final = " \t\r\n\"'`*_.,!]})"
_CLAIM: Final = re.compile(
    r"\[\[[ ]?(a|b|c|tie)[ ]?\]\]"
    r"|(?<![a-z])verdict[\"'*_ ]{0,6}+[:=][ \t\"'*_`(]{0,8}(?:answer[ ])?(a|b|tie)"
    r"(?=[\"'*_`\]})., \t!]{0,20}+$)",
    re.IGNORECASE | re.MULTILINE,
)


def read_preference(text: str | None, request: Compare, served: Served) -> Preference:
    """What a judge preferred in each comparison of a call. Never raises.

    Args:
        text: The reply; None where the server sent none.
        request: What it replies to.
        served: How the server answered; a reply that it cut at the token limit is read strictly.
    """
    count = len(request.shown)
    if text is None:
        return Preference(
            preferred=(None,) * count,
            unread=NO_CONTENT,
            justifications=("",) * count,
            served=served,
        )
    reply = reply_of(text, request, served)
    read = [_only(reply, request)] if count == 1 else _several(reply, request)
    return Preference(
        preferred=tuple(side for side, _, _ in read),
        unread=_together([why for _, why, _ in read]),
        justifications=tuple(justification for _, _, justification in read),
        reply=reply.whole,
        served=served,
    )


def _together(reasons: Sequence[str]) -> str:
    """Why verdicts are missing: once where it is the same for all, else by comparison."""
    if len(set(reasons)) == 1:
        return reasons[0]
    return "; ".join(f"comparison {n}: {why}" for n, why in enumerate(reasons, 1) if why)


def _only(reply: Reply, request: Compare) -> Read:
    said = reply.last("verdict")
    if isinstance(said, str):
        return _in_words(reply, request, said) if said in {NO_VERDICT, QUOTED} else (None, said, "")
    side, why = _labelled(field(said.value, "verdict"), request)
    if side is not None and any(one != side for one in _claims(said.after)):
        side, why = None, CONTRADICTED
    return side, why, justification_of(said.value)


def _several(reply: Reply, request: Compare) -> list[Read]:
    """The verdicts of a call with several comparisons, by their numbers."""
    numbers = range(1, len(request.shown) + 1)
    said = reply.last("comparisons")
    if isinstance(said, str):
        return [(None, said, "") for _ in numbers]
    if list(_claims(said.after)):
        return [(None, CONTRADICTED, "") for _ in numbers]
    listed = field(said.value, "comparisons")
    entries = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    return [_numbered(number, entries, request) for number in numbers]


def _numbered(number: int, entries: Sequence[dict[str, object]], request: Compare) -> Read:
    mine = [entry for entry in entries if _number(entry) == number]
    if not mine:
        return None, "no verdict with its number", ""
    if len(mine) > 1:
        return None, "several verdicts with its number", ""
    side, why = _labelled(field(mine[0], "verdict"), request)
    return side, why, justification_of(mine[0])


def _number(entry: dict[str, object]) -> float | None:
    given = field(entry, "number")
    return given if isinstance(given, float) else None


def _labelled(given: object, request: Compare) -> tuple[Side | None, str]:
    """The verdict that a value is, or why it is none."""
    if given is Odd.ABSENT:
        return None, NO_VERDICT
    if given is Odd.CONTRADICTED:
        return None, CONTRADICTED
    side = _LABELS.get(given.strip(_AROUND).lower()) if isinstance(given, str) else None
    if side is None:
        shown = f"{given:g}" if isinstance(given, float) else readable(str(given), 40)
        return None, f"the verdict names no answer: {shown or 'it is empty'}"
    return (None, "a tie was not offered") if side == "tie" and not request.ties else (side, "")


def _in_words(reply: Reply, request: Compare, why: str) -> Read:
    """A verdict outside JSON: all that are given agree, and no text that was judged has one."""
    claims = list(_CLAIM.finditer(reply.own))
    sides = {_side(claim) for claim in claims}
    if not claims:
        return None, why, ""
    if len(sides) > 1:
        return None, CONTRADICTED, ""
    last = claims[-1]
    if any(key.start() + 1 != last.start() for key in STRAY_KEY.finditer(reply.own)):
        return None, CONTRADICTED, ""
    begins = last[1] is not None and not reply.own[: last.start()].strip(_AROUND)
    if not begins and reply.own[last.end() :].strip(_AT_END):
        return None, why, ""
    said = {squeezed(words) for words in {claim[0] for claim in claims}}
    judged = [squeezed(section.text) for section in sections_of(request)]
    if any(one in text for one in said for text in judged):
        return None, QUOTED, ""
    side = sides.pop()
    if side == "tie" and not request.ties:
        return None, "a tie was not offered", ""
    return side, "", readable(reply.own)


def _claims(text: str) -> list[Side]:
    return [_side(claim) for claim in _CLAIM.finditer(text)]


def _side(claim: re.Match[str]) -> Side:
    return _IN_WORDS[(claim[1] or claim[2]).lower()]
