"""A workshop to build in, as a notebook that was started in its folder would."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.builds.workshop import Workshop
from tests.warm import warm_steps


@pytest.fixture
def workshop(tmp_path: Path) -> Iterator[Workshop]:
    made = Workshop.made(tmp_path / "w")
    with contextlib.chdir(made.folder), warm_steps():
        yield made
