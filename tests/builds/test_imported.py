"""Other tools' results through the command line: whole reports, mixed layers, refusals, recheck."""

import contextlib
import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from evalreport.cli import main
from evalreport.commands.writing import renderings
from evalreport.estimates import NotEstimable
from evalreport.report.load import load_report
from evalreport.report.model import Report
from tests.builds.workshop import SPEC, TEST_ROWS, Workshop, orders

HEAD = """\
evalreport: 1
name: others
base_model: {path: org/base}
evaluation:
  primary: {layer: qa, metric: accuracy, gain_at_least: 0.1}
  guards: [{layer: general, metric: accuracy, lose_at_most: 0.1}]
  layers:
    - {kind: imported, name: qa, from: {tuned: tuned.csv, base: base.csv}}
    - {kind: imported, name: general, from: {tuned: general.jsonl, base: general.jsonl}, models: {tuned: mine, base: theirs}}
"""


def run(folder: Path, *arguments: str) -> tuple[int, str]:
    said = io.StringIO()
    with (
        contextlib.chdir(folder),
        contextlib.redirect_stderr(said),
        contextlib.redirect_stdout(said),
    ):
        code = main([*arguments])
    return code, said.getvalue()


def write_csv(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def scores(arm: str, right: int, n: int = 160) -> list[dict[str, object]]:
    return [
        {
            "id": f"q{i}",
            "prompt": f"question {i}",
            "answer": f"{arm} {i}",
            "accuracy": int(i < right),
        }
        for i in range(n)
    ]


def others(folder: Path, spec: str = HEAD) -> Path:
    write_csv(folder / "tuned.csv", scores("tuned", 110))
    write_csv(folder / "base.csv", scores("base", 70))
    lines = [
        json.dumps({"id": i, "model": model, "accuracy": int(i % 4 > 0)})
        for model in ("mine", "theirs")
        for i in range(160)
    ]
    (folder / "general.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "spec.yaml").write_text(spec, encoding="utf-8")
    return folder


def report_of(folder: Path) -> Report:
    return load_report(folder / "reports" / "others" / "report.json")


def test_files_alone_give_a_whole_report(tmp_path: Path) -> None:
    code, said = run(others(tmp_path), "build", "spec.yaml")
    assert code == 0
    report = report_of(tmp_path)
    assert report.verdict.outcome.value == "better"
    assert report.verdict.strength.value == "weak"
    assert "taken on trust" in " ".join(report.verdict.because)
    assert {f.origin.value for f in report.findings} == {"imported"}
    assert {arm.origin.value for arm in report.arms.values()} == {"imported"}
    assert {step.outcome for step in report.steps} == {"reused"}
    assert "0 blocked" in said
    assert not report.simulated


def test_every_rendering_says_that_it_is_imported(tmp_path: Path) -> None:
    run(others(tmp_path), "build", "spec.yaml")
    report = report_of(tmp_path)
    texts = renderings(report, ("markdown", "html"), "ids")
    for text in texts.values():
        assert text.count("imported") >= len(report.findings)
        assert "after its numbers existed" in text
        assert "read from their files" in text


def test_recheck_computes_all_of_it_from_items_alone(tmp_path: Path) -> None:
    run(others(tmp_path), "build", "spec.yaml")
    for name in ("tuned.csv", "base.csv", "general.jsonl"):
        (tmp_path / name).unlink()
    code, said = run(tmp_path, "recheck", "reports/others")
    assert code == 0, said
    assert "the report says what its items give" in said
    items = tmp_path / "reports" / "others" / "items.jsonl"
    lines = items.read_text(encoding="utf-8").splitlines()
    row = json.loads(lines[1])
    row["scores"]["tuned"] = [[1 - row["scores"]["tuned"][0][0]]]
    items.write_text("\n".join([lines[0], json.dumps(row), *lines[2:]]) + "\n", encoding="utf-8")
    code, said = run(tmp_path, "recheck", "reports/others")
    assert code == 4
    assert "findings" in said


def test_building_again_gives_the_same_bytes_until_a_file_changes(tmp_path: Path) -> None:
    run(others(tmp_path), "build", "spec.yaml")
    first = report_of(tmp_path)
    run(tmp_path, "build", "spec.yaml")
    assert report_of(tmp_path).model_copy(update={"built_at": first.built_at}) == first
    write_csv(tmp_path / "tuned.csv", scores("tuned", 111))
    run(tmp_path, "build", "spec.yaml")
    again = report_of(tmp_path)
    assert again.steps[0].key != first.steps[0].key
    assert again.steps[1].key == first.steps[1].key
    assert again.findings[0].tuned != first.findings[0].tuned


def test_the_same_file_twice_is_no_comparison(tmp_path: Path) -> None:
    others(tmp_path)
    (tmp_path / "tuned.csv").write_bytes((tmp_path / "base.csv").read_bytes())
    run(tmp_path, "build", "spec.yaml")
    report = report_of(tmp_path)
    assert report.verdict.outcome.value == "invalid_evidence"
    assert "are the same, byte for byte" in report.verdict.headline


def test_one_file_of_two_arms_wants_names(tmp_path: Path) -> None:
    spec = HEAD.replace(
        "from: {tuned: tuned.csv, base: base.csv}", "from: {tuned: ., base: base.csv}"
    )
    others(tmp_path, spec)
    code, said = run(tmp_path, "build", "spec.yaml")
    assert code == 2
    assert "base.csv" in said
    assert "it is named for tuned and for base, and nothing tells their rows apart" in said


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("metric: accuracy, gain", "metric: f1, gain", "primary"),
        ("metric: accuracy, lose", "metric: f1, lose", "guards"),
    ],
)
def test_a_declared_metric_that_no_file_has_is_an_error_before_anything_runs(
    old: str, new: str, key: str, tmp_path: Path
) -> None:
    others(tmp_path, HEAD.replace(old, new))
    for command in ("plan", "build"):
        code, said = run(tmp_path, command, "spec.yaml")
        assert code == 2, said
        assert f"{key} asks for f1, and the files of layer" in said
        assert 'they have "accuracy"' in said
    assert not (tmp_path / "reports").exists()


def test_scores_that_are_not_there_have_readings_of_their_own(tmp_path: Path) -> None:
    others(tmp_path)
    write_csv(
        tmp_path / "tuned.csv",
        [{**row, "accuracy": ""} if i < 3 else row for i, row in enumerate(scores("tuned", 110))],
    )
    run(tmp_path, "build", "spec.yaml")
    for name, text in renderings(report_of(tmp_path), ("markdown", "html"), "ids").items():
        assert "could be parsed" not in text, name
        assert "Several readings, because the files do not hold a score of every item" in text
        assert "Items with a score of both arms" in text
        assert "penalty" not in text.partition("Several readings")[2][:1500], name


def test_totals_alone_can_at_best_be_inconclusive(tmp_path: Path) -> None:
    board = (
        ",win_rate,standard_error,mode,avg_length,n_wins,n_wins_base,n_draws,n_total,"
        "discrete_win_rate\nmine,62.1,1.7,community,900,500,305,0,805,62.1\n"
    )
    other = board.replace("mine,62.1", "theirs,50.2")
    (tmp_path / "a.csv").write_text(board, encoding="utf-8")
    (tmp_path / "b.csv").write_text(other, encoding="utf-8")
    spec = HEAD.partition("  primary")[0] + (
        "  primary: {layer: board, metric: win_rate}\n  layers:\n"
        "    - {kind: imported, name: board, from: {tuned: a.csv, base: b.csv}}\n"
    )
    (tmp_path / "spec.yaml").write_text(spec, encoding="utf-8")
    code, said = run(tmp_path, "build", "spec.yaml")
    assert code == 0, said
    report = report_of(tmp_path)
    (found,) = report.findings
    assert (found.origin.value, found.is_of_totals) == ("imported", True)
    assert report.verdict.outcome.value == "inconclusive"
    code, said = run(tmp_path, "recheck", "reports/others")
    assert code == 0, said


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("from: {tuned: tuned.csv, base: base.csv}", "from: tuned.csv", "one file holds all arms"),
        ("base: base.csv}}", "base: bse.csv}}", "did you mean base.csv?"),
        (
            "name: qa,",
            "name: qa, arms: [tuned],",
            "the arms of imported results are those of from:",
        ),
        ("name: qa,", "name: qa, metrics: [accuracy, accuracy],", "accuracy is named twice"),
        (
            "name: qa,",
            "name: qa, metrics: [accuracy], higher_is_better: {f1: true},",
            "f1 is none of this layer's metrics (accuracy)",
        ),
        ("models: {tuned: mine, base: theirs}", 'models: {tuned: mine, base: " "}', "no name"),
        (
            "from: {tuned: general.jsonl, base: general.jsonl}, models: {tuned: mine, base: theirs}",
            "from: general.jsonl, models: {tuned: mine, base: mine}",
            "base is called as tuned is",
        ),
    ],
)
def test_mistakes_in_the_layer_are_named_before_a_file_is_read(
    old: str, new: str, says: str, tmp_path: Path
) -> None:
    others(tmp_path, HEAD.replace(old, new))
    code, said = run(tmp_path, "check", "spec.yaml")
    assert code == 2
    assert says in said
    assert "spec.yaml:" in said


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("tuned.csv", b"", "the file is empty"),
        ("tuned.png", b"\x89PNG\r\n\x1a\n" + bytes(40), "no importer knows this file"),
        ("tuned.jsonl", '{"id": 1}'.encode("utf-16"), "UTF-16"),
        ("tuned.json", b'{"id": 1, "accur', "it was cut"),
        ("tuned.csv", b"id,accuracy\nq1,caf\xe9\n", "the line is not UTF-8"),
    ],
    ids=["empty", "picture", "utf-16", "cut", "latin-1"],
)
def test_a_bad_file_is_said_in_three_parts(
    name: str, content: bytes, says: str, tmp_path: Path
) -> None:
    others(tmp_path, HEAD.replace("tuned: tuned.csv", f"tuned: {name}"))
    (tmp_path / name).write_bytes(content)
    code, said = run(tmp_path, "build", "spec.yaml")
    assert code == 2
    assert says in said
    assert name in said
    assert "Traceback" not in said


# Mixed: base's outputs come from a file, tuned is asked here


def mixed(
    folder: Path, imported: str, rows: Sequence[Mapping[str, object]], spec: str = SPEC
) -> Workshop:
    shop = Workshop.made(
        folder,
        spec.replace(
            "      metrics: [json_valid, field_accuracy]\n",
            f"      metrics: [json_valid, field_accuracy]\n      imported: {{base: {imported}}}\n",
        ),
    )
    write_csv(folder / "kept.csv", rows)
    return shop


def kept() -> list[dict[str, object]]:
    """What somebody kept of a base that says nothing useful, to the prompts of the test set."""
    lines = orders(0, TEST_ROWS, "test").splitlines()
    return [{"prompt": json.loads(line)["order"], "output": '{"item": "none"}'} for line in lines]


WHOLE = (
    "{from: kept.csv, decoding: {max_new_tokens: 48, temperature: 0}, template: as_here, "
    "precision: bfloat16}"
)


def test_outputs_of_a_file_are_compared_with_what_is_asked_here(tmp_path: Path) -> None:
    shop = mixed(tmp_path, WHOLE, kept())
    ran = shop.build()
    assert ran.code == 0, ran.both
    report = shop.report()
    found = next(f for f in report.findings if f.id == "extraction.field_accuracy")
    assert (found.n, found.origin.value, found.dataset) == (TEST_ROWS, "imported", "test")
    assert report.arms["base"].origin.value in {"imported", "run"}
    health = {row.arm: row for row in report.health if row.layer == "extraction"}
    assert health["base"].n == TEST_ROWS
    assert "the files do not tell" in str(health["base"].truncated)
    steps = {step.id: step.outcome for step in report.steps}
    assert steps["import extraction base"] == "reused"
    assert "ask extraction base" not in steps
    assert steps["ask extraction tuned seed 1"] == "done"


@pytest.mark.parametrize(
    ("imported", "change", "says"),
    [
        (
            "{from: kept.csv, template: as_here, precision: bfloat16}",
            {},
            "decoding (the spec does not tell)",
        ),
        (
            WHOLE.replace("temperature: 0", "temperature: 0.7"),
            {},
            "decoding (temperature 0.7, top-p 1, at most 48 tokens instead of greedy, at most",
        ),
        (WHOLE, {"prompt": "another question"}, "prompts (other prompts on 1 of 44 items)"),
        (WHOLE.replace(", precision: bfloat16", ""), {}, "precision (the spec does not tell)"),
        (WHOLE.replace("template: as_here, ", ""), {}, "template (the spec does not tell)"),
        (
            WHOLE.replace("as_here", "no template at all"),
            {},
            "template (no template at all; only as_here says that it is that of here)",
        ),
    ],
)
def test_what_is_not_known_to_be_asked_alike_is_refused_by_name(
    imported: str, change: dict[str, object], says: str, tmp_path: Path
) -> None:
    with_ids = SPEC.replace(
        "test: {path: data/test.jsonl}", "test: {path: data/test.jsonl, id: order}"
    )
    rows = [{"id": row["prompt"], **row} for row in kept()]
    rows[3] |= change
    shop = mixed(tmp_path, imported, rows, with_ids)
    ran = shop.build()
    found = next(f for f in shop.report().findings if f.id == "extraction.field_accuracy")
    assert found.outcome.value == "not_measured", ran.both
    assert says in found.sentence
    assert "the outputs of base come from files" in found.sentence
    assert shop.report().verdict.next_step == (
        "Write under `imported` what is known of how those outputs were made, or ask that model "
        "here, and build again."
    )


def test_a_finished_model_has_its_own_template_as_it_would_beside_a_base_asked_here(
    tmp_path: Path,
) -> None:
    whole = SPEC.replace("adapter: {method: lora, r: 8}", "adapter: {method: full}")
    shop = mixed(tmp_path, WHOLE, kept(), whole)
    ran = shop.build()
    found = next(f for f in shop.report().findings if f.id == "extraction.field_accuracy")
    assert found.n == TEST_ROWS, ran.both + found.sentence


@pytest.mark.parametrize(
    ("precision", "status"), [("fp32", "kept"), ("float32, in 4 bits", "broken")]
)
def test_the_precision_of_kept_outputs_is_held_against_that_of_here(
    precision: str, status: str, tmp_path: Path
) -> None:
    told = WHOLE.replace("precision: bfloat16", f'precision: "{precision}"')
    shop = mixed(tmp_path, told, kept())
    ran = shop.build()
    assert ran.code == 0, ran.both
    (said,) = (one for one in shop.report().remarks if one.rule == "base-handicapped")
    assert said.status.value == status, said.text
    if status == "broken":
        assert said.text.startswith("In extraction the base answered in float32, in 4 bits, tuned")


def test_items_of_which_nothing_is_kept_are_missing_answers(tmp_path: Path) -> None:
    shop = mixed(tmp_path, WHOLE, kept()[:20])
    shop.build()
    remarks = {one.rule: one for one in shop.report().remarks}
    assert remarks["missing-answers"].status.value == "broken"
    assert "no answer, here or in the files of another tool (24 of base)" in (
        remarks["missing-answers"].text
    )
    for rule in ("unpaired-items", "prompts-differ", "unread-results"):
        assert remarks[rule].status.value == "not_applicable", rule
    trust = remarks["imported-on-trust"]
    assert trust.status.value == "broken"
    assert "base was not asked here in extraction: its outputs come from files" in trust.text
    assert "(decoding, chat template and precision)" in trust.text


def test_every_rendering_says_which_arm_was_not_asked_here(tmp_path: Path) -> None:
    shop = mixed(tmp_path, WHOLE, kept())
    assert shop.build().code == 0
    report = shop.report()
    (layer,) = (one for one in report.layers if one.name == "extraction")
    assert layer.elsewhere == {"base": "kept.csv"}
    (note,) = layer.notes
    assert note == (
        "base was not asked here: its outputs come from kept.csv; the prompts are as the files "
        "tell; only the spec says: decoding, chat template, precision"
    )
    assert report.arms["base"].notes == (
        "in extraction it was not asked here: what kept.csv holds of it was scored",
    )
    texts = renderings(report, ("markdown", "html"), "ids")
    for text in texts.values():
        assert "the outputs of base from kept.csv, read and scored here" in text
        assert "those of base existed before" in text
        assert "base imported" in text  # in tables
        assert "base (imported)" in text  # in details
    written = (shop.folder / "reports" / "orders" / "report.md").read_text(encoding="utf-8")
    assert "base (imported) (score 0" in written
    declared = [one.text for one in report.remarks if "existed" in one.text]
    assert any("declared here after the outputs of base existed" in text for text in declared)
    moved = {one.kind: one for one in report.health_differences if one.layer == "extraction"}
    for kind in ("tokens", "truncated"):  # a table of texts tells neither
        assert moved[kind].difference == NotEstimable(not_estimable="the files do not tell")
    assert not isinstance(moved["empty"].difference, NotEstimable)
    code, said = run(shop.folder, "recheck", "reports/orders")
    assert code == 0, said


def test_outputs_of_both_arms_were_there_before_anything_was_declared(tmp_path: Path) -> None:
    shop = mixed(tmp_path, WHOLE + ", tuned: " + WHOLE.replace("kept", "good"), kept())
    rows = [{**row, "output": f"{row['prompt']}"} for row in kept()]
    write_csv(tmp_path / "good.csv", rows)
    shop.build()
    (text,) = renderings(shop.report(), ("markdown",), "ids").values()
    assert "- Declared: after the outputs existed" in text
    assert "was asked here" not in text.partition("## Results")[0]
    assert "tuned and base imported" in text


def test_outputs_of_which_none_fits_are_refused_before_anything_is_trained(tmp_path: Path) -> None:
    rows = [{"id": f"other {i}", "output": "x"} for i in range(5)]
    shop = mixed(tmp_path, WHOLE, rows)
    for command in ("plan", "build"):
        ran = shop.run(command, "spec.yaml")
        assert ran.code == 2, ran.both
        assert "kept.csv" in ran.both
        assert "it holds 5 outputs of base, and none is of an item of dataset test" in ran.both
        assert 'the file\'s: "other 0", "other 1", "other 2", ...; the data\'s: "' in ran.both
        assert "datasets.test.id: COLUMN" in ran.both
        assert "a column prompt" in ran.both
    assert not (tmp_path / "reports").exists()


def test_what_is_left_open_so_that_nothing_is_compared_is_said_before(tmp_path: Path) -> None:
    shop = mixed(tmp_path, "{from: kept.csv, template: as_here}", kept())
    ran = shop.run("check", "spec.yaml")
    assert ran.code == 0
    says = "since the spec does not tell their decoding and precision"
    assert (
        f"layer extraction: the outputs of base come from files and will not be compared, {says}"
        in (ran.both)
    )
    told = json.loads(shop.run("check", "spec.yaml", "--json").out)
    assert says in told["left_open"][0]
    planned = shop.run("plan", "spec.yaml").both
    assert (
        "they will not be compared with what is asked here: decoding (the spec does not tell), "
        "precision (the spec does not tell); write what is known under imported.base, or ask base"
    ) in planned
    whole = mixed(tmp_path / "whole", WHOLE, kept())
    assert "will not be compared" not in whole.run("check", "spec.yaml").both
    assert "will not be compared" not in whole.run("plan", "spec.yaml").both


def test_one_kept_output_is_not_several_draws(tmp_path: Path) -> None:
    drawn = SPEC.replace("temperature: 0}", "temperature: 0.7, samples: 3}")
    shop = mixed(tmp_path, WHOLE, kept(), drawn)
    ran = shop.run("check", "spec.yaml")
    assert ran.code == 2
    assert "the files of base hold 1 draw of an item, and the layer asks for 3" in ran.both
    assert "set samples: 1, or ask these arms here" in ran.both


# What is no result, and what no build writes


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        (
            "tuned.jsonl",
            "".join(json.dumps({"id": i, "output": f"text {i}"}) + "\n" for i in range(30)),
            ("what a model wrote, and no score of it", "under imported: of a layer of kind gen"),
        ),
        (
            "trainer_state.json",
            json.dumps(
                {
                    "global_step": 2,
                    "epoch": 1.0,
                    "max_steps": 2,
                    "log_history": [{"epoch": 0.5, "loss": 1.5, "step": 1}],
                }
            ),
            ("the state of a trainer, and no result", "training: {recorded: {trainer_state: ..."),
        ),
    ],
)
@pytest.mark.parametrize("folder", [False, True], ids=["file", "folder"])
def test_files_without_results_are_refused_with_where_they_belong(
    name: str, content: str, says: tuple[str, str], folder: bool, tmp_path: Path
) -> None:
    others(tmp_path, HEAD.replace("tuned: tuned.csv", f"tuned: {'given' if folder else name}"))
    place = tmp_path / "given" if folder else tmp_path
    place.mkdir(exist_ok=True)
    (place / name).write_text(content, encoding="utf-8")
    code, said = run(tmp_path, "build", "spec.yaml")
    assert code == 2, said
    assert name in said
    for part in says:
        assert part in said


def test_outputs_beside_results_are_passed_over(tmp_path: Path) -> None:
    others(tmp_path, HEAD.replace("tuned: tuned.csv", "tuned: given"))
    (tmp_path / "given").mkdir()
    (tmp_path / "tuned.csv").rename(tmp_path / "given" / "tuned.csv")
    (tmp_path / "given" / "wrote.jsonl").write_text('{"id": 1, "output": "text"}\n')
    assert run(tmp_path, "build", "spec.yaml")[0] == 0


def test_the_first_score_is_older_than_what_is_declared_of_it(tmp_path: Path) -> None:
    run(others(tmp_path), "build", "spec.yaml")
    (text,) = renderings(report_of(tmp_path), ("markdown",), "ids").values()
    assert "- First score: before anything was declared here: it was imported" in text
    assert "nothing is scored yet" not in text


CHECKED = {
    "arm": "tuned", "part": "", "metric": "accuracy", "value": 0.1, "se": None, "own_value": 0.1,
    "own_se": None, "n": 3,
}  # fmt: skip


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("imported", ["qa", "zz"], "`imported` names zz, which is no imported layer"),
        ("imported", ["general"], "`figures` names qa, which is no imported layer"),
        ("refused", [["zz", "a", "b", "x"]], "`refused` names zz, which is no imported layer"),
        ("refused", [["qa", "a", "base", "x"]], "`refused` names a in qa, which is no arm of it"),
        ("totals", [{"layer": "zz", "rows": []}], "`totals` names zz, which is no imported layer"),
        ("totals", [{"layer": "qa", "rows": []}], "qa has items, and `totals` as if it had none"),
        ("figures", {"zz": [CHECKED]}, "`figures` names zz, which is no imported layer"),
        ("figures", {"qa": [{**CHECKED, "arm": "zz"}]}, "`figures` has accuracy of zz in qa"),
        ("figures", {"qa": [{**CHECKED, "metric": "zz"}]}, "`figures` has zz of tuned in qa"),
        ("figures", {"qa": [{**CHECKED, "n": -1}]}, "figures.qa.0.n"),
        ("elsewhere", [["qa", "tuned"]], "`elsewhere` names tuned in qa, whose outputs"),
    ],
)
def test_a_head_that_no_build_writes_is_refused(
    key: str, value: object, says: str, tmp_path: Path
) -> None:
    run(others(tmp_path), "build", "spec.yaml")
    items = tmp_path / "reports" / "others" / "items.jsonl"
    first, *rows = items.read_text(encoding="utf-8").splitlines()
    head = {**json.loads(first), "figures": {"qa": [CHECKED]}, key: value}
    items.write_text("\n".join([json.dumps(head), *rows]) + "\n", encoding="utf-8")
    code, said = run(tmp_path, "recheck", "reports/others")
    assert code == 2, said
    assert says in said
    assert "items.jsonl:1" in said


def test_a_spread_that_none_can_be_is_refused(tmp_path: Path) -> None:
    spec = HEAD.partition("  primary")[0] + (
        "  primary: {layer: board, metric: win_rate}\n  layers:\n"
        "    - {kind: imported, name: board, from: {tuned: a.csv, base: b.csv}}\n"
    )
    head = ",win_rate,standard_error,mode,avg_length,n_wins,n_wins_base,n_draws,n_total,"
    for board, rate in (("a.csv", 62.1), ("b.csv", 50.2)):
        line = f"mine,{rate},1.7,community,900,500,305,0,805,62.1"
        (tmp_path / board).write_text(f"{head}discrete_win_rate\n{line}\n", encoding="utf-8")
    (tmp_path / "spec.yaml").write_text(spec, encoding="utf-8")
    run(tmp_path, "build", "spec.yaml")
    items = tmp_path / "reports" / "others" / "items.jsonl"
    told = json.loads(items.read_text(encoding="utf-8"))
    told["totals"][0]["rows"][0]["figures"][0]["figure"]["spread"] = {"known": -1}
    items.write_text(json.dumps(told) + "\n", encoding="utf-8")
    code, said = run(tmp_path, "recheck", "reports/others")
    assert code == 2, said
    assert "`totals` has a spread of win_rate in board that none can be" in said
