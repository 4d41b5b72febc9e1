"""Arms behind endpoints: their texts are asked for once, stored, compared and reported."""

from pathlib import Path

import pytest

from tests.builds.judging import SERVED, replies, step, tally, wanted
from tests.builds.tiny_workshop import tiny_workshop, with_existing
from tests.builds.workshop import TEST_ROWS, Workshop
from tests.engines.api.scripted_server import Act, ScriptedServer, Seen, says, status

CHOICES = (
    '  general: {role: test, path: data/general.jsonl, question: "{{ q }}", '
    'choices: "{{ options }}", answer: "{{ index }}"}\n'
)


def served(folder: Path, server: ScriptedServer) -> Workshop:
    return Workshop.made(folder / "w", SERVED.replace("URL", server.url))


def answers(seen: Seen) -> Act:
    """Half of the orders are understood; all with a system prompt, or by the big model."""
    first, last = seen.body["messages"][0], seen.body["messages"][-1]
    number = int(last["content"].split()[1].rstrip(":"))
    knows = number % 2 == 0 or first["role"] == "system" or seen.body["model"] == "big"
    return says(wanted(last["content"]) if knows else "I do not know.")


def test_served_arms_are_asked_once_compared_and_described(tmp_path: Path) -> None:
    with ScriptedServer(answers) as server:
        workshop = served(tmp_path, server)
        assert workshop.plan().out.count("44 calls") == 3
        assert server.count == 0
        ran = workshop.build()
        assert ran.code == 0, ran.both
        assert server.count == 3 * TEST_ROWS
        assert workshop.build().code == 0
        assert server.count == 3 * TEST_ROWS
        bodies = server.bodies
    for body in bodies:
        assert (body["temperature"], body["max_tokens"]) == (0.0, 48)
        assert "response_format" not in body
    said = {one.rule: one.status for one in workshop.report().remarks}
    assert said["adapter-inactive"] == "not_applicable"  # there is no tuned model
    systems = [body["messages"][0]["content"] for body in bodies if len(body["messages"]) > 1]
    assert systems == ["Answer with JSON only."] * TEST_ROWS
    report = workshop.report()
    for pair in ("prompted~base", "hosted~base"):
        found = next(f for f in report.findings if f.id == f"extraction.exact_match:{pair}")
        assert found.n == TEST_ROWS
        assert found.counts is not None
        assert (found.counts.better, found.counts.worse) == (TEST_ROWS // 2, 0)
    arms = report.arms
    assert {name: (arm.form, arm.model) for name, arm in arms.items()} == {
        "base": ("endpoint", "small"), "prompted": ("endpoint", "small"),
        "hosted": ("endpoint", "big"),
    }  # fmt: skip
    assert arms["hosted"].what == f"big behind {server.url}"
    assert arms["hosted"].origin == "run"
    assert tally(workshop) == (3 * TEST_ROWS, 0)
    assert replies(workshop) == []


def test_a_served_arm_is_left_out_of_choices(tmp_path: Path) -> None:
    """A server gives no likelihood of a text: where it is named all the same, that is said."""
    with ScriptedServer(answers) as server:
        workshop = served(tmp_path, server)
        workshop.change("datasets:\n", f"datasets:\n{CHOICES}")
        layer = (
            "    - {kind: multiple_choice, name: general, dataset: general, arms: [hosted, base]}"
        )
        workshop.change("report: {formats", f"{layer}\nreport: {{formats")
        ran = workshop.build()
        assert ran.code == 3
        assert server.count == 3 * TEST_ROWS
    outcome, reason = step(workshop, "ask general hosted")
    assert outcome == "blocked"
    assert reason.startswith("an endpoint writes text; it gives no likelihood")
    assert step(workshop, "ask extraction hosted")[0] == "done"


def test_a_served_arm_that_fails_is_asked_again_and_the_others_go_on(tmp_path: Path) -> None:
    lost = {"plums"}

    def script(seen: Seen) -> Act:
        is_lost = seen.body["model"] == "big" and any(word in seen.text for word in lost)
        return status(400, "no plums") if is_lost else answers(seen)

    with ScriptedServer(script) as server:
        workshop = served(tmp_path, server)
        assert workshop.build().code == 3
        assert step(workshop, "ask extraction hosted") == (
            "failed", "11 of 44 requests have no answer: the server answered 400: no plums"
        )  # fmt: skip
        assert step(workshop, "ask extraction prompted")[0] == "done"
        lost.clear()
        assert workshop.build().code == 0
        assert server.count == 3 * TEST_ROWS + 11


@pytest.mark.slow
def test_a_local_model_against_a_served_one(tmp_path: Path) -> None:
    """Template and number format of a server are not known, and forbid no comparison."""
    with ScriptedServer(lambda seen: says(wanted(seen.text))) as server:
        workshop = tiny_workshop(tmp_path / "w")
        with_existing(workshop)
        workshop.change(
            "evaluation:\n",
            "arms:\n  hosted: {engine: {kind: openai, "
            f'base_url: "{server.url}", model: big}}}}\ncomparisons: [[tuned, hosted]]\n'
            "evaluation:\n",
        )
        workshop.change(
            "report: {formats",
            "    - {kind: generation, name: extraction, dataset: test, metrics: [exact_match],\n"
            "       arms: [tuned, base, hosted], decoding: {max_new_tokens: 2}}\n"
            "report: {formats",
        )
        ran = workshop.build("--accept-underpowered")
        assert ran.code == 0, ran.both
        assert server.count == 10
        assert workshop.build("--accept-underpowered").code == 0
        assert server.count == 10
    found = {f.id: f for f in workshop.report().findings}["extraction.exact_match:tuned~hosted"]
    assert found.counts is not None
    assert (found.n, found.counts.worse) == (10, 10)
