"""Is a text a spec at all, right or wrong? For whoever was given the wrong file."""

import re
from typing import Final

from evalreport.spec.yaml12 import compose
from evalreport.spec.yaml_tree import Unreadable

YAML: Final = (".yaml", ".yml")
# What specs have and other files of this world do not; a name and a title have many.
_SECTIONS: Final = frozenset(
    ("evalreport", "base_model", "adapter", "arms", "datasets", "training", "evaluation")
)
# What is no YAML as a whole is prose or rows of data, unless it begins as a spec does.
_BEGINS: Final = re.compile(r"(?:[ \t]*(?:#.*)?\n|---\n)*\w+[ \t]*:(?:\s|$)")
# Without braces and quotes: a row of data may have a column of such a name.
_AT_LINE: Final = re.compile(rf"^(?:{'|'.join(sorted(_SECTIONS))})\s*:", re.MULTILINE)


def reads_as_spec(text: str, *, is_yaml: bool) -> bool:
    """Whether a text has a section of a spec.

    Args:
        text: Of the file.
        is_yaml: Whether it says by its name that it is YAML: then a slip in it makes it no other
            file, and nothing in it may become a spec.
    """
    try:
        value = compose(text).value
    except Unreadable:
        return is_yaml or bool(_BEGINS.match(text) and _AT_LINE.search(text))
    if isinstance(value, dict):
        return not _SECTIONS.isdisjoint(value)
    return is_yaml and not text.strip()
