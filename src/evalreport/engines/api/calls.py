"""Calls and what became of them; who keeps the record of both, and who holds the money."""

from dataclasses import dataclass
from typing import Protocol

from evalreport.records import Decoding, Failure, Message, ResponseKey
from evalreport.values import Count, Flag, Json, Natural, NonNegative, Value


@dataclass(frozen=True, slots=True)
class Call:
    """One chat completion to ask for.

    Attributes:
        key: Identity of its answer; of several calls with one key, one is made.
        item: The item that it is about, for the record.
        messages: The conversation.
        schema: JSON schema of the answer, for servers that can be held to one.
        decoding: How the text of an arm is drawn; None takes the endpoint's own options.
    """

    key: ResponseKey
    item: str
    messages: tuple[Message, ...]
    schema: dict[str, Json] | None = None
    decoding: Decoding | None = None


class Reply(Value):
    """What the server answered, as far as it could be read.

    Attributes:
        text: None when there was none: a refusal, or all tokens went into reasoning.
        finish: Why it ended, in the server's word.
        prompt_tokens: As the server counted; None when it did not.
        tokens: Of the answer, as the server counted.
        model: What answered, in the server's words; a name may stand for changing models.
        fingerprint: Of the server's setup.
        seconds: From the request to the last byte of the answer, of the try that succeeded.
        attempts: Tries that it took, this one included.
        structured: Whether the server was held to the JSON schema.
        refusal: What was said instead of an answer.
    """

    text: str | None
    finish: str | None = None
    prompt_tokens: Count | None = None
    tokens: Count | None = None
    model: str | None = None
    fingerprint: str | None = None
    seconds: NonNegative
    attempts: Natural
    structured: Flag = False
    refusal: str | None = None


class NotAsked(Value):
    """No attempt was begun, since the money would not have sufficed; nothing went wrong."""

    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """A call, and what became of it."""

    call: Call
    result: Reply | Failure | NotAsked


class Journal(Protocol):
    """The durable record of attempts and answers; all of it is called from one thread.

    An attempt that began and never ended may have been paid for, and nobody has its answer.
    `attempt` counts the tries of a call in this build, from 1.
    """

    def began(self, call: Call, attempt: int) -> None:
        """An attempt is about to leave; it leaves when this returns."""
        ...

    def failed(self, call: Call, attempt: int, reason: str, *, may_be_billed: bool) -> None:
        """An attempt ended without an answer."""
        ...

    def answered(self, call: Call, attempt: int, reply: Reply) -> None:
        """An attempt ended with an answer: both are stored, or neither."""
        ...


class Budget(Protocol):
    """The money that calls may spend; whoever holds it is asked before each attempt."""

    def reserve(self, worst: float | None) -> str | None:
        """Set aside what an attempt may cost at most.

        Args:
            worst: In the currency of `cost`; None when no price is known.

        Returns:
            Why it does not suffice, and then nothing is set aside; None: it may begin.
        """
        ...

    def settle(self, worst: float | None, spent: float) -> None:
        """Give back what was set aside for an attempt, less what it cost."""
        ...
