"""What was published, taken from the hub again: the same adapter, with the same outputs."""

import json
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import snapshot_download

from evalreport.engines.model_digests import adapter_digest
from tests.publish.loopback import TOKEN
from tests.publish.world import BASE, REPO, World
from tests.reports import changed
from tests.tiny import tiny_adapter, tiny_model


def outputs(base: Path, adapter: Path) -> Any:
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base), adapter)
    with torch.no_grad():
        return model(input_ids=torch.arange(1, 24).reshape(1, -1)).logits


@pytest.mark.torch
@pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")
def test_the_published_adapter_gives_the_outputs_that_were_evaluated(
    world: World, tmp_path: Path
) -> None:
    import torch

    base = tiny_model(tmp_path / "base")
    mine = tiny_adapter(base, tmp_path / "trained")
    (tmp_path / "adapter").rename(tmp_path / "unused")
    mine.rename(tmp_path / "adapter")
    digest = adapter_digest(tmp_path / "adapter")
    report = world.load()
    arm = report.arms["tuned"].model_copy(update={"adapter_digests": {"1": digest}})
    world.change(changed(report, arms={**report.arms, "tuned": arm}))
    assert world.publish("--push")[0] == 0
    place = Path(
        snapshot_download(REPO, endpoint=world.hub.url, token=TOKEN, cache_dir=tmp_path / "cache")
    )
    settings = json.loads((place / "adapter_config.json").read_text())
    assert settings["base_model_name_or_path"] == BASE
    plain, tuned = outputs(base, place), outputs(base, tmp_path / "adapter")
    assert torch.equal(plain, tuned)
