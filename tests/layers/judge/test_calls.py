"""Comparisons that share a call: the same items throughout, so that groups stay small."""

from hypothesis import given
from hypothesis import strategies as st

from evalreport.layers.answers import Answers
from evalreport.layers.judge import Judge
from evalreport.layers.judge.pairs import units_of
from evalreport.records import Item, JudgePart, Raw

PAIRS = (("tuned", "base"),)


def judge(per_call: int) -> Judge:
    return Judge.model_validate(
        {
            "kind": "judge",
            "name": "ab",
            "on": "qa",
            "judges": [{"model": "m"}],
            "comparisons_per_call": per_call,
            "repeats": 3,
            "controls": 5,
            "canaries": 4,
            "rubric_variants": ["other words"],
            "variant_items": 4,
        }
    )


@given(st.integers(1, 23), st.integers(1, 6), st.sets(st.integers(0, 22)))
def test_items_that_share_a_call_share_all_of_them(n: int, per_call: int, alike: set[int]) -> None:
    items = [Item(id=f"q{i}", prompt=Raw(text="?")) for i in range(n)]
    texts: dict[tuple[str, int | None], dict[str, str]] = {
        ("tuned", seed): {
            item.id: item.id if seed == 1 and i in alike else f"{item.id} {seed}"
            for i, item in enumerate(items)
        }
        for seed in (1, 2)
    }
    texts["base", None] = {item.id: item.id for item in items}
    answers = Answers(texts, PAIRS)
    (unit,) = units_of(judge(per_call), items, answers)
    beside: dict[str, set[str]] = {}
    put = []
    for call in unit.calls:
        held = [one.item for one in call.puts]
        assert len(held) <= per_call
        assert len(set(held)) == len(held)
        assert len({(one.part, one.variant) for one in call.puts}) == 1
        for one in call.puts:
            put.append((one.part, one.variant, one.seed, one.item, one.candidate_first))
            if one.part is JudgePart.MAIN:
                beside.setdefault(one.item, set()).update(held)
    assert len(set(put)) == len(put)
    assert all(beside[other] <= beside[item] for item in beside for other in beside[item])
    assert max(map(len, beside.values()), default=0) <= per_call
