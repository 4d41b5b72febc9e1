"""A model hub on the loopback that keeps what is committed: the protocol that its client speaks.

Answers have the form that huggingface_hub reads: repositories, preupload, LFS batches with upload
and verify, commits as NDJSON, the card's validation, and files for download. Every fault is named
by the test that wants it, and happens once; `says` are answers of a shape that no hub should have.
"""

import base64
import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

TOKEN = "hf_" + "t" * 34
Fault = int | str
"""A status, `drop` (no answer, nothing done) or `lose` (done, and the answer is lost)."""


def git_blob(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


@dataclass
class Repo:
    """A repository: its commits, newest last, each with all of its files."""

    private: bool = True
    commits: list[tuple[str, dict[str, bytes]]] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.add({".gitattributes": b"*.safetensors filter=lfs\n"}, "initial commit")

    @property
    def head(self) -> str:
        return self.commits[-1][0]

    @property
    def files(self) -> dict[str, bytes]:
        return self.commits[-1][1]

    def add(self, files: dict[str, bytes], message: str) -> str:
        before = self.commits[-1][0] if self.commits else ""
        text = before + message + json.dumps({k: git_blob(v) for k, v in files.items()})
        commit = hashlib.sha1(text.encode()).hexdigest()
        self.commits.append((commit, files))
        self.messages.append(message)
        return commit


@dataclass
class Hub:
    """Repositories, large files, datasets, and everything that was asked."""

    repos: dict[str, Repo] = field(default_factory=dict)
    large: dict[str, bytes] = field(default_factory=dict)
    datasets: dict[str, dict[str, Any]] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    received: list[bytes] = field(default_factory=list)
    faults: dict[str, list[Fault]] = field(default_factory=dict)
    card_errors: list[str] = field(default_factory=list)
    card_warnings: list[str] = field(default_factory=list)
    before_commit: Callable[[], None] | None = None
    before_create: Callable[[], None] | None = None
    user: str = "mina"
    says: dict[str, Any] = field(default_factory=dict)
    url: str = ""

    def fail(self, request: str, *faults: Fault) -> None:
        """The next requests whose line matches fail so, one fault each."""
        self.faults[request] = [*faults]

    def count(self, pattern: str) -> int:
        return sum(bool(re.search(pattern, line)) for line in self.requests)


@contextmanager
def serving(hub: Hub) -> Iterator[Hub]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(hub))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    hub.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _is_large(path: str) -> bool:
    return path.endswith((".safetensors", ".gguf", ".bin"))


def _handler(hub: Hub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length) if length else b""
            path = unquote(urlsplit(self.path).path)
            line = f"{self.command} {path}"
            hub.requests.append(line)
            hub.received.append(body)
            fault = next(
                (
                    faults.pop(0)
                    for on, faults in hub.faults.items()
                    if faults and re.search(on, line)
                ),
                None,
            )
            if fault == "drop":
                self._hang_up()
                return
            if isinstance(fault, int):
                self._refuse(fault, "as the test asks")
                return
            self.silent = fault == "lose"
            is_signed = self.command == "PUT" or "/resolve/" in path  # as a store's own addresses
            if not is_signed and self.headers.get("authorization") != f"Bearer {TOKEN}":
                self._refuse(401, "Invalid credentials in Authorization header")
                return
            for pattern, value in hub.says.items():
                if re.search(pattern, line):
                    self._json(value)
                    return
            for pattern, do in routes:
                found = re.fullmatch(pattern, line)
                if found:
                    do(self, body, **found.groupdict())
                    return
            self._refuse(404, "no such page")

        do_GET = do_HEAD = do_POST = do_PUT = _answer  # noqa: N815

        # Answers

        def _hang_up(self) -> None:
            self.close_connection = True
            self.connection.close()

        def _json(self, value: object, status: int = 200) -> None:
            if self.silent:
                self._hang_up()
                return
            self._send(json.dumps(value).encode(), {"Content-Type": "application/json"}, status)

        def _refuse(self, status: int, message: str, code: str = "") -> None:
            headers = {"X-Error-Message": message, "Content-Type": "application/json"}
            self._send(b"{}", headers | ({"X-Error-Code": code} if code else {}), status)

        def _missing(self, code: str) -> None:
            self._refuse(404, "not found", code)

        def _send(self, content: bytes, headers: dict[str, str], status: int = 200) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        def log_message(self, *args: Any) -> None:
            """Says nothing: the requests are kept."""

        # Pages

        def whoami(self, body: bytes) -> None:
            self._json({"type": "user", "name": hub.user, "orgs": []})

        def create(self, body: bytes) -> None:
            if hub.before_create is not None:
                hub.before_create()
            asked = json.loads(body)
            repo = f"{asked['organization']}/{asked['name']}"
            if repo in hub.repos:
                said = "You already created this model repo"
                self._json({"error": said, "url": f"{hub.url}/{repo}"}, 409)
                return
            hub.repos[repo] = Repo(private=asked.get("visibility") == "private")
            self._json({"url": f"{hub.url}/{repo}"})

        def model(self, body: bytes, repo: str) -> None:
            found = hub.repos.get(repo)
            if found is None:
                self._missing("RepoNotFound")
                return
            siblings = []
            for path, content in found.files.items():
                one: dict[str, Any] = {"rfilename": path, "size": len(content)}
                one["blobId"] = git_blob(content)
                if _is_large(path):
                    sha256 = hashlib.sha256(content).hexdigest()
                    one["lfs"] = {"sha256": sha256, "size": len(content), "pointerSize": 130}
                siblings.append(one)
            self._json(
                {
                    "_id": "1",
                    "id": repo,
                    "sha": found.head,
                    "private": found.private,
                    "tags": [],
                    "siblings": siblings,
                }
            )

        def tree(self, body: bytes, repo: str) -> None:
            self._json(
                [
                    {
                        "type": "file",
                        "path": path,
                        "size": len(content),
                        "oid": git_blob(content),
                    }
                    for path, content in hub.repos[repo].files.items()
                ]
            )

        def preupload(self, body: bytes, repo: str) -> None:
            found = hub.repos[repo].files
            answer = []
            for one in json.loads(body)["files"]:
                path = one["path"]
                oid = None
                if path in found:
                    large = _is_large(path)
                    oid = (
                        hashlib.sha256(found[path]).hexdigest() if large else git_blob(found[path])
                    )
                mode = "lfs" if _is_large(path) else "regular"
                answer.append({"path": path, "uploadMode": mode, "shouldIgnore": False, "oid": oid})
            self._json({"files": answer})

        def batch(self, body: bytes, repo: str) -> None:
            objects = []
            for one in json.loads(body)["objects"]:
                entry = {"oid": one["oid"], "size": one["size"]}
                if one["oid"] not in hub.large:
                    entry["actions"] = {
                        "upload": {"href": f"{hub.url}/lfs/{one['oid']}", "header": {}},
                        "verify": {"href": f"{hub.url}/lfs-verify", "header": {}},
                    }
                objects.append(entry)
            self._json({"transfer": "basic", "objects": objects})

        def put(self, body: bytes, oid: str) -> None:
            assert hashlib.sha256(body).hexdigest() == oid
            hub.large[oid] = body
            self._json({})

        def verify(self, body: bytes) -> None:
            asked = json.loads(body)
            is_there = len(hub.large.get(asked["oid"], b"")) == asked["size"]
            self._json({}, 200 if is_there else 404)

        def commit(self, body: bytes, repo: str) -> None:
            if hub.before_commit is not None:
                hub.before_commit()
                hub.before_commit = None
            found = hub.repos[repo]
            head, *rest = [json.loads(line) for line in body.splitlines()]
            assert head["key"] == "header"
            if head["value"].get("parentCommit", found.head) != found.head:
                self._refuse(412, "A commit has happened since. Please refresh and try again.")
                return
            files = dict(found.files)
            for one in rest:
                value = one["value"]
                match one["key"]:
                    case "file":
                        files[value["path"]] = base64.b64decode(value["content"])
                    case "lfsFile":
                        files[value["path"]] = hub.large[value["oid"]]
                    case "deletedFile":
                        del files[value["path"]]
                    case unknown:
                        raise AssertionError(unknown)
            made = found.add(files, head["value"]["summary"])
            self._json(
                {
                    "success": True,
                    "commitOid": made,
                    "commitUrl": f"{hub.url}/{repo}/commit/{made}",
                }
            )

        def validate(self, body: bytes) -> None:
            assert json.loads(body)["content"].startswith("---\n")
            said = {
                "errors": [{"message": one} for one in hub.card_errors],
                "warnings": [{"message": one} for one in hub.card_warnings],
            }
            self._json(said, 400 if hub.card_errors else 200)

        def dataset(self, body: bytes, repo: str) -> None:
            found = hub.datasets.get(repo)
            if found is None:
                self._missing("RepoNotFound")
                return
            facts = {"_id": "2", "id": repo, "sha": "d" * 40, "siblings": [], "private": False}
            self._json(facts | {"tags": []} | {k: v for k, v in found.items() if k != "eval.yaml"})

        def eval_yaml(self, body: bytes, repo: str) -> None:
            text = hub.datasets[repo].get("eval.yaml")
            if text is None:
                self._missing("EntryNotFound")
                return
            self._send(text.encode(), {"ETag": '"e"', "X-Repo-Commit": "d" * 40})

        def resolve(self, body: bytes, repo: str, path: str) -> None:
            found = hub.repos.get(repo)
            if found is None or path not in found.files:
                self._missing("EntryNotFound" if found else "RepoNotFound")
                return
            content = found.files[path]
            etag = hashlib.sha256(content).hexdigest() if _is_large(path) else git_blob(content)
            self._send(content, {"ETag": f'"{etag}"', "X-Repo-Commit": found.head})

    repo = r"(?P<repo>[^/]+/[^/]+?)"
    routes: list[tuple[str, Any]] = [
        ("GET /api/whoami-v2", Handler.whoami),
        ("POST /api/repos/create", Handler.create),
        (f"GET /api/models/{repo}(/revision/[^/]+)?", Handler.model),
        (f"GET /api/models/{repo}/tree/[^/]+", Handler.tree),
        (f"POST /api/models/{repo}/preupload/main", Handler.preupload),
        (rf"POST /{repo}\.git/info/lfs/objects/batch", Handler.batch),
        ("PUT /lfs/(?P<oid>[0-9a-f]{64})", Handler.put),
        ("POST /lfs-verify", Handler.verify),
        (f"POST /api/models/{repo}/commit/main", Handler.commit),
        ("POST /api/validate-yaml", Handler.validate),
        (f"GET /api/datasets/{repo}(/revision/[^/]+)?", Handler.dataset),
        (f"(GET|HEAD) /datasets/{repo}/resolve/[^/]+/eval.yaml", Handler.eval_yaml),
        (f"(GET|HEAD) /{repo}/resolve/[^/]+/(?P<path>.+)", Handler.resolve),
    ]
    return Handler
