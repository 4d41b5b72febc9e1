"""evalreport in Python, from the docstrings of the library."""

import inspect
import re
from collections.abc import Iterator
from typing import Any, Final

from docs.made.markdown import code, key, plain, slug

from evalreport import library
from evalreport.errors import EvalReportError

ADDRESS: Final = "reference/library.md"
_SECTION: Final = re.compile(r"^(Args|Attributes|Returns|Raises|Example|Examples):$", re.MULTILINE)
_ENTRY: Final = re.compile(r"^(\w+): (.+(?:\n +.+)*)", re.MULTILINE)
_FIRST: Final = "evalreport in Python: "
_HEADINGS: Final = {"Args": "Arguments", "Attributes": "Holds", "Raises": "Raises"}


def page() -> str:
    """The page, as Markdown."""
    named = {name: getattr(library, name) for name in library.__all__}
    functions = {name: it for name, it in named.items() if inspect.isfunction(it)}
    errors = {
        n: it for n, it in named.items() if inspect.isclass(it) and issubclass(it, EvalReportError)
    }
    values = {n: it for n, it in named.items() if n not in functions and n not in errors}
    lines = [
        "# evalreport in Python\n",
        f"Here are {_marked(inspect.cleandoc(library.__doc__ or '').removeprefix(_FIRST))}\n",
        "## Functions\n",
    ]
    for name, function in functions.items():
        lines += _told(name, f"{name}{_signature(function)}", function.__doc__, level=3)
    lines.append("## Values\n")
    for name, value in values.items():
        lines += _told(name, "", value.__doc__, level=3)
        lines += _members(name, value)
    lines.append("## Errors\n")
    for name, error in errors.items():
        said = " ".join(inspect.cleandoc(error.__doc__ or "").split())
        lines.append(key(name, slug(name), f"exit code {error.exit_code}", plain(said)))
    return "\n".join(lines)


def _members(owner: str, value: Any) -> Iterator[str]:
    """What a value offers beside its fields."""
    for name, member in vars(value).items():
        if name.startswith("_") or name == "model_config":
            continue
        wrapped = getattr(member, "func", None) or getattr(member, "fget", None)
        if wrapped is None and not inspect.isfunction(member):
            continue
        inner = wrapped or member
        called = name if wrapped else f"{name}{_signature(inner)}"
        said = inspect.cleandoc(inner.__doc__ or "").partition("\n\n")[0]
        yield key(called, f"{slug(owner)}.{slug(name)}", "", _marked(" ".join(said.split())))


def _told(name: str, signature: str, doc: str | None, *, level: int) -> Iterator[str]:
    yield f"{'#' * level} {code(name)} {{ #{slug(name)} }}\n"
    if signature:
        yield f"```python\n{signature}\n```\n"
    parts = _SECTION.split(inspect.cleandoc(doc or ""))
    yield f"{_marked(parts[0].strip())}\n"
    for heading, text in zip(parts[1::2], parts[2::2], strict=True):
        body = inspect.cleandoc(text)
        if heading in _HEADINGS:
            yield f"{_HEADINGS[heading]}:\n"
            for entry, meaning in _ENTRY.findall(body):
                said = _marked(" ".join(meaning.split()))
                yield f"- {code(entry)}: {said}"
            yield ""
        elif heading.startswith("Example"):
            yield f"```pycon\n{body.replace('  # doctest: +SKIP', '')}\n```\n"
        else:
            yield f"{heading}: {_marked(' '.join(body.split()))}\n"


def _marked(text: str) -> str:
    """Text of a docstring: code in backticks stays, the rest holds no markup."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(part if i % 2 else plain(part) for i, part in enumerate(parts))


def _signature(function: Any) -> str:
    """Arguments with their types, one a line where they are many."""
    shown: list[str] = []
    for one in inspect.signature(function).parameters.values():
        if one.kind is one.KEYWORD_ONLY and "*" not in shown:
            shown.append("*")
        if one.name != "self":
            shown.append(re.sub(r"\b(?:[a-z_]+\.)+(?=[A-Z])", "", str(one)))
    line = f"({', '.join(shown)})"
    return line if len(line) < 70 else "(\n    " + ",\n    ".join(shown) + ",\n)"
