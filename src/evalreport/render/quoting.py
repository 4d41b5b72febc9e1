"""Foreign text to harmless text: what models, rows and files said may be read but does nothing.

Every string that reaches a page passes through here: invisible and direction-changing characters
become visible, over-long text is cut with a count, and Markdown keeps it literal. HTML escaping
itself is Jinja's.
"""

import re
from typing import Final

from markupsafe import Markup, escape

OUTPUT_LIMIT: Final = 2_000  # characters of one shown model output or prompt
LABEL_LIMIT: Final = 1_000  # characters of any other foreign string
SPEC_LIMIT: Final = 60_000  # characters of the spec as it stands at the end of the report

# C0 (tab and newline stay), DEL, C1, soft hyphen, bidi marks and overrides, zero-width space and
# joiners of words, line separators, invisible operators, annotations, tags, lone surrogates,
# noncharacters. The zero-width (non-)joiners U+200C/D stay: scripts and emoji need them.
INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e0fff]"
)
_PICTURES: Final = 0x2400  # Unicode's pictures of the control characters

# What Markdown gives a meaning to inside a line. `:` before `//` and the dot of `www.` would make
# a link in GitHub's dialect, `$` a formula, `<` a tag when a letter, `/`, `!` or `?` follows.
_INLINE = re.compile(r"[\\`*_\[\]|~$]|:(?=//)|(?<=[Ww]{3})\.|&(?=[#A-Za-z])|<(?=[A-Za-z/!?])")
_LINE_START = re.compile(r"^(?:#{1,6}(?=\s|$)|>|[-+*](?=\s|$)|[-=]{2,}|\d{1,9}(?=[.)](?:\s|$)))")
_BACKTICKS = re.compile(r"`+")
_SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_SPACE = re.compile(r"\s+")
_PERCENT = re.compile(r"(?<=\d) (?=%)")


class Prepared(str):
    """Text that was cut and made visible already; it is still escaped where it is printed."""

    __slots__ = ()


def visible(text: str) -> str:
    """The text with every invisible or direction-changing character shown as a mark."""
    return INVISIBLE.sub(lambda match: _mark(match.group()), text)


def _mark(character: str) -> str:
    code = ord(character)
    if code < 0x20:
        return chr(_PICTURES + code)
    return "\N{SYMBOL FOR DELETE}" if code == 0x7F else f"⟨U+{code:04X}⟩"


def cut(text: str, limit: int) -> Prepared:
    """The text up to a limit, with the number of characters that were left out, made visible."""
    if len(text) <= limit:
        return Prepared(visible(text))
    return Prepared(f"{visible(text[:limit])} … [{len(text) - limit:,} more characters not shown]")


def shown_label(text: str) -> Prepared:
    """Any foreign string that is not a model's output: a name, a reason, a sentence."""
    return text if isinstance(text, Prepared) else cut(text, LABEL_LIMIT)


def markdown_text(text: str) -> Markup:
    """The text inside a line of Markdown, literally: no markup, link, formula or cell border."""
    return _from_line_start(_inline(shown_label(text)).strip())


def markdown_prose(text: str) -> Markup:
    """A sentence as `markdown_text`, with what stands between backticks as code spans."""
    parts = _SPAN.split(shown_label(text))
    return _from_line_start(
        "".join(
            markdown_code(Prepared(part)) if i % 2 else _inline(part)
            for i, part in enumerate(parts)
        ).strip()
    )


def html_prose(text: str) -> Markup:
    """A sentence for HTML, with what stands between backticks as code, and no % on a new line."""
    parts = _SPAN.split(shown_label(text))
    return Markup().join(
        Markup("<code>{}</code>").format(part)
        if i % 2
        else _PERCENT.sub("\N{NO-BREAK SPACE}", part)
        for i, part in enumerate(parts)
    )


def _inline(text: str) -> str:
    """One line, with everything escaped that Markdown gives a meaning to inside a line."""
    return _INLINE.sub(lambda match: _escaped(match.group()), _SPACE.sub(" ", text))


def _from_line_start(line: str) -> Markup:
    """The line with its beginning escaped, where that would make it a heading, list or rule."""
    start = _LINE_START.match(line)
    if start is None:
        return Markup(line)  # noqa: S704  # Markdown, not HTML: this is the escaping
    at = start.end() if start.group().isdigit() else 0
    return Markup(f"{line[:at]}\\{line[at:]}")  # noqa: S704  # as above


def _escaped(character: str) -> str:
    match character:
        case "<":
            return "&lt;"
        case "&":
            return "&amp;"
        case _:
            return f"\\{character}"


def markdown_code(text: str) -> Markup:
    """The text as an inline code span, which also survives inside a table cell."""
    line = " ".join(shown_label(text).split())
    if not line or "|" in line:
        return markdown_text(line)
    longest = max((len(run) for run in _BACKTICKS.findall(line)), default=0)
    ticks = "`" * (longest + 1)
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return Markup(f"{ticks}{pad}{line}{pad}{ticks}")  # noqa: S704  # as above


def markdown_fence(text: str, language: str = "text") -> Markup:
    """The text as a fenced block whose fence is longer than any run of backticks inside."""
    body = shown_label(text).removesuffix("\n")
    longest = max((len(run) for run in _BACKTICKS.findall(body)), default=0)
    fence = "`" * max(3, longest + 1)
    return Markup(f"{fence}{language}\n{body}\n{fence}")  # noqa: S704  # as above


def markdown_attribute(text: str) -> Markup:
    """The text as an attribute of a tag of ours, on one line: Markdown leaves it as it is."""
    return escape(_SPACE.sub(" ", shown_label(text)).strip())


def markdown_python(code: str) -> Markup:
    """A Python snippet as a fenced block; its limit is wide, because cut code does not run."""
    return markdown_fence(cut(code, SPEC_LIMIT), "python")
