"""What a machine shows: as many GPUs as the environment lets a process see."""

import pytest

from evalreport.run.machine import _shown, this_environment, this_machine


@pytest.mark.parametrize(
    ("given", "seen"),
    [(None, 4), ("0,1", 2), ("", 0), ("-1", 0), ("2, -1, 3", 1), ("GPU-8932f937", 1)],
)
def test_gpus_that_the_environment_hides_do_not_count(
    given: str | None, seen: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if given is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", given)
    assert _shown(4) == seen


def test_the_package_that_holds_weights_in_few_bits_counts_where_it_does() -> None:
    """Else its version would be a change to a build that never loads it."""
    machine = this_machine()
    dense = this_environment(machine, quantized=False)["packages"]
    packed = this_environment(machine, quantized=True)["packages"]
    assert isinstance(dense, dict)
    assert isinstance(packed, dict)
    assert packed.keys() - dense.keys() == {"bitsandbytes"}
    assert [*packed] == sorted(packed)
