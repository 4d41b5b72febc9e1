"""Files that anybody may have committed: read to their end, or refused in words."""

import errno
from pathlib import Path

import pytest

from evalreport.errors import DataError
from evalreport.report.files import read_regular
from evalreport.report.item_rows import ItemsFile
from evalreport.report.load import read_json
from evalreport.report.lock import lock_of_text, yaml_of


@pytest.mark.parametrize(
    "text",
    [
        "lock: " + "[" * 3000,
        "lock: !!int ''\n",
        "lock: !!bool x\n",
        "lock: !!timestamp x\n",
        "lock: 2026-11-28\n",
        "lock: 2026-99-99\n",
        "lock: 1\na: &a [x, x]\nb: [*a, *a]\n",
        "lock: 1\na: &a [*a]\n",
        "? [1, 2]\n: x\n",
        "lock: [",
    ],
)
def test_a_lock_that_no_build_wrote_is_refused(text: str) -> None:
    for read in (yaml_of, lock_of_text):
        with pytest.raises(DataError, match="this is not YAML"):
            read(text, "spec.lock.yaml")


def test_a_file_is_read_up_to_its_limit(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"12345")
    assert read_regular(tmp_path / "file", most=5) == b"12345"
    with pytest.raises(OSError, match="it is larger than 0 MiB") as caught:
        read_regular(tmp_path / "file", most=4)
    assert caught.value.errno == errno.EFBIG


def test_what_has_no_end_and_what_is_no_file_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "endless").symlink_to("/dev/zero")
    (tmp_path / "folder").mkdir()
    for name, why in (("endless", "it is no regular file"), ("folder", "Is a directory")):
        with pytest.raises(OSError, match=why):
            read_regular(tmp_path / name)
        with pytest.raises(DataError, match=f"it cannot be read: {why}"):
            read_json(tmp_path / name)
        with pytest.raises(DataError, match=f"it cannot be read: {why}"):
            list(ItemsFile(tmp_path / name).lines())
