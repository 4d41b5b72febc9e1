"""Attempts at paid calls: what they used, and what they may have cost."""

import sqlite3
from contextlib import closing
from pathlib import Path

from evalreport.records import Preference, ResponseKey
from evalreport.store.attempts import Tally, Used
from evalreport.store.store import Store


def opened(folder: Path) -> Store:
    return Store(folder, lambda: "2026-01-01T00:00:00Z")


def test_what_attempts_used_is_counted_where_the_server_counts_and_else_at_its_worst(
    tmp_path: Path,
) -> None:
    keys = [ResponseKey(f"{i:064x}") for i in range(6)]
    answer = Preference(preferred=("first",))
    with closing(opened(tmp_path)) as store:
        before = store.attempts.begin(keys[0], "judge", 100.0)
        counted, uncounted, billed, free, other = (
            store.attempts.begin(key, who, 10.0 ** i)
            for i, (key, who) in enumerate(zip(keys[1:], ["judge"] * 4 + ["another"], strict=True))
        )  # fmt: skip
        store.add_responses([(keys[1], "a", answer)], attempt=counted, counted=(7, 3))
        store.add_responses([(keys[2], "b", answer)], attempt=uncounted, counted=(7, None))
        store.attempts.fail(billed, "cut off", may_be_billed=True)
        store.attempts.fail(free, "busy", may_be_billed=False)
        store.attempts.begin(keys[4], "judge", 1e5)  # its process was killed
        used = store.attempts.used_since(before, "judge")
        assert used == Used(prompt_tokens=7, tokens=3, at_worst=10.0 + 100.0 + 1e5)
        assert store.attempts.used_since(other + 1, "judge").at_worst == 0
        assert store.attempts.of(keys[1:5]) == Tally(attempts=5, possibly_paid=2)


def test_a_store_from_before_prices_were_kept_goes_on(tmp_path: Path) -> None:
    opened(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / "store.sqlite")) as database:
        database.execute("ALTER TABLE attempts DROP COLUMN worst")
        database.commit()
    with closing(opened(tmp_path)) as store:
        store.attempts.begin(ResponseKey("0" * 64), "judge", 2.5)
        assert store.attempts.used_since(0, "judge").at_worst == 2.5
