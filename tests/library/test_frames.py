"""Frames: the numbers of report.json, typed; what is not there is <NA>, and why stands beside it."""

import json
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

import evalreport
from evalreport import DataError, LoadedReport
from evalreport.analyze.findings import Measurement
from evalreport.estimates import NotEstimable, Point, has_value
from evalreport.library.items import scores_frame
from evalreport.records import Failure
from evalreport.report.model import Report
from evalreport.report.seals import seals_of, seals_of_report
from evalreport.rules.base import Remark, Severity, Status
from tests.recheck.test_round_trip import WORLDS
from tests.reports import changed, clear_win

ROOT = Path(__file__).resolve().parents[2]
COMMITTED = sorted(path.parent for path in (ROOT / "reports").rglob("report.json"))
with_items = pytest.mark.parametrize(
    "folder",
    [one for one in COMMITTED if "audits" not in one.parts],
    ids=lambda one: one.relative_to(ROOT).as_posix(),
)
committed = pytest.mark.parametrize(
    "folder", COMMITTED, ids=lambda one: one.relative_to(ROOT).as_posix()
)


@cache
def loaded(folder: Path) -> LoadedReport:
    return evalreport.load_report(folder)


def findings_of(report: Report) -> pd.DataFrame:
    return LoadedReport(report, Path("nowhere")).findings()


@committed
def test_findings_are_those_of_report_json(folder: Path) -> None:
    written = json.loads((folder / "report.json").read_text())["findings"]
    frame = loaded(folder).findings()
    assert frame.id.tolist() == [one["id"] for one in written]
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    for row, one in zip(rows, written, strict=True):
        for key in ("layer", "metric", "role", "unit", "outcome", "higher_is_better", "origin"):
            assert row[key] == one[key]
        assert [row["candidate"], row["reference"]] == one["arms"]
        for key in ("field", "subgroup", "test", "p_value", "p_adjusted", "gain_at_least"):
            assert row[key] == one[key]
        missing = one["n"].get("not_estimable") if isinstance(one["n"], dict) else None
        assert (row["n"], row["n_missing"]) == (None if missing else one["n"], missing)
        for of in ("base", "tuned", "difference"):
            for end, key in (("", "value"), ("_low", "low"), ("_high", "high")):
                assert row[f"{of}{end}"] == one[of].get(key)


@committed
def test_no_number_is_missing_without_a_word(folder: Path) -> None:
    frame = loaded(folder).findings()
    for of in ("base", "tuned", "difference"):
        is_missing = frame[[of, f"{of}_low", f"{of}_high"]].isna().any(axis="columns")
        assert (is_missing == frame[f"{of}_missing"].notna()).all()
    assert (frame.n.isna() == frame.n_missing.notna()).all()
    assert (
        frame[["p_value", "p_adjusted"]].isna().all(axis="columns") <= frame.p_missing.notna()
    ).all()


def test_all_reports_have_the_same_columns_whatever_is_in_them() -> None:
    empty = changed(clear_win(), findings=(), measurements=(), remarks=(), claims=(), steps=())
    nothing = LoadedReport(empty, Path("nowhere"))
    for method in ("findings", "measurements", "remarks", "claims", "steps"):
        types = getattr(nothing, method)().dtypes
        assert set(map(str, types)) <= {"string", "Float64", "Int64", "boolean"}
        for folder in COMMITTED:
            assert getattr(loaded(folder), method)().dtypes.equals(types)


def test_absence_is_a_value_with_its_reason() -> None:
    report = clear_win()
    first, *rest = report.findings
    first = first.model_copy(
        update={
            "difference": NotEstimable(not_estimable="every cluster is one item"),
            "tuned": Point(value=0.5, no_interval="only 3 groups"),
            "n_missing": "nobody said how many",
            "p_value": None,
            "p_adjusted": None,
            "test": None,
        }
    )
    row = findings_of(changed(report, findings=(first, *rest))).iloc[0]
    assert row["difference"] is pd.NA
    assert row["difference_low"] is pd.NA
    assert row["difference_missing"] == "every cluster is one item"
    assert row["tuned"] == 0.5
    assert row["tuned_low"] is pd.NA
    assert row["tuned_missing"] == "no interval: only 3 groups"
    assert row["n"] is pd.NA
    assert row["n_missing"] == "nobody said how many"
    assert row["p_missing"] == "not tested"


def test_what_a_broken_rule_voids_is_told_and_keeps_its_numbers() -> None:
    report = clear_win()
    (primary, *_) = report.findings
    broken = Remark(
        rule="leaked-items",
        family="data",
        severity=Severity.INVALIDATES,
        status=Status.BROKEN,
        text="Test items are training rows.",
        cites=(primary.id,),
    )
    assert not findings_of(report).is_void.any()
    found = findings_of(changed(report, remarks=(broken,))).set_index("id")
    assert found.is_void[primary.id]
    assert found.outcome[primary.id] == primary.outcome.value
    assert "does not count" in found.sentence[primary.id]


def test_a_requirement_says_how_it_stands() -> None:
    value = Point(value=0.9, no_interval="only 3 groups")
    required = Measurement(
        id="qa.valid:tuned", layer="qa", name="valid", arm="tuned", n=9, unit="fraction",
        value=value, requirement=0.8,
    )  # fmt: skip
    plain = required.model_copy(update={"requirement": None})
    report = LoadedReport(changed(clear_win(), measurements=(required, plain)), Path("nowhere"))
    rows = report.measurements()
    assert rows.requirement_state.tolist() == ["not decided", pd.NA]
    assert rows.value_missing.tolist() == ["no interval: only 3 groups"] * 2


def test_changing_a_frame_changes_no_report() -> None:
    report = loaded(ROOT / "reports/quickstart")
    changed = report.findings()
    changed["outcome"] = "better"
    assert "retained" in report.findings().outcome.tolist()


# Items


@with_items
def test_the_items_are_those_that_the_findings_rest_on(folder: Path) -> None:
    """The mean over an arm's items is the value of the arm, where the metric is a mean."""
    report = loaded(folder)
    items = report.items()
    assert items.score.isna().equals(items.score_missing.notna())
    checked = 0
    for f in report.report.findings:
        column = items[(items.layer == f.layer) & (items.metric == f.metric)]
        column = column[column.field.fillna("") == (f.field or "")]
        is_mean = len(column) > 0 and column.weight.isna().all() and column.score.notna().all()
        if f.subgroup is not None or not is_mean or f.excluded:
            continue
        for arm, value in zip(f.arms, (f.tuned, f.base), strict=True):
            if isinstance(value, NotEstimable):
                continue
            of_arm = column[column.arm == arm]
            assert of_arm.item.nunique() == f.n
            assert of_arm.score.mean() == pytest.approx(value.value)
            checked += 1
    assert checked > 3


@pytest.mark.parametrize("name", WORLDS)
def test_the_items_of_every_kind_of_evidence_give_its_findings(name: str) -> None:
    """Seeds, exports, judges, people, what is missing: by the arm, and by the other one."""
    made = WORLDS[name]
    basis = made.observed.basis
    items = scores_frame(basis, list(dict.fromkeys([*basis.tables, *basis.parts])))
    assert items.score.isna().equals(items.score_missing.notna())
    assert (items.score.isna() >= (items.state == "failed")).all()
    for f in made.findings.findings:
        column = items[(items.layer == f.layer) & (items.metric == f.metric) & items.field.isna()]
        if f.subgroup is not None or f.excluded or f.field or column.weight.notna().any():
            continue
        for arm, other, value in zip(f.arms, f.arms[::-1], (f.tuned, f.base), strict=True):
            of_arm = column[(column.arm == arm) & (column.against.fillna(other) == other)]
            if has_value(value) and of_arm.score.notna().all():
                assert of_arm.item.nunique() == f.n
                assert of_arm.score.mean() == pytest.approx(value.value)


def test_what_a_judge_says_is_the_score_of_an_arm_against_another() -> None:
    basis = WORLDS["judged in calls"].observed.basis
    items = scores_frame(basis, ["ab"])
    sides = items[["arm", "against"]].drop_duplicates().to_numpy().tolist()
    assert sides == [["tuned", "base"], ["base", "tuned"]]
    assert set(items.score) <= {0.0, 1.0}


def test_a_report_of_an_older_form_keeps_its_items(tmp_path: Path) -> None:
    """It is brought up to date as it is read; its files, and what they hold of each other, are not."""
    for name in ("report.json", "items.jsonl"):
        (tmp_path / name).write_bytes((ROOT / "reports/quickstart" / name).read_bytes())
    content = json.loads((tmp_path / "report.json").read_text())
    first, *rest = (tmp_path / "items.jsonl").read_text().splitlines(keepends=True)
    del content["findings"][0]["unshown_groups"]  # as a version wrote it that had none
    head = json.loads(first)
    head["sealed"] = seals_of(content)
    (tmp_path / "report.json").write_text(json.dumps(content))
    (tmp_path / "items.jsonl").write_text("".join([json.dumps(head) + "\n", *rest]))
    report = evalreport.load_report(tmp_path)
    assert seals_of_report(report.report)["findings"] != head["sealed"]["findings"]
    assert len(report.items("general")) == 1600


def test_the_flips_of_a_finding_are_in_its_items() -> None:
    report = loaded(ROOT / "reports/quickstart")
    items = report.items("general").query("metric == 'accuracy'")
    wide = items.pivot(index="item", columns="arm", values="score")  # noqa: PD010  # no means
    change = wide.tuned - wide.base
    found = report.findings().set_index("id").loc["general.accuracy"]
    assert [found.better, found.worse, found.same] == [
        (change > 0).sum(), (change < 0).sum(), (change == 0).sum(),
    ]  # fmt: skip
    assert set(items.subgroup_topic.dropna()) >= {"capitals", "sums"}


def test_items_of_a_ratio_have_weights_that_give_its_value() -> None:
    report = loaded(ROOT / "reports/quickstart")
    items = report.items("heldout-loss").query("metric == 'nll' and arm == 'tuned'")
    value = report.findings().set_index("id").tuned["heldout-loss.nll"]
    assert (items.score * items.weight).sum() / items.weight.sum() == pytest.approx(value)


def test_a_layer_that_is_not_there_is_named_with_the_nearest() -> None:
    with pytest.raises(DataError) as caught:
        loaded(ROOT / "reports/quickstart").items("extracton")
    (problem,) = caught.value.problems
    assert problem.what == "it holds no items of a layer extracton"
    assert problem.hint == "did you mean extraction?"


def test_items_of_another_report_are_refused(tmp_path: Path) -> None:
    """Joined to the wrong findings they would give a wrong comparison."""
    report = loaded(ROOT / "reports/quickstart").report
    with pytest.raises(DataError, match="are not beside it"):
        LoadedReport(report, tmp_path).items()
    (tmp_path / "items.jsonl").write_bytes((ROOT / "reports/quickstart/items.jsonl").read_bytes())
    assert len(LoadedReport(report, tmp_path).items("general")) == 1600
    first = report.findings[0].model_copy(update={"n": 307})
    other = report.model_copy(update={"findings": (first, *report.findings[1:])})
    with pytest.raises(DataError, match="were not written with this report"):
        LoadedReport(other, tmp_path).items()


def test_a_step_that_failed_is_a_row() -> None:
    report = loaded(ROOT / "reports/quickstart").report
    first = report.steps[0].model_copy(
        update={"outcome": "failed", "reason": Failure(reason="no memory").reason}
    )
    row = LoadedReport(report.model_copy(update={"steps": (first,)}), Path()).steps().iloc[0]
    assert (row["outcome"], row["reason"]) == ("failed", "no memory")
