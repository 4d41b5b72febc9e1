"""Stems: what a table is about, by what its files are called."""

import re
from collections.abc import Mapping, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Final

from evalreport.commands.audit_marks import marks_of

_BETWEEN: Final = re.compile(r"([-_. ]+)")
_NOTHING_SAID: Final = "scores"


def stem_of(paths: Mapping[str, Sequence[Path]]) -> str:
    """What the files of both arms are called alike, else the tuned model's.

    Words that say whose a file is are left out, so that nothing is called as an arm is.

    Args:
        paths: By arm, its files.
    """
    stems = [*dict.fromkeys(_bare(path) for arm in paths.values() for path in arm)]
    tuned = [_bare(path) for path in paths.get("tuned", ())]
    found = stems[0] if len(stems) == 1 else _common(stems)
    return found or next(filter(None, tuned), _NOTHING_SAID)


def _bare(path: Path) -> str:
    stem = Path(path.name.removesuffix(".gz")).stem
    pieces = _BETWEEN.split(stem)
    kept = [piece for piece in pieces if _BETWEEN.fullmatch(piece) or not marks_of(piece)]
    return _BETWEEN.sub(lambda between: between[0][0], "".join(kept)).strip("-_. ")


def _common(stems: Sequence[str]) -> str:
    """The words with which all begin."""
    pieces = zip(*(_BETWEEN.split(stem) for stem in stems), strict=False)
    alike = takewhile(lambda of: len({*of}) == 1, pieces)
    return "".join(of[0] for of in alike).strip("-_. ")
