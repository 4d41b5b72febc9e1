"""Several seeds, checkpoints as arms, whole models, prompts of an arm's own: each in one store."""

import pytest

from evalreport.plan.arms import holds_quantized
from evalreport.spec.load import load_spec
from tests.builds.workshop import ASKED_PER_ARM, GENERAL_ROWS, TEST_ROWS, Workshop


def test_another_seed_trains_and_asks_only_for_itself(built: Workshop) -> None:
    before = len(built.calls())
    built.change(
        "training: {learning_rate: 2e-4,", "training: {learning_rate: 2e-4, seeds: [1, 2],"
    )
    assert "train seed 2" in built.plan().out
    ran = built.build()
    assert ran.code == 0, ran.err
    assert len(built.trainings()) == 2
    assert len(built.calls()) == before + ASKED_PER_ARM
    report = built.report()
    assert set(report.arms["tuned"].adapter_digests) == {"1", "2"}
    assert report.training is not None
    assert [run.seed for run in report.training.runs] == [1, 2]
    # And without the first: nothing has to be done.
    built.change("seeds: [1, 2]", "seeds: [2]")
    assert "0 will run" in built.plan().out


def test_a_checkpoint_is_an_arm_and_is_asked_by_itself(workshop: Workshop) -> None:
    workshop.change("keep: best}", "keep: best, checkpoints: each_epoch}")
    workshop.change(
        "evaluation:\n", "arms:\n  tuned-epoch-1: {of: tuned, checkpoint: epoch-1}\nevaluation:\n"
    )
    workshop.change(
        "name: extraction\n", "name: extraction\n      arms: [tuned, base, tuned-epoch-1]\n"
    )
    ran = workshop.build()
    assert ran.code == 0, ran.err
    assert len(workshop.trainings()) == 1
    assert len(workshop.calls()) == 2 * ASKED_PER_ARM + TEST_ROWS
    assert len({call["weights"] for call in workshop.calls()}) == 3
    # A smoke run trains two steps, in which no epoch ends: its one checkpoint stands for all.
    smoke = workshop.build("--smoke")
    assert smoke.code == 0, smoke.both


def test_whole_models_are_loaded_and_asked_by_themselves(workshop: Workshop) -> None:
    workshop.change("{method: lora, r: 8}", "{method: full}")
    ran = workshop.build()
    assert ran.code == 0, ran.err
    assert len(workshop.calls()) == 2 * ASKED_PER_ARM
    assert len({call["weights"] for call in workshop.calls()}) == 2
    assert "steps    10 reused\n" in workshop.build().out


def test_an_arm_with_a_prompt_of_its_own_is_asked_anew(built: Workshop) -> None:
    before = len(built.calls())
    built.change(
        "evaluation:\n",
        "arms:\n  base-prompted: {of: base, system: Answer with JSON only., shots: {from: train, n: 2}}\n"
        "comparisons: [[tuned, base-prompted]]\nevaluation:\n",
    )
    built.change(
        "name: extraction\n", "name: extraction\n      arms: [tuned, base, base-prompted]\n"
    )
    ran = built.build()
    assert ran.code == 0, ran.err
    # An arm of a comparison is asked wherever a layer does not name its arms.
    assert len(built.calls()) == before + TEST_ROWS + GENERAL_ROWS
    prompting = built.report().arms["base-prompted"].prompting
    assert prompting is not None
    assert "system prompt" in prompting
    assert "2 worked examples" in prompting


def test_a_checkpoint_that_training_does_not_keep_is_an_error_of_the_spec(
    workshop: Workshop,
) -> None:
    workshop.change(
        "evaluation:\n", "arms:\n  early: {of: tuned, checkpoint: epoch-1}\nevaluation:\n"
    )
    ran = workshop.run("check", "spec.yaml")
    assert ran.code == 2
    assert "epoch-1" in ran.err


def test_an_existing_adapter_that_is_not_there_blocks_its_arm_alone(workshop: Workshop) -> None:
    workshop.change(
        "evaluation:\n",
        "arms:\n  previous: {adapter: {method: existing, path: runs/last-week}}\nevaluation:\n",
    )
    workshop.change("name: extraction\n", "name: extraction\n      arms: [tuned, base, previous]\n")
    ran = workshop.plan()
    assert ran.code == 0
    assert (
        "ask extraction previous........ blocked: adapter runs/last-week cannot be read "
        "(No such file or directory: adapter_config.json); name a folder with "
        "adapter_config.json and adapter_model.safetensors\n"
    ) in ran.out
    assert "10 will run, 1 blocked" in ran.out


def test_an_adapter_that_cannot_be_put_on_fails_its_arm_alone(workshop: Workshop) -> None:
    """All arms share one load; the broken one is even asked first."""
    workshop.write("runs/last-week/simulated_adapter.json", '{"role": 1}')
    workshop.change(
        "evaluation:\n",
        "arms:\n  previous: {adapter: {method: existing, path: runs/last-week}}\nevaluation:\n",
    )
    workshop.change("name: extraction\n", "name: extraction\n      arms: [previous, tuned, base]\n")
    ran = workshop.build()
    assert ran.code == 3
    assert len(workshop.calls()) == 2 * ASKED_PER_ARM
    report = workshop.report()
    failed = {step.id: step.reason for step in report.steps if step.outcome == "failed"}
    assert list(failed) == ["preflight previous"]
    assert "this is no adapter of a simulated training" in failed["preflight previous"]
    blocked = {step.id: step.reason for step in report.steps if step.outcome == "blocked"}
    assert list(blocked) == ["ask extraction previous"]
    assert blocked["ask extraction previous"].startswith("preflight previous failed: ")
    assert report.verdict.outcome in ("better", "better_retention_unknown")


def test_an_arm_answers_in_the_precision_that_it_declares(workshop: Workshop) -> None:
    workshop.change("org/base}", "org/base, dtype: bfloat16}")
    workshop.change("evaluation:\n", "arms:\n  precise: {of: base, dtype: float32}\nevaluation:\n")
    workshop.change("name: extraction\n", "name: extraction\n      arms: [tuned, base, precise]\n")
    ran = workshop.build()
    assert ran.code == 0, ran.err
    arms = workshop.report().arms
    assert (arms["base"].dtype, arms["precise"].dtype) == ("bfloat16", "float32")
    assert len(workshop.calls()) == 2 * ASKED_PER_ARM + TEST_ROWS


def test_the_base_is_held_as_declared(workshop: Workshop) -> None:
    """Without a training here, nothing but the spec says how a base was held."""
    workshop.existing('{"role": "tuned", "arm": {"right": 0.9}, "seed": 1}')
    workshop.change("org/base}", "org/base, quantization: nf4}")
    ran = workshop.build()
    assert ran.code == 0, ran.err
    arms = workshop.report().arms
    assert [arms[name].quantization for name in ("tuned", "base")] == ["nf4", "nf4"]
    packages = workshop.report().environment["packages"]
    assert isinstance(packages, dict)
    assert "bitsandbytes" in packages


def test_other_shots_are_other_questions(workshop: Workshop) -> None:
    workshop.change(
        "evaluation:\n",
        "arms:\n  shown: {of: base, shots: {from: train, n: 2, seed: 1}}\nevaluation:\n",
    )
    workshop.change("name: extraction\n", "name: extraction\n      arms: [tuned, base, shown]\n")
    assert workshop.build().code == 0
    before = len(workshop.calls())
    workshop.change("n: 2, seed: 1}", "n: 2, seed: 2}")
    assert "arm.shots.seed 1 -> 2" in workshop.plan().out
    assert workshop.build().code == 0
    assert len(workshop.calls()) == before + TEST_ROWS


def test_strict_environment_counts_other_versions_as_a_change(built: Workshop) -> None:
    planned = built.plan("--strict-environment").out
    assert "train seed 1................... will run: environment changed" in planned
    assert "10 steps reused" in built.plan().out


@pytest.mark.parametrize(
    ("old", "new", "held"),
    [
        ("{method: lora, r: 8}", "{method: lora, r: 16}", False),
        ("{method: lora, r: 8}", "{method: qlora, r: 8}", True),
        ("evaluation:\n", "arms:\n  small: {of: base, quantization: nf4}\nevaluation:\n", True),
    ],
)
def test_whether_anything_is_held_in_few_bits(
    workshop: Workshop, old: str, new: str, held: bool
) -> None:
    workshop.change(old, new)
    assert holds_quantized(load_spec(workshop.folder / "spec.yaml").spec) is held


def test_qlora_holds_base_as_tuned_and_what_is_finished_as_it_is(workshop: Workshop) -> None:
    """Merging gives dense weights, and an arm may ask for the full base."""
    workshop.existing('{"role": "tuned", "arm": {"right": 0.9}, "seed": 1}')
    workshop.change("org/base}", "org/base, quantization: int8}")
    workshop.change(
        "evaluation:\n",
        "arms:\n  base-full: {of: base, quantization: none}\n"
        "  shipped: {of: tuned, merged: true}\n"
        "comparisons: [[base, base-full], [shipped, base]]\nevaluation:\n",
    )
    ran = workshop.build()
    assert ran.code == 0, ran.err
    report = workshop.report()
    held = {name: arm.quantization for name, arm in report.arms.items()}
    assert held == {"base": "int8", "tuned": "int8", "base-full": "none", "shipped": "none"}
    pairs = [finding.arms for finding in report.findings if finding.metric == "json_valid"]
    assert pairs == [
        ("tuned", "base"),
        ("base", "base-full"),
        ("shipped", "base"),
        ("shipped", "tuned"),
        ("shipped", "base-full"),  # of its own precision: what training did
    ]
    assert {one.arm for one in report.measurements} == {"shipped"}
