"""`store save` and `store restore`: a store that outlives its machine."""

from pathlib import Path

import pytest

from tests.builds.workshop import Workshop


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
        (("save",), "name the folder to copy to: evalreport store save DIR"),
        (("ls", "somewhere"), "store ls takes no folder"),
        (("save", "here"), "there is no store here"),
    ],
)
def test_what_cannot_be_copied_is_said(
    workshop: Workshop, arguments: tuple[str, ...], words: str
) -> None:
    ran = workshop.run("store", *arguments)
    assert ran.code == 2
    assert words in ran.err


def test_nobody_works_with_a_part_of_a_store(built: Workshop, tmp_path: Path) -> None:
    """The mark of a restore that was killed; it goes when the restore is run again."""
    bucket = str(tmp_path / "bucket")
    assert built.run("store", "save", bucket).code == 0
    mark = built.folder / ".evalreport/restore-under-way"
    mark.write_text(bucket)
    before = built.lines()
    for arguments in (
        ("build", "spec.yaml"), ("store", "gc"), ("store", "check"), ("store", "save", bucket)
    ):  # fmt: skip
        ran = built.run(*arguments)
        assert ran.code == 2
        where, what, hint = ran.err.splitlines()[-3:]
        assert where == ".evalreport/restore-under-way"
        assert what.startswith("  `evalreport store restore` has not come to its end here")
        assert f"run `evalreport store restore {bucket}` again" in hint
    for arguments in (("plan", "spec.yaml"), ("store", "ls")):
        ran = built.run(*arguments)
        assert ran.code == 0
        assert "has not come to its end here" in ran.err
    assert built.run("store", "restore", bucket).code == 0
    assert not mark.exists()
    assert built.build().code == 0
    assert built.lines() == before
