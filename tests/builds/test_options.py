"""--smoke, --only, --until, --set, --out: they do what they say, and say so."""

import pytest

from tests.builds.workshop import ASKED_PER_ARM, SAMPLE, TEST_ROWS, Workshop, same_report


def store_rows(workshop: Workshop) -> dict[str, list[object]]:
    tables = ("steps", "responses", "failures", "declared", "spreads", "latest")
    return {table: workshop.rows(f"SELECT * FROM {table}") for table in tables}


# --smoke


def test_a_smoke_run_is_stamped_and_counts_for_nothing(built: Workshop) -> None:
    rows, report = store_rows(built), (built.out / "report.json").read_bytes()
    ran = built.build("--smoke")
    assert ran.code == 0, ran.err
    stamps = ran.out.removeprefix("\n").splitlines()[:2]
    assert stamps[0].startswith("SIMULATED: A simulated model gave these answers.")
    assert stamps[1].startswith("SMOKE: A smoke run: ")
    assert "verdict" not in ran.out
    assert "power of" not in ran.err
    assert "report   .evalreport/smoke/report/report.html\n" in ran.out
    smoke = built.report(built.folder / ".evalreport/smoke/report")
    assert smoke.smoke
    assert {layer.n for layer in smoke.layers} <= {4, 8}
    assert smoke.training is not None
    assert smoke.training.runs[0].steps == 2
    assert smoke.declared.first_scored_at is None
    assert store_rows(built) == rows
    assert (built.out / "report.json").read_bytes() == report
    assert "smoke" in (built.folder / ".evalreport/smoke/report/report.md").read_text().lower()


def test_a_smoke_run_before_the_first_build_registers_nothing_and_foretells_the_time(
    workshop: Workshop,
) -> None:
    assert "time unknown for 10 steps" in workshop.plan().out
    assert workshop.build("--smoke").code == 0
    assert workshop.rows("SELECT * FROM declared") == []
    assert workshop.rows("SELECT * FROM responses") == []
    planned = workshop.plan().out
    assert "time unknown" not in planned
    assert planned.count("about ") == 11
    ran = workshop.build()
    assert ran.code == 0, ran.err
    assert "10 done" in ran.out
    first_scored = workshop.report().declared.first_scored_at
    assert first_scored is not None
    assert not workshop.report().smoke


def test_a_second_smoke_run_is_reused_too(built: Workshop) -> None:
    built.build("--smoke")
    calls = len(built.calls())
    assert "10 reused" in built.build("--smoke").out
    assert len(built.calls()) == calls


# --only, --until


def test_only_asks_one_layer_and_says_that_the_report_is_partial(workshop: Workshop) -> None:
    ran = workshop.build("--only", "general")
    assert ran.code == 0, ran.err
    assert "left out 4 steps by --only general: the report is partial\n" in ran.out
    assert ran.out.startswith("\nSIMULATED: A simulated model gave these answers.")
    assert "\nverdict  SIMULATED, not_measured\n" in ran.out
    report = workshop.report()
    assert report.declared.first_scored_at is not None  # the guard was scored
    assert "ask extraction base: left out: --only general" in report.not_measured
    outcomes = {step.id: step.outcome for step in report.steps}
    assert outcomes["ask general base"] == outcomes["train seed 1"] == "done"
    assert outcomes["ask extraction base"] == "blocked"
    calls = len(workshop.calls())
    assert workshop.build().code == 0
    assert len(workshop.calls()) == 2 * ASKED_PER_ARM
    assert calls < len(workshop.calls())


def test_only_uses_what_is_there_already(built: Workshop) -> None:
    before = built.report()
    ran = built.build("--only", "general")
    assert ran.code == 0
    assert "left out" not in ran.out
    assert same_report(before, built.report())


def test_only_trains_nothing_that_no_chosen_layer_needs(workshop: Workshop) -> None:
    workshop.change(
        "name: general, dataset: general}", "name: general, dataset: general, arms: [base]}"
    )
    workshop.change("  guards: [{layer: general, metric: accuracy, lose_at_most: 0.3}]\n", "")
    ran = workshop.build("--only", "general")
    assert ran.code == 0, ran.err
    assert workshop.trainings() == []
    assert {call["item"] for call in workshop.calls()}
    assert workshop.report().declared.first_scored_at is None


def test_until_stops_after_a_step(workshop: Workshop) -> None:
    ran = workshop.build("--until", "train seed 1")
    assert ran.code == 0, ran.err
    assert "left out 8 steps by --until train seed 1: the report is partial\n" in ran.out
    assert workshop.calls() == []
    assert workshop.rows("SELECT * FROM declared") == []
    assert len(workshop.trainings()) == 1
    ran = workshop.build("--until", "ask extraction base")
    assert ran.code == 0
    assert len(workshop.calls()) == 2 * TEST_ROWS
    ran = workshop.build()
    assert "6 reused, 4 done" in ran.out
    assert len(workshop.calls()) == 2 * ASKED_PER_ARM


def test_an_unknown_layer_or_step_is_named_with_those_there_are(workshop: Workshop) -> None:
    ran = workshop.build("--only", "extracton")
    assert ran.code == 2
    assert ran.err.startswith(
        "--only extracton\n  there is no such layer\n  did you mean extraction?"
    )
    ran = workshop.build("--until", "train")
    assert ran.code == 2
    assert "--until train\n  there is no such step\n  did you mean train seed 1?" in ran.err
    assert "ask extraction base" in ran.err
    assert workshop.calls() == []


# --set, --out


def test_set_reaches_into_lists_by_name_and_is_recorded(workshop: Workshop) -> None:
    ran = workshop.build(
        "--set", "evaluation.layers.extraction.items.n=20", "--set", "evaluation.layers.seen-vs-unseen.sample=3"
    )  # fmt: skip
    assert ran.code == 0, ran.err
    report = workshop.report()
    assert {layer.name: layer.n for layer in report.layers}["extraction"] == 20
    assert report.reproduce.overrides == (
        "evaluation.layers.extraction.items.n=20",
        "evaluation.layers.seen-vs-unseen.sample=3",
    )
    assert "--set 'evaluation.layers.extraction.items.n=20'" in report.reproduce.command
    assert len(workshop.calls()) == 2 * (ASKED_PER_ARM - (TEST_ROWS - 20) - 2 * (SAMPLE - 3))


def test_set_into_a_layer_that_is_not_there_names_those_that_are(workshop: Workshop) -> None:
    ran = workshop.build("--set", "evaluation.layers.extracton.items.n=20")
    assert ran.code == 2
    assert "extraction" in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("first", "second", "made"),
    [
        ((), ("title=Another",), "without --set"),
        (("title=Another",), (), "with --set title=Another"),
        (("title=Another",), ("title=Third",), "with --set title=Another"),
    ],
)
def test_a_report_of_other_set_values_is_not_overwritten(
    built: Workshop, first: tuple[str, ...], second: tuple[str, ...], made: str
) -> None:
    def sets(values: tuple[str, ...]) -> list[str]:
        return [part for value in values for part in ("--set", value)]

    if first:
        (built.out / "report.json").unlink()
        assert built.build(*sets(first)).code == 0
    there = (built.out / "report.json").read_bytes()
    ran = built.build(*sets(second))
    assert ran.code == 2
    assert ran.err.startswith(
        f"reports/orders/report.json\n  it is the report of this spec {made}, which this build would replace\n"
        "  write this one elsewhere: --out reports/orders-variant "
        "(out='reports/orders-variant' in Python)"
    )
    assert (built.out / "report.json").read_bytes() == there
    assert built.build(*sets(second), "--out", "reports/orders-variant").code == 0
    assert (built.out / "report.json").read_bytes() == there
    assert built.report(built.folder / "reports/orders-variant").reproduce.overrides == second


def test_a_spec_that_was_edited_replaces_its_own_report(built: Workshop) -> None:
    built.change("title: Orders become JSON", "title: Edited")
    assert built.build().code == 0
    assert built.report().title == "Edited"


def test_a_report_that_cannot_be_read_is_replaced(built: Workshop) -> None:
    (built.out / "report.json").write_text("{}")
    assert built.build("--set", "title=Another").code == 0
    assert built.report().title == "Another"


def test_a_report_that_a_newer_program_wrote_is_not_replaced(built: Workshop) -> None:
    path = built.out / "report.json"
    path.write_text(path.read_text().replace('"schema": 1', '"schema": 2', 1))
    there = path.read_bytes()
    ran = built.build()
    assert ran.code == 2
    assert ran.err.startswith(
        "reports/orders/report.json: schema\n  it is of version 2 of report.json; evalreport "
    )
    assert "upgrade evalreport" in ran.err
    assert path.read_bytes() == there


def test_the_path_that_is_printed_is_a_file_that_was_written(built: Workshop) -> None:
    built.change("formats: [markdown, html, model_card]", "formats: [markdown]")
    ran = built.build("--out", "elsewhere")
    assert "report   elsewhere/report.md\n" in ran.out
    assert not (built.folder / "elsewhere/report.html").exists()
    built.change("formats: [markdown]", "formats: []")
    assert "report   bare/report.json\n" in built.build("--out", "bare").out
