"""Marks: words in a name that say whose something is, the base's or the tuned model's."""

import re
from typing import Final

_WORD: Final = re.compile(r"[a-z]+")
_TOKEN: Final = re.compile(r"[a-z]+|[0-9]+")
_BASE: Final = frozenset({"base", "baseline", "pretrained", "original", "before", "vanilla"})
_TUNED: Final = frozenset(
    {"tuned", "finetuned", "tune", "ft", "sft", "lora", "qlora", "dora", "dpo", "adapter", "after"}
)


def marks_of(*names: str) -> set[str]:
    """Whose names say that something is: of the base, of the tuned model, of both or neither."""
    words = frozenset(_WORD.findall(" ".join(names).lower()))
    return {role for role, of in (("base", _BASE), ("tuned", _TUNED)) if of & words}


def without_marks(name: str) -> tuple[str, ...]:
    """The words of a name but those that say whose something is, in small letters."""
    return tuple(one for one in _TOKEN.findall(name.lower()) if one not in _BASE | _TUNED)
