"""The blocks `adapter:` and `training:`: what parses, what enters the key, what is blocked."""

from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from evalreport.records import Dtype, Machine, Quantization
from evalreport.training.options import (
    Accelerate,
    AdapterOptions,
    Dora,
    EarlyStopping,
    EveryEpochs,
    EverySteps,
    Existing,
    Full,
    Lora,
    NoAdapter,
    QLora,
    Training,
    quantization,
    reads,
    scaling,
    trains,
)
from evalreport.training.problems import option_problems, row_problems
from evalreport.training.schedule import checkpoint_names, total_steps

ADAPTER: TypeAdapter[AdapterOptions] = TypeAdapter(AdapterOptions)
CPU = Machine(cores=2, memory_bytes=1 << 34, instruction_sets=("avx512_bf16",))
GPU = CPU.model_copy(update={"accelerator": "NVIDIA H200", "accelerator_bytes": 139 << 30})


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ({"method": "lora", "r": 8}, Lora(r=8)),
        ({"method": "dora", "target_modules": ["q_proj"]}, Dora(target_modules=("q_proj",))),
        ({"method": "qlora"}, QLora()),
        ({"method": "qlora", "quantization": "int8"}, QLora(quantization="int8")),
        ({"method": "full"}, Full()),
        ({"method": "none"}, NoAdapter()),
        ({"method": "existing", "path": "runs/a"}, Existing(path="runs/a")),
    ],
)
def test_every_method_parses_by_its_tag(given: dict[str, object], meant: AdapterOptions) -> None:
    assert ADAPTER.validate_python(given) == meant


@pytest.mark.parametrize(
    "given",
    [
        {"r": 8},
        {"method": "prefix"},
        {"method": "lora", "rank": 8},
        {"method": "lora", "r": 0},
        {"method": "lora", "r": "8"},
        {"method": "lora", "r": True},
        {"method": "lora", "dropout": 1.0},
        {"method": "lora", "target_modules": []},
        {"method": "lora", "target_modules": "q_proj"},
        {"method": "existing"},
        {"method": "full", "r": 8},
        {"method": "qlora", "quantization": "none"},
        {"method": "qlora", "double_quantization": False},
    ],
)
def test_what_makes_no_sense_is_refused(given: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ADAPTER.validate_python(given)


def test_the_interval_is_told_by_its_key() -> None:
    assert Training.model_validate({"evaluate_every": {"steps": 5}}).evaluate_every == EverySteps(
        steps=5
    )
    assert Training.model_validate(
        {"evaluate_every": {"epochs": 0.5}}
    ).evaluate_every == EveryEpochs(epochs=0.5)
    with pytest.raises(ValidationError) as caught:
        Training.model_validate({"evaluate_every": {"epoch": 1}})
    assert [error["loc"][-1] for error in caught.value.errors()] == ["epochs", "epoch"]


@pytest.mark.parametrize("warmup", [0, 20, 0.1, 0.0])
def test_warm_up_is_steps_or_a_fraction(warmup: float) -> None:
    given = Training(warmup=warmup).warmup
    assert given == warmup
    assert type(given) is type(warmup)


@pytest.mark.parametrize("warmup", [1.0, 1.5, -1, "0.1", True])
def test_a_warm_up_that_is_neither_is_refused(warmup: object) -> None:
    with pytest.raises(ValidationError):
        Training.model_validate({"warmup": warmup})


def test_the_key_reads_what_changes_the_weights_and_nothing_else() -> None:
    asked = reads(Lora(), Training(learning_rate=2e-4), 7)
    assert asked["training.learning_rate"] == 2e-4
    assert asked["adapter.r"] == 16
    assert asked["training.epochs"] == 1.0
    assert asked["training.seed"] == 7
    same = Training(
        learning_rate=2e-4,
        seeds=(7, 8),
        keep="best",
        micro_batch=2,
        activation_checkpointing=True,
        report_to=("wandb",),
        launch=Accelerate(processes=2),
    )
    assert reads(Lora(), same, 7) == asked
    for other in (
        Training(learning_rate=3e-4),
        Training(learning_rate=2e-4, warmup=5),
        Training(learning_rate=2e-4, checkpoints="each_epoch"),
        Training(learning_rate=2e-4, extra={"optim": "adamw_torch"}),
    ):
        assert reads(Lora(), other, 7) != asked
    assert reads(Lora(), Training(learning_rate=2e-4, epochs=1.0), 7) == asked
    assert reads(Dora(), Training(learning_rate=2e-4), 7) != asked


def test_the_base_is_held_as_the_method_needs_it() -> None:
    assert quantization(QLora()) is Quantization.NF4
    assert quantization(QLora(quantization="int8")) is Quantization.INT8
    assert quantization(Lora()) is quantization(NoAdapter()) is Quantization.NONE
    assert [trains(one) for one in (Lora(), QLora(), Full(), NoAdapter(), Existing(path="a"))] == [
        True, True, True, False, False,
    ]  # fmt: skip
    assert scaling(Lora(r=16, alpha=32)) == 2.0
    assert scaling(Lora(r=16, alpha=32, use_rslora=True)) == 8.0


def test_what_cannot_run_says_why() -> None:
    plain = Training(learning_rate=2e-4)
    assert plain.blocked_reason(Lora(), CPU) is None
    assert plain.blocked_reason(Full(), GPU, Dtype.FLOAT16) is None
    assert "gradients" in str(plain.blocked_reason(QLora(), CPU))
    assert plain.blocked_reason(QLora(), GPU) is None
    assert "biases of the base" in str(plain.blocked_reason(Lora(bias="all"), CPU))
    assert "float16" in str(plain.blocked_reason(Lora(), GPU, Dtype.FLOAT16))


def test_a_smoke_test_is_the_same_training_but_short() -> None:
    given = Training(
        learning_rate=2e-4,
        epochs=3.0,
        warmup=50,
        evaluate_every=EveryEpochs(epochs=0.5),
        early_stopping=EarlyStopping(patience=2),
        keep="best",
        checkpoints=(1, 2),
    )
    short = given.shortened(2)
    assert option_problems(Lora(), short, has_select=True) == ()
    assert row_problems(short, 400) == ()
    assert checkpoint_names(short, 400) == ("best", "last")
    assert total_steps(short, 400) == 2
    assert short.learning_rate == given.learning_rate
    assert Training(learning_rate=1e-4).shortened(2).evaluate_every is None


def test_options_load_without_heavy_libraries(tmp_path: Path) -> None:
    import subprocess
    import sys

    program = (
        "import sys, evalreport.training.options, evalreport.training.problems, "
        "evalreport.training.memory, evalreport.training.sft, evalreport.training.existing;"
        "heavy = {'torch', 'transformers', 'trl', 'peft', 'datasets', 'scipy.stats'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stdout.strip() == "[]"
