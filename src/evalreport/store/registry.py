"""What was declared and what was scored, and when: by this a changed mind and a choice are seen."""

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from evalreport.commit_points import reached
from evalreport.digest import canonical
from evalreport.records import Registration, ResponseKey, ScoredArm
from evalreport.store.schema import guarded
from evalreport.values import Json

_BYTES: Final = 8  # of a key: enough to tell a store's outputs apart


@dataclass(frozen=True, slots=True)
class Outputs:
    """Outputs of what was trained, by their keys in short: those that decide, and the others."""

    decide: frozenset[bytes] = frozenset()
    rest: frozenset[bytes] = frozenset()

    @classmethod
    def of(cls, decide: Iterable[ResponseKey], rest: Iterable[ResponseKey]) -> Self:
        """Those of some responses."""
        return cls(_short(decide), _short(rest))

    def parts(self) -> tuple[tuple[str, frozenset[bytes]], ...]:
        """Both, by name."""
        return ("decide", self.decide), ("rest", self.rest)


@dataclass(frozen=True, slots=True)
class _Told:
    """A declaration, and the outputs that it speaks about where they are remembered."""

    subject: str
    body: tuple[str, str, str, str]
    decide: frozenset[bytes]
    rest: frozenset[bytes]


def _each_change(told: Iterable[_Told]) -> tuple[tuple[str, str, str, str], ...]:
    """The declarations without those that say what the one before says."""
    bodies: list[tuple[str, str, str, str]] = []
    for one in told:
        if not bodies or bodies[-1][0] != one.body[0]:
            bodies.append(one.body)
    return tuple(bodies)


def _short(keys: Iterable[ResponseKey]) -> frozenset[bytes]:
    return frozenset(bytes.fromhex(key[: 2 * _BYTES]) for key in keys)


def _unpacked(stored: bytes) -> frozenset[bytes]:
    return frozenset(stored[i : i + _BYTES] for i in range(0, len(stored), _BYTES))


class Registry:
    """Two lists to which lines are only ever added."""

    def __init__(self, path: Path, database: sqlite3.Connection, clock: Callable[[], str]) -> None:
        """The lists of an open database.

        Args:
            path: Of the database, for messages.
            database: Opened by the store, which also closes it.
            clock: Says the time in UTC.
        """
        self._path = path
        self._database = database
        self._clock = clock

    # The declared block, under what it speaks about, before the first scored output.

    def register(self, subject: str, digest: str, body: Json, spec: str) -> Registration:
        """Record a declared block for a subject (weights and primary data), or find it again.

        Returns:
            The first time that anything was declared for the subject, and every declaration
            that came after it, in order.
        """
        with guarded(self._path):
            self._database.execute(
                "INSERT OR IGNORE INTO declared VALUES (?, ?, ?, ?, ?)",
                (subject, digest, canonical(body), spec, self._clock()),
            )
        reached("declared-registered")
        found = self.registration(subject)
        if found is None:
            raise AssertionError("a registration that was just written is there")
        return found

    def note_outputs(self, subject: str, digest: str, outputs: Outputs) -> None:
        """Remember which outputs a declaration speaks about, beside those that are remembered.

        Args:
            subject: What the declaration is about.
            digest: Of the declared block.
            outputs: Of what was trained.
        """
        with guarded(self._path):
            for part, keys in outputs.parts():
                row = self._database.execute(
                    "SELECT outputs FROM declared_outputs "
                    "WHERE subject = ? AND digest = ? AND part = ?",
                    (subject, digest, part),
                ).fetchone()
                known = _unpacked(row[0]) if row else frozenset()
                every = known | keys
                if every != known:
                    self._database.execute(
                        "INSERT OR REPLACE INTO declared_outputs VALUES (?, ?, ?, ?)",
                        (subject, digest, part, b"".join(sorted(every))),
                    )

    def registration(self, subject: str, outputs: Outputs | None = None) -> Registration | None:
        """What was declared for a subject or about some of the same outputs, oldest first.

        A test set that grew or shrank is another subject, and many of its outputs are not: whoever
        scored them under one declaration has seen them under the next one, whatever spec named it.

        Args:
            subject: Weights and the primary's data.
            outputs: Of what was trained, that are scored now.
        """
        told = self._told()
        own = [one for one in told if one.subject == subject]
        now = outputs or Outputs()
        decide = frozenset(now.decide).union(*(one.decide for one in own))
        rest = frozenset(now.rest).union(*(one.rest for one in own))
        about = [one for one in told if one.subject == subject or one.decide & decide]
        if not about:
            return None
        beside = [one for one in told if one not in about and one.rest & rest]
        return Registration(
            declared_digest=about[0].body[0],
            first_scored_at=about[0].body[3],
            bodies=_each_change(about),
            outputs_gone=len(frozenset[bytes]().union(*(one.decide for one in about)) - decide),
            beside=_each_change(beside),
        )

    def _told(self) -> list[_Told]:
        """Every declaration with the outputs that it speaks about, oldest first."""
        with guarded(self._path):
            rows = self._database.execute(
                "SELECT subject, digest, body, spec, first_scored_at FROM declared "
                "ORDER BY first_scored_at, rowid"
            ).fetchall()
            noted = {
                row[:3]: _unpacked(row[3])
                for row in self._database.execute(
                    "SELECT subject, digest, part, outputs FROM declared_outputs"
                )
            }
        return [
            _Told(
                subject=row[0],
                body=(row[1], row[2], row[3], row[4]),
                decide=noted.get((row[0], row[1], "decide"), frozenset()),
                rest=noted.get((row[0], row[1], "rest"), frozenset()),
            )
            for row in rows
        ]

    # Which trained arms were ever scored on which data: picking among them flatters.

    def add_scored(
        self, data: str, spec: str, arms: Mapping[str, frozenset[str]], items: int
    ) -> None:
        """Remember that the outputs of trained arms on some data were scored.

        Args:
            data: Digest of the data.
            spec: Name of the spec.
            arms: Digests of the weights behind each arm, by its name.
            items: How many items were asked.
        """
        now = self._clock()
        with guarded(self._path):
            self._database.executemany(
                "INSERT OR IGNORE INTO scored VALUES (?, ?, ?, ?, ?, ?)",
                [(data, spec, arm, " ".join(sorted(who)), items, now) for arm, who in arms.items()],
            )

    def scored(self, data: str) -> tuple[ScoredArm, ...]:
        """All trained arms that were ever scored on some data, oldest first."""
        return self._scored("data = ?", data)

    def scored_elsewhere(self, data: str, spec: str) -> tuple[ScoredArm, ...]:
        """All trained arms that builds of a spec scored on other data, oldest first."""
        return self._scored("data != ? AND spec = ?", data, spec)

    def _scored(self, condition: str, *values: str) -> tuple[ScoredArm, ...]:
        with guarded(self._path):
            rows = self._database.execute(
                "SELECT spec, arm, weights, items, at FROM scored "  # noqa: S608 (ours)
                f"WHERE {condition} ORDER BY at, rowid",
                values,
            ).fetchall()
        return tuple(
            ScoredArm(
                spec=row[0], arm=row[1], weights=frozenset(row[2].split()), items=row[3], at=row[4]
            )
            for row in rows
        )
