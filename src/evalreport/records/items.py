"""Items and conversations: what is asked, what is right, and whom an item belongs with."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from evalreport.values import Count, Json, Value


class Message(Value):
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant", "tool"]
    content: str


class Chat(Value):
    """A conversation that the model's chat template will turn into text.

    When the last message is the assistant's, its turn is begun with that text and goes on from
    there; otherwise a new assistant's turn begins.
    """

    kind: Literal["chat"] = "chat"
    messages: tuple[Message, ...]


class Raw(Value):
    """Text given to the model as it stands, without a chat template."""

    kind: Literal["raw"] = "raw"
    text: str


Prompt: TypeAlias = Annotated[Chat | Raw, Field(discriminator="kind")]


class Item(Value):
    """One row that trains or tests: what is asked, what is right, and whom it belongs with.

    `reference` is the completion that a generation is held against (and that training learns);
    `choices` and `answer` (an index) serve multiple choice. `line` is where it stood in its file.

    `then` is what the user says after each answer: the model answers the prompt, and every one of
    these. `reference` belongs to the last answer, `references_before` to those before it, in order
    (an empty text where there is none).
    """

    id: str
    prompt: Prompt
    then: tuple[str, ...] = ()
    reference: str | None = None
    references_before: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    answer: Count | None = None
    cluster: str | None = None
    group: str | None = None
    subgroups: tuple[tuple[str, str], ...] = ()
    rephrased: Prompt | None = None
    row: dict[str, Json] = Field(default_factory=dict)
    line: Count = 0


class Role(StrEnum):
    """What a dataset is for; `select` chooses the checkpoint and is never reported as test."""

    TRAIN = "train"
    SELECT = "select"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Corpus:
    """A dataset that was read: items in file order and a digest of their content.

    `notes` are facts about the reading that the report must pass on (shares of a split, counts).
    """

    name: str
    role: Role
    items: tuple[Item, ...]
    digest: str
    origin: str
    notes: tuple[str, ...] = ()


class Unreachable(Value):
    """A dataset that could not be read here (a hub that is not reachable); never an exception.

    Attributes:
        name: In the spec.
        reason: Why not.
        expected_rows: How many rows it will have, as far as the spec tells.
        awaited: Its id on the hub, when nobody has tried to fetch it yet and `build` will.
    """

    name: str
    reason: str
    expected_rows: Count | None = None
    awaited: str = ""


Corpora: TypeAlias = Mapping[str, Corpus | Unreachable]
