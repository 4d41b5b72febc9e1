"""What the arms said of some items, counted."""

from evalreport.layers.answers import Answers, outputs_of, references_of
from evalreport.records import Item, Raw


def test_answers_and_references_are_counted_over_these_items_alone() -> None:
    asked = [Item(id=f"q{i}", prompt=Raw(text="?"), reference=text) for i, text in enumerate("aab")]
    asked.append(Item(id="q3", prompt=Raw(text="?")))
    texts = {name: f"{name} " for name in ("q0", "q1", "q2", "q3", "q4")}
    varied, same = texts, dict.fromkeys(texts, "yes")
    answers = Answers({("tuned", 1): varied, ("tuned", 2): same, ("base", None): varied}, ())
    assert outputs_of(asked, answers) == {"tuned": (1, 4), "base": (4, 4)}
    assert references_of(asked) == (2, 3)
    assert references_of(asked[3:]) is None
