"""Prints how long 1,000 pairs in both orders take, beside what the server alone would take.

    make setup && .venv/bin/python -m benchmarks.calling [--rounds 3]

The server runs in a process of its own and answers after 50 ms. Every attempt is written to SQLite
(WAL, synchronous NORMAL, as the store is) before it leaves, and its reply in one transaction with
its end. Ideal is the time of the server alone: calls x 50 ms / concurrency.
"""

import argparse
import json
import os
import sqlite3
import tempfile
import time
from contextlib import closing
from pathlib import Path

from benchmarks.calling.server import serving
from evalreport.digest import digest_text
from evalreport.engines.api import (
    NO_KEY,
    Call,
    CallBudget,
    EndpointOptions,
    Reply,
    TokenPrice,
    call_all,
)
from evalreport.records import Message, ResponseKey

SECONDS = 0.05
PAIRS = 1000
ALLOWED = 1.25
_TABLES = """
CREATE TABLE attempts (
    key TEXT NOT NULL, attempt INTEGER NOT NULL, item TEXT NOT NULL, began_at TEXT NOT NULL,
    ended TEXT, PRIMARY KEY (key, attempt)) WITHOUT ROWID;
CREATE TABLE responses (
    key TEXT PRIMARY KEY, item TEXT NOT NULL, body TEXT NOT NULL, checksum TEXT NOT NULL,
    answered_at TEXT NOT NULL) WITHOUT ROWID;
"""
_NOW = "2026-01-01T00:00:00Z"


class SqliteJournal:
    """The record of calls in a file, as a store keeps it."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = NORMAL")
        self._database.executescript(_TABLES)

    def close(self) -> None:
        self._database.close()

    def began(self, call: Call, attempt: int) -> None:
        self._database.execute(
            "INSERT INTO attempts VALUES (?, ?, ?, ?, NULL)", (call.key, attempt, call.item, _NOW)
        )

    def failed(self, call: Call, attempt: int, reason: str, *, may_be_billed: bool) -> None:
        self._database.execute(
            "UPDATE attempts SET ended = ? WHERE key = ? AND attempt = ?",
            (f"{may_be_billed} {reason}", call.key, attempt),
        )

    def answered(self, call: Call, attempt: int, reply: Reply) -> None:
        body = json.dumps(reply.model_dump(mode="json"), separators=(",", ":"))
        checksum = digest_text(f"{call.key}\n{body}")
        self._database.execute("BEGIN IMMEDIATE")
        self._database.execute(
            "INSERT INTO responses VALUES (?, ?, ?, ?, ?)",
            (call.key, call.item, body, checksum, _NOW),
        )
        self._database.execute(
            "UPDATE attempts SET ended = 'answered' WHERE key = ? AND attempt = ?",
            (call.key, attempt),
        )
        self._database.execute("COMMIT")

    def count(self) -> int:
        found = self._database.execute(
            "SELECT count(*) FROM responses JOIN attempts USING (key) WHERE ended = 'answered'"
        ).fetchone()
        return int(found[0])


def calls_of(pairs: int) -> list[Call]:
    """Both orders of each pair: a judge's prompt of some 2,000 characters."""
    rubric = Message(role="system", content="Say which of two answers is better. " * 15)
    return [
        Call(
            key=ResponseKey(digest_text(f"{pair} {order}")),
            item=str(pair),
            messages=(rubric, Message(role="user", content=f"{order} {pair} " + "words " * 240)),
            schema={"type": "object", "properties": {"winner": {"enum": ["A", "B", "tie"]}}},
        )
        for pair in range(pairs)
        for order in ("first", "second")
    ]


def seconds_of(calls: list[Call], url: str, concurrency: int, folder: Path) -> tuple[float, float]:
    """What the calls take, all of it (client, decisions, record): seconds, and of the processor."""
    endpoint = EndpointOptions(
        base_url=url,
        model="judge",
        concurrency=concurrency,
        price=TokenPrice(input_per_million=0.25, output_per_million=2.0),
    )
    name = f"{concurrency}-{time.monotonic_ns()}.sqlite"
    with closing(SqliteJournal(folder / name)) as journal:
        began, worked = time.perf_counter(), time.process_time()
        told = list(
            call_all(calls, endpoint, key=NO_KEY, journal=journal, budget=CallBudget(100.0))
        )
        taken, worked = time.perf_counter() - began, time.process_time() - worked
        assert all(isinstance(one.result, Reply) for one in told)
        assert journal.count() == len(calls) == len(told)
    return taken, worked


def main() -> None:
    """Each concurrency several times, and the best of them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.calling")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--concurrency", type=int, nargs="+", default=[8, 16, 32])
    given = parser.parse_args()
    calls = calls_of(PAIRS)
    print(
        f"{os.cpu_count()} cores; {len(calls):,} calls; the server answers after "
        f"{SECONDS * 1000:g} ms; at most {ALLOWED} times the ideal is allowed at 16 and 32\n"
    )
    with serving(SECONDS) as url, tempfile.TemporaryDirectory() as name:
        began = time.perf_counter()
        seconds_of(calls[:1], url, 1, Path(name))
        print(f"the first call of a process, imports included: {time.perf_counter() - began:.1f} s")
        print(
            "\n| concurrency | ideal s | best s | ratio | all ratios | processor ms a call | load |"
        )
        print("|---|---|---|---|---|---|---|")
        for concurrency in given.concurrency:
            ideal = len(calls) * SECONDS / concurrency
            taken = [seconds_of(calls, url, concurrency, Path(name)) for _ in range(given.rounds)]
            ratios = " ".join(f"{one / ideal:.2f}" for one, _ in taken)
            load = os.getloadavg()[0]
            best, worked = (min(column) for column in zip(*taken, strict=True))
            print(
                f"| {concurrency} | {ideal:.2f} | {best:.2f} | {best / ideal:.2f} | {ratios} "
                f"| {worked / len(calls) * 1000:.2f} | {load:.1f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
