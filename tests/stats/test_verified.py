"""Every public function of `evalreport.stats` has a full entry in the table, and each one holds."""

import inspect
import re
from pathlib import Path

import pytest

from evalreport import stats
from tests.stats.verified import KINDS, Computed, OtherProgram, Verified, said
from tests.stats.verified.page import page
from tests.stats.verified.table import ROWS

_PAGE = Path(__file__).parents[2] / "docs" / "statistics.md"
_OURS = "the project's notes"
_COMPUTED = re.compile(r"(numpy|ppi_py|scipy|statsmodels) \d+\.\d+")
"""A library and its version, with which we computed a value ourselves."""

_rows = pytest.mark.parametrize("row", ROWS, ids=[row.function.__name__ for row in ROWS])


def test_every_public_function_has_one_entry() -> None:
    public = {name for name in stats.__all__ if inspect.isfunction(getattr(stats, name))}
    assert sorted(row.function.__name__ for row in ROWS) == sorted(public)


@_rows
def test_it_gives_what_is_known(row: Verified) -> None:
    assert row.known
    for one in row.known:
        assert list(one.found()) == pytest.approx(list(one.values), abs=one.within), one.where


@_rows
def test_each_value_says_what_kind_it_is(row: Verified) -> None:
    """What only we have, or anybody can work out, is not called printed."""
    for one in row.known:
        assert type(one) in KINDS
        assert isinstance(one, OtherProgram) == (_OURS in one.where), one.where
        assert isinstance(one, Computed) == bool(_COMPUTED.match(one.where)), one.where


def test_the_page_counts_the_lines_of_each_kind() -> None:
    lines = [one for row in ROWS for one in row.known]
    head, first, _ = page().partition("\n## ")
    assert first
    for kind in KINDS:
        assert f"| {kind.kind} | {sum(type(one) is kind for one in lines)} |" in head
    assert f"{len(lines)} lines in all" in head


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
