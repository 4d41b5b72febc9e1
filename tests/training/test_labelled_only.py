"""The head sees the labelled positions alone, and loss and gradients stay what they were."""

import warnings
from typing import Any

import pytest

from evalreport.training.labelled_only import labelled_only
from tests.tiny import tiny_model

pytestmark = pytest.mark.torch


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Any:
    from transformers import AutoModelForCausalLM

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from trl.trainer.utils import add_fused_lm_head
    loaded = AutoModelForCausalLM.from_pretrained(
        tiny_model(tmp_path_factory.mktemp("m") / "model")
    )
    add_fused_lm_head(loaded, outputs=("log_probs", "entropy", "is_top1"))
    return loaded


def step(model: Any, monkeypatch: pytest.MonkeyPatch) -> tuple[float, Any, int]:
    """Loss, gradient of the embeddings, and how many positions the head scored."""
    import torch
    from trl.trainer import utils

    scored: list[int] = []
    function = utils._ChunkedLogProbFunction

    class Watched:
        @staticmethod
        def apply(hidden: Any, *rest: Any) -> Any:
            scored.append(len(hidden))
            return function.apply(hidden, *rest)

    monkeypatch.setattr(utils, "_ChunkedLogProbFunction", Watched)
    ids = torch.arange(20).reshape(2, 10) + 3
    labels = ids.clone()
    labels[0, :7] = -100
    labels[1, :5] = -100
    labels[1, 9:] = -100
    model.zero_grad()
    loss = model(input_ids=ids, labels=labels, fused_lm_head=True).loss
    loss.backward()
    monkeypatch.undo()
    return float(loss.detach()), model.get_input_embeddings().weight.grad.clone(), sum(scored)


def test_seven_of_eighteen_positions_give_the_same_loss_and_gradient(
    model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    loss, gradient, scored = step(model, monkeypatch)
    assert scored == 18
    with labelled_only("cpu"):
        less_loss, less_gradient, less_scored = step(model, monkeypatch)
    assert less_scored == 7
    assert less_loss == pytest.approx(loss, rel=1e-6)
    torch.testing.assert_close(less_gradient, gradient)
    assert step(model, monkeypatch)[2] == 18  # afterwards as before


def test_a_gpu_is_left_to_trl() -> None:
    from trl.trainer import utils

    before = utils._use_triton
    with labelled_only("cuda:0"):
        assert utils._use_triton is before
