"""Rating task to page: one HTML file that people compare answers on, without a network.

The page holds texts and opaque ids, and no name of an arm, an item or a model. What models wrote
travels as JSON in a block that runs nothing, and is set as text; the content security policy allows
the one script and the one style sheet, by their hash, and no request.
"""

import json
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from evalreport.layers.human.tasks import Blind, RatingTask, slot_of
from evalreport.numbers import count_text
from evalreport.records import Chat
from evalreport.render.quoting import Prepared, visible
from evalreport.render.templating import inlined, rendered
from evalreport.values import Json

_WHO: Final = {"system": "Instructions", "user": "User", "assistant": "Assistant", "tool": "Tool"}
_RAW: Final = "Text to go on from"


@dataclass(frozen=True, slots=True)
class RatingPage:
    """What stands on the page before anything is compared."""

    title: str
    question: str
    criteria: str
    pairs: str
    comparisons: str


def rating_page(task: RatingTask) -> str:
    """The page of one rater: the same task gives the same page, byte for byte."""
    n = len(task.comparisons)
    page = RatingPage(
        title=_shown(task.title),
        question=_shown(task.question),
        criteria=_shown(task.criteria),
        pairs=count_text(n, "pair"),
        comparisons=str(n),
    )
    return rendered(
        "rating.html.j2",
        page=page,
        data=_as_data(task),
        style=inlined("rating.css"),
        script=inlined("rating.js"),
    )


def _as_data(task: RatingTask) -> Markup:
    """The task as JSON that cannot end the block in which it stands."""
    content: Json = {
        "page": task.page,
        "asked": task.asked,
        "rater": task.rater,
        "title": _shown(task.title),
        "ties": task.ties,
        "comparisons": [_comparison(one) for one in task.comparisons],
    }
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704  # in a script block only `<` means anything, and is escaped


def _comparison(one: Blind) -> Json:
    if isinstance(one.prompt, Chat):
        turns = [(_WHO[turn.role], turn.content) for turn in one.prompt.messages]
    else:
        turns = [(_RAW, one.prompt.text)]
    return {
        "id": one.id,
        "slot": slot_of(one.first),
        "turns": [{"who": who, "text": _shown(text)} for who, text in turns],
        "a": _shown(one.first),
        "b": _shown(one.second),
    }


def _shown(text: str) -> Prepared:
    """All of a text, however long, with marks for what could not be seen in it."""
    return Prepared(visible(text.replace("\r\n", "\n")))
