"""What must not leave: keys, tokens and places of this machine, looked for in what would be sent.

Every byte of every file is searched for the values of secrets that this process knows. All but the
numbers of weights (of those the header of safetensors and the beginning of GGUF) is also searched
for what looks like a key of a known service, and for paths into a home or a folder that is known
here. It does not find a secret that it has never seen and that looks like nothing.
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
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
    "a key of Groq": re.compile(r"\bgsk_[A-Za-z0-9]{20,}"),
    "a key of NVIDIA": re.compile(r"\bnvapi-[A-Za-z0-9_-]{20,}"),
    "a token of Replicate": re.compile(r"\br8_[A-Za-z0-9]{30,}"),
    "a token of Slack": re.compile(r"\bxox[abprs]-[A-Za-z0-9-]{10,}"),
    "a signed token (JWT)": re.compile(r"\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}"),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "an address with a password": re.compile(
        r"\b[A-Za-z][A-Za-z0-9+.-]*://[\w.~%!$&'()*+,;=-]*:[\w.~%!$&'()*+,;=-]{4,}@[\w\[]"
    ),
}
# Before a place: nothing that makes it the middle of a path or of an address; `file://` does not.
_BEFORE: Final = r"(?:(?<=://)|(?<![\w./-]))"
_HOMES: Final = re.compile(
    rf"{_BEFORE}/(?:home|Users)/[^\s/\"'<>`]+"
    r"|\b[A-Za-z]:(?:\\{1,2}|/)Users(?:\\{1,2}|/)[^\s/\\\"'<>`]+"
)
_SECRET_NAME: Final = re.compile(r"(?:TOKEN|KEY|SECRET|PASSWORD|PASSWD|CREDENTIAL)S?\d*(?:_|$)")
_PASSWORD: Final = re.compile(r"://[^/\s:@]*:([^/\s@]+)@")
_SHORTEST: Final = 12  # a shorter value may stand somewhere by accident
_SHORTEST_NAMED: Final = 8  # of a variable that the spec itself names for a key
_DEEP: Final = 3  # parts of a folder that no text names by accident
_TENSORS, _PACKED = ".safetensors", ".gguf"
_LENGTH_BYTES: Final = 8  # in front of the header of safetensors
_HEADER_BYTES: Final = 32 << 20
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


def known_here(
    environment: Mapping[str, str],
    token: str | None,
    here: Path,
    *,
    named: Iterable[str] = (),
    folders: Iterable[Path] = (),
) -> Known:
    """The secrets in the environment, the hub's token, and where home and work are.

    Args:
        environment: Variables.
        token: Of the hub.
        here: The working directory.
        named: Variables in which the spec says that keys stand, whatever they are called.
        folders: Where spec and report lie.
    """
    secrets: dict[str, str] = {}
    named = frozenset(named)
    for name, value in environment.items():
        if name in named or _SECRET_NAME.search(name.upper()):
            least = _SHORTEST_NAMED if name in named else _SHORTEST
            if len(value) >= least:
                secrets[f"the value of {name}"] = value
        elif (found := _PASSWORD.search(value)) is not None and len(found[1]) >= _SHORTEST:
            secrets[f"the password in {name}"] = found[1]
    if token:
        secrets["the token of the hub"] = token
    beside = [Path(environment[one]) for one in ("HF_HOME", "TMPDIR") if one in environment]
    deep = {str(one.absolute()) for one in beside if len(one.absolute().parts) > _DEEP}
    of_task = {str(form) for one in folders for form in (one.absolute(), one.resolve())}
    entered = environment.get("PWD", "")  # by a link, as the shell has it
    if entered and Path(entered).is_dir() and Path(entered).resolve() == here.resolve():
        of_task.add(entered)
    places = {str(here), str(Path.home())} | deep | of_task
    return Known(secrets, tuple(sorted(places - {os.sep, ""}, key=lambda one: (-len(one), one))))


def leaks(file: PlannedFile, known: Known) -> Iterator[Problem]:
    """What a file would give away, each with its line where it is text; never the secret itself.

    Raises:
        OSError: The file cannot be read.
    """
    if Path(file.path).suffix in (_TENSORS, _PACKED):
        found = dict.fromkeys(_in_bytes(file, known.secrets))
        found |= dict.fromkeys(_in_text(_header(file), known))
        yield from (_problem(file.path, name) for name in found)
        return
    try:
        text = file.bytes.decode("utf-8")
    except UnicodeDecodeError:
        found = dict.fromkeys(_in_bytes(file, known.secrets))
        found |= dict.fromkeys(_in_text(file.bytes.decode("utf-8", "replace"), known))
        yield from (_problem(file.path, name) for name in found)
        return
    if not any(_in_text(text, known)):
        return
    for number, line in enumerate(text.split("\n"), 1):
        for name in _in_text(line, known):
            yield _problem(f"{file.path}:{number}", name)


def _header(file: PlannedFile) -> str:
    """What stands before the weights, as text."""
    most = _HEADER_BYTES
    if isinstance(file.content, Path):
        with file.content.open("rb") as opened:
            start = opened.read(most)
    else:
        start = file.content[:most]
    if Path(file.path).suffix == _TENSORS:
        start = start[: _LENGTH_BYTES + int.from_bytes(start[:_LENGTH_BYTES], "little")]
    return start.decode("utf-8", "replace")


def _in_text(text: str, known: Known) -> Iterator[str]:
    found = [name for name, value in known.secrets.items() if value in text]
    yield from found
    if not found:
        yield from (name for name, pattern in _KEYS.items() if pattern.search(text))
    for place in known.places:
        if place in text and re.search(rf"{_BEFORE}{re.escape(place)}(?![\w.-])", text):
            yield f"a path of this machine ({place})"
            return
    home = _HOMES.search(text)
    if home is not None:
        yield f"a path into somebody's home ({home.group()})"


def _in_bytes(file: PlannedFile, secrets: Mapping[str, str]) -> Iterator[str]:
    wanted = {name: value.encode("utf-8", "surrogateescape") for name, value in secrets.items()}
    if not isinstance(file.content, Path):
        yield from sorted(name for name, value in wanted.items() if value in file.content)
        return
    overlap = max((len(value) for value in wanted.values()), default=1) - 1
    found: set[str] = set()
    with file.content.open("rb") as opened:
        before = b""
        while chunk := opened.read(_CHUNK_BYTES):
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


# What is told and stops nothing

_ABSOLUTE: Final = re.compile(r"(?:(?<=://)|(?<![\w.:/<-]))/{1,2}[\w.-]+(?:/[\w.@+-]+)+")
_MOST_TOLD: Final = 5


def absolute_paths(file: PlannedFile) -> tuple[str, ...]:
    """What in a text looks like an absolute path, each once, the first few."""
    found = dict.fromkeys(_ABSOLUTE.findall(file.bytes.decode("utf-8", "replace")))
    return tuple(found)[:_MOST_TOLD]
