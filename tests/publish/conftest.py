"""A report, a hub, and an environment that knows nothing of the machine's own login."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.publish.loopback import TOKEN, Hub, serving
from tests.publish.world import World, made_world, publisher


@pytest.fixture
def hub() -> Iterator[Hub]:
    with serving(Hub()) as started:
        yield started


@pytest.fixture
def world(
    hub: Hub,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> World:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf-home"))
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    # The loopback speaks LFS; the library read its own switch when it was imported.
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)
    return made_world(tmp_path, hub, publisher(capsys))
