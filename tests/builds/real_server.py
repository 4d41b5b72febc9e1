"""`transformers serve` with SmolLM2 behind it: a real OpenAI-compatible server on the loopback.

It serves folders of safetensors (of a GGUF file it finds no architecture, transformers 5.23), so
the model is dequantised into one first. In float32, since not every processor is good at bfloat16.
"""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from evalreport.engines.model_files import ModelFiles

_DENSE: Final = """
import sys, torch
from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig
from evalreport.engines.gguf_once import gguf_read_once
folder, gguf_file, place = sys.argv[1:]
with gguf_read_once():
    AutoTokenizer.from_pretrained(folder, gguf_file=gguf_file).save_pretrained(place)
    model = AutoModelForCausalLM.from_pretrained(
        folder, gguf_file=gguf_file, dtype=torch.float32,
        quantization_config=GgufConfig(dequantize=True),
    )
model.save_pretrained(place)
"""

# Linux ends the server when whoever started it ends in any way (1 is PR_SET_PDEATHSIG).
_TIED: Final = """
import ctypes, os, signal, sys
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    if os.getppid() != int(sys.argv[1]):
        sys.exit("whoever started this has ended")
os.execv(sys.executable, [sys.executable, *sys.argv[2:]])
"""

_LISTENS: Final = re.compile(r"Uvicorn running on (http://127\.0\.0\.1:\d+)")
_ANSWERED: Final = re.compile(r'"POST /v1/chat/completions HTTP/1\.1" (\d+)')
_START_SECONDS: Final = 300


@dataclass(frozen=True)
class RealServer:
    """A server that listens.

    Attributes:
        url: Its base_url.
        model: What it calls the model.
        log: What it writes.
    """

    url: str
    model: str
    log: Path

    def answered(self) -> list[int]:
        """The status of every call that it answered, by its own record."""
        return [int(status) for status in _ANSWERED.findall(self.log.read_text())]


def dense(files: ModelFiles, place: Path) -> Path:
    """A GGUF file as a folder that the server can load, made in a process of its own."""
    ran = subprocess.run(
        [sys.executable, "-c", _DENSE, str(files.folder), str(files.gguf_file), str(place)],
        env=_environment(),
        capture_output=True,
        text=True,
        timeout=_START_SECONDS,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    return place


@contextlib.contextmanager
def serving(model: Path, log: Path) -> Iterator[RealServer]:
    """A server with one model, which is loaded; it and all its children are killed at the end."""
    serve = ["serve", str(model), "--host", "127.0.0.1", "--port", "0", "--device", "cpu"]
    module = [str(os.getpid()), "-m", "transformers.cli.transformers", *serve]
    with log.open("wb") as out:
        child = subprocess.Popen(
            [sys.executable, "-c", _TIED, *module],
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield RealServer(f"{_address(child, log)}/v1", str(model), log)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait(30)


def _address(child: subprocess.Popen[bytes], log: Path) -> str:
    """Where it listens, as soon as it does."""
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until and child.poll() is None:
        if found := _LISTENS.search(log.read_text()):
            return found[1]
        time.sleep(0.1)
    raise AssertionError(f"the server does not listen:\n{log.read_text()[-2000:]}")


def _environment() -> dict[str, str]:
    """No network, and one thread a call: two calls at once share what the machine has."""
    return {
        **os.environ,
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_UPDATE_CHECK": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "OMP_NUM_THREADS": "1",
    }
