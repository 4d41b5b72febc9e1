"""Sample data for `evalreport init`: support tickets, templates of train and test disjoint."""

from collections.abc import Iterator
from itertools import product

TEAMS = ("billing", "shipping", "technical")

_SLOTS = {
    "billing": ("invoice", "refund", "credit card", "subscription fee", "receipt", "VAT line"),
    "shipping": ("parcel", "delivery", "courier", "tracking number", "package", "return label"),
    "technical": ("login page", "app", "password reset", "error message", "update", "printer"),
}
_TRAIN = (
    "Hello, I have a question about the {thing}.",
    "There is something wrong with my {thing}, please look into it.",
    "Can somebody help me with the {thing}? Thanks!",
    "The {thing} is not what I expected.",
    "I wrote last week about the {thing} and heard nothing.",
)
_TEST = (
    "Good morning. It is about the {thing} again.",
    "My colleague says you can fix the {thing}.",
    "I need the {thing} sorted out before Friday.",
    "Sorry to bother you, but the {thing} worries me.",
)


def rows(split: str) -> Iterator[dict[str, str]]:
    """The rows of `train` or `test`: every template with every word of every team."""
    templates = _TRAIN if split == "train" else _TEST
    for (i, template), team in product(enumerate(templates), TEAMS):
        for thing in _SLOTS[team]:
            yield {
                "ticket": template.format(thing=thing),
                "team": team,
                "template": f"{split}-{i}-{team}",
            }
