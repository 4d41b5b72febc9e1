"""`cost.limit` and calls that have a price: never more is spent, and what is missing is said."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.builds.judging import SERVED, copied, good, step, tally, wanted
from tests.builds.workshop import TEST_ROWS, Workshop
from tests.engines.api.scripted_server import Act, ScriptedServer, Seen, says

CALLS = 102
PRICE = "price: {input_per_million: 1000, output_per_million: 2000}"
LIMIT = "cost: {limit: 15}\nreport: {formats"
WRITTEN = 20
LARGER = LIMIT.replace("15", "1000")


def sent(seen: Seen) -> int:
    """Prompt tokens as a server counts them: about one for four characters."""
    return sum(len(one["content"]) for one in seen.body["messages"]) // 4


def bill(requests: Sequence[Seen]) -> float:
    """What these requests cost, by the server's own count."""
    return sum(sent(seen) * 1e-3 + WRITTEN * 2e-3 for seen in requests)


def counting(seen: Seen) -> Act:
    return says(good(seen.body), usage={"prompt_tokens": sent(seen), "completion_tokens": WRITTEN})


def priced(workshop: Workshop) -> Workshop:
    workshop.change("concurrency: 4}", f"concurrency: 4, max_tokens: 100, {PRICE}}}")
    workshop.change("report: {formats", LIMIT)
    return workshop


def test_never_more_is_spent_than_the_limit_and_a_larger_one_goes_on(
    answered: Workshop, tmp_path: Path
) -> None:
    with ScriptedServer(counting) as server:
        workshop = priced(copied(answered, tmp_path / "w", server))
        assert "one build may spend 15.00 USD of machine time and calls" in workshop.plan().out
        ran = workshop.build()
        assert ran.code == 3
        first = server.count
        assert 20 < first < CALLS
        assert 13 < bill(server.seen) <= 15
        outcome, reason = step(workshop)
        assert outcome == "blocked"
        assert reason.startswith(f"{CALLS - first} of {CALLS} judgments were not asked for: cost.")
        assert tally(workshop) == (first, 0)
        report = workshop.report()
        assert any(line.startswith("judge blind-ab: ") for line in report.not_measured)
        assert report.verdict.outcome not in ("better", "better_retention_unknown")
        cost = report.cost
        assert cost is not None
        assert cost.total_is_at_least
        (line,) = (one for one in cost.lines if one.kind == "judge")
        assert line.amount == pytest.approx(bill(server.seen))
        workshop.change("limit: 15", "limit: 1000")
        assert workshop.build().code == 0
        assert server.count == CALLS
    whole = workshop.report().cost
    assert whole is not None
    (line,) = (one for one in whole.lines if one.kind == "judge")
    assert line.amount == pytest.approx(bill(server.seen))
    assert workshop.report().verdict.outcome == "better_retention_unknown"


def test_what_no_server_counts_is_taken_at_its_worst_by_all_judges_together(
    answered: Workshop, tmp_path: Path
) -> None:
    """Two layers with a judge each share one limit; the servers tell no tokens."""
    with ScriptedServer(lambda seen: says(good(seen.body), usage={})) as server:
        workshop = priced(copied(answered, tmp_path / "w", server))
        text = (workshop.folder / "spec.yaml").read_text()
        start, end = text.index("    - kind: judge"), text.index("cost: {limit")
        other = text[start:end].replace("blind-ab", "again").replace("Prefer", "Choose")
        workshop.write("spec.yaml", text[:end] + other + text[end:])
        assert workshop.build().code == 3
        assert 2 < bill(server.seen) <= 15
        assert not [body for body in server.bodies if "Choose" in body["messages"][0]["content"]]
        assert step(workshop, "judge again")[0] == "blocked"
        workshop.change("limit: 15", "limit: 1000")
        assert workshop.build().code == 0
        assert server.count == 2 * CALLS


def test_arms_and_judges_share_the_limit(tmp_path: Path) -> None:
    """Three arms behind endpoints; the money is at its end in the second one."""

    def answer(seen: Seen) -> Act:
        usage = {"prompt_tokens": sent(seen), "completion_tokens": 20}
        return says(wanted(seen.text), usage=usage)

    with ScriptedServer(answer) as server:
        workshop = Workshop.made(tmp_path / "w", SERVED.replace("URL", server.url))
        for model in ("small", "big"):
            workshop.change(f"model: {model}}}", f"model: {model}, {PRICE}}}")
        workshop.change("report: {formats", LIMIT.replace("15", "3.5"))
        ran = workshop.build()
        assert ran.code == 3
        assert TEST_ROWS < server.count < 2 * TEST_ROWS
        assert 3 < bill(server.seen) <= 3.5
        assert step(workshop, "ask extraction base")[0] == "done"
        outcome, reason = step(workshop, "ask extraction prompted")
        assert outcome == "blocked"
        assert reason.startswith("cost.limit is reached")
        assert step(workshop, "ask extraction hosted")[0] == "blocked"
        workshop.change("limit: 3.5", "limit: 1000")
        assert workshop.build().code == 0
        assert server.count == 3 * TEST_ROWS


def test_a_limit_without_a_price_asks_nothing(answered: Workshop, tmp_path: Path) -> None:
    with ScriptedServer(counting) as server:
        workshop = copied(answered, tmp_path / "w", server)
        workshop.change("report: {formats", LIMIT)
        ran = workshop.build()
        assert ran.code in (2, 3)
        assert server.count == 0
