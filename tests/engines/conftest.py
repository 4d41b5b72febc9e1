from pathlib import Path

import pytest

from evalreport.engines.base import AdapterFiles, Load
from evalreport.engines.model_digests import adapter_digest, base_digest
from evalreport.engines.model_files import ModelFiles, locate
from evalreport.records import Dtype
from tests.tiny import tiny_adapter, tiny_model


@pytest.fixture(scope="session")
def one_thread() -> None:
    """A tiny model is slower on two threads than on one, and many times so on a busy machine."""
    import torch

    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def model(one_thread: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("tiny") / "model")


@pytest.fixture(scope="session")
def load(model: Path) -> Load:
    return load_of(model)


@pytest.fixture(scope="session")
def adapter(model: Path, tmp_path_factory: pytest.TempPathFactory) -> AdapterFiles:
    return adapter_files(tiny_adapter(model, tmp_path_factory.mktemp("tiny") / "adapter"))


def load_of(folder: Path, dtype: Dtype = Dtype.FLOAT32) -> Load:
    files = locate(str(folder), relative_to=Path())
    assert isinstance(files, ModelFiles), files
    return Load(folder=folder, base_digest=base_digest(files), dtype=dtype)


def adapter_files(folder: Path, *, merged: bool = False) -> AdapterFiles:
    return AdapterFiles(folder=folder, digest=adapter_digest(folder), merged=merged)
