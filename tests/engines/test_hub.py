"""The real download path, against a loopback hub in the hub's own format."""

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

COMMIT = "c0ffee" + "0" * 34
FILES = {
    "config.json": b'{"model_type": "llama"}',
    "model.safetensors": b"\x02\x00\x00\x00\x00\x00\x00\x00{}",
    "tokenizer.json": b"{}",
    "pytorch_model.bin": b"a pickle",
    "README.md": b"about",
    "packed.gguf": b"GGUF",
}


class Hub(BaseHTTPRequestHandler):
    """One repository, org/name, as huggingface.co would show it."""

    asked: ClassVar[list[str]] = []

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def _answer(self, *, with_body: bool) -> None:
        path = self.path.partition("?")[0]
        self.asked.append(path)
        if path.startswith("/api/models/org/name"):
            siblings = [{"rfilename": name} for name in FILES]
            described = {"id": "org/name", "sha": COMMIT, "siblings": siblings}
            body: object = described
            if "/tree/" in path:
                body = [
                    {"type": "file", "path": name, "size": len(content), "oid": "0" * 40}
                    for name, content in FILES.items()
                ]
            self._send(200, json.dumps(body).encode(), with_body=with_body)
            return
        name = path.rpartition("/")[2]
        if path.startswith("/org/name/resolve/") and name in FILES:
            self._send(200, FILES[name], with_body=with_body)
        else:
            self._send(404, b"{}", with_body=with_body)

    def _send(self, code: int, body: bytes, *, with_body: bool) -> None:
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", "application/json")
        self.send_header("ETag", f'"{hashlib.sha1(body).hexdigest()}"')
        self.send_header("X-Repo-Commit", COMMIT)
        if code == 404:
            self.send_header("X-Error-Code", "RepoNotFound")
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def hub() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    Hub.asked.clear()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def python(program: str, hub: str, cache: Path) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "http", "HTTP"))}
    return subprocess.run(
        [sys.executable, "-c", "from evalreport.engines.model_files import *\n" + program],
        capture_output=True,
        text=True,
        check=False,
        env={
            **clean,
            "HF_ENDPOINT": hub,
            "HF_HUB_CACHE": str(cache),
            "HF_HUB_DISABLE_XET": "1",
            "PYTHONPATH": os.pathsep.join(sys.path),
        },
    )


def test_a_model_is_downloaded_once_and_its_commit_pinned(hub: str, tmp_path: Path) -> None:
    program = """
here = locate("org/name", relative_to=Path())
print(here.can_download)
files = download("org/name")
print(files.revision, *files.names)
print(locate("org/name", relative_to=Path(), revision=files.revision) == files.model_copy())
print(download("hub:org/name/packed.gguf").gguf_file)
"""
    done = python(program, hub, tmp_path)
    assert done.stdout.splitlines() == [
        "True",
        f"{COMMIT} config.json model.safetensors tokenizer.json",
        "True",
        "packed.gguf",
    ], done.stderr
    fetched = [path for path in Hub.asked if "/resolve/" in path]
    assert fetched
    assert not any("pytorch_model.bin" in path for path in fetched)


def test_a_model_that_is_not_there_is_an_error_in_words(hub: str, tmp_path: Path) -> None:
    program = """
from evalreport.errors import EvalReportError
for path in ("org/other", "nonsense"):
    try:
        download(path)
    except EvalReportError as error:
        print(error.problems[0].where, "|", error.problems[0].what)
"""
    done = python(program, hub, tmp_path)
    lines = done.stdout.splitlines()
    assert lines[0].startswith("org/other | it could not be downloaded"), done.stderr
    assert lines[1] == "nonsense | this is not a hub id"


def test_a_hub_that_cannot_be_reached_is_an_error_in_words(tmp_path: Path) -> None:
    program = """
from evalreport.errors import EvalReportError
try:
    download("org/name")
except EvalReportError as error:
    print(error)
"""
    done = python(program, "http://127.0.0.1:9", tmp_path)
    assert "it could not be downloaded" in done.stdout, done.stderr
