"""Values to Markdown: code, links to anchors, lists of keys, and rows of tables."""

import html
import re
from collections.abc import Iterable, Sequence

from evalreport.values import Json


def code(text: str) -> str:
    """Text in a code span, whatever it holds."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def plain(text: str) -> str:
    """Words that hold no markup, so that none of them is taken for some."""
    escaped = html.escape(text, quote=False)
    return re.sub(r"([\\`*_\[\]{}#|~])", r"\\\1", escaped)


def slug(text: str) -> str:
    """The part of a text that can stand in an address."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def flow(value: Json) -> str:
    """A value as YAML writes it in one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if isinstance(value, str):
        return value if re.fullmatch(r"[A-Za-z./][\w./ -]*", value) else f'"{value}"'
    return f"{value:g}" if isinstance(value, float) else str(value)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; cells hold Markdown without line breaks."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(
        f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |\n" for row in lines
    )


def key(name: str, anchor: str, about: str, meaning: str) -> str:
    """A key with what it may hold, and below it what it means: an entry of a definition list."""
    held = f" <span class=about>{about}</span>" if about else ""
    return f"{code(name)}{{ #{anchor} }}{held}\n:   {meaning}\n"
