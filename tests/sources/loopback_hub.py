"""A dataset hub on the loopback: as much of the protocol as the client libraries ask for."""

import hashlib
import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

SHA = "0123456789abcdef0123456789abcdef01234567"


class Hub:
    """One dataset repository and a list of everything that was asked of it."""

    def __init__(self, repo: str, files: Mapping[str, bytes]) -> None:
        self.repo = repo
        self.files = files
        self.requests: list[str] = []
        self.agents: set[str] = set()
        self.url = ""


@contextmanager
def serving(hub: Hub) -> Iterator[str]:
    """Serves the hub while the block runs; gives its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(hub))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _entry(hub: Hub, path: str) -> dict[str, Any]:
    oid = hashlib.sha1(hub.files[path]).hexdigest()
    return {"type": "file", "path": path, "size": len(hub.files[path]), "oid": oid}


def _folder(path: str) -> dict[str, Any]:
    return {"type": "directory", "path": path, "size": 0, "oid": "0" * 40}


def _handler(hub: Hub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length) if length else b""
            path = unquote(urlsplit(self.path).path)
            hub.requests.append(f"{self.command} {path}")
            hub.agents.add(self.headers.get("User-Agent") or "")
            api, files = f"/api/datasets/{hub.repo}", f"/datasets/{hub.repo}/resolve/"
            if re.fullmatch(re.escape(api) + f"(/revision/(main|{SHA}))?", path):
                names = [{"rfilename": name} for name in hub.files]
                self._json(
                    {
                        "_id": "1",
                        "id": hub.repo,
                        "sha": SHA,
                        "private": False,
                        "tags": [],
                        "siblings": names,
                    }
                )
            elif path.startswith(f"{api}/revision/"):
                self._missing("RevisionNotFound")
            elif path.startswith(files):
                self._file(path.removeprefix(files).partition("/")[2])
            elif path.startswith(f"{api}/tree/"):
                self._tree(path.removeprefix(f"{api}/tree/").partition("/")[2])
            elif path.startswith(f"{api}/paths-info/"):
                form = json.loads(body) if body.startswith(b"{") else parse_qs(body.decode())
                self._json([_entry(hub, name) for name in form["paths"] if name in hub.files])
            else:
                self._missing("RepoNotFound")

        do_GET = do_HEAD = do_POST = _answer  # noqa: N815

        def _file(self, name: str) -> None:
            if name not in hub.files:
                self._missing("EntryNotFound")
                return
            etag = hashlib.sha1(hub.files[name]).hexdigest()
            self._send(hub.files[name], {"ETag": f'"{etag}"'})

        def _tree(self, folder: str) -> None:
            inside = [name for name in hub.files if name.startswith(folder + "/" if folder else "")]
            rest = {name: name[len(folder) :].lstrip("/") for name in inside}
            prefix = f"{folder}/" if folder else ""
            folders = {prefix + one.split("/")[0] for one in rest.values() if "/" in one}
            here = [_entry(hub, name) for name, one in rest.items() if "/" not in one]
            self._json([*(_folder(one) for one in sorted(folders)), *here])

        def _json(self, value: object) -> None:
            self._send(json.dumps(value).encode(), {"Content-Type": "application/json"})

        def _missing(self, code: str) -> None:
            self._send(b"{}", {"X-Error-Code": code}, status=404)

        def _send(self, content: bytes, headers: Mapping[str, str], status: int = 200) -> None:
            self.send_response(status)
            for name, value in {"X-Repo-Commit": SHA, **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        def log_message(self, *args: Any) -> None:
            """Says nothing: the requests are kept."""

    return Handler
