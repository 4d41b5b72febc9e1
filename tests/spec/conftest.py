"""A good spec with its data, and what is printed when something in it is wrong."""

from collections.abc import Callable
from pathlib import Path

import pytest

from evalreport.errors import SpecError
from evalreport.spec.load import load_spec
from evalreport.spec.places import show_problems

GOOD = Path(__file__).with_name("good.yaml").read_text()

Printed = Callable[..., str]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with the files that the good spec names."""
    monkeypatch.chdir(tmp_path)
    Path("data").mkdir()
    for name in ("train", "test", "general"):
        Path(f"data/{name}.jsonl").write_text("{}\n")
    return tmp_path


@pytest.fixture
def printed(folder: Path) -> Printed:
    """What loading a text prints; empty when nothing is wrong."""

    def load(text: str, *overrides: str) -> str:
        Path("spec.yaml").write_text(text)
        try:
            load_spec(Path("spec.yaml"), overrides)
        except SpecError as error:
            return show_problems(error.problems)
        return ""

    return load
