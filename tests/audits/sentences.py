"""Sentences of a text that say how good, how much better, why, or what follows: a first guess.

A list of words finds most of them and some others; a person decides.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_WORDS: Final = re.compile(
    r"""\b(?:
      better|best|worse|worst|good|great|excellent|strong(?:er|ly)?|high(?:er)?|lower|
      improv\w+|gain\w*|enhanc\w+|outperform\w*|success\w*|achiev\w+|progress|promising|
      advantage|benefi\w+|capable|reliabl\w+|robust|valid|correct\w*|accura\w+|struggl\w+|
      misleading|suitable|unsuitable|objective|reproducible|efficient|
      overfit\w*|generali[sz]\w+|converge\w*|stable|consisten\w+|balanced|realistic|
      signific\w+|modest|dramatic\w*|transformative|substantive|equal\w*|equivalent|comparable|
      indicat\w+|suggest\w*|show(?:s|ed|n|ing)?|demonstrat\w+|reveal\w*|prove[sdn]?|because|
      therefore|meaning|evidence|trend\w*|insight|certainty|bias\w*|hallucination|prevent\w*|
      complete\w*|polished|clear\w*|clarity|verbose|quality|expert\w*|speciali[sz]ed|generic|
      production|ready|optimi[sz]ed|infinite|break(?:s)?\ even|worth|justif\w+|
      reduc\w+|decreas\w+|increas\w+|potential|anomal\w+|misinterpret\w*|confusion
    )\b|✅|❌|🚨|\bvs\.?\B""",
    re.VERBOSE | re.IGNORECASE,
)
_END: Final = re.compile(r"(?<=[.!?])(?<!vs\.)[\"”*)]*\s+(?=[A-Z\"“*(0-9])")
_LIST: Final = re.compile(r"^(?:[-*#|>]+\s+)*(?:[0-9]+[.)]\s+)?")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence by its line and its place on it, both counted from 1."""

    line: int
    place: int
    text: str

    @property
    def is_evaluative(self) -> bool:
        """Whether a word in it makes one think so."""
        return _WORDS.search(self.text) is not None


def sentences(text: str) -> Iterator[Sentence]:
    """Every sentence of a text; a line break always ends one."""
    for number, line in enumerate(text.split("\n"), 1):
        bare = _LIST.sub("", line.strip(), count=1)
        parts = [part for part in _END.split(bare) if part.strip(" -|*#`")]
        for place, part in enumerate(parts, 1):
            yield Sentence(number, place, part.strip())
