"""`store save` and `store restore`: a store that outlives its machine."""

from pathlib import Path

import pytest

from tests.build.workshop import Workshop


def test_saving_and_restoring_by_command(built: Workshop, tmp_path: Path) -> None:
    bucket = str(tmp_path / "bucket")
    assert built.run("store", "save", bucket).code == 0
    fresh = Workshop.made(tmp_path / "fresh")
    assert fresh.run("store", "restore", bucket).code == 0
    ran = fresh.build()
    assert ran.code == 0, ran.err
    assert fresh.lines() == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("save",), "store save\n  it names the folder of the copy"),
        (("ls", "somewhere"), "store ls\n  it takes no folder"),
        (("save", "here"), "there is no store here"),
    ],
)
def test_what_cannot_be_copied_is_said(
    workshop: Workshop, arguments: tuple[str, ...], words: str
) -> None:
    ran = workshop.run("store", *arguments)
    assert ran.code == 2
    assert words in ran.err
