"""Which launches can be right: found at `check` or `plan`, with a sentence that says what to do."""

from pathlib import Path

import pytest

from evalreport.errors import StepFailed
from evalreport.records import Machine
from evalreport.training.launching import config_problems, launch_blocked, launch_settings
from evalreport.training.options import Accelerate, InProcess, Launch, Lora, Torchrun, Training
from evalreport.training.problems import option_problems
from evalreport.training.schedule import batch_shape
from evalreport.training.sharing import blanks
from evalreport.training.world import World, joined, refuse_too_few_gpus
from evalreport.values import Json

CPU = Machine(cores=4, memory_bytes=1 << 34, instruction_sets=())
TWO_GPUS = CPU.model_copy(update={"accelerator": "H100", "accelerator_count": 2})

CONFIG = "distributed_type: {}\nnum_processes: 2\nnum_machines: 1\nmixed_precision: bf16\n"


def problems(training: Training) -> list[str]:
    return [str(one) for one in option_problems(Lora(), training, has_select=False)]


# Configurations of accelerate


def test_a_configuration_is_always_written_and_says_what_the_spec_says(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(
        CONFIG.format("MULTI_GPU") + "gpu_ids: '0,1'\nuse_cpu: false\n"
    )
    settings = {}
    for config in (None, "multi_gpu", "own.yaml"):
        settings = launch_settings(Accelerate(processes=2, config=config), tmp_path, on_cpu=True)
        assert settings["distributed_type"] == "MULTI_GPU"
        assert settings["use_cpu"] is True
        assert settings["num_processes"] == 2
        assert settings["mixed_precision"] == "no"
        assert settings["main_process_port"] == 0
    assert settings["gpu_ids"] == "0,1"
    assert (
        launch_settings(Accelerate(processes=1), tmp_path, on_cpu=False)["distributed_type"] == "NO"
    )


@pytest.mark.parametrize("name", ["fsdp1", "fsdp2", "zero1", "zero2", "zero3", "own.yaml"])
def test_what_spreads_the_weights_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "own.yaml").write_text(CONFIG.format("DEEPSPEED"))
    (problem,) = config_problems(Accelerate(processes=2, config=name), tmp_path)
    assert problem.where == "training.launch.config"
    assert "spreads weights or optimizer over the processes" in problem.what
    assert "multi_gpu" in problem.hint


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (CONFIG.format("MULTI_CPU"), "MULTI_CPU, which does not give several processes here"),
        (
            CONFIG.format("MULTI_GPU").replace("num_processes: 2", "num_processes: 4"),
            "and 4 in own",
        ),
        (CONFIG.format("MULTI_GPU").replace("num_machines: 1", "num_machines: 2"), "2 machines"),
        ("- a list", "holds no configuration: it is no mapping"),
        ("{", "holds no configuration: "),
        (None, "own.yaml is neither a file beside the spec nor a configuration that trl ships"),
    ],
)
def test_what_is_wrong_in_a_configuration_is_said(
    tmp_path: Path, text: str | None, words: str
) -> None:
    if text is not None:
        (tmp_path / "own.yaml").write_text(text)
    (problem,) = config_problems(Accelerate(processes=2, config="own.yaml"), tmp_path)
    assert words in problem.what
    assert problem.hint


@pytest.mark.parametrize("launch", [InProcess(), Torchrun(processes=2), Accelerate(processes=2)])
def test_a_right_launch_has_no_problem(tmp_path: Path, launch: Launch) -> None:
    assert config_problems(launch, tmp_path) == ()
    assert config_problems(Accelerate(processes=2, config="multi_gpu"), tmp_path) == ()


# Machines


@pytest.mark.parametrize(
    ("launch", "machine", "device", "words"),
    [
        (InProcess(), CPU, "auto", None),
        (Torchrun(processes=2), TWO_GPUS, "auto", None),
        (
            Torchrun(processes=4),
            TWO_GPUS,
            "auto",
            "wants 4 GPUs, one for each process, and 2 can be",
        ),
        (Torchrun(processes=4), TWO_GPUS, "cpu", None),
        (Torchrun(processes=8), CPU, "auto", "wants 8 processes, and there are 4 cores"),
        (Torchrun(processes=2), CPU, "mps", "an Apple GPU trains in one process"),
    ],
)
def test_a_machine_with_too_little_blocks_with_the_reason(
    launch: Launch, machine: Machine, device: str, words: str | None
) -> None:
    reason = launch_blocked(launch, machine, device)
    assert (reason is None) == (words is None)
    assert words is None or words in str(reason)


class Gpus:
    """What torch says of the GPUs, for a while."""

    def __init__(self, patched: pytest.MonkeyPatch, count: int) -> None:
        import torch

        patched.setattr(torch.cuda, "is_available", lambda: count > 0)
        patched.setattr(torch.cuda, "device_count", lambda: count)


@pytest.mark.torch
@pytest.mark.parametrize("device", ["auto", "cuda", "cuda:0"])
def test_a_process_without_a_gpu_of_its_own_is_refused(
    monkeypatch: pytest.MonkeyPatch, device: str
) -> None:
    """Where the driver does not show itself to a plan, torch still counts."""
    Gpus(monkeypatch, 1)
    monkeypatch.setenv("RANK", "0")
    monkeypatch.setenv("WORLD_SIZE", "2")
    with (
        pytest.raises(StepFailed) as refused,
        joined(Torchrun(processes=2), device=device),
    ):
        pass
    assert str(refused.value) == (
        "training.launch.processes\n"
        "  2 processes want one GPU each, and torch sees 1 here\n"
        "  lower training.launch.processes (the global batch stays), set engine.device: cpu, or "
        "build where there are more"
    )


@pytest.mark.torch
@pytest.mark.parametrize(
    ("launch", "count", "device"),
    [
        (Torchrun(processes=2), 2, "auto"),
        (Torchrun(processes=2), 1, "cpu"),
        (Torchrun(processes=2), 0, "auto"),
        (Torchrun(processes=1), 1, "auto"),
        (InProcess(), 1, "auto"),
    ],
)
def test_enough_gpus_or_none_are_not_refused(
    monkeypatch: pytest.MonkeyPatch, launch: Launch, count: int, device: str
) -> None:
    Gpus(monkeypatch, count)
    refuse_too_few_gpus(launch, device)


# The global batch


def test_a_batch_that_cannot_be_shared_equally_is_a_problem() -> None:
    (problem,) = problems(Training(learning_rate=1e-4, launch=Torchrun(processes=3)))
    assert problem == (
        "training.launch.processes\n"
        "  8 rows a step (training.global_batch_size) cannot be shared equally by 3 processes\n"
        "  choose a divisor of 8, or a global_batch_size of 6 or 9"
    )
    (problem,) = problems(Training(learning_rate=1e-4, micro_batch=8, launch=Torchrun(processes=2)))
    assert "8 rows at once in each of 2 processes do not divide the global batch of 8" in problem
    assert not problems(Training(learning_rate=1e-4, micro_batch=4, launch=Torchrun(processes=2)))


def test_an_order_that_processes_would_not_share_is_a_problem() -> None:
    extra: dict[str, Json] = {"train_sampling_strategy": "group_by_length"}
    (problem,) = problems(Training(learning_rate=1e-4, extra=extra, launch=Torchrun(processes=2)))
    assert "in random order only" in problem
    assert not problems(Training(learning_rate=1e-4, extra=extra))


@pytest.mark.parametrize("rows", range(1, 20))
@pytest.mark.parametrize(("micro_batch", "size"), [(1, 1), (1, 2), (2, 2), (4, 3)])
def test_blanks_fill_up_the_last_round_and_no_more(rows: int, micro_batch: int, size: int) -> None:
    fill = blanks(rows, micro_batch, World(0, size))
    assert 0 <= fill < micro_batch * size
    assert size == 1 or (rows + fill) % (micro_batch * size) == 0


def test_the_global_batch_is_the_same_for_any_number_of_processes() -> None:
    for processes in (1, 2, 4, 8):
        micro, accumulation = batch_shape(8, processes, most=2)
        assert micro * accumulation * processes == 8


@pytest.mark.parametrize("things", range(1, 8))
def test_what_is_shared_is_done_by_all_equally_often_and_left_by_none(things: int) -> None:
    shares = [World(rank, 3).share([*range(things)]) for rank in range(3)]
    assert len({len(share) for share in shares}) == 1
    done = {place: thing for share in shares for place, thing in share if place < things}
    assert done == {i: i for i in range(things)}
