"""Attempts at paid calls: a row before each request leaves, closed when its end is known.

A row that was never closed tells of a request that may have been billed although nobody has its
answer: the process was killed while it was under way.
"""

import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from evalreport.commit_points import reached
from evalreport.records import ResponseKey
from evalreport.store.schema import guarded
from evalreport.values import Count, NonNegative, Value

_MANY: Final = 500  # well below SQLite's limit of bound values


class Tally(Value):
    """What became of all attempts at some calls, in this build and all before.

    Attributes:
        attempts: Requests that left.
        possibly_paid: Those that ended without an answer and may have been billed: cut off, timed
            out, or under way when a process was killed.
    """

    attempts: Count = 0
    possibly_paid: Count = 0


class Used(Value):
    """What attempts used.

    Attributes:
        prompt_tokens: Sent, over all answers that were counted.
        tokens: Written, likewise.
        at_worst: The most that the others cost that may have been billed, in the currency of
            `cost`: answers that nobody counted, and attempts without an answer that we know of.
    """

    prompt_tokens: Count
    tokens: Count
    at_worst: NonNegative


class Attempts:
    """The attempts in a store."""

    def __init__(self, path: Path, database: sqlite3.Connection, clock: Callable[[], str]) -> None:
        self._path = path
        self._database = database
        self._clock = clock

    def begin(self, key: ResponseKey, who: str, worst: float | None = None) -> int:
        """Write down that a request is about to leave; a kill after this finds it.

        Args:
            key: Of the call's answer.
            who: Digest of the endpoint.
            worst: The most that it can cost; None where no price is known.

        Returns:
            The number of the attempt.
        """
        with guarded(self._path):
            row = self._database.execute(
                "INSERT INTO attempts (key, who, began_at, worst) VALUES (?, ?, ?, ?)",
                (key, who, self._clock(), worst),
            )
        reached("attempt-begun")
        return int(row.lastrowid or 0)

    def fail(self, attempt: int, reason: str, *, may_be_billed: bool) -> None:
        """Close an attempt that brought no answer."""
        with guarded(self._path):
            self._database.execute(
                "UPDATE attempts SET ended_at = ?, reason = ?, may_be_billed = ? WHERE id = ?",
                (self._clock(), reason, int(may_be_billed), attempt),
            )

    def last(self) -> int:
        """The number of the newest attempt; 0 when there is none."""
        with guarded(self._path):
            row = self._database.execute("SELECT max(id) FROM attempts").fetchone()
        return int(row[0] or 0)

    def of(self, keys: Iterable[ResponseKey]) -> Tally:
        """What became of the attempts at some calls."""
        wanted = list(dict.fromkeys(keys))
        attempts = paid = 0
        with guarded(self._path):
            for start in range(0, len(wanted), _MANY):
                part = wanted[start : start + _MANY]
                marks = ",".join("?" * len(part))
                row = self._database.execute(
                    "SELECT count(*), coalesce(sum(ended_at IS NULL OR may_be_billed), 0) "  # noqa: S608 (marks are ?s)
                    f"FROM attempts WHERE key IN ({marks})",
                    part,
                ).fetchone()
                attempts += int(row[0])
                paid += int(row[1])
        return Tally(attempts=attempts, possibly_paid=paid)

    def used_since(self, attempt: int, who: str) -> Used:
        """What the attempts at an endpoint after a certain one used.

        Args:
            attempt: Its number; see `last`.
            who: Digest of the endpoint.
        """
        is_counted = "prompt_tokens IS NOT NULL AND tokens IS NOT NULL"
        may_cost = "ended_at IS NULL OR reason IS NULL OR may_be_billed"
        with guarded(self._path):
            row = self._database.execute(
                f"SELECT coalesce(sum(CASE WHEN {is_counted} THEN prompt_tokens END), 0), "  # noqa: S608 (both are ours)
                f"coalesce(sum(CASE WHEN {is_counted} THEN tokens END), 0), "
                f"coalesce(sum(CASE WHEN NOT ({is_counted}) AND ({may_cost}) THEN worst END), 0.0) "
                "FROM attempts WHERE id > ? AND who = ?",
                (attempt, who),
            ).fetchone()
        return Used(prompt_tokens=int(row[0]), tokens=int(row[1]), at_worst=float(row[2]))
