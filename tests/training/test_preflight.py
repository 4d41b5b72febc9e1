"""Preflight: what is wrong is found with the tokenizer alone."""

from pathlib import Path

import pytest

from evalreport.errors import StepFailed
from evalreport.training.options import Torchrun
from evalreport.training.preflight import preflight
from tests.tiny import tiny_model
from tests.training.toys import job

pytestmark = pytest.mark.torch


def test_a_sound_job_passes_and_its_rows_are_known(tiny: Path, tmp_path: Path) -> None:
    log, counts = preflight(job(tiny, tmp_path))
    assert {check.name: check.status for check in log.checks} == dict.fromkeys(
        (
            "target_modules",
            "trainer_arguments",
            "chat_template",
            "stop_token",
            "prompt_is_prefix",
            "end_of_turn_learned",
            "truncation",
            "memory",
        ),
        "passed",
    )
    assert counts is not None
    assert counts.rows == 40
    assert counts.tokens_lost == 0
    assert not list(tmp_path.iterdir())


def test_too_few_gpus_are_no_finding_about_the_training(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    given = job(tiny, tmp_path)
    training = given.training.model_copy(update={"launch": Torchrun(processes=2)})
    given = given.model_copy(update={"training": training, "device": "auto"})
    with pytest.raises(StepFailed, match="2 processes want one GPU each, and torch sees 1 here"):
        preflight(given)


def test_it_needs_no_weights(tiny: Path, tmp_path: Path) -> None:
    given = job(tiny, tmp_path)
    bare = tmp_path / "bare"
    bare.mkdir()
    for path in tiny.iterdir():
        if path.suffix != ".safetensors":
            (bare / path.name).write_bytes(path.read_bytes())
    load = given.load.model_copy(update={"folder": bare})
    log, _ = preflight(given.model_copy(update={"load": load}))
    assert {check.name: check.status for check in log.checks}["memory"] == "unchecked"


def test_a_template_without_an_end_of_turn_fails(tmp_path: Path) -> None:
    template = "{% for m in messages %}{{ m['role'] }}:\n{{ m['content'] }}\n{% endfor %}{% if add_generation_prompt %}assistant:\n{% endif %}"
    model = tiny_model(tmp_path / "model", chat_template=template)
    log, counts = preflight(job(model, tmp_path / "run"))
    failed = {check.name: check.text for check in log.checks if check.status == "failed"}
    assert list(failed) == ["end_of_turn_learned"]
    assert counts is not None
    assert counts.without_end_of_turn == 40


def test_a_template_that_renders_the_prompt_otherwise_fails(tmp_path: Path) -> None:
    template = (
        "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n"
        "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\nthink: {% endif %}"
    )
    model = tiny_model(tmp_path / "model", chat_template=template)
    log, counts = preflight(job(model, tmp_path / "run"))
    failed = [check.name for check in log.checks if check.status == "failed"]
    assert failed == ["prompt_is_prefix"]
    assert counts is not None
    assert counts.prefix_mismatches == 40


def test_an_unknown_field_of_trl_is_found_before_anything_is_loaded(
    tiny: Path, tmp_path: Path
) -> None:
    log, _ = preflight(job(tiny, tmp_path, extra={"adam_beta_2": 0.9}))
    (failed,) = log.failed(())
    assert failed.name == "trainer_arguments"
    assert "nearest: adam_beta2" in failed.hint
    assert log.why_failed(()) == f"{failed.text}; {failed.hint}"
    assert log.why_failed({"trainer_arguments"}) is None


def test_processes_on_processors_share_one_memory(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What suffices for one does not for two: each of them holds the program and the model."""
    monkeypatch.setattr("evalreport.training.preflight.device_bytes", lambda _: 700 << 20)
    found = {}
    for processes in (1, 2):
        given = job(tiny, tmp_path, launch=Torchrun(processes=processes))
        log, _ = preflight(given.model_copy(update={"device": "cpu"}))
        found[processes] = next(check for check in log.checks if check.name == "memory")
    assert [found[1].status, found[2].status] == ["passed", "failed"]
    assert found[2].text.startswith("training in 2 processes, one row of")
