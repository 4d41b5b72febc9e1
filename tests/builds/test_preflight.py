"""Every check before money is spent: something built to fail it stops a real build; its twin passes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evalreport.report.model import Report
from tests.builds.tiny_workshop import (
    change_config,
    change_weights,
    tiny_workshop,
    with_existing,
)
from tests.builds.workshop import Ran, Workshop
from tests.tiny import CHAT_TEMPLATE, tiny_adapter, tiny_model

pytestmark = pytest.mark.torch

BEFORE_TRAINING = {
    "target_modules", "trainer_arguments", "chat_template", "stop_token", "prompt_is_prefix",
    "end_of_turn_learned", "truncation", "memory",
}  # fmt: skip
OF_AN_ADAPTER = {
    "memory", "chat_template", "stop_token", "finite_outputs", "adapter_fits", "adapter_base",
    "adapter_weights", "adapter_active", "base_restored",
}  # fmt: skip
OTHERWISE = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\nthink: {% endif %}"
)
ENDLESS = (
    "{% for m in messages %}{{ m['role'] }}:\n{{ m['content'] }}\n{% endfor %}"
    "{% if add_generation_prompt %}assistant:\n{% endif %}"
)
PICKY = "{{ raise_exception('roles must alternate') }}"


def statuses(report: Report) -> dict[str, dict[str, str]]:
    return {
        facts.arm: {check.name: check.status for check in facts.checks}
        for facts in report.preflight
    }


def assert_stopped(
    workshop: Workshop, ran: Ran, step: str, check: str, *said: str, trained: bool = False
) -> None:
    """The build ended at a check, said why and what to do, and did nothing after it."""
    assert ran.code == 3, ran.both
    line = next(line for line in ran.err.splitlines() if line.startswith(f"{step}: FAILED, "))
    for words in said:
        assert words in line
    assert "Traceback" not in ran.both
    report = workshop.report()
    assert statuses(report)[step.removeprefix("preflight ")][check] == "failed"
    assert report.verdict.outcome == "not_measured"
    assert [one.outcome for one in report.steps if one.kind == "ask"] == ["blocked"] * 2
    assert [one.outcome for one in report.steps if one.kind == "train"] in (
        [[]]
        if not trained and "existing" in report.reproduce.spec_yaml
        else [["blocked"], ["done"]]
    )
    assert workshop.rows("SELECT count(*) FROM responses") == [(0,)]
    assert workshop.rows("SELECT count(*) FROM declared") == [(0,)]
    planned = workshop.plan()
    assert planned.code == 0
    if check not in {"memory", "trainer_arguments"}:  # of that machine and that day
        # It is known the next time, without any model, and says the same.
        assert said[0] in planned.out
        assert " 0 will run" in planned.out


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workshop, Ran]:
    """A training with nothing wrong, and the adapter that it left."""
    workshop = tiny_workshop(tmp_path_factory.mktemp("sound") / "w")
    return workshop, workshop.build()


def test_what_is_sound_passes_every_check(sound: tuple[Workshop, Ran]) -> None:
    workshop, ran = sound
    assert ran.code == 0, ran.both
    found = statuses(workshop.report())
    assert found == {
        "before training": dict.fromkeys(BEFORE_TRAINING, "passed"),
        "tuned seed 1": dict.fromkeys(OF_AN_ADAPTER, "passed"),
        "base": dict.fromkeys(
            ("memory", "chat_template", "stop_token", "finite_outputs"), "passed"
        ),
    }
    text = (workshop.out / "report.md").read_text()
    assert "it was trained on exactly this base" in text
    assert "with the adapter off the base answers as before, bit for bit" in text


def test_checks_are_made_once(sound: tuple[Workshop, Ran]) -> None:
    ran = sound[0].build()
    assert ran.code == 0
    assert "steps    6 reused" in ran.out


def test_an_adapter_from_elsewhere_passes_too(tmp_path: Path) -> None:
    workshop = tiny_workshop(tmp_path)
    folder = with_existing(workshop)
    change_config(folder, base_model_name_or_path="somebody/model")
    ran = workshop.build()
    assert ran.code == 0, ran.both
    # Nothing tells which chat template it was trained with.
    expected = dict.fromkeys(OF_AN_ADAPTER, "passed") | {"chat_template": "unchecked"}
    assert statuses(workshop.report())["tuned"] == expected
    # With the template beside it, it is known; that alone is looked at again.
    (folder / "chat_template.jinja").write_text(CHAT_TEMPLATE)
    ran = workshop.build()
    assert ran.code == 0, ran.both
    assert "steps    3 reused, 1 done" in ran.out
    assert statuses(workshop.report())["tuned"] == dict.fromkeys(OF_AN_ADAPTER, "passed")


def test_two_seeds_are_looked_at_one_after_the_other(tmp_path: Path) -> None:
    """What the first leaves behind must not be taken for the base of the second."""
    workshop = tiny_workshop(tmp_path)
    workshop.change("learning_rate: 1e-3,", "learning_rate: 1e-3, seeds: [1, 2],")
    ran = workshop.build()
    assert ran.code == 0, ran.both
    found = statuses(workshop.report())
    for seed in (1, 2):
        assert found[f"tuned seed {seed}"] == dict.fromkeys(OF_AN_ADAPTER, "passed")


def test_an_inactive_adapter_beside_an_active_one_is_left_out_alone(tmp_path: Path) -> None:
    workshop = tiny_workshop(tmp_path)
    with_existing(workshop)
    zero = tiny_adapter(workshop.folder / "model", workshop.folder / "zero", seed=3)
    change_weights(zero, zeroed)
    workshop.change(
        "evaluation:\n",
        "arms: {previous: {adapter: {method: existing, path: zero}}}\nevaluation:\n",
    )
    workshop.change("dataset: test}", "dataset: test, arms: [previous, tuned, base]}")
    ran = workshop.build()
    assert ran.code == 3
    report = workshop.report()
    assert statuses(report)["previous"]["adapter_active"] == "failed"
    assert statuses(report)["tuned"]["adapter_active"] == "passed"
    outcomes = {step.id: step.outcome for step in report.steps}
    assert outcomes["ask loss previous"] == "blocked"
    assert outcomes["ask loss tuned"] == outcomes["ask loss base"] == "done"
    said = [r.status for r in report.remarks if r.rule == "adapter-sound" and "previous" in r.text]
    assert said == ["broken", "broken"]  # it has no weights, and changes nothing


def test_weights_are_looked_at_for_themselves_up_to_a_step(tmp_path: Path) -> None:
    workshop = tiny_workshop(tmp_path)
    with_existing(workshop)
    ran = workshop.build("--until", "preflight base")
    assert ran.code == 0, ran.both
    assert {*statuses(workshop.report())} == {"tuned", "base"}
    assert workshop.rows("SELECT count(*) FROM responses") == [(0,)]
    assert workshop.rows("SELECT count(*) FROM declared") == [(0,)]
    ran = workshop.build()
    assert "steps    2 reused, 2 done" in ran.out


def test_a_whole_model_whose_outputs_are_no_numbers(tmp_path: Path) -> None:
    """It is loaded apart from the base, which is not asked before it has been looked at."""
    from safetensors.torch import load_file, save_file

    workshop = tiny_workshop(tmp_path)
    with_existing(workshop)
    tuned = tiny_model(workshop.folder / "tuned", seed=7)
    weights = load_file(tuned / "model.safetensors")
    weights["model.norm.weight"] = weights["model.norm.weight"] * float("nan")
    save_file(weights, tuned / "model.safetensors", metadata={"format": "pt"})
    workshop.change(
        "adapter: {method: existing, path: adapter}\n", "arms: {tuned: {model: ./tuned}}\n"
    )
    workshop.change("dataset: test}", "dataset: test, arms: [base, tuned]}")
    ran = workshop.build()
    assert ran.code == 3
    assert "preflight tuned: FAILED, without an adapter its outputs on 4 of 4 prompts" in ran.err
    assert workshop.rows("SELECT count(*) FROM responses") == [(0,)]
    assert workshop.rows("SELECT count(*) FROM declared") == [(0,)]


def test_a_whole_tuned_model_with_another_chat_template(tmp_path: Path) -> None:
    workshop = tiny_workshop(tmp_path)
    with_existing(workshop)
    tiny_model(workshop.folder / "tuned", seed=7, chat_template=OTHERWISE)
    workshop.change(
        "adapter: {method: existing, path: adapter}\n", "arms: {tuned: {model: ./tuned}}\n"
    )
    ran = workshop.build()
    assert ran.code == 3
    assert "the chat template that evaluation uses is not the base's" in ran.err


def test_an_arm_may_be_called_training(tmp_path: Path) -> None:
    workshop = Workshop.made(tmp_path / "w")
    workshop.change(
        "evaluation:\n", "arms: {training: {of: base, system: Be brief.}}\nevaluation:\n"
    )
    workshop.change("name: extraction\n", "name: extraction\n      arms: [tuned, base, training]\n")
    ran = workshop.build()
    assert ran.code == 0, ran.both


# Before training


@pytest.mark.parametrize(
    ("old", "new", "check", "said"),
    [
        (
            "max_length: 128",
            "max_length: 128, extra: {adam_beta_2: 0.9}",
            "trainer_arguments",
            ("training.extra.adam_beta_2: SFTConfig of trl", "nearest: adam_beta2"),
        ),
        (
            "max_length: 128",
            'max_length: 128, extra: {optim: "adamw_of_my_own"}',
            "trainer_arguments",
            ("trl refuses these settings", "adamw_of_my_own", "see the documentation"),
        ),
        (
            "max_length: 128",
            "max_length: 128, extra: {tf32: true}",
            "trainer_arguments",
            ("trl refuses these settings", "tf32"),
        ),
        (
            "target_modules: all-linear",
            "target_modules: [q_proj, query]",
            "target_modules",
            ("this model has no layer query", "its layers are"),
        ),
        (
            "max_length: 128",
            "max_length: 24",
            "truncation",
            ("8 of 8 rows are cut", "raise training.max_length"),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and value.isidentifier() else "",
)
def test_settings_that_cannot_be(
    tmp_path: Path, old: str, new: str, check: str, said: tuple[str, ...]
) -> None:
    workshop = tiny_workshop(tmp_path)
    workshop.change(old, new)
    assert_stopped(workshop, workshop.build(), "preflight before training", check, *said)
    assert not (workshop.folder / ".evalreport/objects").exists()


@pytest.mark.parametrize(
    ("template", "check", "said"),
    [
        (None, "chat_template", ("the model has no chat template", "set chat: false")),
        (
            OTHERWISE,
            "prompt_is_prefix",
            ("8 of 8 rows have a prompt that is tokenised otherwise", "mend the chat template"),
        ),
        (
            ENDLESS,
            "end_of_turn_learned",
            ("hold no token that ends a generation", "use a chat template that ends"),
        ),
        (PICKY, "rows", ("roles must alternate", "change the roles or the text")),
    ],
    ids=["none", "otherwise", "endless", "picky"],
)
def test_chat_templates_that_teach_something_else(
    tmp_path: Path, template: str | None, check: str, said: tuple[str, ...]
) -> None:
    workshop = tiny_workshop(tmp_path, chat_template=template)
    assert_stopped(workshop, workshop.build(), "preflight before training", check, *said)


def test_a_model_that_is_larger_than_the_machine(tmp_path: Path) -> None:
    workshop = tiny_workshop(tmp_path)
    change_config(workshop.folder / "model", "config.json", intermediate_size=10**9)
    assert_stopped(
        workshop,
        workshop.build(),
        "preflight before training",
        "memory",
        "one row of 48 tokens at a time, is predicted to take ",
        " TB, and the device has ",
        "use a smaller model",
    )


# Before an adapter is asked


def zeroed(tensors: dict[str, Any]) -> dict[str, Any]:
    return {name: one * 0 if "lora_B" in name else one for name, one in tensors.items()}


def broken(tensors: dict[str, Any]) -> dict[str, Any]:
    return {name: one * float("nan") for name, one in tensors.items()}


def lacking(tensors: dict[str, Any]) -> dict[str, Any]:
    return dict(list(tensors.items())[1:])


def other_base(workshop: Workshop, folder: Path) -> None:
    """The very shapes, another model: nothing but its name tells."""
    tiny_adapter(tiny_model(workshop.folder / "other", seed=5), folder)
    change_config(folder, base_model_name_or_path="org/other-model")


def other_content(_: Workshop, folder: Path) -> None:
    (folder / "evalreport_base.json").write_text('{"base_digest": "another"}')


def other_template(_: Workshop, folder: Path) -> None:
    (folder / "chat_template.jinja").write_text(OTHERWISE)


@pytest.mark.parametrize(
    ("spoil", "check", "said"),
    [
        (
            lambda _, folder: change_weights(folder, zeroed),
            "adapter_weights",
            ("second factors (lora_B) are zero: it was never trained", "train it again"),
        ),
        (
            lambda _, folder: change_weights(folder, zeroed),
            "adapter_active",
            ("says exactly what the base says on 4 prompts", "base and tuned would be the same"),
        ),
        (
            lambda _, folder: change_weights(folder, broken),
            "adapter_weights",
            ("hold infinite values or NaN", "train it again"),
        ),
        (
            lambda _, folder: change_weights(folder, lacking),
            "adapter_fits",
            ("weights are missing", "name the base it was made for"),
        ),
        (
            other_base,
            "adapter_base",
            ("it was made for org/other-model, and the base here is ./model", "base_model.hub_id"),
        ),
        (
            other_content,
            "adapter_base",
            ("it was trained on another base", "name the base that it was trained on"),
        ),
        (
            other_template,
            "chat_template",
            ("is not the one in the adapter's folder", "the same chat_template.jinja"),
        ),
    ],
    ids=["zero", "inactive", "nan", "missing", "other-name", "other-content", "other-template"],
)
def test_adapters_that_would_mislead(
    tmp_path: Path,
    spoil: Callable[[Workshop, Path], None],
    check: str,
    said: tuple[str, ...],
) -> None:
    workshop = tiny_workshop(tmp_path)
    spoil(workshop, with_existing(workshop))
    assert_stopped(workshop, workshop.build(), "preflight tuned", check, *said)


def test_a_turn_that_ends_with_what_nothing_else_knows(tmp_path: Path) -> None:
    workshop = tiny_workshop(tmp_path)
    with_existing(workshop)
    model = workshop.folder / "model"
    change_config(model, "tokenizer_config.json", eos_token="<|endoftext|>")
    for name in ("config.json", "generation_config.json"):
        change_config(model, name, eos_token_id=0)
    assert_stopped(
        workshop,
        workshop.build(),
        "preflight tuned",
        "stop_token",
        "the chat template ends a turn with <|im_end|>",
        "add it to eos_token_id in generation_config.json",
    )


# Waiving


def test_memory_is_looked_at_again_and_all_the_rest_with_it(tmp_path: Path) -> None:
    workshop = tiny_workshop(tmp_path)
    change_weights(with_existing(workshop), zeroed)
    change_config(workshop.folder / "model", "config.json", num_key_value_heads=2)
    config = workshop.folder / "model/config.json"
    whole = config.read_text()
    change_config(workshop.folder / "model", "config.json", intermediate_size=10**12)
    ran = workshop.build()
    assert ran.code == 3
    assert "is predicted to take" in ran.err
    assert workshop.rows("SELECT count(*) FROM steps") == [(0,)]
    config.write_text(whole)
    workshop.change(
        "evaluation:\n",
        "preflight: {waive: [{check: memory, because: it swaps}]}\nevaluation:\n",
    )
    ran = workshop.build()
    assert ran.code == 3
    assert "it was never trained" in ran.err


def test_what_the_spec_waives_goes_on_and_is_said(tmp_path: Path) -> None:
    workshop = tiny_workshop(tmp_path)
    other_content(workshop, with_existing(workshop))
    workshop.change(
        "evaluation:\n",
        "preflight: {waive: [{check: adapter_base, because: the weights are the same}]}\n"
        "evaluation:\n",
    )
    ran = workshop.build()
    assert ran.code == 0, ran.both
    report = workshop.report()
    assert statuses(report)["tuned"]["adapter_base"] == "waived"
    assert report.verdict.outcome == "invalid_evidence"
    text = (workshop.out / "report.md").read_text()
    assert "waived in the spec: the weights are the same" in text


def test_what_cannot_be_done_at_all_cannot_be_waived(tmp_path: Path) -> None:
    workshop = tiny_workshop(tmp_path)
    workshop.change(
        "evaluation:\n",
        "preflight: {waive: [{check: trainer_arguments, because: I know}]}\nevaluation:\n",
    )
    ran = workshop.run("check", "spec.yaml")
    assert ran.code == 2
    assert "preflight.waive" in ran.err
    assert "adapter_active" in ran.err  # what can be
