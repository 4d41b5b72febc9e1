"""The Jinja environment of prompt templates: no way out, no runaway, and values as plain JSON.

A template comes from a spec, its values from a data file; neither is trusted. Nothing is loaded or
included, what is written is what the model sees (no HTML escapes, no trimmed last newline), and
all work is paid from a budget of characters, so that no short template makes a long bill.
"""

import json
import math
import operator
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from jinja2 import (
    StrictUndefined,
    Template,
    TemplateRuntimeError,
    TemplateSyntaxError,
    Undefined,
    nodes,
)
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from evalreport.sources.names import suggestion
from evalreport.values import Json

BUDGET_CHARACTERS: Final = 10_000_000
_WHOLE: Final = re.compile(r"[+-]?\d{1,18}\.0*")
_NODE_CHARACTERS: Final = 10  # what walking over one value costs, beside its text
_LONGEST_SOURCE: Final = 65_536
_MOST_BITS: Final = 4_096

# What loads files, repeats itself without a loop, or brings HTML escapes back.
_REFUSED: Final[Mapping[type[nodes.Node], str]] = {
    nodes.Extends: "extends",
    nodes.Include: "include",
    nodes.Import: "import",
    nodes.FromImport: "import",
    nodes.Block: "block",
    nodes.Macro: "macro",
    nodes.CallBlock: "call",
    nodes.ScopedEvalContextModifier: "autoescape",
}
# fmt: off
_STRING_METHODS: Final = frozenset((
    "capitalize", "casefold", "count", "endswith", "find", "index", "isalnum", "isalpha",
    "isdecimal", "isdigit", "islower", "isnumeric", "isspace", "istitle", "isupper", "lower",
    "lstrip", "partition", "removeprefix", "removesuffix", "replace", "rfind", "rindex",
    "rpartition", "rsplit", "rstrip", "split", "splitlines", "startswith", "strip", "swapcase",
    "title", "upper",
))
_MAPPING_METHODS: Final = frozenset({"get", "items", "keys", "values"})
_SEQUENCE_METHODS: Final = frozenset({"count", "index"})
_FILTERS: Final = frozenset((
    "abs", "capitalize", "count", "d", "default", "dictsort", "first", "groupby", "items", "last",
    "length", "list", "lower", "map", "max", "min", "reject", "rejectattr", "reverse", "round",
    "select", "selectattr", "sort", "striptags", "title", "trim", "truncate", "unique", "upper",
    "urlencode", "wordcount",
))
# fmt: on
_OPERATORS: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "+": operator.add,
    "*": operator.mul,
    "%": operator.mod,
    "**": operator.pow,
}


_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False)


class Runaway(TemplateRuntimeError):
    """The template does more work, or makes more text, than any prompt needs."""


class _Missing(StrictUndefined):
    """A missing key of an object in a column; its message names the keys that are there."""

    __slots__ = ()

    @property
    def _undefined_message(self) -> str:
        if isinstance(self._undefined_obj, dict) and self._undefined_name is not None:
            keys = suggestion(self._undefined_name, self._undefined_obj)
            return f"there is no `{self._undefined_name}` in this object: {keys}"
        return super()._undefined_message


class Sandbox(ImmutableSandboxedEnvironment):
    """One environment for one template: it holds that template's budget."""

    intercepted_binops = frozenset(_OPERATORS)

    def __init__(self) -> None:
        super().__init__(
            undefined=_Missing,
            finalize=self.plain,
            keep_trailing_newline=True,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.globals = {name: self.globals[name] for name in ("range", "dict")}
        self.filters = {name: self.filters[name] for name in _FILTERS}
        self.filters |= {
            "concat_": self._concat,
            "each_": self._each,
            "float": _to_float,
            "int": _to_int,
            "join": self._join,
            "replace": self._replace,
            "string": self.plain,
            "sum": _total,
            "tojson": self._to_json,
        }
        self.refill()
        self._source_characters = 0

    def refill(self) -> None:
        """Gives the template a full budget for its next row."""
        self._left = BUDGET_CHARACTERS

    def spend(self, characters: int) -> None:
        """Pays for work.

        Raises:
            Runaway: The budget is used up.
        """
        self._left -= characters
        if self._left < 0:
            raise Runaway(f"it makes more than {BUDGET_CHARACTERS:,} characters for one row")

    def plain(self, value: object) -> str:
        """The text of a value: strings as they are, everything else as JSON."""
        text = value if isinstance(value, str) else self._dump(value)
        self.spend(len(text))
        return text

    def of_column(self, value: Json) -> str:
        """As `plain`, for what came from a row: that is JSON, and of a bounded size, already."""
        text = value if isinstance(value, str) else _ENCODER.encode(value)
        self.spend(len(text))
        return text

    def native(self, value: object) -> Json:
        """The value itself, when JSON can hold it; a generator becomes a list.

        Raises:
            TypeError: JSON cannot hold it.
        """
        self.spend(_NODE_CHARACTERS)
        if isinstance(value, Undefined):
            str(value)  # raises, and names what is missing
        if value is None or isinstance(value, str | int):
            return value
        if isinstance(value, float):
            if not math.isfinite(value):
                raise ValueError("its value is not a finite number")
            return value
        if isinstance(value, Mapping):
            return {str(key): self.native(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple | range | Iterator):
            return [self.native(inner) for inner in value]
        raise TypeError(f"its value is a {type(value).__name__}, not text, a number or a list")

    # What follows overrides hooks of Jinja; names and signatures are Jinja's.

    def _generate(
        self,
        source: nodes.Template,
        name: str | None,
        filename: str | None,
        defer_init: bool = False,  # noqa: FBT001, FBT002
    ) -> str:
        for node in source.find_all(tuple(_REFUSED)):
            raise TemplateSyntaxError(
                f"`{_REFUSED[type(node)]}` is not for prompt templates", node.lineno
            )
        for loop in source.find_all(nodes.For):
            if loop.recursive:
                raise TemplateSyntaxError("a recursive loop is not for prompt templates", 1)
        guarded: nodes.Template = _Guard().visit(source)
        guarded.set_environment(self)
        return super()._generate(guarded, name, filename, defer_init)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """A column's own key wins over a method of the same name (`order.items`)."""
        if isinstance(obj, dict) and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Only methods that neither change anything nor make much out of little."""
        if isinstance(obj, str):
            return attr in _STRING_METHODS
        if isinstance(obj, dict):
            return attr in _MAPPING_METHODS
        if isinstance(obj, list | tuple) and attr in dir(list):
            return attr in _SEQUENCE_METHODS
        return super().is_safe_attribute(obj, attr, value)

    def wrap_str_format(self, value: Any) -> None:
        """Leaves `str.format` to `is_safe_attribute`, which refuses it: a width is a bomb."""

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805
        """Calls what a template may call; `replace` pays for its result first."""
        owner = getattr(__obj, "__self__", None)
        if isinstance(owner, str) and __obj.__name__ == "replace":
            return __self._replace(owner, *args, **kwargs)
        return super().call(__context, __obj, *args, **kwargs)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Pays for what `+` and `*` make; numbers stay below 4096 bits."""
        del context
        if operator == "%" and isinstance(left, str):
            raise Runaway("`%` on text is not for prompt templates: use `~`")
        if operator == "+" and _sized(left) and _sized(right):
            self.spend(len(left) + len(right))
        elif operator == "*" and (_sized(left) or _sized(right)):
            many, times = (left, right) if _sized(left) else (right, left)
            self.spend(len(many) * max(times, 0) if isinstance(times, int) else 0)
        elif operator in {"*", "**"} and isinstance(left, int) and isinstance(right, int):
            bits = left.bit_length() * right if operator == "**" else left.bit_length()
            if bits + right.bit_length() > _MOST_BITS:
                raise Runaway("it makes a number of more than 4096 bits")
        return _OPERATORS[operator](left, right)

    def compile_source(self, source: str) -> nodes.Template:
        """The syntax tree of a template.

        Raises:
            TemplateSyntaxError: It is not a template.
        """
        if len(source) > _LONGEST_SOURCE:
            raise TemplateSyntaxError(f"it is longer than {_LONGEST_SOURCE:,} characters", 1)
        self._source_characters = len(source)
        return self.parse(source)

    def compiled(self, tree: nodes.Template) -> Template:
        """A syntax tree, ready to run."""
        template = self.from_string(tree)
        template.globals = dict(template.globals)  # Jinja copies its ChainMap for every row
        return template

    def _each(self, values: Iterable[object]) -> Iterator[object]:
        if isinstance(values, Undefined):
            str(values)  # raises, and names what is missing
        for value in values:
            self.spend(1 + self._source_characters)
            yield value

    def _concat(self, parts: Iterable[object]) -> str:
        return "".join([self.plain(part) for part in parts])

    def _join(
        self, values: Iterable[object], d: str = "", attribute: str | int | None = None
    ) -> str:
        texts = [
            self.plain(value if attribute is None else self.getitem(value, attribute))
            for value in values
        ]
        self.spend(len(d) * len(texts))
        return d.join(texts)

    def _replace(self, text: str, old: str, new: str, count: int = -1) -> str:
        found = text.count(old) if count < 0 else min(text.count(old), count)
        self.spend(max(0, len(text) + found * (len(new) - len(old))))
        return text.replace(old, new, count)

    def _to_json(self, value: object, indent: int | None = None) -> str:
        if indent is not None and not 0 <= indent <= 16:
            raise Runaway("an indent is at most 16")
        text = json.dumps(self.native(value), ensure_ascii=False, allow_nan=False, indent=indent)
        self.spend(len(text))
        return text

    def _dump(self, value: object) -> str:
        return _ENCODER.encode(self.native(value))


class _Guard(NodeTransformer):
    """Makes loops pay for each turn, and `~` join the way that output does."""

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        node.iter = nodes.Filter(node.iter, "each_", [], [], None, None, lineno=node.lineno)
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        parts = nodes.List(node.nodes, lineno=node.lineno)
        return nodes.Filter(parts, "concat_", [], [], None, None, lineno=node.lineno)


def _sized(value: object) -> bool:
    return isinstance(value, str | list | tuple)


def _to_int(value: object, default: int | None = None) -> int:
    """Jinja's own filter turns what is not a number into 0; a label must not become 0."""
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        try:
            return int(value)
        except (ValueError, OverflowError):
            if isinstance(value, str) and _WHOLE.fullmatch(value.strip()):
                return int(value.strip().partition(".")[0])
    if default is None:
        raise ValueError(f"{value!r:.60} is not a whole number")
    return default


def _to_float(value: object, default: float | None = None) -> float:
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        try:
            return float(value)
        except ValueError:
            pass
    if default is None:
        raise ValueError(f"{value!r:.60} is not a number")
    return default


def _total(values: Iterable[Any], attribute: str | None = None) -> Any:
    total: Any = 0
    for value in values:
        number = value[attribute] if attribute is not None else value
        if not isinstance(number, int | float):
            raise TypeError(f"{number!r:.60} is not a number")
        total += number
    return total
