"""One tiny model for all tests of training."""

from pathlib import Path

import pytest

from tests.tiny import tiny_model


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("tiny"), tied=True)


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    """A model this small is slower with more, above all beside other work."""
    import torch

    torch.set_num_threads(1)
