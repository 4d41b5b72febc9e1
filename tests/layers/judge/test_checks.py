"""What is put beside the main comparisons: slots in balance."""

from collections import Counter

import pytest

from evalreport.layers.answers import Answers
from evalreport.layers.judge import Judge
from evalreport.layers.judge.checks import PLANTED, checks_of
from evalreport.records import Item, JudgePart, Raw


@pytest.mark.parametrize("soon", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_half_of_the_planted_instructions_stand_first(seed: int, *, soon: bool) -> None:
    judges = [{"model": "m"}]
    layer = Judge.model_validate(
        {"kind": "judge", "name": "ab", "on": "qa", "judges": judges, "seed": seed}
    )
    items = {f"q{i}": Item(id=f"q{i}", prompt=Raw(text="?")) for i in range(40)}
    texts = {("tuned", 1): {name: f"{name} yes" for name in items}}
    texts |= {("base", None): {name: f"{name} no" for name in items}}  # type: ignore[dict-item]
    answers = Answers(texts, (("tuned", "base"),))  # type: ignore[arg-type]
    found = checks_of(layer, [*items], items, answers, soon=soon)
    puts = [put for of in found.values() for put in of]
    slots = Counter((put.part, put.candidate_first) for put in puts)
    for part, n in ((JudgePart.CONTROL, 20), (JudgePart.CANARY, 10)):
        assert (slots[part, True], slots[part, False]) == (n // 2, n // 2)
    for put in puts:
        if put.part is JudgePart.CANARY:
            planted, bare = put.shown.first, put.shown.second
            if not put.candidate_first:
                planted, bare = bare, planted
            assert planted.endswith(PLANTED)
            assert planted.startswith(bare)
