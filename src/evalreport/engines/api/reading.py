"""A server's answer to a Reply: whatever can be read of it counts, and nothing in it crashes."""

import json
from dataclasses import dataclass
from typing import Final

from evalreport.engines.api.calls import Reply
from evalreport.engines.api.endpoint import EndpointOptions
from evalreport.engines.api.faults import Complaint, Fault, Remedy, fault_of, shown_message
from evalreport.engines.api.keys import Key
from evalreport.errors import printable

_MOST_NAME: Final = 200  # characters of the name of a model or a setup
_MOST_COUNT: Final = 1 << 31  # beyond, a number of tokens is none, and sums of it overflow


@dataclass(frozen=True, slots=True)
class Arrived:
    """An answer as it came: its status, headers and body, and the seconds that it took."""

    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the answers of one endpoint."""

    endpoint: EndpointOptions
    key: Key

    def read(
        self, arrived: Arrived, *, attempts: int, structured: bool, today: float
    ) -> Reply | Fault:
        """What the server answered, or why this is no answer.

        Args:
            arrived: As it came.
            attempts: Tries that it took.
            structured: Whether the server was held to a JSON schema.
            today: Seconds since 1970.
        """
        text = arrived.body.decode("utf-8-sig", "replace")
        if arrived.status != 200:
            complaint = Complaint(arrived.status, arrived.headers, text)
            return fault_of(complaint, self.endpoint, self.key, today)
        try:
            body = json.loads(text)
        except (ValueError, RecursionError):
            return self._unread(f"something that is no JSON ({shown_message(text, self.key)})")
        if not isinstance(body, dict):
            return self._unread("JSON that is no object")
        choice = _first(body.get("choices"))
        if choice is None:
            return self._without_choices(body, text, arrived, today)
        usage = _object(body.get("usage"))
        message = _object(choice.get("message"))
        return Reply(
            text=self._words(_content(message.get("content"))),
            finish=self._name(choice.get("finish_reason")),
            prompt_tokens=_count(usage.get("prompt_tokens")),
            tokens=_count(usage.get("completion_tokens")),
            model=self._name(body.get("model")),
            fingerprint=self._name(body.get("system_fingerprint")),
            seconds=arrived.seconds,
            attempts=attempts,
            structured=structured,
            refusal=self._words(_content(message.get("refusal"))),
        )

    def _without_choices(
        self, body: dict[str, object], text: str, arrived: Arrived, today: float
    ) -> Fault:
        """Some servers tell of an error in an answer that is marked as good."""
        error = _object(body.get("error"))
        status = _count(error.get("code"))
        if status is not None and 400 <= status < 600:
            return fault_of(
                Complaint(status, arrived.headers, text), self.endpoint, self.key, today
            )
        return self._unread(f"no choices ({shown_message(text, self.key)})")

    def _unread(self, what: str) -> Fault:
        return Fault(Remedy.AGAIN, f"the server answered {what}", may_be_billed=True)

    def _words(self, text: str | None) -> str | None:
        return None if text is None else self.key.out_of_reply(text)

    def _name(self, value: object) -> str | None:
        """A word of the server's on one line: it stands in reports, and on terminals."""
        if not isinstance(value, str):
            return None
        return printable(" ".join(self.key.out_of(value[:_MOST_NAME]).split()))


def _object(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _first(choices: object) -> dict[str, object] | None:
    if isinstance(choices, list) and choices and isinstance(choices[0], dict):
        return choices[0]
    return None


def _content(value: object) -> str | None:
    """A text, or the texts of a list of parts."""
    if isinstance(value, str):
        return value
    if not isinstance(value, list):
        return None
    texts = [part if isinstance(part, str) else _object(part).get("text") for part in value]
    found = [text for text in texts if isinstance(text, str)]
    return "".join(found) if found else None


def _count(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    is_whole = 0 <= value <= _MOST_COUNT and value == int(value)
    return int(value) if is_whole else None
