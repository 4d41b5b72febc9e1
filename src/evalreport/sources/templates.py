"""Prompt templates: a row in, the text (or the value) that goes to the model out."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import Annotated, Final, TypeAlias

from jinja2 import TemplateError, TemplateSyntaxError, UndefinedError, meta, nodes
from pydantic import AfterValidator, StringConstraints

from evalreport.sources.names import suggestion
from evalreport.sources.sandbox import Sandbox
from evalreport.values import Json

Row: TypeAlias = Mapping[str, Json]

_WHOLE_ROW: Final = "row"  # `{{ row["Question text"] }}` reaches a column whose name has a space


@dataclass(frozen=True, slots=True)
class Lack:
    """A column that a row does not have.

    Attributes:
        column: Its name.
        says: What asked for it, in words that go before the name.
        asked_by: The key that names the column, or the template that uses it.
    """

    column: str
    says: str
    asked_by: str


class CannotRender(Exception):
    """A template and a row do not go together: what is wrong, and what to do about it.

    Where the row lacks a column, `lacks` says which, and what asked for it.
    """

    def __init__(self, what: str, hint: str = "", *, lacks: "Lack | None" = None) -> None:
        super().__init__(what)
        self.lacks = lacks
        self.what = what
        self.hint = hint


class Template:
    """A compiled template. Not for two threads at once: its budget is counted inside it.

    `columns` are the columns that it reads, or may read.
    """

    def __init__(self, source: str) -> None:
        """Compiles it.

        Raises:
            ValueError: It is not a template, or uses what templates may not use.
        """
        self.source = source
        self._sandbox = Sandbox()
        try:
            tree = self._sandbox.compile_source(source)
            self.columns: Final = frozenset(meta.find_undeclared_variables(tree)) - frozenset(
                self._sandbox.globals
            )
            expression = _bare_expression(tree)
            self._segments = _segments(tree)
            self._text = self._sandbox.compiled(self._sandbox.compile_source(source))
            self._value = (
                None if expression is None else self._sandbox.compiled(_assignment(expression))
            )
        except (TemplateError, RecursionError) as error:
            raise ValueError(_syntax(error)) from error

    @property
    def reads_whole_row(self) -> bool:
        """Whether it reaches columns through `row`, so that any of them may matter."""
        return _WHOLE_ROW in self.columns

    @property
    def is_constant(self) -> bool:
        """Whether it gives the same for every row."""
        return not self.columns

    def text(self, row: Row) -> str:
        """The text for a row; values that are not strings appear as JSON.

        Raises:
            CannotRender: A field is missing, or the template fails on this row.
        """
        self._sandbox.refill()
        try:
            if self._segments is not None and self.columns <= row.keys():
                return "".join(
                    [
                        self._sandbox.of_column(row[text]) if is_column else text
                        for is_column, text in self._segments
                    ]
                )
            context = self._text.new_context(self._variables(row))
            return "".join(self._text.root_render_func(context))
        except _FAILS as error:
            raise self._cannot(error, row) from error

    def value(self, row: Row) -> Json:
        """The value of a template that is one expression (`"{{ options }}"`), else its text.

        Raises:
            CannotRender: A field is missing, the template fails on this row, or its value is
                nothing that JSON can hold.
        """
        if self._value is None:
            return self.text(row)
        self._sandbox.refill()
        try:
            context = self._value.new_context(self._variables(row))
            for _ in self._value.root_render_func(context):
                pass
            return self._sandbox.native(context.vars["result"])
        except _FAILS as error:
            raise self._cannot(error, row) from error

    def _variables(self, row: Row) -> dict[str, Json]:
        whole: dict[str, Json] = {_WHOLE_ROW: dict(row)} if self.reads_whole_row else {}
        return {**whole, **row}

    def _cannot(self, error: Exception, row: Row) -> CannotRender:
        if isinstance(error, UndefinedError):
            for name in sorted(self.columns - row.keys()):
                if str(error) == f"{name!r} is undefined":
                    says = f"the template {_short(self.source)} uses"
                    return missing_field(row, Lack(name, says, self.source))
        if isinstance(error, RecursionError):
            return CannotRender(f"the template {_short(self.source)} goes too deep on this row")
        return CannotRender(f"the template {_short(self.source)} fails on this row: {error}")


_FAILS: Final = (
    TemplateError,
    TypeError,
    ValueError,
    ArithmeticError,
    LookupError,
    AttributeError,
    RecursionError,
)


def missing_field(row: Row, lack: Lack) -> CannotRender:
    """The complaint that a row lacks a field, with the fields that it has and the nearest."""
    what = f"{lack.says} `{lack.column}`, which this row does not have"
    return CannotRender(what, suggestion(lack.column, row), lacks=lack)


@lru_cache(maxsize=256)
def compiled(source: str) -> Template:
    """The template of a text, compiled once.

    Raises:
        ValueError: It is not a template, or uses what templates may not use.
    """
    return Template(source)


def _checked(source: str) -> str:
    compiled(source)
    return source


def _varies(source: str) -> str:
    if compiled(source).is_constant:
        raise ValueError(
            f"{_short(source)} holds no column, so that every row would get the same: "
            'write a column between braces, as in "{{ column }}"'
        )
    return source


TemplateText: TypeAlias = Annotated[str, StringConstraints(strict=True), AfterValidator(_checked)]
"""A template in the spec: checked when the spec is loaded."""

ColumnTemplate: TypeAlias = Annotated[TemplateText, AfterValidator(_varies)]
"""A template that must read at least one column."""


def _bare_expression(tree: nodes.Template) -> nodes.Expr | None:
    match tree.body:
        case [nodes.Output(nodes=[nodes.Expr() as expression])] if not isinstance(
            expression, nodes.TemplateData
        ):
            return expression
        case _:
            return None


def _segments(tree: nodes.Template) -> tuple[tuple[bool, str], ...] | None:
    """The template as texts (False) and columns (True), when it is nothing more than that.

    Most templates are; put together here, they are many times as fast as in Jinja.
    """
    segments: list[tuple[bool, str]] = []
    for part in tree.body:
        for node in part.nodes if isinstance(part, nodes.Output) else [part]:
            if isinstance(node, nodes.TemplateData):
                segments.append((False, node.data))
            elif isinstance(node, nodes.Name):
                segments.append((True, node.name))
            else:
                return None
    return tuple(segments)


def _assignment(expression: nodes.Expr) -> nodes.Template:
    target = nodes.Name("result", "store", lineno=1)
    assign = nodes.Assign(target, expression, lineno=1)
    return nodes.Template([assign], lineno=1)


# Jinja's words, and what a person can do about it.
_SYNTAX: Final[tuple[tuple[str, str], ...]] = (
    (r", expected 'end of print statement'", "{{ is not closed: a column stands as {{ column }}"),
    (
        r"expected token 'end of print statement', got '(.+)'",
        'what is `%s` here? A column whose name has a space stands as {{ row["a name"] }}',
    ),
    (r"got 'end of print statement'|unexpected 'end of print", "an expression ends too early"),
    (r"Jinja was looking for .*'(end\w+)'", "a {%% block %%} is not closed: {%% %s %%} is missing"),
    (r"^No filter named '(\w+)'", "there is no filter `%s`"),
)


def _syntax(error: Exception) -> str:
    if isinstance(error, TemplateSyntaxError):
        at = f" (line {error.lineno} of the template)" if error.lineno > 1 else ""
        return f"not a template{at}: {_in_words(error.message or '')}"
    return f"not a template: {error}" if str(error) else "not a template: it is nested too deeply"


def _in_words(message: str) -> str:
    for pattern, words in _SYNTAX:
        found = re.search(pattern, message)
        if found is None:
            continue
        said = words % found.groups() if found.groups() else words
        if "filter" not in words:
            return said
        near = get_close_matches(found[1], Sandbox().filters, n=1, cutoff=0.5)
        return f"{said}: did you mean `{near[0]}`?" if near else said
    return message


def _short(source: str) -> str:
    flat = " ".join(source.split())
    return f"`{flat}`" if len(flat) <= 60 else f"`{flat[:57]}...`"
