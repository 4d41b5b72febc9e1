from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from evalreport.engines import AnyEngine, FakeEngine, LocalEngine, OpenAIEngine
from evalreport.engines.base import Load
from evalreport.errors import EvalReportError
from evalreport.records import Dtype, Machine

ENGINES: TypeAdapter[AnyEngine] = TypeAdapter(AnyEngine)
HERE = Machine(cores=2, memory_bytes=1 << 33, instruction_sets=("avx2",))
WITH_GPU = HERE.model_copy(update={"accelerator": "NVIDIA H200"})


def test_each_kind_parses_and_comes_back() -> None:
    for written, kind in (
        ({"kind": "local", "device": "cuda:1", "batch_size": 4}, LocalEngine),
        ({"kind": "fake", "base": {"right": 0.3}}, FakeEngine),
        ({"kind": "openai", "base_url": "http://localhost/v1", "model": "m"}, OpenAIEngine),
    ):
        engine = ENGINES.validate_python(written)
        assert isinstance(engine, kind)
        assert ENGINES.validate_json(ENGINES.dump_json(engine)) == engine


@pytest.mark.parametrize(
    "written",
    [
        {"kind": "vllm"},
        {"kind": "local", "device": "gpu"},
        {"kind": "local", "batch_size": 0},
        {"kind": "local", "batch_size": "big"},
        {"kind": "local", "speed": 3},
        {"kind": "fake", "base": {"refused": 0.6, "empty": 0.6}},
        {"kind": "openai", "model": "m"},
    ],
)
def test_what_makes_no_sense_is_refused(written: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ENGINES.validate_python(written)


def test_what_cannot_run_here_says_why() -> None:
    assert LocalEngine().blocked_reason(HERE) is None
    assert "no GPU" in str(LocalEngine(device="cuda").blocked_reason(HERE))
    assert LocalEngine(device="cuda").blocked_reason(WITH_GPU) is None
    assert FakeEngine().blocked_reason(HERE) is None
    remote = OpenAIEngine(base_url="http://localhost/v1", model="m")
    assert remote.blocked_reason(HERE) is None
    with pytest.raises(EvalReportError, match="no weights of this machine"):
        remote.open(Load(folder=Path(), base_digest="x", dtype=Dtype.FLOAT32), print)
