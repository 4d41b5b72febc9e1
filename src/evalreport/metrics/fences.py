"""Fenced code blocks and reasoning blocks in a model's text."""

import re
from typing import Final

_THINK: Final = re.compile(r"<(/?)think>", re.IGNORECASE)
_OPENING_FENCE: Final = re.compile(r"[ \t]*(`{3,}|~{3,})[ \t]*+([^\s`]*+)[^`]*+")


def fenced_blocks(text: str) -> list[tuple[str, str]]:
    """Language tag (lower case, may be empty) and content of every fenced block, in order.

    As in CommonMark, a block that is never closed ends with the text. Unlike there, fences may be
    indented at will, since models put them into lists.
    """
    blocks: list[tuple[str, str]] = []
    fence, language, lines = "", "", list[str]()
    for line in text.replace("\r\n", "\n").split("\n"):
        bare = line.strip()
        if fence and bare and not bare.strip(fence[0]) and len(bare) >= len(fence):
            blocks.append((language, "\n".join(lines)))
            fence = ""
        elif fence:
            lines.append(line)
        elif opening := _OPENING_FENCE.fullmatch(line):
            fence, language, lines = opening[1], opening[2].lower(), []
    if fence:
        blocks.append((language, "\n".join(lines)))
    return blocks


def is_unended(text: str) -> bool:
    """Whether a text ends inside a reasoning block."""
    tags = [bool(tag[1]) for tag in _THINK.finditer(text)]
    return bool(tags) and not tags[-1]


def strip_reasoning(text: str) -> tuple[str, int]:
    """A text without its `<think>...</think>` blocks, and how many there were.

    A block ends at the first closing tag; one that is never closed reaches to the end of the text,
    since the answer was never begun. A text whose first tag closes a block began inside one (chat
    templates write the opening tag into the prompt). Further stray closing tags are left alone.
    Space at both ends goes with the blocks. The difference in length is what was removed.
    """
    kept: list[str] = []
    blocks = at = 0
    is_inside = False
    for tag in _THINK.finditer(text):
        if tag[1]:
            if is_inside or blocks == 0:
                blocks += not is_inside
                is_inside, at = False, tag.end()
        elif not is_inside:
            kept.append(text[at : tag.start()])
            is_inside = True
            blocks += 1
    if not is_inside:
        kept.append(text[at:])
    return ("".join(kept).strip(), blocks) if blocks else (text, 0)
