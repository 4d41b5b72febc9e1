"""Every public function of `evalreport.stats` has a full entry in the table, and each one holds."""

import inspect
from pathlib import Path

import pytest

from evalreport import stats
from tests.stats.verified import Verified, said
from tests.stats.verified.page import page
from tests.stats.verified.table import ROWS

_PAGE = Path(__file__).parents[2] / "docs" / "statistics.md"
_rows = pytest.mark.parametrize("row", ROWS, ids=[row.function.__name__ for row in ROWS])


def test_every_public_function_has_one_entry() -> None:
    public = {name for name in stats.__all__ if inspect.isfunction(getattr(stats, name))}
    assert sorted(row.function.__name__ for row in ROWS) == sorted(public)


@_rows
def test_it_gives_what_was_printed(row: Verified) -> None:
    assert row.published
    for one in row.published:
        assert list(one.found()) == pytest.approx(list(one.printed), abs=one.within), one.where


@_rows
def test_it_agrees_with_a_second_implementation(row: Verified) -> None:
    ours, theirs = row.second.compare()
    assert len(ours) == len(theirs) > 1
    assert list(ours) == pytest.approx(list(theirs), abs=row.second.within, rel=row.second.within)


@_rows
def test_degenerate_input_is_refused_or_explained(row: Verified) -> None:
    """Warnings are errors in this suite, so none may come up either."""
    assert set(row.takes.value) <= set(row.degenerate) == set(row.gives)
    for name, call in row.degenerate.items():
        assert said(call) == row.gives[name], name


def test_the_page_is_what_the_table_says() -> None:
    assert _PAGE.read_text(encoding="utf-8") == page()
