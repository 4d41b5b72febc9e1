"""Steps and responses by key, with checksums: a damaged entry is named, dropped and run again."""

import json
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter

from evalreport.commit_points import reached
from evalreport.digest import digest_file, digest_text
from evalreport.numbers import count_text
from evalreport.records import (
    Done,
    Failure,
    Response,
    ResponseKey,
    StepKey,
    StepKind,
)
from evalreport.store.attempts import Attempts
from evalreport.store.registry import Registry
from evalreport.store.schema import guarded, open_database, open_to_look
from evalreport.values import Json, Value

_RESPONSE: Final[TypeAdapter[Response]] = TypeAdapter(Response)
_MANY: Final = 500  # well below SQLite's limit of bound values
_TICK_NS: Final = 1_000_000_000


class FinishedStep(Value):
    """What is known of a finished step: what it read, what came out, and on what it ran."""

    key: str
    spec: str
    id: str
    kind: StepKind
    reads: dict[str, Json]
    inputs: dict[str, str]
    done: Done
    environment: dict[str, Json]


@dataclass(frozen=True, slots=True)
class Stored:
    """Responses that were found, and the keys whose entries were damaged and dropped."""

    found: Mapping[ResponseKey, Response]
    damaged: tuple[str, ...]


class Store:
    """One folder, `.evalreport/`, shared by all specs that are built from the same directory.

    `registry` holds what was declared and what was scored, `attempts` what was sent to endpoints
    that are paid for, in the same database.
    `damaged_steps` names the records of finished steps that were found damaged and dropped.
    """

    def __init__(self, folder: Path, clock: Callable[[], str], *, to_look: bool = False) -> None:
        """Open the store of a folder.

        Args:
            folder: Of the store.
            clock: Says the time in UTC.
            to_look: Nothing will be built: a store that may not be written is looked at all the
                same.

        Raises:
            StoreDamaged: It cannot be read.
            EvalReportError: The folder or the disk does not allow it.
        """
        self.folder = folder
        self._clock = clock
        self.damaged_steps: list[str] = []
        self._path = folder / "store.sqlite"
        self._database = (open_to_look if to_look else open_database)(self._path)
        self.registry = Registry(self._path, self._database, clock)
        self.attempts = Attempts(self._path, self._database, clock)

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    def objects(self, key: str) -> Path:
        """The folder for a step's large files."""
        return self.folder / "objects" / key[:32]

    # Responses: each stands by itself, so that a kill loses only what was in flight.

    def add_responses(
        self,
        answers: Sequence[tuple[ResponseKey, str, Response | Failure]],
        *,
        attempt: int | None = None,
        counted: tuple[int | None, int | None] = (None, None),
    ) -> None:
        """Store answers (key, item, answer) in one transaction; failures stand apart.

        Args:
            answers: What is stored.
            attempt: The attempt at a paid call that brought them, which is closed with it.
            counted: Tokens that it sent and got, as far as the server counts them.
        """
        now = self._clock()
        good: list[tuple[str, str, str, str, str]] = []
        bad: list[tuple[str, str, str, str]] = []
        for key, item, answer in answers:
            body = _body(answer)
            if isinstance(answer, Failure):
                bad.append((key, item, body, now))
            else:
                good.append((key, item, body, _checksum(key, body), now))
        with guarded(self._path):
            self._database.execute("BEGIN IMMEDIATE")
            try:
                self._database.executemany(
                    "INSERT OR REPLACE INTO responses VALUES (?, ?, ?, ?, ?)", good
                )
                self._database.executemany(
                    "DELETE FROM failures WHERE key = ?", [(row[0],) for row in good]
                )
                self._database.executemany(
                    "INSERT OR REPLACE INTO failures VALUES (?, ?, ?, ?)", bad
                )
                if attempt is not None:
                    self._database.execute(
                        "UPDATE attempts SET ended_at = ?, prompt_tokens = ?, tokens = ? "
                        "WHERE id = ?",
                        (now, *counted, attempt),
                    )
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")
        reached("response-stored")

    def answered(self, keys: Iterable[ResponseKey]) -> frozenset[ResponseKey]:
        """Which of these keys have a response."""
        with guarded(self._path):
            return frozenset(
                ResponseKey(row[0]) for row in self._select("SELECT key FROM responses", keys)
            )

    def first_answered(self, keys: Iterable[ResponseKey]) -> str | None:
        """When the first of these responses was stored; None when none is there."""
        with guarded(self._path):
            rows = self._select("SELECT answered_at FROM responses", keys)
            return min((row[0] for row in rows), default=None)

    def responses(self, keys: Iterable[ResponseKey]) -> Stored:
        """The responses of these keys; damaged ones are dropped from the store and named."""
        found: dict[ResponseKey, Response] = {}
        damaged: list[str] = []
        with guarded(self._path):
            for key, item, body, checksum in self._select(
                "SELECT key, item, body, checksum FROM responses", keys
            ):
                if _checksum(key, body) == checksum:
                    try:
                        found[ResponseKey(key)] = _RESPONSE.validate_python(json.loads(body))
                        continue
                    except ValueError:
                        pass  # written by another version: as good as damaged
                damaged.append(f"response {key[:12]} (item {item})")
                self._database.execute("DELETE FROM responses WHERE key = ?", (key,))
        return Stored(found, tuple(damaged))

    def secret(self) -> str:
        """What only this store knows, made when it is first asked for; copies of it know it too.

        From it come the fences around texts that a judge is shown, which no text can guess.
        """
        with guarded(self._path):
            self._database.execute(
                "INSERT OR IGNORE INTO meta (name, value) VALUES ('secret', ?)",
                (secrets.token_hex(32),),
            )
            row = self._database.execute("SELECT value FROM meta WHERE name = 'secret'").fetchone()
        return str(row[0])

    def counts(self) -> tuple[int, int]:
        """How many responses and failures are stored."""
        with guarded(self._path):
            return (
                int(self._database.execute("SELECT count(*) FROM responses").fetchone()[0]),
                int(self._database.execute("SELECT count(*) FROM failures").fetchone()[0]),
            )

    def check_responses(self) -> tuple[str, ...]:
        """Read every response; what is damaged is dropped and named."""
        with guarded(self._path):
            keys = [row[0] for row in self._database.execute("SELECT key FROM responses")]
            # A key that is none is asked for by nobody, and would stay for ever.
            lost = self._database.execute(
                "DELETE FROM responses WHERE key GLOB '*[^0-9a-f]*'"
            ).rowcount
        unread = (f"{count_text(lost, 'response')} whose key cannot be read",) if lost else ()
        damaged: list[str] = []
        for start in range(0, len(keys), _MANY):
            damaged += self.responses(keys[start : start + _MANY]).damaged
        return (*damaged, *unread)

    def failures(self, keys: Iterable[ResponseKey]) -> dict[ResponseKey, Failure]:
        """Why these keys have no response, where it was tried."""
        with guarded(self._path):
            return {
                ResponseKey(key): _failure(body)
                for key, body in self._select("SELECT key, body FROM failures", keys)
            }

    def _select(self, query: str, keys: Iterable[str]) -> Iterator[tuple[str, ...]]:
        wanted = list(keys)
        for start in range(0, len(wanted), _MANY):
            part = wanted[start : start + _MANY]
            marks = ",".join("?" * len(part))
            yield from self._database.execute(f"{query} WHERE key IN ({marks})", part).fetchall()

    # Steps: written after everything that they stand for.

    def finish(self, step: FinishedStep) -> None:
        """Record that a step is finished."""
        body = _body(step)
        with guarded(self._path):
            self._database.execute(
                "INSERT OR REPLACE INTO steps VALUES (?, ?, ?, ?, ?, ?, ?)",
                (step.key, step.spec, step.id, step.kind.value, body,
                 _checksum(step.key, body), self._clock()),
            )  # fmt: skip
        reached("step-finished")

    def step(self, key: StepKey | str) -> FinishedStep | None:
        """The finished step of this key; a damaged record counts as not finished."""
        with guarded(self._path):
            row = self._database.execute(
                "SELECT key, id, body, checksum FROM steps WHERE key = ?", (key,)
            ).fetchone()
        return None if row is None else self._read_step(*row)

    def use(self, spec: str, steps: Mapping[str, str]) -> None:
        """Remember which finished steps (key by id) a build of a spec stands on."""
        with guarded(self._path):
            self._database.executemany(
                "INSERT OR REPLACE INTO latest VALUES (?, ?, ?)",
                [(spec, step, key) for step, key in steps.items()],
            )

    def latest(self, spec: str, step: str) -> FinishedStep | None:
        """The step of this id that the newest build of this spec stands on, whoever made it.

        It is what a plan compares with when it says why a step would run.
        """
        with guarded(self._path):
            row = self._database.execute(
                "SELECT steps.key, steps.id, body, checksum FROM latest JOIN steps USING (key) "
                "WHERE latest.spec = ? AND latest.id = ?",
                (spec, step),
            ).fetchone()
        return None if row is None else self._read_step(*row)

    def steps(self) -> tuple[FinishedStep, ...]:
        """All finished steps, oldest first; damaged records are dropped and named."""
        with guarded(self._path):
            rows = self._database.execute(
                "SELECT key, id, body, checksum FROM steps ORDER BY finished_at, rowid"
            ).fetchall()
        return tuple(step for row in rows if (step := self._read_step(*row)) is not None)

    def forget(self, key: str) -> None:
        """Drop a finished step whose files turned out to be damaged."""
        with guarded(self._path):
            self._database.execute("DELETE FROM steps WHERE key = ?", (key,))

    def add_notes(self, key: str, notes: Sequence[str]) -> None:
        """Remember what happened while a step was asked that a reader must know."""
        with guarded(self._path):
            self._database.executemany(
                "INSERT OR IGNORE INTO notes VALUES (?, ?)", [(key, note) for note in notes]
            )

    def notes(self, key: str) -> tuple[str, ...]:
        """What was remembered of a step, in alphabetical order."""
        with guarded(self._path):
            rows = self._database.execute(
                "SELECT note FROM notes WHERE key = ? ORDER BY note", (key,)
            ).fetchall()
        return tuple(row[0] for row in rows)

    def _read_step(self, key: str, step: str, body: str, checksum: str) -> FinishedStep | None:
        if _checksum(key, body) == checksum:
            try:
                return FinishedStep.model_validate(json.loads(body))
            except ValueError:
                pass  # written by another version
        self.damaged_steps.append(f"record of {step}")
        self.forget(key)
        return None

    # Memory of files: hashing a model on every plan would take longer than the plan.

    def file_digest(self, path: Path) -> str:
        """SHA-256 of a file, remembered until anything about the file changes.

        Size and modification time are not enough: a copy that keeps its times (`cp -p`, `rsync`)
        has those of the model that it replaces. No program can set the time of the last change
        of the inode.

        Raises:
            OSError: The file cannot be read.
        """
        known = str(path.resolve())
        state = _state(path)
        with guarded(self._path):
            row = self._database.execute(
                "SELECT state, digest FROM known_files WHERE path = ?", (known,)
            ).fetchone()
        if row is not None and row[0] == state:
            return str(row[1])
        digest = digest_file(path)
        # What changed a moment ago may change again within one tick of the file system's clock.
        if time.time_ns() - path.stat().st_ctime_ns > _TICK_NS and _state(path) == state:
            with guarded(self._path):
                self._database.execute(
                    "INSERT OR REPLACE INTO known_files VALUES (?, ?, ?)", (known, state, digest)
                )
        return digest

    # Spreads: what an earlier build saw, for the power that a plan foretells.

    def add_spreads(self, spec: str, spreads: Mapping[str, float]) -> None:
        """Remember how much items differed, by the name of the comparison."""
        with guarded(self._path):
            self._database.executemany(
                "INSERT OR REPLACE INTO spreads VALUES (?, ?, ?)",
                [(spec, name, value) for name, value in spreads.items()],
            )

    def spreads(self, spec: str) -> dict[str, float]:
        """What earlier builds of this spec saw."""
        with guarded(self._path):
            return dict(
                self._database.execute(
                    "SELECT name, value FROM spreads WHERE spec = ? AND typeof(value) = 'real'",
                    (spec,),
                ).fetchall()
            )

    # Pace: measured seconds, for the time that a plan foretells.

    def add_pace(self, name: str, seconds: float, count: int) -> None:
        """Remember how long the latest `count` things of this name took."""
        with guarded(self._path):
            self._database.execute(
                "INSERT OR REPLACE INTO pace VALUES (?, ?, ?)", (name, seconds, count)
            )

    def paces(self) -> dict[str, float]:
        """Seconds per thing, by name."""
        with guarded(self._path):
            rows = self._database.execute(
                "SELECT name, seconds, count FROM pace WHERE count > 0 "
                "AND typeof(seconds) = 'real' AND typeof(count) = 'integer'"
            ).fetchall()
        return {name: seconds / count for name, seconds, count in rows}


def _body(value: Value) -> str:
    """A value as ASCII JSON: half surrogates too, which SQLite and pydantic alone refuse."""
    return json.dumps(value.model_dump(mode="json"), allow_nan=False, separators=(",", ":"))


def _failure(body: str) -> Failure:
    """Why a question has no answer; that it has none is known even where the words are damaged."""
    try:
        return Failure.model_validate(json.loads(body))
    except ValueError:
        return Failure(reason="the reason was damaged in the store")


def _state(path: Path) -> str:
    """What changes whenever a file is written to, replaced or swapped for another."""
    stat = path.stat()
    return f"{stat.st_dev} {stat.st_ino} {stat.st_size} {stat.st_mtime_ns} {stat.st_ctime_ns}"


def _checksum(key: str, body: str) -> str:
    return digest_text(f"{key}\n{body}")
