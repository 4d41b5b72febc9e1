"""The style sheet's looks of drawings, resolved: plain attributes that any SVG program draws.

One sheet styles the page and the pictures. What draws pictures knows no variables and no
`light-dark()`, so the rules that begin with `.drawing` are applied here, for one of two themes.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

from evalreport.render.templating import STYLE_SHEET, inlined

Theme = Literal["light", "dark"]
THEMES: Final[tuple[Theme, ...]] = ("light", "dark")

_COLOUR = re.compile(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);")
_RULE = re.compile(r"^(\.drawing[^{@]*)\{([^}]*)\}$", re.MULTILINE)
_VARIABLE = re.compile(r"var\(--([\w-]+)\)")
_NOT_DRAWN: Final = {"font-variant-numeric", "vector-effect", "overflow", "display", "font-family"}


@dataclass(frozen=True, slots=True)
class _Rule:
    """One selector with its declarations; `inside` are classes that the drawing must have."""

    inside: frozenset[str]
    tag: str
    classes: frozenset[str]
    declared: tuple[tuple[str, str], ...]

    @property
    def weight(self) -> tuple[int, int]:
        return len(self.inside) + len(self.classes), len(self.tag)


@cache
def palette(theme: Theme) -> dict[str, str]:
    """The sheet's colours by name, in one of its themes."""
    found = _COLOUR.findall(inlined(STYLE_SHEET).text)
    return {name: light if theme == "light" else dark for name, light, dark in found}


def look_of(tag: str, style: str, drawing: str, theme: Theme) -> dict[str, str]:
    """How an element is drawn: its presentation attributes.

    Args:
        tag: Its tag.
        style: Its classes.
        drawing: The classes of the drawing that it stands in.
        theme: Light or dark.
    """
    classes, around = frozenset(style.split()), frozenset(("drawing", *drawing.split()))
    merged: dict[str, str] = {}
    for rule in _rules():
        if rule.inside <= around and rule.classes <= classes and rule.tag in {"", tag}:
            merged |= dict(rule.declared)
    colours = palette(theme)
    tone = _VARIABLE.sub(lambda found: colours[found[1]], merged.pop("--tone", ""))

    def resolved(value: str) -> str:
        return _VARIABLE.sub(lambda v: tone if v[1] == "tone" else colours[v[1]], value)

    return {
        name: resolved(value).removesuffix("px")
        for name, value in merged.items()
        if name not in _NOT_DRAWN
    }


@cache
def _rules() -> tuple[_Rule, ...]:
    """The rules of drawings, the weightiest last, as they apply."""
    rules = [
        _rule(selector.strip(), declarations)
        for selectors, declarations in _RULE.findall(inlined(STYLE_SHEET).text)
        for selector in selectors.split(",")
    ]
    return tuple(sorted(rules, key=lambda rule: rule.weight))


def _rule(selector: str, declarations: str) -> _Rule:
    around, _, element = selector.partition(" ")
    tag, *classes = element.split(".")
    declared = (one.partition(":") for one in declarations.split(";") if ":" in one)
    return _Rule(
        frozenset(around.removeprefix(".").split(".")),
        tag,
        frozenset(classes),
        tuple((name.strip(), value.strip()) for name, _, value in declared),
    )
