"""What a path names: what may be a spec or a report is left alone, the rest is told apart."""

import json
from pathlib import Path

import pytest

from evalreport.lineage.named import not_a_build

_SPEC = "evalreport: 1\nbase_model: {path: a}\n"
_NAME_IT = "name a spec that was built, a report.json, or the folder of one"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of a model, with its data, and two reports."""
    files = {
        "model/spec.yaml": _SPEC,
        "model/data/test.jsonl": '{"a": 1}\n{"a": 2}\n',
        "model/data/one.jsonl": '{"training": "a row, though named as a section is"}\n{}\n',
        "reports/a/report.json": "{}",
        "reports/a/items.jsonl": '{"items": 1}\n{"layer": "a"}\n',
        "reports/a/report.md": "# A\n\n**It worked.**\n\n```yaml\n" + _SPEC + "```\n",
        "reports/a/spec.lock.yaml": "arms: {}\nevalreport: 0.1.0\nlock: 1\n",
        "reports/b/report.json": "{}",
        "other/notes.yaml": "kind: something else\n",
        "empty/nothing.txt": "",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        _SPEC,
        "evalreport: [",  # a spec with a slip in it: its loader names the line
        "{name: x, evaluation: {}}",
        "training: {epochs: 1}",
        "",
    ],
)
def test_what_may_be_a_spec_is_left_to_its_loader(text: str) -> None:
    Path("s.yaml").write_text(text, encoding="utf-8")
    assert not_a_build(Path("s.yaml")) is None


@pytest.mark.parametrize("named", ["reports/a", "reports/a/report.json", "nowhere", "no/x.json"])
def test_what_may_be_a_report_is_left_to_its_loader(named: str) -> None:
    assert not_a_build(Path(named)) is None


def test_a_spec_or_a_report_of_another_name_is_one_all_the_same() -> None:
    Path("s.txt").write_text("# mine\n" + _SPEC, encoding="utf-8")
    Path("broken.txt").write_text(_SPEC + "a: [\n", encoding="utf-8")
    Path("old.report").write_text(json.dumps({"schema": 1}, indent=2), encoding="utf-8")
    for name in ("s.txt", "broken.txt", "old.report"):
        assert not_a_build(Path(name)) is None


@pytest.mark.parametrize(
    ("named", "what", "hint"),
    [
        ("model", "this folder holds a spec and no report", "did you mean model/spec.yaml?"),
        ("reports", "this folder has no report.json", "did you mean reports/a or reports/b?"),
        ("empty", "this folder has no report.json", _NAME_IT),
        ("model/data/test.jsonl", "this is no spec and no report", "did you mean model/spec.yaml?"),
        ("model/data/one.jsonl", "this is no spec and no report", "did you mean model/spec.yaml?"),
        ("reports/a/items.jsonl", "this is no spec and no report", "did you mean reports/a?"),
        ("reports/a/report.md", "this is no spec and no report", "did you mean reports/a?"),
        ("reports/a/spec.lock.yaml", "this is no spec and no report", "did you mean reports/a?"),
        ("other/notes.yaml", "this is no spec and no report", _NAME_IT),
        ("empty/nothing.txt", "this is no spec and no report", _NAME_IT),
    ],
)
def test_what_is_neither_is_told_with_the_nearest_right_thing(
    named: str, what: str, hint: str
) -> None:
    problem = not_a_build(Path(named))
    assert problem is not None
    assert (problem.where, problem.what, problem.hint) == (named, what, hint)


def test_a_name_that_no_file_can_have_is_none() -> None:
    problem = not_a_build(Path("x" * 300))
    assert problem is not None
    assert problem.what == "there is no such file"


def test_files_that_are_no_text_or_too_large_are_no_specs() -> None:
    Path("model.gguf").write_bytes(b"GGUF\xff\xfe")
    Path("large.csv").write_bytes(b"evalreport: 1\n" + b"#" * (1 << 20))
    for name in ("model.gguf", "large.csv"):
        problem = not_a_build(Path(name))
        assert problem is not None
        assert problem.what == "this is no spec and no report"
