"""What a training step is given: one frozen value that can cross to another process."""

from pathlib import Path

from pydantic import Field

from evalreport.engines.base import Load
from evalreport.engines.local import Device
from evalreport.records import Item
from evalreport.training.options import AdapterOptions, Training
from evalreport.values import Count, Flag, Json, NonNegative, Value


class TrainJob(Value):
    """One training run.

    Attributes:
        load: The base weights; `dtype` is that in which base and tuned will answer.
        adapter: What is trained.
        training: How.
        seed: Of the initial adapter, the order of the rows and dropout.
        train: Items to learn; each has a reference.
        select: Items whose loss chooses the checkpoint.
        folder: Where everything is written; it belongs to this step alone.
        key: Of the step; nothing that another key left in the folder is used.
        template_kwargs: Arguments of the chat template, as evaluation uses them.
        public_name: What the base is called in public; written into the adapter's configuration
            instead of the local path, which a hub would refuse.
        device: Where the model is trained; `auto` takes a CUDA device, else Apple's, else the
            processor.
        resume: Whether to go on from a complete checkpoint of the same key.
        save_every_seconds: How much work a kill may cost; a checkpoint that is slow to write is
            taken less often, so that writing stays below a twentieth of the time. 0: after each
            step, whatever it takes.
    """

    load: Load
    adapter: AdapterOptions
    training: Training
    seed: Count
    train: tuple[Item, ...]
    select: tuple[Item, ...] = ()
    folder: Path
    key: str
    template_kwargs: dict[str, Json] = Field(default_factory=dict)
    public_name: str | None = None
    device: Device = "auto"
    resume: Flag = True
    save_every_seconds: NonNegative = 60.0
