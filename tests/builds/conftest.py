"""A workshop, and one in which everything has been built, copied for each test."""

import shutil
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.builds.judging import judged
from tests.builds.workshop import Workshop

_PATCH = pytest.StashKey[pytest.MonkeyPatch]()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Around a test of this folder and whatever it is the first to ask for, and no other test.

    Children write byte code and read it the next time, as those of a user do. Builds in the tests'
    own process draw no pictures: it takes a second, and is tested by itself.
    """
    patch = item.stash[_PATCH] = pytest.MonkeyPatch()
    patch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    patch.setitem(sys.modules, "vl_convert", None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None]:
    try:
        yield
    finally:
        item.stash[_PATCH].undo()


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    return Workshop.made(tmp_path / "w")


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """Built once; nobody changes it."""
    made = Workshop.made(tmp_path_factory.mktemp("once") / "w")
    ran = made.build()
    assert ran.code == 0, ran.err
    return made


@pytest.fixture
def built(once: Workshop, tmp_path: Path) -> Workshop:
    """A workshop in which everything has been built."""
    shutil.copytree(once.folder, tmp_path / "w")
    return Workshop(tmp_path / "w")


@pytest.fixture(scope="session")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """Both arms have answered, and no judge was asked; nobody changes it."""
    made = judged(tmp_path_factory.mktemp("answered") / "w")
    ran = made.build("--until", "ask extraction base")
    assert ran.code == 0, ran.err
    with made.database() as database:  # a test declares its own judge, before anything is scored
        database.execute("DELETE FROM declared")
        database.execute("DELETE FROM scored")
        database.execute("UPDATE responses SET answered_at = '2100-01-01T00:00:00Z'")
    return made
