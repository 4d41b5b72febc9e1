"""A task that a tiny model can learn, and jobs on both."""

from pathlib import Path

from evalreport.engines.base import Load
from evalreport.engines.model_digests import base_digest
from evalreport.engines.model_files import ModelFiles, locate
from evalreport.records import Chat, Dtype, Item, Message
from evalreport.training.options import AdapterOptions, EveryEpochs, Lora, Training
from evalreport.training.sft import TrainJob

COLOURS = ("red", "green", "blue", "black", "white")
FRUITS = ("apple", "pear", "plum", "fig", "lemon", "melon", "cherry", "grape")


def files_of(folder: Path) -> ModelFiles:
    found = locate(str(folder), relative_to=folder)
    assert isinstance(found, ModelFiles)
    return found


def load_of(folder: Path, dtype: Dtype = Dtype.FLOAT32) -> Load:
    return Load(folder=folder, base_digest=base_digest(files_of(folder)), dtype=dtype)


def item(number: int) -> Item:
    colour, fruit = COLOURS[number % 5], FRUITS[number % 8]
    return Item(
        id=f"item-{number}",
        prompt=Chat(messages=(Message(role="user", content=f"I want {number} {colour} {fruit}"),)),
        reference=f"{fruit} {colour}",
        line=number + 1,
    )


def items(count: int, start: int = 0) -> tuple[Item, ...]:
    return tuple(item(number) for number in range(start, start + count))


def job(
    model: Path,
    folder: Path,
    *,
    adapter: AdapterOptions | None = None,
    dtype: Dtype = Dtype.FLOAT32,
    rows: int = 40,
    **changes: object,
) -> TrainJob:
    """Two epochs of five steps on the toy task; `changes` are fields of Training."""
    training = {
        "learning_rate": 3e-2,
        "epochs": 2.0,
        "max_length": 64,
        "evaluate_every": EveryEpochs(epochs=1.0),
        "keep": "best",
        "checkpoints": "each_epoch",
        **changes,
    }
    return TrainJob(
        load=load_of(model, dtype),
        adapter=adapter or Lora(r=8, alpha=16),
        training=Training.model_validate(training),
        seed=1,
        train=items(rows),
        select=items(10, start=rows),
        folder=folder,
        key="key-1",
        public_name="org/tiny",
    )


def contents(folder: Path) -> dict[str, bytes]:
    """The bytes of every file below a folder, the log with its times aside."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "training.json"
    }
