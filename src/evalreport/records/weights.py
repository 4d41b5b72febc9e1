"""Weights and arms: what is compared, known by plan and known by content."""

from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from evalreport.digest import digest_of
from evalreport.values import Digest, Value


class Quantization(StrEnum):
    """How the base weights are held in memory while they answer."""

    NONE = "none"
    NF4 = "nf4"
    INT8 = "int8"


class Dtype(StrEnum):
    """Number format of weights and activations."""

    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"
    FLOAT16 = "float16"


def held_in(dtype: str, quantization: str) -> str:
    """In what weights are held, as one says it: `nf4`, `int8`, or else the number format."""
    return dtype if quantization == Quantization.NONE else quantization


class Base(Value):
    """The base model as it is, before any training."""

    kind: Literal["base"] = "base"
    model: str
    revision: str | None = None
    dtype: Dtype
    quantization: Quantization = Quantization.NONE


class Trained(Value):
    """What a training step leaves behind: `checkpoint` is `best`, `last` or `epoch-N`."""

    kind: Literal["trained"] = "trained"
    base: Base
    train_key: str
    seed: int
    checkpoint: str
    merged: bool = False


class Adapter(Value):
    """An adapter that exists already, on a base."""

    kind: Literal["adapter"] = "adapter"
    base: Base
    path: str
    digest: Digest
    merged: bool = False


class Model(Value):
    """A finished model that stands on its own."""

    kind: Literal["model"] = "model"
    path: str
    digest: str
    dtype: Dtype
    quantization: Quantization = Quantization.NONE


class Endpoint(Value):
    """A model behind an OpenAI-compatible server; its weights cannot be seen."""

    kind: Literal["endpoint"] = "endpoint"
    base_url: str
    model: str
    digest: str  # of these and of what else it is sent that changes its answers


WeightsRef: TypeAlias = Annotated[Base | Trained | Adapter | Model, Field(discriminator="kind")]
Subject: TypeAlias = Annotated[
    Base | Trained | Adapter | Model | Endpoint, Field(discriminator="kind")
]


class Weights(Value):
    """What really answered, known at run time; its digest is part of every response's key."""

    base_digest: str
    adapter_digest: str | None = None
    dtype: Dtype
    quantization: Quantization = Quantization.NONE
    merged: bool = False

    @property
    def digest(self) -> str:
        """Identity of the weights and of the precision in which they answer."""
        return digest_of("weights", self.model_dump(mode="json"))


class Replicate(Value):
    """One trained copy of an arm: its training seed (None: not trained here) and its subject."""

    seed: int | None = None
    subject: Subject


class Arm(Value):
    """What is compared: base, tuned, or another; seeds live inside an arm, never as arms."""

    name: str
    replicates: tuple[Replicate, ...]
    prompting: str | None = None  # set when the arm declares a prompt of its own: what it changes
