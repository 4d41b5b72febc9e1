"""What an engine is: it loads base weights once and answers questions, adapters switched.

An engine never sees an arm's name, a metric or a reference answer; `Question.truth` is filled
for the simulated engine alone, which must know the truth that it distorts.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pydantic import Field

from evalreport.records import (
    Check,
    Dtype,
    Failure,
    Item,
    Machine,
    Prompt,
    Quantization,
    Request,
    Response,
    ResponseKey,
    Weights,
)
from evalreport.values import Json, Value


class Question(Value):
    """One request with the identity under which its answer is stored."""

    key: ResponseKey
    item: str
    request: Request
    truth: Item | None = None


class Load(Value):
    """Base weights to hold in memory, with everything resolved to local paths.

    Attributes:
        folder: Local folder with config, tokenizer and weights.
        gguf_file: File in the folder that holds the weights, when they are packed as GGUF.
        base_digest: Content digest of the weights, tokenizer and chat template.
        dtype: Resolved number format.
        quantization: How the weights are held.
        trust_remote_code: Whether code shipped with the model may run; only if the spec says so.
    """

    folder: Path
    gguf_file: str | None = None
    base_digest: str
    dtype: Dtype
    quantization: Quantization = Quantization.NONE
    trust_remote_code: bool = False


class AdapterFiles(Value):
    """An adapter on disk: its folder and the digest that its content must have."""

    folder: Path
    digest: str
    merged: bool = False


class Probe(Value):
    """What is looked at before an adapter, or a base without one, is asked anything.

    Attributes:
        adapter: To be switched on and off; None for weights that stand on their own.
        prompts: A few of those that will be asked.
        template_kwargs: Arguments of the chat template.
        base_names: What the base is called: on the hub, in the spec, on disk.
        base_digest: Content digest of the base.
        made_from: The base that these whole weights were trained from, or exported with.
    """

    adapter: AdapterFiles | None
    prompts: tuple[Prompt, ...]
    template_kwargs: dict[str, Json] = Field(default_factory=dict)
    base_names: tuple[str, ...] = ()
    base_digest: str
    made_from: Load | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """One line of progress: what is being done, how far, and (training) the loss."""

    what: str
    done: int
    total: int
    loss: float | None = None


class Session(Protocol):
    """A loaded base that answers."""

    def weights(self, adapter: AdapterFiles | None) -> Weights:
        """The identity of what answers when this adapter is on (None: the bare base)."""
        ...

    def answer(
        self, adapter: AdapterFiles | None, questions: Sequence[Question]
    ) -> Iterator[tuple[Question, Response | Failure]]:
        """One answer per question, in any order, each as soon as it is known.

        A question that cannot be answered (memory, a crash in the model) yields a Failure; only
        what makes the whole session unusable raises.
        """
        ...

    def preflight(self, probe: Probe) -> tuple[Check, ...]:
        """What can be found out about an adapter and its base from a few prompts.

        Afterwards the base is as it was; what is wrong with the adapter is a failed check.

        Raises:
            EvalReportError: The adapter could not be put on, for a reason that may pass.
            OSError: A file beside it cannot be read.
        """
        ...

    def notes(self) -> tuple[str, ...]:
        """What a reader of the answers has to be told, such as a batch that did not fit."""
        ...

    def close(self) -> None:
        """Release the memory."""
        ...


class Engine(Protocol):
    """Options of one kind of engine, with the verb that makes a session."""

    @property
    def kind(self) -> str:
        """Its tag in YAML."""
        ...

    def blocked_reason(self, machine: Machine) -> str | None:
        """Why it cannot run here, as far as a plan can know; None: nothing stands in its way."""
        ...

    def open(self, load: Load, report: Callable[[Progress], None]) -> Session:
        """Load the base weights.

        Raises:
            EvalReportError: They cannot be loaded here, with the reason and the way out.
        """
        ...
