"""What is paid for is not paid again, and nothing is reused that is not the same."""

import json
from pathlib import Path

import pytest
import yaml

from evalreport.commands import opening
from evalreport.records import Machine
from tests.builds.workshop import (
    ASKED_PER_ARM,
    SAMPLE,
    SPEC,
    TEST_ROWS,
    Workshop,
    orders,
    same_report,
)


def new_calls(workshop: Workshop, before: int) -> list[dict[str, str]]:
    return workshop.calls()[before:]


def test_a_first_build_asks_each_item_once_of_each_arm(once: Workshop) -> None:
    calls = once.calls()
    assert len(calls) == 2 * ASKED_PER_ARM
    assert len({call["key"] for call in calls}) == len(calls)
    assert len({call["weights"] for call in calls}) == 2
    assert len(once.trainings()) == 1


def test_a_second_build_runs_nothing_and_says_the_same(built: Workshop) -> None:
    first = built.report()
    ran = built.build()
    assert ran.code == 0, ran.err
    assert "10 steps reused, 0 will run, 0 blocked; nothing to run" in ran.err
    assert "steps    10 reused\n" in ran.out
    assert len(built.calls()) == 2 * ASKED_PER_ARM
    assert len(built.trainings()) == 1
    assert same_report(first, built.report())


def test_20_more_rows_ask_20_items_of_each_arm(built: Workshop) -> None:
    before = len(built.calls())
    with (built.folder / "data/test.jsonl").open("a") as file:
        file.write(orders(TEST_ROWS, 20, "test"))
    planned = built.plan().out
    assert (
        f"ask extraction base............ will run: test changed; 20 of {TEST_ROWS + 20} items"
        in planned
    )
    ran = built.build()
    assert ran.code == 0, ran.err
    new = new_calls(built, before)
    # The overfitting layer draws its unseen sample from the same rows, by hash: a new row that
    # is drawn is asked a second thing, but it is a new row.
    asked = {
        weights: {c["item"] for c in new if c["weights"] == weights}
        for weights in {c["weights"] for c in new}
    }
    assert [len(items) for items in asked.values()] == [20, 20]
    assert len({call["key"] for call in new}) == len(new) <= 2 * (20 + SAMPLE)
    texts = 'SELECT count(*) FROM responses WHERE body LIKE \'%"kind":"text"%\''
    assert built.rows(texts) == [(2 * (TEST_ROWS + 20),)]
    assert len(built.trainings()) == 1


def test_another_learning_rate_keeps_the_base_and_never_serves_the_old_adapter(
    built: Workshop,
) -> None:
    before = built.calls()
    stored = dict(built.rows("SELECT key, body FROM responses"))
    base = next(w for w in {c["weights"] for c in before} if not _is_tuned(built, w))
    built.change("learning_rate: 2e-4", "learning_rate: 3e-4")
    assert (
        "train seed 1................... will run: training.learning_rate 0.0002 -> 0.0003"
        in built.plan().out
    )
    ran = built.build()
    assert ran.code == 0, ran.err
    new = new_calls(built, len(before))
    assert {call["weights"] for call in new}.isdisjoint({call["weights"] for call in before})
    assert {call["key"] for call in new}.isdisjoint({call["key"] for call in before})
    assert len(new) == ASKED_PER_ARM
    assert base not in {call["weights"] for call in new}
    assert len(set(built.trainings())) == 2
    after = dict(built.rows("SELECT key, body FROM responses"))
    assert {key: after[key] for key in stored} == stored
    # And back again: both trainings are there, so nothing runs.
    built.change("learning_rate: 3e-4", "learning_rate: 2e-4")
    ran = built.build()
    assert "steps    10 reused\n" in ran.out
    assert len(built.calls()) == len(before) + len(new)
    # What would change now is told against the build before, not against the newest training.
    built.change("learning_rate: 2e-4", "learning_rate: 4e-4")
    assert "training.learning_rate 0.0002 -> 0.0004" in built.plan().out


def _is_tuned(workshop: Workshop, weights: str) -> bool:
    arms = workshop.report().arms
    from evalreport.records import Dtype, Quantization, Weights

    tuned = arms["tuned"]
    assert tuned.base_digest is not None
    return (
        Weights(
            base_digest=tuned.base_digest,
            adapter_digest=tuned.adapter_digests["1"],
            dtype=Dtype(tuned.dtype),
            quantization=Quantization(tuned.quantization),
        ).digest
        == weights
    )


def test_the_report_names_the_adapter_that_answered(built: Workshop) -> None:
    tuned = {call["weights"] for call in built.calls() if _is_tuned(built, call["weights"])}
    assert len(tuned) == 1
    built.change("learning_rate: 2e-4", "learning_rate: 3e-4")
    built.build()
    again = {call["weights"] for call in built.calls() if _is_tuned(built, call["weights"])}
    assert again.isdisjoint(tuned)
    assert {call["weights"] for call in built.calls()[-5:]} <= again


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("title: Orders become JSON", "title: Another title"),
        ("metrics: [json_valid, field_accuracy]", "metrics: [field_accuracy, exact_match]"),
        ("lose_at_most: 0.3", "lose_at_most: 0.25"),
        ("name: seen-vs-unseen", "name: memory"),
        ("formats: [markdown, html, model_card]", "formats: [markdown]"),
    ],
)
def test_a_title_a_metric_a_bound_or_a_name_runs_nothing(
    built: Workshop, old: str, new: str
) -> None:
    before = built.calls()
    built.change(old, new)
    ran = built.build()
    assert ran.code == 0, ran.err
    assert "steps    10 reused\n" in ran.out
    assert built.calls() == before
    assert len(built.trainings()) == 1


def test_a_renamed_spec_and_a_second_spec_share_the_store(built: Workshop) -> None:
    before = built.calls()
    text = (built.folder / "spec.yaml").read_text()
    built.write("renamed.yaml", text.replace("name: orders", "name: renamed"))
    ran = built.run("build", "renamed.yaml")
    assert "steps    10 reused\n" in ran.out
    assert built.calls() == before
    # Its own changes are told against its own build.
    built.write(
        "renamed.yaml", text.replace("name: orders", "name: renamed").replace("2e-4", "5e-4")
    )
    assert "training.learning_rate 0.0002 -> 0.0005" in built.run("plan", "renamed.yaml").out
    # Another spec trains its own model and takes the base's answers as they are.
    built.write("second.yaml", text.replace("name: orders", "name: second").replace("r: 8", "r: 4"))
    ran = built.run("build", "second.yaml")
    assert ran.code == 0, ran.err
    assert "steps    4 reused, 6 done" in ran.out
    assert len(built.calls()) == len(before) + ASKED_PER_ARM


def test_the_lock_is_sorted_and_does_not_change_when_nothing_does(built: Workshop) -> None:
    lock = built.out / "spec.lock.yaml"
    first = lock.read_bytes()
    content = yaml.safe_load(first)
    assert list(content) == sorted(content)
    lines = first.decode().splitlines()
    steps = lines[lines.index("steps:") + 1 :]
    assert len(steps) == 10
    assert steps == sorted(steps)
    assert all(line.endswith(" done") for line in steps)
    keys = {step.id: step.key for step in built.report().steps}
    assert content["steps"] == {step: f"{key} done" for step, key in keys.items()}
    assert content["datasets"]["test"] == built.report().datasets["test"].digest
    assert content["declared"]["digest"] == built.report().declared.digest
    built.build()
    assert lock.read_bytes() == first


def test_items_carry_scores_and_no_text(built: Workshop) -> None:
    text = (built.out / "items.jsonl").read_text()
    head, *lines = [json.loads(line) for line in text.splitlines()]
    assert head["items"] == 1
    assert {line["layer"] for line in lines} >= {"extraction", "general"}
    assert len([line for line in lines if line["layer"] == "extraction"]) == TEST_ROWS
    assert "please" not in text


def test_what_was_declared_before_is_told_from_what_was_declared_after(built: Workshop) -> None:
    first = built.report().declared
    assert first.first_scored_at is not None
    assert first.changes == ()
    built.change("gain_at_least: 0.2", "gain_at_least: 0.1")
    built.build()
    second = built.report().declared
    assert second.first_scored_at == first.first_scored_at
    assert second.digest != first.digest
    assert len(second.changes) == 1
    rules = {remark.rule: remark.status for remark in built.report().remarks}
    assert rules["spec-changed-after-results"] == "broken"


def test_another_arm_does_not_make_a_later_declaration_the_first(built: Workshop) -> None:
    first = built.report().declared
    built.change("gain_at_least: 0.2", "gain_at_least: 0.1")
    built.change("evaluation:\n", "arms:\n  shipped: {model: org/shipped}\nevaluation:\n")
    built.change("name: extraction\n", "name: extraction\n      arms: [tuned, base, shipped]\n")
    assert built.build().code == 0
    second = built.report().declared
    assert second.first_scored_at == first.first_scored_at
    assert len(second.changes) == 1


def test_another_existing_adapter_is_another_model_to_declare_for(workshop: Workshop) -> None:
    workshop.existing('{"role": "tuned", "arm": {"right": 0.9}, "seed": 1}')
    assert workshop.build().code == 0
    workshop.write(
        "runs/last-week/simulated_adapter.json",
        '{"role": "tuned", "arm": {"right": 0.9}, "seed": 2}',
    )
    workshop.change("gain_at_least: 0.2", "gain_at_least: 0.15")
    assert workshop.build().code == 0
    assert workshop.report().declared.changes == ()


def test_what_was_trained_on_a_gpu_answers_where_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A processor cannot train qlora; what is trained already is not asked for again."""
    here = Machine(cores=8, memory_bytes=1 << 36, instruction_sets=("avx512_bf16",))
    there = here.model_copy(
        update={"accelerator": "H100", "accelerator_bytes": 1 << 36, "accelerator_count": 1}
    )
    text = SPEC.replace("{method: lora, r: 8}", "{method: qlora, r: 8}").replace(
        "{path: org/base}", "{path: org/base, dtype: bfloat16}"
    )
    assert text.count("qlora") == text.count("bfloat16") == 1
    workshop = Workshop.made(tmp_path / "w", text)
    monkeypatch.setattr(opening, "this_machine", lambda: there)
    assert workshop.build().code == 0
    first, calls = workshop.report(), len(workshop.calls())
    monkeypatch.setattr(opening, "this_machine", lambda: here)
    assert "0 will run, 0 blocked" in workshop.plan().out
    ran = workshop.build()
    assert ran.code == 0, ran.both
    assert len(workshop.calls()) == calls
    assert same_report(first, workshop.report())
    # Another training is another matter.
    workshop.change("learning_rate: 2e-4", "learning_rate: 1e-4")
    line = next(one for one in workshop.plan().out.splitlines() if one.startswith("train seed"))
    assert "blocked: qlora cannot be trained on a CPU" in line
