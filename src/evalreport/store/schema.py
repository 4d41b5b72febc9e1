"""Tables of the store, and opening them safely."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

from evalreport.errors import EvalReportError, Problem, StoreDamaged
from evalreport.versions import Format

_AWAY: Final = "move the store away and build again: everything is asked again"
STORE: Final = Format("the store", "version", 1, "store", _AWAY, older=_AWAY)

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS steps (
    key TEXT PRIMARY KEY, spec TEXT NOT NULL, id TEXT NOT NULL, kind TEXT NOT NULL,
    body TEXT NOT NULL, checksum TEXT NOT NULL, finished_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS latest (
    spec TEXT NOT NULL, id TEXT NOT NULL, key TEXT NOT NULL, PRIMARY KEY (spec, id));
CREATE TABLE IF NOT EXISTS notes (
    key TEXT NOT NULL, note TEXT NOT NULL, PRIMARY KEY (key, note));
CREATE TABLE IF NOT EXISTS responses (
    key TEXT PRIMARY KEY, item TEXT NOT NULL, body TEXT NOT NULL, checksum TEXT NOT NULL,
    answered_at TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS failures (
    key TEXT PRIMARY KEY, item TEXT NOT NULL, body TEXT NOT NULL, failed_at TEXT NOT NULL
    ) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS attempts (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL, who TEXT NOT NULL, began_at TEXT NOT NULL,
    ended_at TEXT, reason TEXT, may_be_billed INTEGER NOT NULL DEFAULT 0, prompt_tokens INTEGER,
    tokens INTEGER, worst REAL);
CREATE INDEX IF NOT EXISTS attempts_by_key ON attempts (key);
CREATE TABLE IF NOT EXISTS known_files (
    path TEXT PRIMARY KEY, state TEXT NOT NULL, digest TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS declared (
    subject TEXT NOT NULL, digest TEXT NOT NULL, body TEXT NOT NULL, spec TEXT NOT NULL,
    first_scored_at TEXT NOT NULL, PRIMARY KEY (subject, digest));
CREATE TABLE IF NOT EXISTS declared_outputs (
    subject TEXT NOT NULL, digest TEXT NOT NULL, part TEXT NOT NULL, outputs BLOB NOT NULL,
    PRIMARY KEY (subject, digest, part));
CREATE TABLE IF NOT EXISTS scored (
    data TEXT NOT NULL, spec TEXT NOT NULL, arm TEXT NOT NULL, weights TEXT NOT NULL,
    items INTEGER NOT NULL, at TEXT NOT NULL, PRIMARY KEY (data, spec, arm, weights));
CREATE TABLE IF NOT EXISTS spreads (
    spec TEXT NOT NULL, name TEXT NOT NULL, value REAL NOT NULL, PRIMARY KEY (spec, name));
CREATE TABLE IF NOT EXISTS pace (
    name TEXT PRIMARY KEY, seconds REAL NOT NULL, count INTEGER NOT NULL);
"""


def open_database(path: Path) -> sqlite3.Connection:
    """A connection to the store's database, made when it is not there.

    Raises:
        StoreDamaged: The file is not a database, or of another version.
        EvalReportError: The folder cannot be written.
    """
    with guarded(path):
        # For its owner alone: answers, and the secret behind what fences in an answer.
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return _made_ready(sqlite3.connect(path, timeout=60, isolation_level=None), path)


def open_to_look(path: Path) -> sqlite3.Connection:
    """A connection for somebody who builds nothing, and so need not be able to write.

    What may not be written is looked at in a copy in memory, and what is learned then (digests of
    large files) is not remembered.

    Raises:
        StoreDamaged: The file is not a database, or of another version.
        EvalReportError: It cannot be read.
    """
    try:
        return open_database(path)
    except StoreDamaged:
        raise
    except EvalReportError:
        with guarded(path):
            memory = sqlite3.connect(":memory:", isolation_level=None)
            if path.exists():
                _copy(path, memory)
        return _made_ready(memory, path)


def _copy(path: Path, memory: sqlite3.Connection) -> None:
    """Copy a database that may lie where nothing can be written, not even a lock."""
    uri = path.absolute().as_uri()
    try:
        with closing(sqlite3.connect(f"{uri}?mode=ro", uri=True)) as there:
            there.backup(memory)
    except sqlite3.OperationalError:
        with closing(sqlite3.connect(f"{uri}?immutable=1", uri=True)) as there:
            there.backup(memory)


def _made_ready(connection: sqlite3.Connection, path: Path) -> sqlite3.Connection:
    """The connection with its settings and tables, of this version."""
    with guarded(path):
        # Bytes that are no text belong to a damaged entry, which its checksum finds and names;
        # by itself SQLite would refuse the whole query.
        connection.text_factory = _text
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA busy_timeout = 60000")
        _refuse_other_version(connection, path)
        connection.executescript(_TABLES)
        _with_later_columns(connection)
        connection.execute(
            "INSERT OR IGNORE INTO meta (name, value) VALUES ('version', ?)", (str(STORE.current),)
        )
    return connection


def _refuse_other_version(connection: sqlite3.Connection, path: Path) -> None:
    """Look before anything is written: a store of another version stays as it is.

    Raises:
        StoreDamaged: It is of another version.
    """
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone() is None:
        return
    row = connection.execute("SELECT value FROM meta WHERE name = 'version'").fetchone()
    if row is None:  # a process that made it was killed before it had written its version
        return
    text = str(row[0])
    problem = STORE.problem({STORE.key: int(text) if text.isdecimal() else text}, path)
    if problem is not None:
        raise StoreDamaged(problem)


def _with_later_columns(connection: sqlite3.Connection) -> None:
    """Columns that a store of this version may lack, since it was made before they were thought of.

    Another process may be about to do the same.
    """
    columns = {row[1] for row in connection.execute("PRAGMA table_info(attempts)")}
    if "worst" not in columns:
        with suppress(sqlite3.OperationalError):
            connection.execute("ALTER TABLE attempts ADD COLUMN worst REAL")


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


@contextmanager
def guarded(path: Path) -> Iterator[None]:
    """Turn what a database or its disk can throw into sentences.

    Raises:
        StoreDamaged: The content cannot be read.
        EvalReportError: The disk is full, or the folder cannot be written or is locked for long.
    """
    try:
        yield
    except sqlite3.DatabaseError as error:
        text = str(error)
        if "full" in text:
            raise EvalReportError(
                Problem(
                    str(path),
                    "the disk is full; what was answered until now is stored",
                    "free some space and run the same command again: it goes on where it stopped",
                )
            ) from error
        if "disk I/O error" in text:
            raise EvalReportError(
                Problem(
                    str(path),
                    "the disk takes no more (full, over a quota or a limit, or failing); what was "
                    "answered until now is stored",
                    "mend that and run the same command again: it goes on where it stopped",
                )
            ) from error
        if "readonly" in text or "unable to open" in text:
            raise EvalReportError(
                Problem(
                    str(path),
                    f"the store cannot be written ({text})",
                    "check the folder's permissions, or run in a folder of your own",
                )
            ) from error
        if "locked" in text:
            raise EvalReportError(
                Problem(
                    str(path),
                    "another process has held the store for over a minute",
                    "wait for it, or stop it, and run the same command again",
                )
            ) from error
        raise StoreDamaged(
            Problem(
                str(path),
                f"the store cannot be read ({text})",
                "move the file away, or put a copy of it back: the next build starts a new store; "
                "trainings that were finished are taken up again, and everything is asked again",
            )
        ) from error
    except OSError as error:
        raise EvalReportError(
            Problem(
                str(path),
                f"the store cannot be used ({error.strerror or error})",
                "check space and permissions, and run the same command again",
            )
        ) from error
