"""A learnable toy task, and jobs on it."""

from pathlib import Path

from evalreport.engines.base import Load
from evalreport.engines.model_files import ModelFiles, base_digest, locate
from evalreport.records import Chat, Dtype, Item, Message
from evalreport.training.job import TrainJob
from evalreport.training.options import AdapterOptions, Lora, Training

COLOURS = ("red", "green", "blue", "black", "white")
FRUITS = ("apple", "pear", "plum", "fig", "lemon", "melon", "cherry", "grape")


def chat_item(number: int, *, system: bool = False) -> Item:
    colour, fruit = COLOURS[number % 5], FRUITS[number % 8]
    messages = [Message(role="user", content=f"I want {number} {colour} {fruit}")]
    if system:
        messages.insert(0, Message(role="system", content="Answer briefly."))
    return Item(
        id=f"item-{number}",
        prompt=Chat(messages=tuple(messages)),
        reference=f"{fruit} {colour}",
        line=number + 1,
    )


def items(count: int, start: int = 0) -> tuple[Item, ...]:
    return tuple(chat_item(number) for number in range(start, start + count))
