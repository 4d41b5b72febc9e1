"""Whatever is written, loading ends with a spec or with problems in three parts: no traceback."""

import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evalreport.errors import SpecError
from evalreport.spec.load import load_spec
from evalreport.spec.places import show_problems

from .conftest import GOOD
from .edits import edited_texts, edited_values, overrides

often = settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def ends_well(data: bytes, changed: Sequence[str] = ()) -> None:
    path = Path("spec.yaml")
    path.write_bytes(data)
    began = time.perf_counter()
    try:
        loaded = load_spec(path, changed)
    except SpecError as error:
        problems = error.problems
    else:
        assert len(loaded.digest) == 64
        return
    assert problems
    assert len({*problems}) == len(problems)
    for problem in problems:
        assert problem.where
        assert problem.what
    text = show_problems(problems)
    assert text.isprintable() or all(c.isprintable() or c == "\n" for c in text)
    assert text.encode()
    assert time.perf_counter() - began < 10


@often
@given(edited_values())
def test_values(folder: Path, text: str) -> None:
    ends_well(text.encode())


@often
@given(edited_texts())
def test_texts(folder: Path, text: str) -> None:
    ends_well(text.encode())


@often
@given(st.lists(overrides(), min_size=1, max_size=3))
def test_overrides(folder: Path, changed: list[str]) -> None:
    ends_well(GOOD.encode(), changed)


@often
@given(st.binary(max_size=40), st.integers(0, len(GOOD)))
def test_bytes(folder: Path, noise: bytes, i: int) -> None:
    ends_well(GOOD.encode()[:i] + noise + GOOD.encode()[i:])


@pytest.mark.parametrize("text", ["a", "1", "[]", "null", "- a", "'a'", "{}", "? a", "a: b"])
def test_what_is_hardly_anything(folder: Path, text: str) -> None:
    with pytest.raises(SpecError):
        load_spec(write(text))


def write(text: str) -> Path:
    path = Path("spec.yaml")
    path.write_text(text)
    return path
