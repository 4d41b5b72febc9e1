"""pytest skips folders by name (`build`, `dist`, `venv`, ...) and says nothing of it."""

from fnmatch import fnmatch
from pathlib import Path

import pytest

TESTS = Path(__file__).parent


def test_no_folder_of_tests_is_passed_over(pytestconfig: pytest.Config) -> None:
    patterns = pytestconfig.getini("norecursedirs")
    folders = {file.parent for file in TESTS.rglob("test_*.py")}
    assert TESTS / "builds" in folders
    passed_over = [
        folder.relative_to(TESTS).as_posix()
        for folder in folders
        for part in folder.relative_to(TESTS).parts
        if any(fnmatch(part, pattern) for pattern in patterns)
    ]
    assert not passed_over
