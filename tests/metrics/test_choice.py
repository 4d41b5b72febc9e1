import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalreport.errors import DataError
from evalreport.metrics.base import Scale
from evalreport.metrics.choice import choice_scorers, is_tied
from evalreport.records import ChoiceLogliks, Item, Raw, TokenLoss, Unscorable
from tests.metrics.cases import steady


def _item(choices: tuple[str, ...], answer: int | None = 0, name: str = "a") -> Item:
    return Item(id=name, prompt=Raw(text="?"), choices=choices, answer=answer, line=3)


def _logliks(*values: float) -> ChoiceLogliks:
    return ChoiceLogliks(logliks=values, tokens=(1,) * len(values), prompt_tokens=1, seconds=0.0)


@pytest.mark.parametrize(
    ("choices", "logliks", "plain", "normalized"),
    [
        (("ab", "abcdefgh"), (-4.0, -5.0), 0, 1),  # -2 and -0.625 a character
        (("ab", "abcd"), (-1.0, -5.0), 0, 0),
        (("ab", "cd", "ef"), (-3.0, -1.0, -2.0), 1, 1),
        (("ab", "cd"), (-1.0, -1.0), 0, 0),  # of equals the first
        (("a", "bcd"), (-1.0, -3.0), 0, 0),  # equal a character
    ],
)
def test_the_likeliest_choice(
    choices: tuple[str, ...], logliks: tuple[float, ...], plain: int, normalized: int
) -> None:
    for right in range(len(choices)):
        test = _item(choices, right)
        (scorer,) = choice_scorers([test])
        assert scorer.score(test, (_logliks(*logliks),)) == (
            float(plain == right),
            float(normalized == right),
        )


def test_columns_chance_and_penalty() -> None:
    tests = [_item(("a", "b")), _item(("a", "b", "c", "d"))]
    (scorer,) = choice_scorers(tests)
    assert [(c.metric, c.scale, c.chance) for c in scorer.columns] == [
        ("accuracy", Scale.BINARY, 0.375),
        ("accuracy_normalized", Scale.BINARY, 0.375),
    ]
    assert scorer.penalty(tests[0]) == (0.0, 0.0)
    assert choice_scorers([])[0].columns[0].chance is None


@steady
@given(
    st.lists(st.floats(-50, 0), min_size=2, max_size=6, unique=True),
    st.randoms(use_true_random=False),
)
def test_the_order_of_choices_does_not_matter(values: list[float], rng: object) -> None:
    choices = tuple("x" * (i + 1) for i in range(len(values)))
    tests = [_item(choices, i) for i in range(len(values))]
    scores = [choice_scorers([t])[0].score(t, (_logliks(*values),)) for t in tests]
    turned = [_item(choices[::-1], len(values) - 1 - i) for i in range(len(values))]
    assert scores == [choice_scorers([t])[0].score(t, (_logliks(*values[::-1]),)) for t in turned]
    assert (
        sum(
            score[0] for score in scores if isinstance(score, tuple) and isinstance(score[0], float)
        )
        == 1.0
    )


def test_ties_can_be_counted() -> None:
    test = _item(("a", "b"))
    assert is_tied(test, (_logliks(-1.0, -1.0),))
    assert not is_tied(test, (_logliks(-1.0, -2.0),))
    assert not is_tied(_item(("a", "b", "c")), (_logliks(-1.0, -2.0, -2.0),))
    assert not is_tied(test, ())


def test_a_response_of_another_shape_is_unscorable() -> None:
    test = _item(("a", "b"))
    (scorer,) = choice_scorers([test])
    loss = TokenLoss(nats=1, tokens=1, bytes=1, greedy_tokens=0, prompt_tokens=1, seconds=0)
    for responses in ((), (loss,), (_logliks(-1.0),)):
        assert isinstance(scorer.score(test, responses), Unscorable)


@pytest.mark.parametrize(
    ("test", "why"),
    [
        (_item(()), "fewer than two"),
        (_item(("a",)), "fewer than two"),
        (_item(("a", "b"), None), "no answer"),
        (_item(("a", "b"), 2), "choice 2 of 2"),
        (_item(("a", "")), "empty"),
    ],
)
def test_unusable_items_are_errors(test: Item, why: str) -> None:
    with pytest.raises(DataError, match=why) as caught:
        choice_scorers([_item(("a", "b")), test])
    assert caught.value.problems[0].where == "line 3, item a"
