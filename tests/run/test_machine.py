"""What a machine shows: as many GPUs as the environment lets a process see."""

import pytest

from evalreport.run.machine import _shown


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
