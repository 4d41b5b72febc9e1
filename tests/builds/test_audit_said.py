"""audit: what it says to whoever is new to it: what counts, what is wrong, and what to do next."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from evalreport.commands.audit_groups import Group, groups_of
from evalreport.commands.audit_layers import Found
from evalreport.commands.audit_roles import roles_of
from evalreport.commands.audit_spec import drafted
from evalreport.errors import Refused
from evalreport.importers.survey import Topic
from evalreport.report.load import load_report
from evalreport.spec.load import spec_of_text
from tests.builds.test_audit import FIXTURES, audited, pair, spec_in, surveyed
from tests.builds.test_imported import run, scores, write_csv

PAIRS = FIXTURES / "fastchat" / "mt_bench" / "model_judgment" / "stand-in-judge_pair.jsonl"
DATA = """\
evalreport: 1
name: kept
base_model: {path: unknown}
datasets: {test: {path: test.jsonl}}
evaluation:
  secondary: [{layer: kept, metric: exact_match}]
  layers:
"""


def long_table(path: Path, models: Mapping[str, int], n: int = 60) -> None:
    """A table with a row for each item and model, of which so many are right."""
    write_csv(
        path,
        [
            {"id": i, "model": model, "accuracy": int(i < right)}
            for model, right in models.items()
            for i in range(n)
        ],
    )


# What counts


def test_what_a_rule_voids_is_printed_as_not_counting(tmp_path: Path) -> None:
    report, _, said = audited(tmp_path, str(PAIRS))
    (found,) = (one for one in report.findings if one.subgroup is None)
    rules = "fewer-items, judge-position-flips"
    assert f"found    (does not count: {rules}) FastChat-pairs net win: +" in said
    assert found.sentence not in said
    assert said.count("broken   fewer-items: ") == 1
    assert said.count("broken   judge-position-flips: ") == 1


def test_invalidating_rules_are_printed_also_where_nothing_is_primary(tmp_path: Path) -> None:
    report, _, said = audited(tmp_path, str(FIXTURES / "arena_hard" / "v2"))
    assert report.verdict.outcome.value == "not_measured"
    assert len(report.findings) > 1
    assert said.count("found    (does not count: ") == len(report.findings)
    assert "broken   fewer-items: " in said


def test_files_that_a_tool_makes_of_others_are_passed_over(tmp_path: Path) -> None:
    report, _, said = audited(tmp_path, str(FIXTURES / "arena_hard" / "v0.1"))
    assert [layer.name for layer in report.layers] == ["arena-hard-judgments"]
    assert "arena_hard_battles.jsonl: passed over, as it holds once more" in said


def test_what_counts_is_printed_as_the_report_says_it(tmp_path: Path) -> None:
    pair(tmp_path)
    report, _, said = audited(tmp_path, "base.csv", "tuned.csv")
    assert f"found    {report.findings[0].sentence}\n" in said
    assert "does not count" not in said
    assert "broken " not in said


def test_a_trainers_state_alone_tells_where_its_loss_was_least(tmp_path: Path) -> None:
    report, _, said = audited(tmp_path, str(FIXTURES / "trainer_state"))
    assert report.training is not None
    held = [(p.eval_loss, p.step) for p in report.training.curve if p.eval_loss is not None]
    least, step = min(held)
    assert f"found    The evaluation loss was least at step {step} ({least:.4f}); at step" in said
    assert "12 logged points" in said
    assert "broken   eval-loss-diverging: " in said


def test_one_row_is_one_row(tmp_path: Path) -> None:
    write_csv(tmp_path / "tuned.csv", scores("tuned", 1, n=1))
    _, said = run(tmp_path, "audit", "tuned.csv")
    assert "scores, 1 row\n" in said


# The spec that is written


def test_a_spec_that_nobody_changed_gives_way_to_another_audit(tmp_path: Path) -> None:
    pair(tmp_path)
    _, _, first = audited(tmp_path, "base.csv", "tuned.csv")
    path = tmp_path / "specs" / "audits" / "tuned" / "spec.yaml"
    whole = path.read_bytes()
    _, _, again = audited(tmp_path, "tuned.csv", "base.csv")
    assert path.read_bytes() == whole
    assert first.count("found ") == again.count("found ") == 1
    write_csv(tmp_path / "other.csv", scores("base", 20))
    code, said = run(tmp_path, "audit", "--base", "other.csv", "--tuned", "tuned.csv")
    assert code == 2
    assert "another spec stands there: of other files, or changed" in said
    path.write_bytes(whole.replace(b"# guards", b"#  guards"))
    assert run(tmp_path, "audit", "base.csv", "tuned.csv")[0] == 2


def test_the_primary_is_to_be_taken_out_of_secondary(tmp_path: Path) -> None:
    for arm, right in (("base", 70), ("tuned", 110)):
        rows = [{**row, "f1": row["accuracy"]} for row in scores(arm, right)]
        write_csv(tmp_path / f"{arm}.csv", rows)
    audited(tmp_path, "base.csv", "tuned.csv")
    text = (tmp_path / "specs" / "audits" / "tuned" / "spec.yaml").read_text("utf-8")
    assert "those in `secondary`, taken out of there" in text


@pytest.mark.parametrize(
    ("files", "layer"),
    [
        (("base_loss.csv", "tuned_loss.csv"), "loss"),
        (("gsm8k-base.csv", "gsm8k-tuned.csv"), "gsm8k"),
        (("base.csv", "tuned.csv"), "scores"),
    ],
)
def test_layers_are_called_after_files(files: Sequence[str], layer: str, tmp_path: Path) -> None:
    for name, right in zip(files, (70, 110), strict=True):
        write_csv(tmp_path / name, scores("a", right))
    _, spec, _ = audited(tmp_path, *files)
    assert [one["name"] for one in spec["evaluation"]["layers"]] == [layer]


def test_a_pair_of_models_is_named_in_the_spec(tmp_path: Path) -> None:
    _, spec, said = audited(tmp_path, str(PAIRS))
    (layer,) = spec["evaluation"]["layers"]
    assert layer["models"] == {"tuned": "tiny-tuned", "base": "tiny-base"}
    assert spec["evaluation"]["primary"]["metric"] == "net_win"
    assert 'by its name, "tiny-base" is the base' in said


@pytest.mark.parametrize(
    ("tuned", "other", "base"),
    [
        ("x-sft", "x", "x"),
        ("x-sft", "gpt-4", None),
        ("x", "x-base", "x-base"),
        ("/a/x-sft", "/b/x", "/b/x"),
    ],
)
def test_the_other_of_a_pair_is_the_base_only_where_its_name_says_so(
    tuned: str, other: str, base: str | None
) -> None:
    here = (Path("pairs.jsonl"),)
    for first, second in ((tuned, other), (other, tuned)):
        of = (Group(first, here), Group(second, here, is_rival=True, is_peer=True))
        found = roles_of(of, None, None)
        assert found.tuned.model == tuned
        assert (found.base.model if found.base is not None else None) == base


def test_a_pair_of_which_no_name_says_anything_is_refused() -> None:
    here = (Path("pairs.jsonl"),)
    of = (Group("a", here), Group("b", here, is_rival=True, is_peer=True))
    with pytest.raises(Refused, match=r'which of "a", "b" is the base\n.*--tuned NAME'):
        roles_of(of, None, None)
    assert roles_of(of, "b", None).base is None
    told = roles_of(of, "b", "a").base
    assert told is not None
    assert told.model == "a"


# Folders of somebody's disk


def test_folders_in_names_of_models_are_not_told(tmp_path: Path) -> None:
    long_table(tmp_path / "both.csv", {"/root/x/base-7b": 20, "/root/x/tuned-7b": 45})
    report, spec, said = audited(tmp_path, "both.csv")
    assert spec["title"] == "tuned-7b against base-7b, as other tools measured them"
    assert spec["base_model"] == {"path": "unknown/base-model"}
    (layer,) = spec["evaluation"]["layers"]
    assert layer["models"] == {"tuned": "tuned-7b", "base": "base-7b"}
    assert report.findings[0].outcome.value == "better"
    assert "tuned: tuned-7b; base: base-7b (by its name" in said
    assert "/root/x" not in said
    for path in (tmp_path / "reports").rglob("*.*"):
        assert "/root/x" not in path.read_text(encoding="utf-8")


def test_folders_in_names_of_files_are_told_only_where_names_are_alike() -> None:
    far = Path("/root/somewhere/" + "far/" * 20)
    files = [surveyed(str(far / name), metrics={"": ("m",)}) for name in ("b.csv", "b-sft.csv")]
    roles = roles_of(groups_of(files), None, None)
    text = drafted(Found(roles, tuple(files)), "a", Path(), None).text
    assert 'title: "b-sft.csv against b.csv, as other tools' in text
    alike = [surveyed(str(far / name / "s.csv"), metrics={"": ("m",)}) for name in ("x", "y")]
    with pytest.raises(Refused, match=r'which of "\.\.\..*/far/x/s.csv", ".*/far/y/s.csv" is'):
        roles_of(groups_of(alike), None, None)


def test_verdicts_of_different_judges_are_told_apart(tmp_path: Path) -> None:
    results = FIXTURES / "alpaca_eval" / "results"
    here = [str(results / name) for name in ("tiny-ranked", "tiny-tuned")]
    _, said = run(tmp_path, "audit", *here, "--base", "tiny-tuned")
    assert 'only of tuned: "alpaca_eval annotations by ranking_stand_in"\n' in said
    assert 'only of base: "alpaca_eval annotations by weighted_stand_in"\n' in said


def test_models_that_are_one_without_their_folders_keep_them() -> None:
    models = ("/root/before/m", "/root/sft/m")
    held = frozenset(Topic(model, "", "", "") for model in models)
    file = replace(surveyed("a.csv", metrics={"": ("m",)}), models=models, holds=held)
    roles = roles_of(groups_of((file,)), "/root/sft/m", "/root/before/m")
    text = drafted(Found(roles, (file,)), "a", Path(), None).text
    (layer,) = yaml.safe_load(text)["evaluation"]["layers"]
    assert layer["models"] == {"tuned": "/root/sft/m", "base": "/root/before/m"}


# Who is meant


@pytest.mark.parametrize("role", ["base", "tuned"])
def test_a_path_with_several_models_says_not_which_is_meant(role: str, tmp_path: Path) -> None:
    long_table(tmp_path / "all.csv", {"one": 20, "/root/two": 45})
    code, said = run(tmp_path, "audit", "all.csv", f"--{role}", "all.csv")
    assert code == 2
    assert f'--{role}\n  all.csv holds results of 2 models: "one", "two"\n' in said
    assert f"say which one it is: --{role} NAME\n" in said
    assert not (tmp_path / "specs").exists()
    _, spec, _ = audited(tmp_path, "all.csv", "--base", "one", "--tuned", "two")
    assert spec["evaluation"]["layers"][0]["models"] == {"tuned": "two", "base": "one"}


def test_a_folder_of_a_model_is_its_name(tmp_path: Path) -> None:
    """As of lm-eval, which calls a model by its path."""
    long_table(tmp_path / "all.csv", {"models/one": 20, "models/two": 45, "models/three": 1})
    for name in ("one", "two"):
        (tmp_path / "models" / name).mkdir(parents=True)
        (tmp_path / "models" / name / "config.json").write_text('{"a": 1}', encoding="utf-8")
    _, spec, _ = audited(tmp_path, "all.csv", "--base", "models/one", "--tuned", "models/two")
    (layer,) = spec["evaluation"]["layers"]
    assert layer["models"] == {"tuned": "models/two", "base": "models/one"}


def test_a_name_that_two_models_have_without_their_folders_is_told_with_them() -> None:
    of = (Group("/a/m", (Path("x.csv"),)), Group("/b/m", (Path("x.csv"),)))
    with pytest.raises(Refused, match=r'm holds results of 2 models: "/a/m", "/b/m"'):
        roles_of(of, "m", None)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("bse.csv", "tuned.csv"), "did you mean base.csv?"),
        (("tuned.csv", "--base", "bse.csv"), "did you mean base.csv?"),
        (("base.csv", "tuned.csv", "--base", "bases"), "did you mean base.csv?"),
        (("base.csv", "tuned.csv", "--primary", "score.accuracy"), "did you mean scores.accuracy?"),
        (("gone/tuned.csv",), "the folder gone is not there either; a path is relative"),
        (("",), "the name of a file is empty"),
        ((" ", "tuned.csv"), "the name of a file is empty"),
    ],
)
def test_what_was_probably_meant_is_said(
    arguments: tuple[str, ...], says: str, tmp_path: Path
) -> None:
    pair(tmp_path)
    code, said = run(tmp_path, "audit", *arguments)
    assert (code, says in said, "Traceback" in said) == (2, True, False), said
    assert not (tmp_path / "specs").exists()


# Files that nothing can be made of


BAD: Mapping[str, tuple[str, Sequence[str]]] = {
    "wide.csv": ("id,base,tuned\n1,0.5,0.7\n2,0.25,1\n", ['columns "base", "tuned" hold', "or split"]),
    "wide2.csv": ("id,f1_sft,f1_base\n1,0.5,1\n", ['"f1_base", "f1_sft" hold scores of two models']),
    "semi.csv": ("id;accuracy\n1;1\n", ["is it separated by ;?"]),
    "totals.csv": ("task,accuracy\na,0.5\n", ["call one that does id", "kind: recorded"]),
    "totals.json": ('{"accuracy": 0.5}', ["no importer knows", "kind: recorded"]),
    "notes.txt": ("hello\n", ["no importer knows", "known are files of lm-eval"]),
    "cut.json": ('{"results": {"a": {"acc', ["ends before its JSON does: it was cut"]),
    "mixed.csv": ("id,accuracy\n,1\n,0\n3\n", ["3 could not be taken up: the row has no id (2 of them)"]),
    "empty.csv": ("id,accuracy\n,1\n,0\n", ["empty.csv:2", "none of 2 rows could be taken up: the row has no id"]),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_file_that_nothing_can_be_made_of_is_refused(name: str, tmp_path: Path) -> None:
    pair(tmp_path)
    content, says = BAD[name]
    (tmp_path / name).write_text(content, encoding="utf-8")
    for others in ((), ("--base", "base.csv")):
        code, said = run(tmp_path, "audit", name, *others)
        assert (code, "Traceback" in said) == (2, False), said
        assert all(one in said for one in says), said
        assert not (tmp_path / "specs").exists()


def test_files_without_any_number_are_refused(tmp_path: Path) -> None:
    rows = [json.loads(line) for line in PAIRS.read_text("utf-8").splitlines()]
    lines = [json.dumps({**row, "g1_winner": "?", "g2_winner": "?"}) + "\n" for row in rows]
    (tmp_path / "pairs.jsonl").write_text("".join(lines), encoding="utf-8")
    code, said = run(tmp_path, "audit", "pairs.jsonl")
    assert code == 2
    assert "none of 26 rows" in said
    assert not (tmp_path / "specs").exists()


def test_of_a_folder_one_file_may_be_unusable(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    pair(tmp_path / "runs")
    (tmp_path / "runs" / "empty.csv").write_text(BAD["empty.csv"][0], encoding="utf-8")
    code, said = run(
        tmp_path, "audit", "runs", "--base", "runs/base.csv", "--tuned", "runs/tuned.csv"
    )
    assert code == 0, said
    assert "0 rows, 2 could not be taken up: the row has no id\n" in said
    assert len(spec_in(tmp_path)["evaluation"]["layers"]) == 1


# Answers without scores


def snippet(said: str) -> str:
    """The YAML between the empty lines."""
    _, _, rest = said.partition("for the spec:\n\n")
    return rest.partition("\n\n")[0] + "\n"


@pytest.mark.parametrize(
    ("models", "expected", "is_told"),
    [
        (("my-base", "my-sft"), {"base": "my-base", "tuned": "my-sft"}, True),
        (("m1", "m2"), {"base": "m1", "tuned": "m2"}, False),
    ],
)
def test_answers_without_scores_get_a_layer_that_scores_them(
    models: Sequence[str], expected: Mapping[str, str], is_told: bool, tmp_path: Path
) -> None:
    lines = [
        json.dumps({"id": i, "model": model, "output": "yes"}) for model in models for i in (1, 2)
    ]
    (tmp_path / "answers.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    code, said = run(tmp_path, "audit", "answers.jsonl")
    assert code == 2
    assert "\\u000a" not in said
    layer = snippet(said)
    assert ("nothing tells whose they are" in layer) != is_told
    (kept,) = yaml.safe_load(layer)
    assert {arm: one["model"] for arm, one in kept["imported"].items()} == expected
    assert spec_of_text(DATA + layer, (), "spec").evaluation.layers[0].name == "kept"
    assert not (tmp_path / "specs").exists()


def test_files_tell_by_their_names_whose_answers_they_hold(tmp_path: Path) -> None:
    for arm in ("base", "tuned"):
        (tmp_path / f"{arm}.jsonl").write_text('{"id": 1, "output": "a"}\n', encoding="utf-8")
    _, said = run(tmp_path, "audit", "tuned.jsonl", "base.jsonl")
    (kept,) = yaml.safe_load(snippet(said))
    assert kept["imported"] == {"base": {"from": "base.jsonl"}, "tuned": {"from": "tuned.jsonl"}}


def test_a_loss_of_a_table_has_no_unit(tmp_path: Path) -> None:
    for arm, plus in (("base", 1.0), ("tuned", 0.5)):
        rows = [{"id": i, "loss": plus + i % 7 / 50 * plus} for i in range(60)]
        write_csv(tmp_path / f"{arm}.csv", rows)
    report, _, said = audited(tmp_path, "base.csv", "tuned.csv")
    (found,) = report.findings
    assert (found.unit, found.outcome.value) == ("", "better")
    folder = tmp_path / "reports" / "audits" / "tuned"
    assert "nats" not in (folder / "report.md").read_text("utf-8") + said
    assert load_report(folder / "report.json").findings[0].metric == "loss"
