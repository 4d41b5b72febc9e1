"""Faults told apart by what libraries really raise."""

import errno
from pathlib import Path

import pytest

from evalreport.errors import StepFailed
from evalreport.training.faults import is_out_of_memory, storage_fault


class OutOfMemoryError(RuntimeError):
    """Named as torch names its own."""


class SafetensorError(Exception):
    """Named as safetensors names its own."""


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
        RuntimeError(
            "[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate "
            "memory: you tried to allocate 4000000000000000 bytes."
        ),
        RuntimeError("CUDA error: out of memory"),
    ],
)
def test_memory(error: Exception, tmp_path: Path) -> None:
    assert is_out_of_memory(error)
    assert storage_fault(error, tmp_path) is None


@pytest.mark.torch
def test_torch_s_own_allocator_is_recognised() -> None:
    import torch

    with pytest.raises(RuntimeError) as caught:
        torch.empty(1 << 52, dtype=torch.float32)
    assert is_out_of_memory(caught.value)


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        SafetensorError("I/O error: No space left on device (os error 28)"),
        RuntimeError("[enforce fail at inline_container.cc:664] . PytorchStreamWriter failed"),
    ],
)
def test_storage(error: Exception, tmp_path: Path) -> None:
    fault = storage_fault(error, tmp_path)
    assert isinstance(fault, StepFailed)
    assert str(tmp_path) in str(fault)
    assert not is_out_of_memory(error)


def test_other_faults_are_neither(tmp_path: Path) -> None:
    for error in (
        RuntimeError("shapes cannot be multiplied"),
        ValueError("no"),
        FileNotFoundError(errno.ENOENT, "No such file", "/somewhere/else/model.safetensors"),
    ):
        assert storage_fault(error, tmp_path) is None
        assert not is_out_of_memory(error)
    here = PermissionError(errno.EACCES, "Permission denied", str(tmp_path / "run"))
    assert storage_fault(here, tmp_path) is not None
