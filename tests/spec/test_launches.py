"""`training.launch` and `training.report_to` in a spec: every mistake is known at `check`."""

import contextlib
import io
from pathlib import Path

import pytest

from evalreport.cli import main

SPEC = """\
evalreport: 1
name: shared
base_model: {{path: ./model}}
adapter: {{method: lora}}
datasets: {{train: {{path: train.jsonl, prompt: "{{{{ q }}}}", completion: "{{{{ a }}}}"}}, test: {{path: test.jsonl}}}}
training: {{learning_rate: 2e-4, {training}}}
evaluation:
  layers: [{{kind: perplexity, name: loss, dataset: test}}]
"""


def checked(folder: Path, training: str) -> tuple[int, str]:
    (folder / "model").mkdir(exist_ok=True)
    for name in ("train", "test"):
        (folder / f"{name}.jsonl").write_text(f'{{"q": "{name}?", "a": "1"}}\n')
    (folder / "spec.yaml").write_text(SPEC.format(training=training))
    said = io.StringIO()
    with (
        contextlib.chdir(folder),
        contextlib.redirect_stderr(said),
        contextlib.redirect_stdout(said),
    ):
        code = main(["check", "spec.yaml"])
    return code, said.getvalue()


@pytest.mark.parametrize(
    "training",
    [
        "launch: {kind: process}",
        "launch: {kind: torchrun, processes: 2}",
        "launch: {kind: accelerate, processes: 4, config: multi_gpu}",
        "launch: {kind: accelerate, processes: 2, config: own/accelerate.yaml}",
        "report_to: [tensorboard, wandb, mlflow]",
    ],
)
def test_what_is_right_passes(tmp_path: Path, training: str) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own/accelerate.yaml").write_text("distributed_type: MULTI_GPU\nnum_processes: 2\n")
    assert checked(tmp_path, training)[0] == 0


@pytest.mark.parametrize(
    ("training", "words"),
    [
        ("launch: {kind: torchrun, processes: 3}", "cannot be shared equally by 3 processes"),
        ("launch: {kind: torchrun}", "processes"),
        ("launch: {kind: torchrun, num_processes: 2}", "processes"),
        ("launch: {kind: torchrun, processes: 2, config: multi_gpu}", "config"),
        ("launch: {kind: process, processes: 2}", "processes"),
        ("launch: {kind: accelerate, processes: 2, config: fsdp2}", "spreads weights or optimizer"),
        ("launch: {kind: accelerate, processes: 2, config: mutli_gpu}", "multi_gpu"),
        ("launch: {kind: accelerate, processes: 2}, micro_batch: 8", "do not divide"),
        ("report_to: [trackio]", "tensorboard"),
        ("report_to: [comet_ml]", "tensorboard"),
        ("extra: {average_tokens_across_devices: false}", "a token counts the same"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, training: str, words: str) -> None:
    code, said = checked(tmp_path, training)
    assert code == 2, said
    assert words in said
    assert "spec.yaml:6:" in said
