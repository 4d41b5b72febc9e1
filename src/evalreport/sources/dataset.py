"""One entry under `datasets:`: where rows come from, what becomes of them, and who made them."""

import re
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    StringConstraints,
    model_serializer,
    model_validator,
)

from evalreport.metrics.patterns import RegularExpression
from evalreport.records import Role
from evalreport.sources.templates import ColumnTemplate, TemplateText, compiled
from evalreport.values import Count, Flag, Name, Natural, OpenFraction, Positive, Value, Words

DEFAULT_BINS: Final = 4
PROMPT_TOKENS: Final = "prompt_tokens"

# The keys that say what a row is, by the kind of item that they make.
CONTENT: Final[dict[str, tuple[str, ...]]] = {
    "prompt": ("prompt", "completion"),
    "messages": ("messages",),
    "turns": ("turns", "references"),
    "text": ("text",),
    "question": ("question", "choices", "answer"),
}
_ONLY_HUB: Final = ("config", "split", "revision")
_ONLY_TEXT: Final = ("delimiter", "encoding")
_ONLY_CUT: Final = ("fraction", "n", "stratify_by")
_ONLY_FILE: Final = ("expect", *_ONLY_HUB, *_ONLY_TEXT)
_DELIMITED: Final = re.compile(r"\.[ct]sv(\.gz)?$", re.IGNORECASE)
_SINGLE_BRACES: Final = re.compile(r"(?<!\{)\{ ?\w+ ?\}(?!\})")
_EXTENSION: Final = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,9}$")


def _decodes(encoding: str) -> str:
    try:
        "".encode(encoding)
    except LookupError as error:
        raise ValueError(f"`{encoding}` is not a text encoding: utf-8, utf-16, cp1252") from error
    return encoding


def _in_a_list(value: object) -> object:
    is_one = isinstance(value, str | int | float) and not isinstance(value, bool)
    return (value,) if is_one else value


def _named(value: object) -> object:
    return {"by": value} if isinstance(value, str) else value


Column: TypeAlias = Annotated[str, StringConstraints(strict=True, min_length=1)]
Day: TypeAlias = Annotated[str, StringConstraints(strict=True, pattern=r"^\d{4}-\d{2}-\d{2}$")]
Choices: TypeAlias = Annotated[
    tuple[TemplateText, ...],
    BeforeValidator(_in_a_list, json_schema_input_type=Words | tuple[Words, ...]),
]
Encoding: TypeAlias = Annotated[str, StringConstraints(strict=True), AfterValidator(_decodes)]


class Derived(Value):
    """A column made from another one: the first group of the first match (or the whole match).

    A list or an object, such as the turns of a conversation, is searched as JSON with sorted keys
    and without spaces.

    Attributes:
        from_column: The column that is searched.
        regex: A regular expression.
    """

    model_config = ConfigDict(serialize_by_alias=True)

    from_column: Column = Field(alias="from")
    regex: RegularExpression


class Subgroup(Value):
    """A column whose values make subgroups, or whose numbers do when cut into equal parts.

    In the spec also just the column's name. `prompt_tokens` is no column: it is known only when a
    tokenizer has seen the prompts, so the analysis cuts it.

    Attributes:
        by: The column, or `prompt_tokens`.
        bins: Parts that its numbers are cut into; left out, a subgroup for each value, and of
            `prompt_tokens` 4 parts.
    """

    by: Column
    bins: Annotated[int, Field(strict=True, ge=2, le=20)] | None = None

    @property
    def known_late(self) -> bool:
        """Whether only the analysis can tell an item's subgroup."""
        return self.by == PROMPT_TOKENS

    @property
    def parts(self) -> int:
        """How many parts its numbers are cut into."""
        return self.bins or DEFAULT_BINS


SubgroupOrName: TypeAlias = Annotated[
    Subgroup, BeforeValidator(_named, json_schema_input_type=Column | Subgroup)
]


class Augmented(Value):
    """Rows that were made from other rows; before the split, copies of test rows may train.

    Attributes:
        by: Who or what made them.
        when: Before test rows were split off, or after.
    """

    by: Words
    when: Literal["before_split", "after_split"]


class Changed(Value):
    """A change that somebody made to the data, and why.

    Attributes:
        date: The day, as 2026-11-28.
        why: The reason.
    """

    date: Day
    why: Words


class Expected(Value):
    """What is known about a dataset before it can be read.

    Attributes:
        rows: How many it has, so that a plan can count without reading it.
    """

    rows: Count


class Dataset(Value):
    """Where rows come from, how a row becomes an item, and where the rows came from before.

    Attributes:
        subgroups: Columns by which results are shown too, or `{by: prompt_tokens, bins: 4}`.
        system: Template of the system prompt.
        prompt: Template of what the user says: `"{{ column }}"`, sandboxed Jinja.
        completion: Template of the right answer, which training learns.
        messages: Column with a conversation of roles and contents; its last answer is the
            completion.
        text: Template of raw text without a prompt, for training and loss.
        question: Template of a multiple-choice question.
        fields: Columns made from other columns, by name.
        config: Of a hub dataset: which configuration.
        split: Of a hub dataset: which split.
        revision: Of a hub dataset: commit or tag; pinned into the lock when left out.
        expect: What is known of it before it is read.
        delimiter: Of a .csv or .tsv file.
        encoding: Of a text file; left out, utf-8.
        labelled_by: Who gave the right answers: people, or a model's name.
        generated_by: Who wrote the rows: people, or a model's or program's name.
        augmented: Whether rows were made from other rows.
        license: Of the data.
        changes: What was changed by hand, and why.
    """

    model_config = ConfigDict(serialize_by_alias=True)

    path: Annotated[str, StringConstraints(strict=True, min_length=1)] | None = Field(
        None, description="A file beside the spec (./..., /..., name.jsonl) or a hub id (org/name)."
    )
    from_dataset: Name | None = Field(
        None, alias="from", description="Cut from this dataset; needs `fraction` or `n`."
    )
    fraction: OpenFraction | None = Field(None, description="Share of the rows to cut off.")
    n: Natural | None = Field(None, description="Number of rows to cut off.")
    stratify_by: Column | None = Field(None, description="Column whose shares are kept equal.")
    group_by: Column | None = Field(None, description="Rows equal in this column stay together.")
    cluster_by: Column | None = Field(None, description="Rows equal in it are not independent.")
    subgroups: tuple[SubgroupOrName, ...] = ()
    id: Column | None = Field(None, description="Column that names each row, once.")
    role: Role | None = Field(None, description="Implied by the names train, select and test.")

    system: TemplateText | None = None
    prompt: TemplateText | None = None
    completion: TemplateText | None = None
    messages: ColumnTemplate | None = None
    turns: ColumnTemplate | None = Field(
        None,
        description="A list with what the user says, turn by turn; the model answers each turn "
        "itself, and is judged on all of it and scored on its last answer. For role: test.",
    )
    references: ColumnTemplate | None = Field(
        None,
        description="Right answers to `turns`: a list with one a turn, or one text for the last "
        "turn; null or an empty list where a row has none.",
    )
    text: ColumnTemplate | None = None
    question: ColumnTemplate | None = None
    choices: Choices = Field(
        (), description="One template that gives the list, or a list with one template a choice."
    )
    answer: TemplateText | None = Field(
        None, description="Index from 0, letter (A, B, ...) or the text of the right choice."
    )
    rephrased: ColumnTemplate | None = Field(None, description="The prompt in other words.")
    chat: Flag = Field(default=True, description="false: raw text, no chat template.")
    fields: dict[Column, Derived] = Field(default_factory=dict)

    config: Words | None = None
    split: Words | None = None
    revision: Words | None = None
    expect: Expected | None = None
    delimiter: Annotated[str, StringConstraints(strict=True, min_length=1, max_length=1)] | None = (
        None
    )
    encoding: Encoding | None = None
    weight: Positive | None = Field(None, description="How often each row is seen; lists only.")

    labelled_by: Words | None = None
    generated_by: Words | None = None
    augmented: Augmented | None = None
    license: Words | None = None
    changes: tuple[Changed, ...] = ()

    @model_serializer(mode="wrap")
    def _without_turns(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # What no spec says does not change what specs are known by.
        dumped: dict[str, Any] = dump(self)
        absent = [key for key in ("turns", "references") if getattr(self, key) is None]
        return {key: value for key, value in dumped.items() if key not in absent}

    @model_validator(mode="after")
    def _consistent(self) -> "Dataset":
        wrong = contradictions(self)
        if wrong:
            raise ValueError("; ".join(wrong))
        return self

    @property
    def declared(self) -> frozenset[str]:
        """The keys that were written down, as the spec spells them."""
        names = {"from_dataset": "from"}
        return frozenset(
            names.get(key, key) for key in self.model_fields_set if getattr(self, key) is not None
        )

    @property
    def kind(self) -> str | None:
        """Which of `CONTENT` its own keys make, when they make one."""
        return next((kind for kind, keys in CONTENT.items() if self.declared & {*keys}), None)

    @property
    def is_hub(self) -> bool:
        """Whether `path` is an id on the hub rather than a file."""
        return self.path is not None and is_hub_id(self.path)

    @property
    def hub_id(self) -> str:
        """The id on the hub, without the `hub:` that may mark it."""
        return (self.path or "").removeprefix("hub:")


def is_hub_id(path: str) -> bool:
    """Whether a path is a hub id: `hub:` always is; `./`, `/` or a file extension never."""
    if path.startswith("hub:"):
        return True
    if path.startswith(("./", "../", "/", "~")) or "\\" in path:
        return False
    return _EXTENSION.search(path) is None


def contradictions(dataset: Dataset) -> tuple[str, ...]:
    """What is wrong with one entry taken by itself, in sentences that name the keys."""
    has = dataset.declared
    return (*_source(dataset, has), *_content(dataset, has))


def _source(dataset: Dataset, has: frozenset[str]) -> list[str]:
    wrong: list[str] = []
    if {"path", "from"} <= has:
        wrong.append("`path` and `from` exclude each other: rows come from one place")
    elif not {"path", "from"} & has:
        wrong.append("it needs `path` (a file or a hub id) or `from` (another dataset)")
    elif "from" in has:
        if {"fraction", "n"} <= has:
            wrong.append("`fraction` and `n` both say how much is cut off: keep one of them")
        elif not {"fraction", "n"} & has:
            wrong.append("`from` needs `fraction` or `n`")
        wrong += [f"`{key}` does not go with `from`" for key in _ONLY_FILE if key in has]
    else:
        wrong += [f"`{key}` needs `from`" for key in _ONLY_CUT if key in has]
        where, keys = ("hub dataset", _ONLY_TEXT) if dataset.is_hub else ("file", _ONLY_HUB)
        wrong += [f"`{key}` does not go with a {where} (`path`)" for key in keys if key in has]
        if "delimiter" in has and not _DELIMITED.search(dataset.path or ""):
            wrong.append("`delimiter` is for .csv and .tsv files")
    return wrong


def _content(dataset: Dataset, has: frozenset[str]) -> list[str]:
    kinds = [[key for key in keys if key in has] for keys in CONTENT.values()]
    own = [keys for keys in kinds if keys]
    wrong: list[str] = []
    if len(own) > 1:
        named = " and ".join(f"`{keys[0]}`" for keys in own)
        wrong.append(f"{named} exclude each other: a row is one kind of item")
    absent = [key for key in CONTENT["question"] if key not in has]
    if 0 < len(absent) < len(CONTENT["question"]):
        given = next(key for key in CONTENT["question"] if key in has)
        wrong.append(f"`{given}` also needs " + " and ".join(f"`{key}`" for key in absent))
    if not dataset.chat:
        wrong += [
            f"`{key}` needs the chat template: not with `chat: false`"
            for key in ("messages", "turns", "system")
            if getattr(dataset, key)
        ]
    if {"turns", "rephrased"} <= has:
        wrong.append("`rephrased` does not go with `turns`: it is for what was trained on")
    if "text" in has:
        wrong += [
            f"`{key}` does not go with `text`, which has no prompt"
            for key in ("system", "rephrased")
            if getattr(dataset, key)
        ]
        if "chat" in has and dataset.chat:
            wrong.append("`text` is raw text: not with `chat: true`")
    if dataset.prompt and compiled(dataset.prompt).is_constant:
        single = _SINGLE_BRACES.search(dataset.prompt)
        if single:
            name = single[0].strip("{ }")
            what = f"`prompt` holds {single[0]}, which stays as it is: write "
            wrong.append(what + '"{{ ' + name + ' }}"')
    if dataset.completion and compiled(dataset.completion).is_constant:
        wrong.append('`completion` is the same for every row: write "{{ column }}"')
    if "choices" in has and not dataset.choices:
        wrong.append('`choices` is an empty list: write "{{ column }}", or one template a choice')
    if len(dataset.choices) == 1 and compiled(dataset.choices[0]).is_constant:
        wrong.append('`choices` is one text: write "{{ column }}", or a list of choices')
    return wrong
