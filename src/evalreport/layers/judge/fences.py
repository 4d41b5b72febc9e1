"""Fences: lines with a token that no text can hold, between which untrusted text is put.

The token comes from a secret of the store, so whoever wrote an answer could not know it; and it is
changed where a text holds it all the same.
"""

import hmac
import re
from collections.abc import Iterable
from typing import Final

TOKEN_CHARACTERS: Final = 20

_LONE_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")
_MARKER: Final = re.compile(r"<<([^\s<>]++) (begin|end) ([^<>\n]{1,80})>>")


def fence_of(secret: str, request_digest: str) -> str:
    """The fence token of a request, in hex: the same on every rebuild, and not to be guessed.

    Args:
        secret: Kept in the store, and shown to no model.
        request_digest: The request's identity.
    """
    key = secret.encode("utf-8", "surrogatepass")
    text = request_digest.encode("utf-8", "surrogatepass")
    return hmac.new(key, text, "sha256").hexdigest()[:TOKEN_CHARACTERS]


def sendable(text: str) -> str:
    """A text as it can be sent and stored: lone halves of a character become U+FFFD."""
    try:
        text.encode()  # much faster than a search, and nearly always all there is to do
    except UnicodeEncodeError:
        return _LONE_SURROGATE.sub("\ufffd", text)
    return text


def token_for(fence: str, texts: Iterable[str]) -> str:
    """The fence token, or the first of its extensions that occurs in none of the texts."""
    told = tuple(texts)
    token, added = fence, 1
    while any(token in text for text in told):
        # doubled, so that a text made of such tokens costs no more than a few rounds
        token, added = token + "x" * added, 2 * added
    return token


def begin(token: str, part: str) -> str:
    """The line that opens a part."""
    return f"<<{token} begin {part}>>"


def end(token: str, part: str) -> str:
    """The line that closes a part."""
    return f"<<{token} end {part}>>"


def fenced(token: str, part: str, text: str) -> str:
    """A text between the lines that open and close its part; the text itself is as it was."""
    return begin(token, part) + "\n" + text + "\n" + end(token, part)


def without_fenced(reply: str, texts: Iterable[str]) -> str:
    """A judge's reply without what it repeats of the prompt, fences and all.

    A marker whose token stands in a marker of the texts themselves is a forged one and left alone:
    the true token occurs in no text. A part that is never closed reaches to the end of the reply.

    Args:
        reply: What the judge wrote.
        texts: The untrusted texts that it was shown.
    """
    markers = _MARKER.finditer(reply)
    first = next(markers, None)
    if first is None:
        return reply
    forged = {marker[1] for text in texts for marker in _MARKER.finditer(text)}
    kept: list[str] = []
    at, open_part = 0, ("", "")
    for marker in (first, *markers):
        token, side, part = marker.groups()
        if not open_part[0] and side == "begin" and token not in forged:
            kept.append(reply[at : marker.start()])
            open_part = (token, part)
        elif side == "end" and (token, part) == open_part:
            at, open_part = marker.end(), ("", "")
    if not open_part[0]:
        kept.append(reply[at:])
    return "\n".join(kept)
