"""A metric that scores the same answers otherwise is told by its layer's revision.

Two builds are held against each other by the scorer that their items name, which is a revision of
the layer and not of this program. So what every metric gives to some answers is kept here under the
revision that gave it: whoever changes a score raises the revision, or history would join numbers
that do not belong together.
"""

import json
from pathlib import Path
from typing import Final

import pytest
from pydantic import TypeAdapter

from evalreport.digest import digest_of
from evalreport.layers.generation import Generation
from evalreport.metrics.base import Output, Score
from evalreport.metrics.extract import AnyExtract, Fenced, Function, JsonAnswer, LastNumber, Whole
from evalreport.metrics.extract import Regex as RegexExtract
from evalreport.records import Unscorable
from evalreport.values import Json
from tests.metrics.cases import answer, item, metric, no_answer, summed
from tests.metrics.test_metrics_contract import CASES, SCORING

KEPT: Final = Path(__file__).parent / "revisions.json"
NOW: Final = f"generation revision {Generation.revision}"
_DECIMALS: Final = 9  # another processor may round the last ones otherwise
_NEAR: Final[list[Json]] = [
    "", " YES ", "no.", "the quick brown fox", "The answer is 1,200.", "42", 1200, 2.5, "x + 1", "1/2",
    "\\boxed{1}", {"a": 1}, {"a": "1", "b": ["y", "x"]}, {"a": 3.5, "b": None}, '{"a": 1}', [1], None, "Claims [1] and [9].",
]  # fmt: skip
_READINGS: Final[list[Json]] = [
    "whole", "fenced", {"fenced": "json"}, {"json": "first_object"}, {"json": "whole"}, {"json": "fenced"},
    {"regex": "[0-9]+"}, {"regex": "([a-z]+)!", "which": "first"}, "last_number",
]  # fmt: skip
_TEXTS: Final = [
    'Sure!\n```json\n{"a": 1}\n```\nor 1,200 EUR', '{"a": 1} {"a": 2}', "It is -3.5e2, or 7", "", "{'a': 1}", "```\nx\n```",
    '{"a": 1', "¼ and 12", "no number",
]  # fmt: skip
_EXTRACT: TypeAdapter[Whole | Fenced | JsonAnswer | RegexExtract | LastNumber | Function] = (
    TypeAdapter(AnyExtract)
)


def rounded(score: Score) -> Json:
    if isinstance(score, tuple):
        return [round(float(part), _DECIMALS) for part in score]
    return round(float(score), _DECIMALS)


def scores_of(name: str) -> str:
    """A digest of what a metric gives to answers that are right, near and wrong, and to none."""
    options, references = CASES[name]
    tests = [item(text, f"i{i}", {"sources": ["1", "2", "3"]}, i + 1) for i, text in enumerate(references)]  # fmt: skip
    scorer = metric({"metric": name, **options}).prepare(tests)
    given: list[Json] = []
    corpora: list[list[Score]] = [[] for _ in scorer.columns]
    for test in tests:
        answers: list[Output] = [answer(text) for text in (*references, *_NEAR)]
        for output in (*answers, no_answer("x")):
            found = scorer.score(test, output)
            if isinstance(found, Unscorable):
                given.append(None)
                continue
            given.append([rounded(one) for one in found])
            for column, one in zip(corpora, found, strict=True):
                column.append(one)
        given.append([None if one is None else rounded(one) for one in scorer.penalty(test)])
    for told, scores in zip(scorer.columns, corpora, strict=True):
        if told.aggregate is not None:
            given.append(round(float(told.aggregate(summed(scores))), _DECIMALS))
    return digest_of("scores", given)[:16]


def readings() -> str:
    """A digest of what every way of reading finds in some texts."""
    found: list[Json] = []
    for spec in _READINGS:
        read = _EXTRACT.validate_python(spec)
        found += [output.value for output in map(read.read, _TEXTS)]
    return digest_of("readings", found)[:16]


def kept() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = json.loads(KEPT.read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("name", [*SCORING, "extract"])
def test_scores_are_those_of_their_revision(name: str) -> None:
    found = readings() if name == "extract" else scores_of(name)
    assert kept()[NOW].get(name) == found, (
        f"{name} no longer gives what {NOW} gave: raise Generation.revision, and keep what it gives "
        f"now beside the old in {KEPT.name}: python -m tests.metrics.test_revision"
    )


def test_no_revision_is_forgotten() -> None:
    assert set(kept()) == {f"generation revision {n + 1}" for n in range(Generation.revision)}


if __name__ == "__main__":
    now = {**{name: scores_of(name) for name in SCORING}, "extract": readings()}
    before = kept() if KEPT.exists() else {}
    if before.get(NOW, now) | now != before.get(NOW, now):
        raise SystemExit(f"{NOW} gave something else: raise Generation.revision first")
    KEPT.write_text(json.dumps({**before, NOW: now}, indent=1) + "\n", encoding="utf-8")
