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

Body = tuple[str, str, str, str]  # a digest, canonical JSON, the name of a spec, when
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


def _each_change(told: Iterable[Body]) -> tuple[Body, ...]:
    """The declarations without those that say what the one before says."""
    bodies: list[Body] = []
    for one in told:
        if not bodies or bodies[-1][0] != one[0]:
            bodies.append(one)
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

    def register(self, subject: str, digest: str, body: Json, spec: str) -> None:
        """Record a declared block for a subject (weights and primary data), unless it is there."""
        with guarded(self._path):
            self._database.execute(
                "INSERT OR IGNORE INTO declared VALUES (?, ?, ?, ?, ?)",
                (subject, digest, canonical(body), spec, self._clock()),
            )
        reached("declared-registered")

    def note_outputs(self, subject: str, digest: str, outputs: Outputs) -> None:
        """Remember which outputs a declaration speaks about, beside those that are remembered.

        Args:
            subject: What the declaration is about.
            digest: Of the declared block.
            outputs: Of what was trained.
        """
        with guarded(self._path):
            for part, keys in outputs.parts():
                known = self._noted(subject, digest, part)
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
        now = outputs or Outputs()
        with guarded(self._path):
            rows = self._database.execute(
                "SELECT subject, digest, body, spec, first_scored_at FROM declared "
                "ORDER BY first_scored_at, rowid"
            ).fetchall()
            own = [digest for about, digest, *_ in rows if about == subject]
            decide = now.decide.union(*(self._noted(subject, one, "decide") for one in own))
            rest = now.rest.union(*(self._noted(subject, one, "rest") for one in own))
            about: list[Body] = []
            beside: list[Body] = []
            gone: set[bytes] = set()
            for other, digest, body, spec, at in rows:
                # One at a time: a store of years holds millions of outputs.
                scored = frozenset() if other == subject else self._noted(other, digest, "decide")
                if other == subject or scored & decide:
                    about.append((digest, body, spec, at))
                    gone |= scored - decide
                elif self._noted(other, digest, "rest") & rest:
                    beside.append((digest, body, spec, at))
        if not about:
            return None
        return Registration(
            declared_digest=about[0][0],
            first_scored_at=about[0][3],
            bodies=_each_change(about),
            outputs_gone=len(gone),
            beside=_each_change(beside),
        )

    def _noted(self, subject: str, digest: str, part: str) -> frozenset[bytes]:
        """The outputs that a declaration speaks about, where they are remembered."""
        row = self._database.execute(
            "SELECT outputs FROM declared_outputs WHERE subject = ? AND digest = ? AND part = ?",
            (subject, digest, part),
        ).fetchone()
        return _unpacked(row[0]) if row else frozenset()

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
