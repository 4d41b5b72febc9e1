"""The local engine: transformers and peft in this process, one base with adapters switched."""

from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import StringConstraints

from evalreport.engines.base import Load, Progress, Session
from evalreport.engines.quantized import cannot_hold
from evalreport.records import Machine, Quantization
from evalreport.values import Natural, Value

Device = Annotated[str, StringConstraints(strict=True, pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$")]


class LocalEngine(Value):
    """Options of the local engine; none of them changes an answer beyond rounding.

    Attributes:
        batch_size: Questions that a forward pass may hold; `auto` lets the tokens alone decide.
        batch_tokens: Tokens that a batch may hold, padding and (when writing) room for the answer
            included; `auto` is what was fastest: 16,384 when scoring on a GPU and 512 on a
            processor, 65,536 and 16,384 when writing. What does not fit in memory is halved.
        device: Where the model runs; `auto` takes a CUDA device, else Apple's, else the processor.
    """

    kind: Literal["local"] = "local"
    batch_size: Natural | Literal["auto"] = "auto"
    batch_tokens: Natural | Literal["auto"] = "auto"
    device: Device = "auto"

    def blocked_reason(self, machine: Machine) -> str | None:
        """A GPU that was asked for by name must be there."""
        if self.device.startswith("cuda") and machine.accelerator is None:
            return f"engine.device is {self.device}, and this machine shows no GPU"
        return None

    def runs_on(self, machine: Machine) -> str:
        """What computes, as far as it is known without loading anything: the GPU's name, or how.

        Args:
            machine: Where a step would run.
        """
        if self.device in {"cpu", "mps"}:
            return self.device
        return machine.accelerator or "cpu"

    def cannot_hold(self, held: Quantization, machine: Machine) -> str | None:
        """Why weights cannot be held like this where the engine would run; None when they can."""
        on_gpu = self.device.startswith("cuda") or (
            self.device == "auto" and machine.accelerator is not None
        )
        return cannot_hold(held, on_gpu=on_gpu)

    def open(self, load: Load, report: Callable[[Progress], None]) -> Session:
        """Load the base weights.

        Raises:
            EvalReportError: They cannot be loaded here, with the reason and the way out.
        """
        from evalreport.engines.local_session import open_session

        return open_session(self, load, report)
