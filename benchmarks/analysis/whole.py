"""A whole build on the fake engine: how long, how much memory, and what takes the time."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

_SPEC: Final = """\
evalreport: 1
name: size
base_model: {path: org/base}
adapter: {method: lora, r: 8}
datasets:
  train: {path: train.jsonl, prompt: "{{ order }}", completion: "{{ json }}"}
  test: {path: test.jsonl, cluster_by: family, subgroups: [channel]}
training: {learning_rate: 2e-4, epochs: 1, global_batch_size: 8, keep: last}
engine: {kind: fake, seed: 3, base: {right: 0.5}, tuned: {right: 0.6}}
evaluation:
  primary: {layer: orders, metric: field_accuracy, gain_at_least: 0.05}
  layers:
    - kind: generation
      name: orders
      dataset: test
      decoding: {max_new_tokens: 48, temperature: 0}
      extract: {json: first_object}
      metrics: [json_valid, field_accuracy]
"""
_CHANNELS: Final = ("chat", "email", "letter", "phone")


def built(items: int) -> str:
    """A sentence about `evalreport build` with so many test items."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "spec.yaml").write_text(_SPEC, encoding="utf-8")
        for part, count in (("train", 2_000), ("test", items)):
            rows = (
                {
                    "order": f"{part} order {i}: {2 + i % 7} plums for table {i}, please",
                    "json": json.dumps({"item": "plums", "quantity": 2 + i % 7}),
                    "family": f"{part}-{i // 8}",
                    "channel": _CHANNELS[i % 4],
                }
                for i in range(count)
            )
            text = "".join(json.dumps(row) + "\n" for row in rows)
            (folder / f"{part}.jsonl").write_text(text, encoding="utf-8")
        begun = time.monotonic()
        command = [sys.executable, "-m", "evalreport", "build", "spec.yaml"]
        with (folder / "said").open("w", encoding="utf-8") as said:
            child = subprocess.Popen(command, cwd=folder, stdout=said, stderr=said)
            _, status, used = os.wait4(child.pid, 0)  # with all that it waited for
        seconds = time.monotonic() - begun
        if status:
            sys.exit((folder / "said").read_text(encoding="utf-8")[-2000:])
        size = (folder / "reports/size/items.jsonl").stat().st_size / (1 << 20)
    return (
        f"`evalreport build`, {items:,} items, two arms, fake engine: {seconds:.1f} s, peak "
        f"{used.ru_maxrss / 1024:.0f} MiB, items.jsonl {size:.1f} MiB"
    )
