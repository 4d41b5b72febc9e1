"""Versions of files: what is said of each, and steps from one to the next."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalreport import __version__
from evalreport.values import Json
from evalreport.versions import (
    UPGRADE,
    CannotMigrate,
    Format,
    Migration,
    Standing,
    migrate,
)

TWO = Format("the thing", "thing", 2, "thing", "name a thing")


@pytest.mark.parametrize(
    ("content", "standing"),
    [
        ({"thing": 2}, Standing.CURRENT),
        ({"thing": 1}, Standing.OLDER),
        ({"thing": 3}, Standing.NEWER),
        ({}, Standing.MISSING),
        (None, Standing.MISSING),
        ([2], Standing.MISSING),
        ({"thing": None}, Standing.NO_VERSION),
        ({"thing": "2"}, Standing.NO_VERSION),
        ({"thing": 2.0}, Standing.NO_VERSION),
        ({"thing": True}, Standing.NO_VERSION),
        ({"thing": 0}, Standing.NO_VERSION),
    ],
)
def test_how_a_version_stands(content: Json, standing: Standing) -> None:
    assert TWO.standing(content) is standing
    assert (TWO.problem(content, "a.json") is None) is (standing is Standing.CURRENT)


def test_a_newer_one_wants_an_upgrade() -> None:
    problem = TWO.problem({"thing": 3}, "a.json")
    assert problem is not None
    assert problem.where == "a.json: thing"
    assert (
        problem.what == f"it is of version 3 of the thing; evalreport {__version__} reads version 2"
    )
    assert problem.hint == UPGRADE


def test_an_older_one_names_the_command() -> None:
    problem = TWO.problem({"thing": 1}, "a.json", where="a.json:1")
    assert problem is not None
    assert problem.where == "a.json:1"
    assert (
        problem.what == f"it is of version 1 of the thing; evalreport {__version__} reads version 2"
    )
    assert problem.hint == "`evalreport migrate a.json` shows what it would change"


def test_a_hostile_version_moves_no_cursor() -> None:
    problem = TWO.problem({"thing": "\x1b[2J" + "x" * 1000}, "a.json")
    assert problem is not None
    assert "\x1b" not in problem.what
    assert len(problem.what) < 200
    assert problem.hint == "name a thing"


# Steps

FIRST: Json = {"v": 1}
SECOND: Json = {"v": 2}


def _with_version(content: Json, version: int) -> Json:
    assert isinstance(content, dict)
    return {**content, "v": version}


def _step(start: int, to: int, key: str) -> Migration[Json]:
    def apply(content: Json) -> Json:
        assert isinstance(content, dict)
        assert content["v"] == start
        return content if key in content else {**content, key: True}

    return Migration(start, to, f"{key} is there", apply)


TABLE = (_step(1, 1, "early"), _step(1, 2, "second"), _step(2, 3, "third"))


def test_steps_are_taken_in_order_from_where_a_file_stands() -> None:
    done = migrate(FIRST, 1, TABLE, _with_version)
    assert done.content == {"v": 3, "early": True, "second": True, "third": True}
    assert done.changes == ("early is there", "second is there", "third is there")
    later = migrate(SECOND, 2, TABLE, _with_version)
    assert later.content == {"v": 3, "third": True}
    assert later.changes == ("third is there",)


def test_a_step_within_a_version_that_finds_nothing_is_not_told() -> None:
    early: Json = {"v": 1, "early": False}
    done = migrate(early, 1, TABLE[:1], _with_version)
    assert done.content == {"v": 1, "early": False}
    assert done.changes == ()


@given(st.integers(1, 3), st.sets(st.sampled_from(["early", "second", "third"])))
def test_what_was_brought_up_to_date_stays_as_it_is(version: int, keys: set[str]) -> None:
    content: Json = {"v": version, **dict.fromkeys(keys, True)}
    once = migrate(content, version, TABLE, _with_version).content
    assert isinstance(once, dict)
    assert once["v"] == 3
    again = migrate(once, 3, TABLE, _with_version)
    assert again.content == once
    assert again.changes == ()


def test_a_step_that_cannot_says_why() -> None:
    def refuse(_: Json) -> Json:
        raise CannotMigrate("it says too little")

    with pytest.raises(CannotMigrate, match="it says too little"):
        migrate(FIRST, 1, [Migration(1, 2, "more", refuse)], _with_version)
