"""Keys of endpoints: read from the environment, sent to the server, shown to nobody."""

from collections.abc import Mapping
from itertools import groupby
from operator import itemgetter
from typing import Final
from urllib.parse import quote

from evalreport.engines.api.endpoint import EndpointOptions
from evalreport.errors import EvalReportError, Problem

# A server that echoes a key often cuts it; a piece of this length is no accident.
_PIECE: Final = 8
# The client sends none without a word of some kind; servers that want no key read none.
_NOBODYS: Final = "none"


class Key:
    """A secret that shows only the name of its variable, wherever it is printed.

    Attributes:
        name: Environment variable that it came from; None where no key is asked for.
    """

    __slots__ = ("_secret", "name")

    def __init__(self, name: str | None, secret: str) -> None:
        self.name = name
        self._secret = secret

    def __repr__(self) -> str:
        return f"Key({self.name or 'none'})"

    def __reduce__(self) -> str:
        raise TypeError("a key is not written down")

    def bearer(self) -> str:
        """The value of the request's Authorization header."""
        return f"Bearer {self._secret}"

    def out_of(self, text: str) -> str:
        """A server's text without the key, which it may have echoed in part."""
        if self.name is None:
            return text
        shown = self._whole_out_of(text)
        secret = self._secret
        pieces = {secret[i : i + _PIECE] for i in range(len(secret) - _PIECE + 1)}
        hidden = [False] * len(shown)
        for i in range(len(shown) - _PIECE + 1):
            if shown[i : i + _PIECE] in pieces:
                hidden[i : i + _PIECE] = [True] * _PIECE
        return "".join(
            f"[{self.name}]" if is_hidden else "".join(c for _, c in run)
            for is_hidden, run in groupby(zip(hidden, shown, strict=True), key=itemgetter(0))
        )

    def out_of_reply(self, text: str) -> str:
        """A model's words without the key.

        A short key, such as the EMPTY that local servers are given, is no secret and may be a
        word of the answer.
        """
        is_secret = self.name is not None and len(self._secret) >= _PIECE
        return self._whole_out_of(text) if is_secret else text

    def _whole_out_of(self, text: str) -> str:
        mark = f"[{self.name}]"
        return text.replace(self._secret, mark).replace(quote(self._secret, safe=""), mark)


NO_KEY: Final = Key(None, _NOBODYS)


def key_of(endpoint: EndpointOptions, environ: Mapping[str, str]) -> Key:
    """The key of an endpoint; `NO_KEY` where the spec names no variable.

    Raises:
        EvalReportError: The variable is not set, or holds what cannot be sent.
    """
    name = endpoint.api_key_env
    if name is None:
        return NO_KEY
    secret = environ.get(name, "").strip()
    if not secret:
        raise EvalReportError(
            Problem(
                f"api_key_env: {name}",
                f"the environment variable {name} is not set; {endpoint.url} wants a key from it",
                f"export {name}=..., or leave api_key_env out where no key is needed",
            )
        )
    if not (secret.isascii() and secret.isprintable()) or " " in secret:
        raise EvalReportError(
            Problem(
                f"api_key_env: {name}",
                f"what {name} holds cannot be a key: it has blanks, line breaks or other signs "
                "that no request may carry",
                "set it again, without quotes and with nothing around the key",
            )
        )
    return Key(name, secret)
