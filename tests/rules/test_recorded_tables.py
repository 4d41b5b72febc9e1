"""Published tables: headlines that rows do not give, and names of what several rows have."""

from evalreport.rules.base import Severity, Status
from tests.rules.recorded_worlds import recorded

RULE = "table-does-not-recompute"
ROWS = [
    {"metric": "squared_error", "field": "formality", "base": 4.94, "tuned": 2.07},
    {"metric": "squared_error", "field": "empathy", "base": 8.49, "tuned": 2.19},
]  # means: 6.715 and 2.13


def table(base: float, tuned: float) -> dict[str, object]:
    """A table with its headline."""
    top = {"metric": "squared_error", "base": base, "tuned": tuned}
    return {"name": "common", "subset": "common", "rows": ROWS, "headline": [top]}


def test_a_headline_that_gives_the_difference_of_its_rows_alike_only_weakens() -> None:
    (said,) = recorded(table(6.91, 1.99)).said(RULE)
    assert (said.status, said.severity) == (Status.BROKEN, Severity.WEAKENS)
    assert said.text == (
        "The headline squared error of common does not follow from its table: base 6.91, its rows "
        "6.715; tuned 1.99, its rows 2.13."
    )
    (far,) = recorded(table(8.56, 1.99)).said(RULE)
    assert (far.status, far.severity) == (Status.BROKEN, Severity.INVALIDATES)


def test_another_table_that_has_what_the_rows_give_is_named() -> None:
    own = {"metric": "squared_error", "base": 6.72, "tuned-epoch-1": 2.5, "tuned-epoch-2": 2.13}
    (said,) = recorded(table(6.91, 1.99), {"name": "own", "rows": [own]}).said(RULE)
    assert said.text.endswith(
        "What its rows give stands in own (base 6.72, tuned-epoch-2 2.13): which table is of which "
        "items cannot be told."
    )


def test_a_table_that_has_only_one_of_the_numbers_is_not() -> None:
    own = {"metric": "squared_error", "base": 6.72, "tuned-epoch-1": 2.5}
    other = {"metric": "absolute_error", "base": 6.72, "tuned": 2.13}
    layers = [{"name": "own", "rows": [own]}, {"name": "other", "rows": [other]}]
    (said,) = recorded(table(6.91, 1.99), *layers).said(RULE)
    assert "What its rows give" not in said.text


def test_one_name_stands_once_however_many_pairs_of_arms_it_has() -> None:
    row = {"metric": "squared_error", "base": 8.48, "tuned-epoch-1": 2.38, "tuned-epoch-2": 2.05}
    made = recorded({"name": "own", "subset": "all", "rows": [row]})
    (interval,), (unpaired,) = made.said("no-interval"), made.said("unpaired-only")
    assert interval.text.startswith("No uncertainty was published with own squared error; it")
    assert unpaired.text == "The item scores behind own squared error are missing."
    many = [{"metric": "squared_error", "field": f, "base": 4, "tuned": 2} for f in "abcd"]
    (every,) = recorded({"name": "own", "rows": many}).said("unpaired-only")
    assert every.text == "The item scores behind the 4 numbers of own are missing."


def test_what_is_known_of_one_arm_is_told_where_the_other_was_passed_over() -> None:
    layer = {"name": "x", "rows": ROWS, "method": {"precision": {"base": "4 bits"}}}
    (said,) = recorded(layer).said("base-handicapped")
    assert said.status is Status.UNCHECKED
    assert said.text == (
        "Whether both arms of x were held in one precision is not stated (base: 4 bits)."
    )
