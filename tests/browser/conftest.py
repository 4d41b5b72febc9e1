"""A real Chromium for the tests of the rendered page."""

import shutil
from collections.abc import Callable, Iterator
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from playwright.sync_api import Browser, sync_playwright

from evalreport.render import render_html
from tests.conftest import require_or_skip
from tests.reports import EXAMPLES


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, driven by Playwright.

    Playwright keeps an event loop running in this thread until it is stopped, and no other loop
    can run meanwhile: it must not outlive the module, behind which builds ask endpoints.
    """
    chromium = shutil.which("chromium")
    require_or_skip(chromium is not None, "chromium is not installed (apt-get install chromium)")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        yield launched
        launched.close()


@cache
def html_of(story: str) -> str:
    """The HTML report of an example."""
    return render_html(EXAMPLES[story]())


@pytest.fixture(scope="session")
def address() -> Iterator[Callable[[str], str]]:
    """Gives the address of a story's page on a loopback server, as a colleague would open it."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.strip("/")
            self.send_response(200 if name in EXAMPLES else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            if name in EXAMPLES:
                self.wfile.write(html_of(name).encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its own name
            """Nothing: the test's output is not a server's log."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield lambda story: f"http://127.0.0.1:{server.server_port}/{story}"
    server.shutdown()
    server.server_close()
    thread.join()
