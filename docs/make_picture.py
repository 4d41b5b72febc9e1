"""The picture of the README: the first screen of the committed quickstart report, in Chromium.

`.venv/bin/python docs/make_picture.py` after a `make demo` whose report is to be committed. The
picture names the report that it shows, by digest, so that a test can tell when it is out of date.
"""

import hashlib
import shutil
import struct
import sys
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
REPORT = ROOT / "reports" / "quickstart" / "report.html"
PICTURE = ROOT / "docs" / "quickstart-report.png"
WIDTH, HEIGHT = 1180, 900
_KEY = b"report-sha256"
_HEADER = 33  # bytes of a PNG's signature and its first chunk


def digest_of_report() -> str:
    """The digest of the report that stands in the repository."""
    return hashlib.sha256(REPORT.read_bytes()).hexdigest()


def shown_in(picture: bytes) -> str | None:
    """The digest of the report that a picture shows, as it says itself."""
    start = picture.find(_KEY + b"\0")
    return picture[start + len(_KEY) + 1 :][:64].decode() if start >= 0 else None


def main() -> int:
    """Shoot, and write the picture.

    Returns:
        0 when it is written, 2 when no Chromium is here.
    """
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium")
    if chromium is None:
        sys.stderr.write("chromium is not installed: apt-get install chromium\n")
        return 2
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(
            viewport={"width": WIDTH, "height": HEIGHT}, device_scale_factor=1.5
        )
        page.goto(REPORT.as_uri())
        shot = page.screenshot()
        browser.close()
    text = _KEY + b"\0" + digest_of_report().encode()
    chunk = struct.pack(">I", len(text)) + b"tEXt" + text
    chunk += struct.pack(">I", zlib.crc32(b"tEXt" + text))
    PICTURE.write_bytes(shot[:_HEADER] + chunk + shot[_HEADER:])
    sys.stdout.write(f"{PICTURE.relative_to(ROOT)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
