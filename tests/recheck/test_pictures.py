"""Pictures held against the report: another drawing, other pixels, one too few, one too many."""

import shutil
import struct
import zlib
from pathlib import Path

import pytest

from evalreport.recheck.pictures import check_pictures, is_pictured
from evalreport.render.pictures import digest_of, drawer, svgs_of
from evalreport.report.load import load_report
from evalreport.report.model import Report
from tests.conftest import require_or_skip

REPORT = Path(__file__).parents[2] / "reports" / "audits" / "gsm8k-qwen2"
LIGHT, DARK = "figures/findings-light.png", "figures/findings-dark.png"


@pytest.fixture(scope="module")
def report() -> Report:
    return load_report(REPORT / "report.json")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(REPORT / "figures", tmp_path / "figures")
    return tmp_path


def wrong(folder: Path, report: Report) -> dict[str, str]:
    found, _ = check_pictures(folder, report)
    return {name: str(ones[0].says) for name, ones in found.items() if ones}


def test_committed_pictures_agree(folder: Path, report: Report) -> None:
    found, unchecked = check_pictures(folder, report)
    assert is_pictured(folder)
    assert set(found) == set(svgs_of(report)) == {LIGHT, DARK}
    assert not any(found.values())
    assert bool(unchecked) != bool(drawer())


def test_a_picture_of_other_numbers_is_told_without_drawing_it(
    folder: Path, report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "vl_convert", None)
    other = REPORT.parent / "speech-traits" / "figures" / "findings-light.png"
    shutil.copyfile(other, folder / LIGHT)
    assert list(wrong(folder, report)) == [LIGHT]
    _, unchecked = check_pictures(folder, report)
    (told,) = unchecked
    assert told.startswith("the pixels of 1 picture: what draws them is not installed (pip install")


def test_one_that_is_missing_and_one_too_many_are_told(folder: Path, report: Report) -> None:
    (folder / DARK).rename(folder / "figures/flips-dark.png")
    assert wrong(folder, report) == {DARK: "no such file", "figures/flips-dark.png": "a picture"}


def test_other_pixels_under_the_right_name_are_told(folder: Path, report: Report) -> None:
    require_or_skip(bool(drawer()), "vl-convert is not installed (the extra charts)")
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    said = PngInfo()
    said.add_text("evalreport-drawing", f"{digest_of(svgs_of(report)[LIGHT])} {drawer()}")
    with Image.open(folder / LIGHT) as image:
        changed = image.convert("RGB")
    changed.putpixel((100, 100), (255, 0, 0))
    changed.save(folder / LIGHT, pnginfo=said)
    assert wrong(folder, report) == {LIGHT: "other pixels"}
    (folder / LIGHT).write_bytes((folder / LIGHT).read_bytes()[:400])
    assert wrong(folder, report) == {LIGHT: "other pixels"}


def test_pixels_of_another_version_are_unchecked(folder: Path, report: Report) -> None:
    require_or_skip(bool(drawer()), "vl-convert is not installed (the extra charts)")
    png = (folder / LIGHT).read_bytes()
    (folder / LIGHT).write_bytes(png.replace(drawer().encode(), b"vl-convert 9.9.9.post9"))
    found, unchecked = check_pictures(folder, report)
    assert not any(found.values())
    assert unchecked == (
        f"the pixels of 1 picture: drawn by vl-convert 9.9.9.post9, and here is {drawer()}",
    )


def test_what_is_no_picture_that_can_be_read_is_told(folder: Path, report: Report) -> None:
    (folder / DARK).unlink()
    (folder / DARK).symlink_to("/dev/zero")
    (folder / LIGHT).unlink()
    (folder / LIGHT).mkdir()
    assert wrong(folder, report) == {
        DARK: "what cannot be read (it is no regular file)",
        LIGHT: "what cannot be read (Is a directory)",
    }


def test_no_picture_fills_the_memory_or_starts_a_program(folder: Path, report: Report) -> None:
    require_or_skip(bool(drawer()), "vl-convert is not installed (the extra charts)")
    png = (folder / LIGHT).read_bytes()
    size = png.index(b"IHDR")
    for edge in (12_000, 60_000):  # Pillow warns of the one and refuses the other
        head = b"IHDR" + struct.pack(">II", edge, edge) + png[size + 12 : size + 17]
        sealed = head + struct.pack(">I", zlib.crc32(head))
        (folder / LIGHT).write_bytes(png[:size] + sealed + png[size + 21 :])
        assert wrong(folder, report) == {LIGHT: "other pixels"}
    said = png[png.index(b"tEXt") - 4 :][:200]  # PostScript that says what drawing it is
    postscript = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n" + said
    (folder / LIGHT).write_bytes(postscript)
    assert wrong(folder, report) == {LIGHT: "other pixels"}
