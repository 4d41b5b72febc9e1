"""What must not leave: keys, tokens and places of this machine, looked for in every byte.

A text is searched for the values of secrets that this process knows, for what looks like a key of
a known service, and for paths into a home or the working directory. Weights and other files that
are no text are searched for the known values alone. It does not find a secret that it has never
seen and that looks like nothing.
"""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from evalreport.errors import Problem
from evalreport.publish.model import PlannedFile

_KEYS: Final[Mapping[str, re.Pattern[str]]] = {
    "a token of Hugging Face": re.compile(r"\bhf_[A-Za-z0-9]{20,}"),
    "a key as OpenAI and others give": re.compile(r"\bsk-[A-Za-z0-9_-]{20,}"),
    "a token of GitHub": re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,})"),
    "a token of GitLab": re.compile(r"\bglpat-[A-Za-z0-9_-]{20,}"),
    "a key of AWS": re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    "a key of Google": re.compile(r"\bAIza[A-Za-z0-9_-]{35}"),
    "a token of Slack": re.compile(r"\bxox[abprs]-[A-Za-z0-9-]{10,}"),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
}
_HOMES: Final = re.compile(
    r"(?<![\w./:-])(?:/(?:home|Users)/[^\s/\"'<>`]+|[A-Za-z]:\\{1,2}Users\\{1,2}[^\s\\\"'<>`]+)"
)
_SECRET_NAME: Final = re.compile(r"(TOKEN|KEY|SECRET|PASSWORD|PASSWD|CREDENTIAL)S?$")
_SHORTEST: Final = 12  # a shorter value may stand somewhere by accident
_TEXTS: Final = frozenset(
    {".md", ".html", ".json", ".jsonl", ".yaml", ".yml", ".txt", ".jinja", ".py", ".model"}
)
_CHUNK_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Known:
    """What this process knows and nobody else should.

    Attributes:
        secrets: Values by what they are called.
        places: Folders of this machine.
    """

    secrets: Mapping[str, str]
    places: tuple[str, ...]


def known_here(environment: Mapping[str, str], token: str | None, here: Path) -> Known:
    """The secrets in the environment, the hub's token, and where home and work are."""
    secrets = {
        f"the value of {name}": value
        for name, value in environment.items()
        if _SECRET_NAME.search(name.upper()) and len(value) >= _SHORTEST
    }
    if token:
        secrets["the token of the hub"] = token
    places = {str(here), str(Path.home())} - {os.sep, ""}
    return Known(secrets, tuple(sorted(places, key=len, reverse=True)))


def leaks(file: PlannedFile, known: Known) -> Iterator[Problem]:
    """What a file would give away, each with its line; never the secret itself.

    Raises:
        OSError: The file cannot be read.
    """
    if isinstance(file.content, Path) and Path(file.path).suffix not in _TEXTS:
        for name in _in_bytes(file.content, known.secrets):
            yield _problem(file.path, name)
        return
    text = file.bytes.decode("utf-8", "replace")
    if not any(_in_text(text, known)):
        return
    for number, line in enumerate(text.split("\n"), 1):
        for name in _in_text(line, known):
            yield _problem(f"{file.path}:{number}", name)


def _in_text(text: str, known: Known) -> Iterator[str]:
    found = [name for name, value in known.secrets.items() if value in text]
    yield from found
    if not found:
        yield from (name for name, pattern in _KEYS.items() if pattern.search(text))
    for place in known.places:
        if place in text and re.search(rf"(?<![\w./-]){re.escape(place)}(?![\w.-])", text):
            yield f"a path of this machine ({place})"
            return
    home = _HOMES.search(text)
    if home is not None:
        yield f"a path into somebody's home ({home.group()})"


def _in_bytes(path: Path, secrets: Mapping[str, str]) -> Iterator[str]:
    wanted = {name: value.encode("utf-8") for name, value in secrets.items()}
    overlap = max((len(value) for value in wanted.values()), default=1) - 1
    found: set[str] = set()
    with path.open("rb") as file:
        before = b""
        while chunk := file.read(_CHUNK_BYTES):
            window = before + chunk
            found |= {name for name, value in wanted.items() if value in window}
            before = window[-overlap:] if overlap else b""
    yield from sorted(found)


def _problem(where: str, name: str) -> Problem:
    is_path = name.startswith("a path")
    return Problem(
        where,
        f"it holds {name}, and nothing of it may leave this machine",
        "write the path relative to the spec and build again; what is done is reused"
        if is_path
        else "take it out of the spec or the data (keys come from the environment), build again, "
        "and revoke it if it was ever written down",
    )
