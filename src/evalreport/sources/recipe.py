"""A row to the draft of an item: prompt, reference, and whom the row belongs with."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from evalreport.digest import canonical
from evalreport.metrics.patterns import TookTooLong, found
from evalreport.records import Chat, Message, Prompt, Raw, Role
from evalreport.sources.dataset import Dataset
from evalreport.sources.held import held
from evalreport.sources.templates import (
    CannotRender,
    Lack,
    Row,
    Template,
    compiled,
    missing_field,
)
from evalreport.sources.turns import right_answers, said_in_turns
from evalreport.values import Json

_Roles: TypeAlias = Mapping[str, str]

# Names that other tools give to the same four roles.
_ROLES: Final[_Roles] = {
    "system": "system",
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "gpt": "assistant",
    "model": "assistant",
    "tool": "tool",
}
_EMPTY: Final = "(empty)"


@dataclass(slots=True)
class Draft:
    """An item before its dataset is complete: no id, its answer as given, its numbers not cut.

    `where` names the row in messages.
    """

    where: str
    line: int
    row: dict[str, Json]
    prompt: Prompt
    then: tuple[str, ...] = ()
    reference: str | None = None
    references_before: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    answer: Json = None
    right: int | None = None  # the index that the answer means, once the dataset was read
    rephrased: Prompt | None = None
    id: str | None = None
    cluster: str | None = None
    group: str | None = None
    subgroups: tuple[str | float | None, ...] = ()  # None: only the analysis can tell


class Recipe:
    """A dataset's templates, compiled once; `draft` applies them to a row."""

    def __init__(self, dataset: Dataset, role: Role) -> None:
        self._dataset = dataset
        self._role = role
        self._system = compiled(dataset.system) if dataset.system else None
        self._rephrased = compiled(dataset.rephrased) if dataset.rephrased else None
        self._fields = {
            name: (derived.from_column, derived.regex) for name, derived in dataset.fields.items()
        }
        asks = [one for one in (dataset.prompt, dataset.question, dataset.turns) if one]
        templates = [compiled(source) for source in [*asks, *dataset.choices]]
        if self._system is not None:
            templates.append(self._system)
        self._unit_columns = sorted({name for one in templates for name in one.columns})
        self._unit_is_row = any(one.reads_whole_row for one in templates)

    def draft(self, row: dict[str, Json], line: int, where: str) -> Draft:
        """The item that a row makes, as far as one row can tell.

        Raises:
            CannotRender: The row lacks what the dataset's templates and keys name, or holds
                something else there.
        """
        full = self._derived(row)
        made = self._content(full, line, where)
        dataset = self._dataset
        if self._rephrased is not None:
            made.rephrased = self._prompt(self._rephrased, full, "rephrased")
        if dataset.id is not None:
            made.id = _identity(full, dataset.id, "id")
        if dataset.cluster_by is not None:
            made.cluster = _identity(full, dataset.cluster_by, "cluster_by")
        if dataset.group_by is not None:
            made.group = _identity(full, dataset.group_by, "group_by")
        made.subgroups = tuple(
            None
            if subgroup.known_late
            else category(full, subgroup.by, "subgroups")
            if subgroup.bins is None
            else _number(full, subgroup.by)
            for subgroup in dataset.subgroups
        )
        return made

    def original(self, row: Row) -> dict[str, Json]:
        """The row as it was read, without the columns that `fields` made."""
        return {name: value for name, value in row.items() if name not in self._fields}

    def unit(self, draft: Draft) -> str:
        """What a split must not divide: a row's group, or what it asks.

        Rows ask the same when the columns that their prompts are made of are equal, however the
        prompt words them; conversations, when the same was said before the answer.
        """
        if draft.group is not None:
            return draft.group
        if self._dataset.messages is not None and isinstance(draft.prompt, Chat):
            turns = [turn for turn in draft.prompt.messages if turn.role != "system"]
            return canonical([[turn.role, turn.content] for turn in turns])
        if self._unit_is_row:
            return canonical(draft.row)
        if not self._unit_columns:
            return canonical(draft.reference)
        return canonical([draft.row.get(name) for name in self._unit_columns])

    def _derived(self, row: dict[str, Json]) -> dict[str, Json]:
        full = row
        for name, (column, pattern) in self._fields.items():
            if name in full:
                what = f"`fields` makes a column `{name}`, and the row has one already"
                raise CannotRender(what, "give the new column a name of its own")
            text = _searched(full, column, f"fields.{name}")
            try:
                value = next(found(pattern, text), None)
            except TookTooLong as error:
                raise CannotRender(
                    f"`fields.{name}`: {error}", "write a simpler pattern"
                ) from error
            if value is None:
                what = f"`fields.{name}`: /{pattern:.60}/ finds nothing in `{column}`"
                raise CannotRender(what, f"there stands: {' '.join(text.split())[-120:]}")
            full = {**full, name: value}
        return full

    def _content(self, row: dict[str, Json], line: int, where: str) -> Draft:
        dataset = self._dataset
        if dataset.messages is not None:
            return self._conversation(compiled(dataset.messages), row, line, where)
        if dataset.turns is not None:
            return self._in_turns(compiled(dataset.turns), row, line, where)
        if dataset.text is not None:
            text = _filled(compiled(dataset.text), row, "text")
            return Draft(where, line, row, Raw(text=""), reference=text)
        if dataset.question is not None:
            prompt = self._prompt(compiled(dataset.question), row, "question")
            choices = _choices(dataset.choices, row)
            answer = compiled(dataset.answer or "").value(row)
            return Draft(where, line, row, prompt, choices=choices, answer=answer)
        prompt = self._prompt(compiled(dataset.prompt or ""), row, "prompt")
        completion = compiled(dataset.completion) if dataset.completion else None
        reference = _said(completion, row, "completion") if completion else None
        self._refuse_empty(reference)
        return Draft(where, line, row, prompt, reference=reference)

    def _in_turns(self, template: Template, row: dict[str, Json], line: int, where: str) -> Draft:
        """What the user says turn by turn, and the right answers as far as the row has some."""
        first, *then = said_in_turns(template.value(row))
        references = self._dataset.references
        right = compiled(references).value(row) if references else None
        before, last = right_answers(right, len(then) + 1)
        prompt = Chat(messages=(*self._opening(row), Message(role="user", content=first)))
        return Draft(
            where, line, row, prompt, then=tuple(then), reference=last, references_before=before
        )

    def _prompt(self, template: Template, row: Row, key: str) -> Prompt:
        text = _filled(template, row, key)
        if not self._dataset.chat:
            return Raw(text=text)
        user = Message(role="user", content=text)
        return Chat(messages=(*self._opening(row), user))

    def _refuse_empty(self, reference: str | None) -> None:
        if reference == "" and self._role is Role.TRAIN:
            raise CannotRender("the completion is empty: there is nothing to learn", "fill it")

    def _opening(self, row: Row) -> tuple[Message, ...]:
        """The system turn; an empty or null text means that this row has none."""
        system = self._system
        text = "" if system is None or _is_null(system, row) else system.text(row)
        return (Message(role="system", content=text),) if text else ()

    def _conversation(
        self, template: Template, row: dict[str, Json], line: int, where: str
    ) -> Draft:
        turns = _turns(template.value(row))
        opening = self._opening(row)
        if opening and turns[0].role == "system":
            what = "the conversation starts with a system turn, and `system` is declared too"
            raise CannotRender(what, "keep one of them")
        reference: str | None = None
        asked = turns
        if turns[-1].role == "assistant":
            reference, asked = turns[-1].content, turns[:-1]
        elif self._role is Role.TRAIN:
            what = f"the conversation ends with a turn of the {turns[-1].role}: nothing to learn"
            raise CannotRender(what, "end it with the assistant's turn")
        self._refuse_empty(reference)
        if not any(turn.role == "user" for turn in asked):
            raise CannotRender("no turn of the user comes before the answer")
        return Draft(where, line, row, Chat(messages=(*opening, *asked)), reference=reference)


def category(row: Row, column: str, key: str) -> str:
    """A column's value as the name of a subgroup or stratum; an empty text is `(empty)`.

    Raises:
        CannotRender: The row lacks the column, or holds neither a text nor a number there.
    """
    return _text(row, column, key) or _EMPTY


def _identity(row: Row, column: str, key: str) -> str:
    text = _text(row, column, key)
    if not text.strip():
        what = f"`{key}` names `{column}`, which is empty here"
        raise CannotRender(what, "give every row a value: an empty one is no name")
    return text


def _text(row: Row, column: str, key: str, verb: str = "names") -> str:
    says = f"`{key}` {verb}"
    if column not in row:
        raise missing_field(row, Lack(column, says, key))
    value = row[column]
    if isinstance(value, str):
        return value
    if isinstance(value, bool | int | float):
        return canonical(value)
    held = "null" if value is None else "a list" if isinstance(value, list) else "an object"
    raise CannotRender(f"{says} `{column}`, which holds {held} here", "give it a text or a number")


def _searched(row: Row, column: str, key: str) -> str:
    """What `fields` looks through: a text, or the JSON of a list or an object (a conversation)."""
    value = row.get(column)
    return canonical(value) if isinstance(value, list | dict) else _text(row, column, key, "reads")


def _number(row: Row, column: str) -> float:
    text = _text(row, column, "subgroups", "cuts")
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not abs(number) < float("inf"):
        what = f"`subgroups` cuts `{column}` by size, and {text!r:.60} is not a number"
        raise CannotRender(what, "drop `bins` to use its values as they are")
    return number


def _is_null(template: Template, row: Row) -> bool:
    """Whether a template is one expression (`{{ answer }}`) and null in this row."""
    return template.text(row) == "null" and template.value(row) is None


def _said(template: Template, row: Row, key: str) -> str:
    """The text; null is no text, though JSON has a word for it."""
    if _is_null(template, row):
        what = f"`{key}` is null in this row"
        hint = "fill it, or remove the row; `| tojson` behind the column writes the word null"
        raise CannotRender(what, hint)
    return template.text(row)


def _filled(template: Template, row: Row, key: str) -> str:
    text = _said(template, row, key)
    if not text.strip():
        raise CannotRender(f"`{key}` is empty in this row", "fill the column, or remove the row")
    return text


def _choices(sources: tuple[str, ...], row: Row) -> tuple[str, ...]:
    if len(sources) > 1:
        texts: list[Json] = [compiled(source).text(row) for source in sources]
    else:
        value = compiled(sources[0]).value(row)
        if not isinstance(value, list):
            what = f"`choices` is {held(value)} here, not a list"
            raise CannotRender(
                what, 'give a list column, or one template a choice: ["{{ a }}", ...]'
            )
        texts = value
    if None in texts:
        raise CannotRender("one of the `choices` is null")
    plain = tuple(one if isinstance(one, str) else canonical(one) for one in texts)
    if len(plain) < 2:
        raise CannotRender(f"`choices` holds {len(plain)} here: a question needs at least two")
    if not all(one.strip() for one in plain):
        raise CannotRender("one of the `choices` is empty")
    return plain


def _turns(value: Json) -> tuple[Message, ...]:
    if not isinstance(value, list) or not value:
        what = f"`messages` is {held(value)} here, not a list of turns"
        raise CannotRender(what, "a turn is {role: user, content: ...}")
    return tuple(_turn(number, turn) for number, turn in enumerate(value, start=1))


def _turn(number: int, turn: Json) -> Message:
    if not isinstance(turn, dict):
        raise CannotRender(f"turn {number} of `messages` is {held(turn)}, not an object")
    name = turn.get("role", turn.get("from"))
    content = turn.get("content", turn.get("value"))
    role = _ROLES.get(name) if isinstance(name, str) else None
    if role is None:
        what = f"turn {number} of `messages` has the role {name!r:.40}"
        raise CannotRender(what, "roles are system, user, assistant and tool")
    if not isinstance(content, str):
        what = f"turn {number} of `messages` has {held(content)} as its content, not a text"
        raise CannotRender(what, "only text can be trained on and compared here")
    return Message.model_validate({"role": role, "content": content})
