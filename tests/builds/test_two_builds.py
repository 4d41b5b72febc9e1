"""Two builds at once in one store: the second waits and says for whom, or refuses."""

import contextlib
import subprocess
import time
from collections.abc import Iterator

from tests.builds.workshop import ASKED_PER_ARM, SLOW, Workshop, same_report


@contextlib.contextmanager
def under_way(workshop: Workshop) -> Iterator["subprocess.Popen[str]"]:
    """A slow build that has begun to ask; it is killed at the end if it still runs."""
    (workshop.folder / "spec.yaml").write_text(
        SLOW.replace("delay_seconds: 0.002", "delay_seconds: 0.01")
    )
    build = workshop.started("build", "spec.yaml")
    while workshop.lines() < 5:
        assert build.poll() is None, build.communicate()
        time.sleep(0.005)
    yield build
    build.kill()
    build.communicate(timeout=60)


def test_the_second_build_waits_says_for_whom_and_reuses_everything(workshop: Workshop) -> None:
    with under_way(workshop) as first:
        refused = workshop.build("--no-wait")
        assert refused.code == 2
        assert refused.err == (
            ".evalreport/build.lock\n"
            f"  build of spec.yaml, process {first.pid} is using this store\n"
            "  run again when it is done, or leave out --no-wait to wait for it\n"
        )
        second = workshop.build("--out", "reports/second")
        _, err = first.communicate(timeout=60)
        assert first.returncode == 0, err
        assert second.code == 0, second.err
        waiting = f"waiting: build of spec.yaml, process {first.pid} is using this store (Ctrl-C to stop waiting)"
        assert second.err.count("waiting:") == second.err.count(waiting) == 1
        assert "steps    10 reused\n" in second.out
        assert len(workshop.calls()) == 2 * ASKED_PER_ARM
        one, other = workshop.report(), workshop.report(workshop.folder / "reports/second")
        assert same_report(one.model_copy(update={"reproduce": other.reproduce}), other), (
            "the second report differs from the first"
        )


def test_a_build_with_other_values_that_waited_does_not_replace_the_report(
    workshop: Workshop,
) -> None:
    """When it began to wait there was nothing to replace."""
    with under_way(workshop) as first:
        second = workshop.build("--set", "evaluation.alpha=0.2")
        _, err = first.communicate(timeout=60)
        assert first.returncode == 0, err
        assert second.code == 2
        assert "it is the report of this spec without --set" in second.err
        assert workshop.report().reproduce.overrides == ()
        assert len(workshop.calls()) == 2 * ASKED_PER_ARM


def test_gc_refuses_while_a_build_runs(workshop: Workshop) -> None:
    with under_way(workshop) as build:
        ran = workshop.run("store", "gc")
        assert ran.code == 2
        assert f"build of spec.yaml, process {build.pid} is using this store" in ran.err
        # Listing and planning may go on beside it.
        assert workshop.run("store", "ls").code == 0
        assert workshop.plan().code == 0


def test_a_smoke_run_does_not_wait_for_a_build(workshop: Workshop) -> None:
    with under_way(workshop):
        assert workshop.build("--smoke", "--no-wait").code == 0
