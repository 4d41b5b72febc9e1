"""Conversations as one text: what judges and people read of an answer that has several turns.

A line in brackets says whose words follow. A line of somebody's own that looks like one is set in
by a space, so that no answer can speak for the user, nor for a turn that it was not given.
"""

import re
from collections.abc import Sequence
from typing import Final

from evalreport.records import Item

_ANSWER: Final = "[answer {}]"
_USER: Final = "[the user's turn {}]"
_REFERENCE: Final = "[reference for answer {}]"
_LABEL_LIKE: Final = re.compile(
    r"(?:^|(?<=[\r\v\f\x85\u2028\u2029]))"
    r"(?=[\[［]\s*(?:reference\s+for\s+)?(?:answer|the\s+user['’]s\s+turn)\s+\d+\s*[\]］])",
    re.MULTILINE | re.IGNORECASE,
)


def transcript(before: Sequence[tuple[str, str]], last: str) -> str:
    """A conversation from its first answer on; an answer that stands alone stays as it is.

    Args:
        before: Earlier answers, each with what the user said to it.
        last: The last answer.
    """
    if not before:
        return last
    parts = []
    for turn, (answer, then) in enumerate(before, 1):
        parts += [(_ANSWER.format(turn), answer), (_USER.format(turn + 1), then)]
    return _labelled([*parts, (_ANSWER.format(len(before) + 1), last)])


def reference_text(item: Item) -> str | None:
    """An item's reference: of a conversation those of all answers that have one."""
    if not item.references_before:
        return item.reference
    references = [*item.references_before, item.reference or ""]
    numbered = [(_REFERENCE.format(i), one) for i, one in enumerate(references, 1) if one]
    return _labelled(numbered) or None


def _labelled(parts: Sequence[tuple[str, str]]) -> str:
    return "\n\n".join(f"{label}\n{_LABEL_LIKE.sub(' ', text)}" for label, text in parts)
