"""What was declared and what was scored, and when: by this a changed mind and a choice are seen."""

import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path

from evalreport.commit_points import reached
from evalreport.digest import canonical
from evalreport.records import Registration, ScoredArm
from evalreport.store.schema import guarded
from evalreport.values import Json


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

    def registration(self, subject: str) -> Registration | None:
        """What was declared for a subject, oldest first."""
        with guarded(self._path):
            rows = self._database.execute(
                "SELECT digest, body, spec, first_scored_at FROM declared WHERE subject = ? "
                "ORDER BY first_scored_at, rowid",
                (subject,),
            ).fetchall()
        if not rows:
            return None
        return Registration(
            declared_digest=rows[0][0],
            first_scored_at=rows[0][3],
            bodies=tuple((row[0], row[1], row[2], row[3]) for row in rows),
        )

    def stood(self, spec: str, digest: str, *, since: str) -> bool:
        """Whether a spec declared one thing alone, about whatever subject, from some time on.

        Args:
            spec: Its name.
            digest: Of the declared block.
            since: A time; what was declared last before it counts too, and has to be there.
        """
        with guarded(self._path):
            rows = self._database.execute(
                "SELECT digest, first_scored_at FROM declared WHERE spec = ? "
                "ORDER BY first_scored_at, rowid",
                (spec,),
            ).fetchall()
        before = sum(at <= since for _, at in rows)
        return before > 0 and all(one == digest for one, _ in rows[before - 1 :])

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
