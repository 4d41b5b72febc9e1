"""The YAML parser's complaints in the words of somebody who writes a spec."""

import re
from typing import Final

_ALIKE: Final = "entries of one mapping are indented alike"

# Parser's text, what is wrong, what to do. {1} is the pattern's group; {where} says where the thing
# began that is not finished; {start}, {end} and {block} say what it is.
_TABLE: Final[tuple[tuple[str, str, str], ...]] = (
    (
        r"expected ',' or '[}\]]', but got",
        "the {start} that opens{where} is not closed, or a comma is missing",
        "add {end}, or a comma between the entries; text with , [ ] {{ }} wants quotes",
    ),
    (
        r"found unexpected end of stream",
        "the quotation mark that opens{where} is not closed",
        "add the closing quotation mark",
    ),
    (
        r"found character '(\\t)' that cannot start any token",
        "a tab stands where the line is indented",
        "indent with spaces",
    ),
    (
        r"found character '(.+)' that cannot start any token",
        "text cannot start with {1}",
        "put it in quotes",
    ),
    (
        r"found unknown escape character '(.)'",
        "\\{1} is not an escape that double quotes know",
        "write \\\\ for a backslash, or use single quotes",
    ),
    (
        r"mapping values are not allowed here",
        "a ': ' stands where no mapping can start",
        f"put text that holds ': ' in quotes; {_ALIKE}",
    ),
    (
        r"could not find expected ':'",
        "the line above is neither `key: value` nor `- entry`",
        "add the colon and a space behind the key, or indent text that goes on",
    ),
    (
        r"expected '<document start>', but found",
        "this line belongs to nothing above it",
        _ALIKE,
    ),
    (
        r"expected <block end>, but found",
        "this does not go on with the {block} that begins{where}",
        "indent entries alike; text that holds quotation marks wants quotes around all of it",
    ),
    (
        r"expected the node content, but found",
        "an entry is missing here",
        "remove the extra comma, or put text in quotes",
    ),
    (
        r"incompatible YAML document",
        "this version of YAML is unknown",
        "remove the %YAML line",
    ),
)


def in_words(problem: str, *, opened: tuple[int, int] | None, context: str) -> tuple[str, str]:
    """What is wrong and what to do.

    Args:
        problem: The parser's text.
        opened: Line and column, from 1, of what the parser was in the middle of.
        context: What the parser was doing.
    """
    start, end = ("{", "}") if "mapping" in context else ("[", "]")
    where = f" in line {opened[0]}, column {opened[1]}" if opened else ""
    for pattern, what, hint in _TABLE:
        found = re.search(pattern, problem)
        if found:
            block = "list" if "collection" in context else "mapping"
            parts = {"start": start, "end": end, "where": where, "block": block}
            return what.format("", *found.groups(), **parts), hint.format(**parts)
    return f"YAML cannot read this: {problem}", "look for a missing quotation mark or bracket"
