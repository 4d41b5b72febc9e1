"""A workshop, and one in which everything has been built, copied for each test."""

import shutil
from pathlib import Path

import pytest

from tests.build.workshop import Workshop


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
