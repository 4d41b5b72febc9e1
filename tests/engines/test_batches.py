from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from evalreport.engines.batches import Budget, answered_in_batches, is_out_of_memory
from evalreport.records import Failure

sizes = st.lists(st.integers(1, 50), max_size=60)


@given(sizes=sizes, rows=st.integers(1, 9), tokens=st.integers(1, 120))
def test_every_job_is_answered_once_within_the_budget(
    sizes: list[int], rows: int, tokens: int
) -> None:
    batches: list[list[int]] = []

    def answer(batch: Sequence[tuple[int, int]]) -> list[int]:
        batches.append([size for _, size in batch])
        return [name for name, _ in batch]

    jobs = list(enumerate(sizes))
    found = list(answered_in_batches(jobs, lambda job: job[1], Budget(rows, tokens), answer, print))
    assert sorted(job for job, _ in found) == sorted(jobs)
    assert all(job[0] == result for job, result in found)
    assert [size for batch in batches for size in batch] == sorted(sizes, reverse=True)
    assert all(len(batch) <= rows for batch in batches)
    assert all(len(batch) == 1 or len(batch) * max(batch) <= tokens for batch in batches)


@given(sizes=sizes, fits=st.integers(1, 100))
def test_a_batch_that_does_not_fit_is_halved_until_it_does(sizes: list[int], fits: int) -> None:
    said: list[str] = []

    def answer(batch: Sequence[int]) -> list[int]:
        if len(batch) * max(batch) > fits:
            raise MemoryError
        return list(batch)

    found = list(answered_in_batches(sizes, lambda job: job, Budget(64, 1000), answer, said.append))
    assert sorted(job for job, _ in found) == sorted(sizes)
    for job, result in found:
        if job > fits:
            assert isinstance(result, Failure)
            assert "memory ran out on a single question" in result.reason
        else:
            assert result == job
    assert all("memory ran out with" in line for line in said)


@given(sizes=sizes, bad=st.integers(1, 50))
def test_a_crash_costs_only_the_job_that_causes_it(sizes: list[int], bad: int) -> None:
    def answer(batch: Sequence[int]) -> list[int]:
        if bad in batch:
            raise ValueError("no such token")
        return list(batch)

    found = list(answered_in_batches(sizes, lambda job: job, Budget(8, 200), answer, print))
    assert len(found) == len(sizes)
    for job, result in found:
        if job == bad:
            assert isinstance(result, Failure)
            assert result.reason == "the model failed: ValueError: no such token"
            assert "Traceback" in result.trace
        else:
            assert result == job


def test_a_smaller_batch_stays_smaller() -> None:
    seen: list[int] = []

    def answer(batch: Sequence[int]) -> list[int]:
        seen.append(len(batch))
        if len(batch) > 4:
            raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return list(batch)

    list(answered_in_batches([1] * 20, lambda job: job, Budget(16, 16), answer, print))
    assert seen == [16, 8, 4, 4, 4, 4, 4]


def test_which_errors_mean_that_memory_ran_out() -> None:
    assert is_out_of_memory(MemoryError())
    assert is_out_of_memory(
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to ...")
    )
    assert not is_out_of_memory(RuntimeError("shape mismatch"))
    assert not is_out_of_memory(ValueError("out of memory"))
