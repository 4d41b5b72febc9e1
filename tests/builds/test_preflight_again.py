"""What preflight found is believed as long as it holds, and not a day longer."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from evalreport.commands.opening import now
from evalreport.records import Check, CheckName, Done, PreflightLog, StepKind
from evalreport.run.jobs import Job
from evalreport.run.launch import launch
from evalreport.store.store import FinishedStep, Store
from tests.builds.test_preflight import OTHERWISE, statuses
from tests.builds.tiny_workshop import tiny_workshop, with_existing
from tests.builds.workshop import Workshop, orders
from tests.tiny import tiny_model

SIMULATED = '{"role": "tuned", "arm": {"right": 0.9}, "seed": 1}'


def plan_of(workshop: Workshop) -> dict[str, dict[str, str]]:
    """The planned steps by their id."""
    ran = workshop.plan("--json")
    assert ran.code == 0, ran.both
    return {step["id"]: step for step in json.loads(ran.out)["steps"]}


def put(workshop: Workshop, step: str, *checks: Check) -> None:
    """The record that a child leaves, without a parent that reads it."""
    key = plan_of(workshop)[step]["key"]
    with contextlib.chdir(workshop.folder):
        store = Store(Path(".evalreport"), now)
        done = Done(reused=False, seconds=0.0, preflight=PreflightLog(checks=checks))
        store.finish(
            FinishedStep(
                key=key, spec="orders", id=step, kind=StepKind.PREFLIGHT, reads={}, inputs={},
                done=done, environment={},
            )
        )  # fmt: skip
        store.close()


@contextlib.contextmanager
def away(file: Path) -> Iterator[None]:
    """A file is gone for a while."""
    content = file.read_bytes()
    file.unlink()
    yield
    file.write_bytes(content)


def unplugged(monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    """Children that ask find a file gone which the plan saw; it is back when they are done."""

    def launched(job: Job, folder: Path, *, lock: int | None = None) -> object:
        with away(file):
            return launch(job, folder, lock=lock)

    monkeypatch.setattr("evalreport.run.asking.launch", launched)


# Faults that pass


def test_an_adapter_that_could_not_be_read_is_read_by_the_next_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop = Workshop.made(tmp_path / "w")
    workshop.existing(SIMULATED)
    file = workshop.folder / "runs/last-week/simulated_adapter.json"
    with monkeypatch.context() as patched:
        unplugged(patched, file)
        ran = workshop.build()
    assert ran.code == 3
    assert "preflight tuned: FAILED, " in ran.err
    assert "an adapter with real weights needs engine: {kind: local}" in ran.err
    assert statuses(workshop.report()).get("tuned", {}) == {}
    assert workshop.rows("SELECT count(*) FROM steps WHERE id = 'preflight tuned'") == [(0,)]
    assert workshop.calls() == []
    assert plan_of(workshop)["preflight tuned"]["status"] == "will_run"
    ran = workshop.build()
    assert ran.code == 0, ran.both


def test_an_arm_beside_that_could_not_be_read_is_left_out_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop = Workshop.made(tmp_path / "w")
    workshop.existing(SIMULATED)
    workshop.write("runs/other/simulated_adapter.json", SIMULATED.replace("0.9", "0.8"))
    workshop.change(
        "evaluation:\n",
        "arms: {other: {adapter: {method: existing, path: runs/other}}}\nevaluation:\n",
    )
    workshop.change("name: extraction\n", "name: extraction\n      arms: [tuned, base, other]\n")
    with monkeypatch.context() as patched:
        unplugged(patched, workshop.folder / "runs/other/simulated_adapter.json")
        ran = workshop.build()
    assert ran.code == 3
    outcomes = {step.id: step.outcome for step in workshop.report().steps}
    assert outcomes["preflight other"] == "failed"
    assert outcomes["ask extraction other"] == "blocked"
    assert outcomes["ask extraction tuned"] == outcomes["ask extraction base"] == "done"
    assert workshop.build().code == 0


@pytest.mark.parametrize("name", ["memory", "trainer_arguments", "finite_outputs", "base_restored"])
def test_what_the_machine_decides_is_looked_at_again_even_after_a_kill(
    tmp_path: Path, name: CheckName
) -> None:
    """The parent forgets such a record; one that was killed could not."""
    workshop = Workshop.made(tmp_path / "w")
    workshop.existing(SIMULATED)
    put(workshop, "preflight tuned", Check(name=name, status="failed", text="not today"))
    assert plan_of(workshop)["preflight tuned"]["status"] == "will_run"
    ran = workshop.build()
    assert ran.code == 0, ran.both
    assert statuses(workshop.report())["tuned"] == {"adapter_fits": "passed"}


def test_what_the_files_decide_is_known(tmp_path: Path) -> None:
    workshop = Workshop.made(tmp_path / "w")
    workshop.existing(SIMULATED)
    check = Check(name="adapter_weights", status="failed", text="it was never trained")
    put(workshop, "preflight tuned", check)
    assert plan_of(workshop)["preflight tuned"]["reason"] == "it was never trained"
    beside = Check(name="base_restored", status="failed", text="not today")
    put(workshop, "preflight tuned", check, beside)
    assert plan_of(workshop)["preflight tuned"]["status"] == "blocked"
    workshop.change(
        "evaluation:\n",
        "preflight: {waive: [{check: adapter_weights, because: it is a copy}]}\nevaluation:\n",
    )
    assert plan_of(workshop)["preflight tuned"]["status"] == "will_run"


# What the checks read


@pytest.mark.torch
def test_doing_what_a_failed_check_says_is_enough(tmp_path: Path) -> None:
    workshop = tiny_workshop(tmp_path, chat_template=None)
    with_existing(workshop)
    ran = workshop.build()
    assert ran.code == 3
    assert "set chat: false on the datasets" in ran.err
    workshop.change('completion: "{{ json }}"}', 'completion: "{{ json }}", chat: false}')
    assert plan_of(workshop)["preflight base"]["status"] == "will_run"
    ran = workshop.build()
    assert ran.code == 0, ran.both


@pytest.mark.torch
def test_a_model_that_is_said_to_be_tuned_is_held_against_the_base(tmp_path: Path) -> None:
    workshop = tiny_workshop(tmp_path)
    with_existing(workshop)
    tiny_model(workshop.folder / "shipped", seed=7, chat_template=OTHERWISE)
    workshop.change("evaluation:\n", "arms: {other: {model: ./shipped}}\nevaluation:\n")
    workshop.change("dataset: test}", "dataset: test, arms: [tuned, base, other]}")
    ran = workshop.build()
    assert ran.code == 0, ran.both
    workshop.change("{model: ./shipped}", "{of: tuned, model: ./shipped}")
    assert plan_of(workshop)["preflight other"]["reason"] == "arm.of unset -> tuned"
    ran = workshop.build()
    assert ran.code == 3
    assert "preflight other: FAILED, the chat template that evaluation uses is not" in ran.err


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    workshop = tiny_workshop(tmp_path_factory.mktemp("built") / "w")
    with_existing(workshop)
    ran = workshop.build()
    assert ran.code == 0, ran.both
    return workshop


@pytest.mark.torch
@pytest.mark.parametrize("what", ["packages", "device"])
def test_another_machine_looks_again_only_where_it_asks(
    built: Workshop, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    if what == "packages":
        monkeypatch.setattr("evalreport.plan.preflight_steps.version_of", lambda name: f"{name} 99")
    else:
        monkeypatch.setattr("evalreport.engines.local.LocalEngine.runs_on", lambda *_: "H100")
    before = statuses(built.report())
    assert {step["status"] for step in plan_of(built).values()} == {"reused"}
    ran = built.build()
    assert ran.code == 0, ran.both
    assert "steps    4 reused" in ran.out
    assert statuses(built.report()) == before
    rows = (built.folder / "data/test.jsonl").read_text()
    built.write("data/test.jsonl", rows + orders(90, 1, "test"))
    planned = plan_of(built)
    built.write("data/test.jsonl", rows)
    for name in ("preflight tuned", "preflight base"):
        assert planned[name]["status"] == "will_run"
        assert planned[name]["reason"] == f"{what} changed"


# Nothing to ask


@pytest.mark.torch
def test_weights_are_not_loaded_for_checks_alone(built: Workshop) -> None:
    with built.database() as database:
        database.execute("CREATE TEMP TABLE kept AS SELECT * FROM steps WHERE id LIKE 'pre%'")
        kept = database.execute("SELECT * FROM kept").fetchall()
        database.execute("DELETE FROM steps WHERE id LIKE 'preflight%'")
    ran = built.build()
    assert ran.code == 0, ran.both
    assert "steps    2 reused" in ran.out
    report = built.report()
    assert report.preflight == ()
    (said,) = [remark for remark in report.remarks if remark.rule == "adapter-sound"]
    assert said.status == "unchecked"
    assert said.text == "Of tuned: its answers were here already, and no check of it is known."
    with built.database() as database:
        marks = ",".join("?" * len(kept[0]))
        database.executemany(f"INSERT INTO steps VALUES ({marks})", kept)
