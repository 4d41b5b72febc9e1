"""Rows of FastChat's judgments: which question and turn, by whom, and what all tell together."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from evalreport.errors import DataError, Problem
from evalreport.importers.left import Left
from evalreport.importers.reading import count_of, json_lines, list_of, number_of
from evalreport.importers.verdicts import name_of
from evalreport.values import Json

TOOL: Final = "FastChat llm_judge"

# The 80 questions of MT-Bench, in blocks of ten; of the three in the middle the judge sees a
# reference answer, in prompts of another name. Two turns each.
_CATEGORIES: Final = (
    *("writing", "roleplay", "reasoning", "math"),
    *("coding", "extraction", "stem", "humanities"),
)
_FIRST, _BLOCK = 81, 10
_WITH_REFERENCE: Final = frozenset({"reasoning", "math", "coding"})
_ITEMS: Final = 160

# The four prompts with which the tool judges one benchmark are one way of scoring.
_PROMPTS: Final = {
    name: family
    for family, names in {
        "single-v1": ("single-v1", "single-math-v1"),
        "pair-v2": ("pair-v2", "pair-math-v1"),
    }.items()
    for first in names
    for name in (first, f"{first}-multi-turn")
}
_MATH: Final = "math"


def question_of(raw: dict[str, Json]) -> str:
    """The question's id; empty where there is none."""
    return name_of(raw.get("question_id"))


def item_of(raw: dict[str, Json]) -> str:
    """A question in one of its turns; empty where the row does not tell which."""
    turn = count_of(raw.get("turn"))
    return f"{question_of(raw)} turn {turn}" if turn else ""


def judge_of(raw: dict[str, Json]) -> str:
    """The judge's model, of [model, name of the prompt]."""
    given = raw.get("judge")
    return name_of(given[0]) if isinstance(given, list) and given else name_of(given)


def _prompt_of(raw: dict[str, Json]) -> str:
    given = list_of(raw.get("judge"))
    return name_of(given[1]) if len(given) > 1 else ""


def _category_of(raw: dict[str, Json]) -> str:
    number = count_of(raw.get("question_id"))
    block = (number - _FIRST) // _BLOCK if number is not None else -1
    return _CATEGORIES[block] if 0 <= block < len(_CATEGORIES) else ""


@dataclass(slots=True)
class JudgedFile:
    """What all rows of a file tell together, which is known before the first is taken up.

    Attributes:
        rows: How many can be taken up.
        is_mt_bench: Whether every question has an id of MT-Bench, and every prompt is the one that
            the question's category has there.
        prompts: Names of the judge's prompts, those that belong together as one.
        last: When the last verdict was given, in seconds since 1970.
    """

    rows: int = 0
    is_mt_bench: bool = True
    prompts: set[str] = field(default_factory=set)
    last: float = 0.0

    def see(self, raw: dict[str, Json]) -> None:
        """One more row that can be taken up."""
        self.rows += 1
        prompt, category = _prompt_of(raw), _category_of(raw)
        self.is_mt_bench = self.is_mt_bench and (
            prompt in _PROMPTS
            and category != ""
            and (_MATH in prompt) == (category in _WITH_REFERENCE)
        )
        if prompt:
            self.prompts.add(_PROMPTS.get(prompt, prompt))
        self.last = max(self.last, number_of(raw.get("tstamp")) or 0.0)

    @property
    def scorer(self) -> str:
        """The tool and its prompts, the same for any judge and model."""
        return " ".join([TOOL, *sorted(self.prompts)])

    @property
    def expected(self) -> dict[str, int]:
        """How many items there should be, where the questions are those of MT-Bench."""
        return {"": _ITEMS} if self.is_mt_bench else {}

    @property
    def made_at(self) -> str:
        """When the last verdict was given; empty where no row tells, or none that can be."""
        if self.last <= 0:
            return ""
        try:
            return datetime.fromtimestamp(self.last, UTC).isoformat(timespec="seconds")
        except (OverflowError, ValueError, OSError):
            return ""


def surveyed(path: Path, wanted: str, fault_of: Callable[[dict[str, Json]], str]) -> JudgedFile:
    """What all rows of a file tell together.

    Raises:
        DataError: The file cannot be read, or holds no row of this kind.
    """
    whole = JudgedFile()
    for _, raw in json_lines(path, Left()):
        if not fault_of(raw):
            whole.see(raw)
    if not whole.rows:
        hint = "name a file of model_judgment or model_answer that FastChat wrote"
        raise DataError(Problem(str(path), f"the file holds no row of {wanted}", hint))
    return whole


def groups_of(raw: dict[str, Json], whole: JudgedFile) -> tuple[tuple[str, str], ...]:
    """The turn, and the category of a question of MT-Bench."""
    turn = (("turn", str(count_of(raw.get("turn")))),)
    return (("category", _category_of(raw)), *turn) if whole.is_mt_bench else turn
