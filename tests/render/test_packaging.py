"""The templates travel inside the wheel, and are found there."""

import subprocess
import sys
import zipfile
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]


def test_a_wheel_renders_with_its_own_templates(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=CHECKOUT,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    home = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(home)
    assert (home / "evalreport" / "py.typed").is_file()
    packaged = home / "evalreport" / "_templates"
    shipped = {path.relative_to(packaged) for path in packaged.rglob("*") if path.is_file()}
    written = CHECKOUT / "templates"
    assert shipped == {path.relative_to(written) for path in written.rglob("*") if path.is_file()}
    program = (
        "from evalreport.render import templating; print(templating.template_folder()); "
        "assert templating.style_sheet().css"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={"PYTHONPATH": str(home)},
        check=True,
        capture_output=True,
        text=True,
    )
    assert Path(done.stdout.strip()) == packaged
