"""What went wrong with an attempt, whose fault it is, whether it was paid for, and what to do."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from evalreport.engines.api.endpoint import EndpointOptions
from evalreport.engines.api.keys import Key
from evalreport.engines.api.pace import told_wait
from evalreport.errors import printable

_MOST_SHOWN: Final = 300  # characters of a server's message
_MOST_READ: Final = 1 << 14  # characters of an error's body, which may be a whole page

# The server says that it did not take the request up. After other faults of its own (500, 502,
# 504) an answer may have been made, and charged, on the way to us.
_NOT_TAKEN_UP: Final = frozenset({408, 409, 425, 429, 503, 529})
_OF_THIS_CALL: Final = frozenset({400, 413, 422, 451})
_UNPAID: Final = re.compile(
    r"insufficient_quota|billing_|insufficient.{0,10}(balance|credit|funds)|credit balance|"
    r"out of credits|account.{0,20}(deactivated|suspended)"
)
# Google's servers say so of each minute's quota, which comes back by itself.
_ONLY_BUSY: Final = re.compile(r"resource_exhausted|rate.?limit|per minute")
_ABOUT_SCHEMA: Final = re.compile(
    r"response_format|response format|json_schema|json schema|structured output|guided|grammar"
)
_WANTS_OTHER_NAME: Final = re.compile(r"support|instead|deprecated|unknown|unrecognized")
_TOO_LONG: Final = re.compile(r"too (large|long)|context (length|window)|at most")
_ABOUT_CONTENT: Final = re.compile(r"flagged|moderation|content.{0,10}(policy|filter)")


class Remedy(StrEnum):
    """What is to be done about a fault.

    AGAIN: the same call, after a while. PAUSE: the server is asked too much; all calls wait.
    CONNECT: nobody was reached. GIVE_UP: this call will never do. STOP: no call will.
    NO_SCHEMA, OTHER_LIMIT_NAME: at once, without the schema or with the other name of the limit.
    """

    AGAIN = "again"
    PAUSE = "pause"
    CONNECT = "connect"
    GIVE_UP = "give_up"
    STOP = "stop"
    NO_SCHEMA = "no_schema"
    OTHER_LIMIT_NAME = "other_limit_name"


@dataclass(frozen=True, slots=True)
class Fault:
    """An attempt without an answer.

    Attributes:
        remedy: What to do.
        reason: A sentence without the key in it.
        may_be_billed: Whether an answer may have been made, and charged for.
        wait: Seconds that the server says to wait.
    """

    remedy: Remedy
    reason: str
    may_be_billed: bool = False
    wait: float | None = None


@dataclass(frozen=True, slots=True)
class Complaint:
    """An answer other than 200: its status, its headers, and its body as text."""

    status: int
    headers: Mapping[str, str]
    body: str


def fault_of(complaint: Complaint, endpoint: EndpointOptions, key: Key, today: float) -> Fault:
    """What a server's refusal means.

    Args:
        complaint: What it said.
        endpoint: As it was asked.
        key: Not to be shown.
        today: Seconds since 1970.
    """
    status, whole = complaint.status, complaint.body[:_MOST_READ].lower()
    message = shown_message(complaint.body, key)
    said = f"the server answered {status}" + (f": {message}" if message else "")
    wait = told_wait(complaint.headers, today)
    if status == 402 or (status in (403, 429) and _UNPAID.search(whole) and not _is_busy(whole)):
        return Fault(Remedy.STOP, f"{said} (the account at {endpoint.url} has no money left)")
    if status == 429 or (status in _NOT_TAKEN_UP and wait is not None):
        return Fault(Remedy.PAUSE, said, wait=wait)
    if status == 401 or (status == 403 and not _ABOUT_CONTENT.search(whole)):
        return Fault(Remedy.STOP, f"{said} ({_about_key(endpoint)})")
    if status in (400, 404, 422, 501) and _ABOUT_SCHEMA.search(whole):
        return Fault(Remedy.NO_SCHEMA, said)
    if status in (404, 405):
        why = f"check base_url ({endpoint.url}) and model ({endpoint.model})"
        return Fault(Remedy.STOP, f"{said} ({why})")
    if 300 <= status < 400:
        target = printable(key.out_of(complaint.headers.get("location", "another address")))
        why = f"it sends on to {target[:_MOST_SHOWN]}; if that is right, make it base_url"
        return Fault(Remedy.STOP, f"{said} ({why})")
    if status in (400, 422):
        is_about_name = "max_completion_tokens" in whole and not _TOO_LONG.search(whole)
        if is_about_name and _WANTS_OTHER_NAME.search(whole):
            return Fault(Remedy.OTHER_LIMIT_NAME, said)
    if status in _OF_THIS_CALL or status == 403:
        return Fault(Remedy.GIVE_UP, said)
    if status >= 500 or status in _NOT_TAKEN_UP or status < 300:
        return Fault(Remedy.AGAIN, said, may_be_billed=status not in _NOT_TAKEN_UP, wait=wait)
    return Fault(Remedy.GIVE_UP, said)


def _is_busy(whole: str) -> bool:
    return "insufficient_quota" not in whole and _ONLY_BUSY.search(whole) is not None


def _about_key(endpoint: EndpointOptions) -> str:
    if endpoint.api_key_env is None:
        return f"{endpoint.url} wants a key: name its variable in api_key_env"
    return f"check the key in {endpoint.api_key_env}, and that it may use {endpoint.model}"


def shown_message(body: str, key: Key) -> str:
    """What a server says went wrong, on one line, cut, and without the key."""
    try:
        found = _message(json.loads(body))
    except (ValueError, RecursionError):
        found = None
    text = found or re.sub(r"<[^<>]*>", " ", body[:_MOST_READ])
    line = printable(" ".join(key.out_of(text[:_MOST_READ]).split()))
    return line if len(line) <= _MOST_SHOWN else f"{line[:_MOST_SHOWN]}…"


def _message(body: object) -> str | None:
    """The message in the forms that OpenAI, vLLM, FastAPI and others give it."""
    if isinstance(body, str):
        return body
    if not isinstance(body, dict):
        return None
    for name in ("error", "message", "detail"):
        found = _message(body.get(name))
        if found:
            return found
    return None
