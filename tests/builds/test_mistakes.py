"""A user's mistake is told in three parts, with its place, and never with a traceback."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.builds.workshop import SPEC, Ran, Workshop, fast_start

Spoil = Callable[[Workshop], None]


def writes(name: str, content: bytes) -> Spoil:
    def spoil(workshop: Workshop) -> None:
        (workshop.folder / name).write_bytes(content)

    return spoil


def removes(name: str) -> Spoil:
    return lambda workshop: (workshop.folder / name).unlink()


def folder_at(name: str) -> Spoil:
    def spoil(workshop: Workshop) -> None:
        (workshop.folder / name).unlink()
        (workshop.folder / name).mkdir()

    return spoil


def changes(old: str, new: str) -> Spoil:
    return lambda workshop: workshop.change(old, new)


def adds(name: str, content: bytes) -> Spoil:
    def spoil(workshop: Workshop) -> None:
        path = workshop.folder / name
        path.write_bytes(path.read_bytes() + content)

    return spoil


@dataclass(frozen=True)
class Mistake:
    """What is wrong, where that is said to stand, and words that must be said about it.

    `{word}` in the place stands for the number of the spec's first line with that word.
    """

    spoil: Spoil
    where: str
    words: tuple[str, ...]
    in_check: bool = True  # else it is found when the data are read


MISTAKES = {
    "no spec": Mistake(removes("spec.yaml"), "spec.yaml", ("there is no such file",)),
    "an empty spec": Mistake(writes("spec.yaml", b""), "spec.yaml", ("there is nothing in it", "evalreport init")),
    "a spec of comments": Mistake(writes("spec.yaml", b"# nothing\n"), "spec.yaml", ("there is nothing in it", "evalreport init")),
    "a spec that is a list": Mistake(writes("spec.yaml", b"- a\n- b\n"), "spec.yaml:1", ("mapping",)),
    "a spec in UTF-16": Mistake(writes("spec.yaml", SPEC.encode("utf-16")), "spec.yaml", ("UTF-16", "UTF-8")),
    "a spec in Latin-1": Mistake(writes("spec.yaml", b"title: caf\xe9\n"), "spec.yaml:1", ("UTF-8",)),
    "a spec of bytes": Mistake(writes("spec.yaml", bytes(range(256)) * 4), "spec.yaml", ()),
    "a folder as spec": Mistake(folder_at("spec.yaml"), "spec.yaml", ("folder",)),
    "broken YAML": Mistake(adds("spec.yaml", b"evaluation: [\n"), "spec.yaml:", ()),
    "a wrong key": Mistake(changes("  primary:", "  primry:"), "spec.yaml:{primry}:3", ("did you mean primary?",)),
    "a wrong type": Mistake(changes("epochs: 2", "epochs: two"), "spec.yaml:{two}:", ("wants a number",)),
    "a metric that is not there": Mistake(
        changes("metric: field_accuracy, gain", "metric: field_acuracy, gain"),
        "spec.yaml:{acuracy}:",
        ("did you mean field_accuracy?",),
    ),
    "data that are not there": Mistake(
        removes("data/test.jsonl"), "spec.yaml:{test.jsonl}:", ("data/test.jsonl",)
    ),
    "a folder as data": Mistake(folder_at("data/test.jsonl"), "spec.yaml:{test.jsonl}:", ("data/test.jsonl",)),
    "an empty data file": Mistake(
        writes("data/test.jsonl", b""), "data/test.jsonl", ("row",), in_check=False
    ),
    "a broken row": Mistake(
        adds("data/test.jsonl", b'{"order": "half a ro\n'), "data/test.jsonl:45", ("JSON",), in_check=False
    ),
    "a row that is a number": Mistake(
        adds("data/test.jsonl", b"7\n"), "data/test.jsonl:45", (), in_check=False
    ),
    "a row without a column": Mistake(
        adds("data/test.jsonl", b'{"order": "two figs", "template": "t1"}\n'),
        "data/test.jsonl:45",
        ("json",),
        in_check=False,
    ),
    "data in Latin-1": Mistake(
        adds("data/test.jsonl", b'{"order": "caf\xe9", "json": "{}", "template": "t"}\n'),
        "data/test.jsonl:45",
        ("UTF-8",),
        in_check=False,
    ),
    "data in UTF-16": Mistake(
        writes("data/test.jsonl", '{"order": "x"}\n'.encode("utf-16")),
        "data/test.jsonl",
        ("UTF-16",),
        in_check=False,
    ),
    "an answer beyond the choices": Mistake(
        adds("data/general.jsonl", json.dumps({"q": "?", "options": ["a", "b"], "index": 7}).encode() + b"\n"),
        "data/general.jsonl:17",
        (),
        in_check=False,
    ),
    "a template with an unknown field": Mistake(
        changes('prompt: "{{ order }}"', 'prompt: "{{ ordr }}"'), "spec.yaml:{ordr}:", ("ordr", "no column"), in_check=False
    ),
}  # fmt: skip


def place(mistake: Mistake, workshop: Workshop) -> str:
    def line(found: re.Match[str]) -> str:
        lines = (workshop.folder / "spec.yaml").read_text().splitlines()
        return str(next(at for at, text in enumerate(lines, 1) if found[1] in text))

    return re.sub(r"\{(.+)\}", line, mistake.where)


def assert_told(workshop: Workshop, ran: Ran, mistake: Mistake) -> None:
    err, where = ran.err, place(mistake, workshop)
    assert ran.code == 2, err
    assert "Traceback" not in err
    assert "bug in evalreport" not in err
    lines = err.splitlines()
    starts = [line for line in lines if not line.startswith(" ")]
    assert any(line.startswith(where) for line in starts), err
    # Where, what, and mostly what next: what and what next are indented.
    assert any(line.startswith("  ") for line in lines), err
    for word in mistake.words:
        assert word in err


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_by_every_command_that_meets_it(workshop: Workshop, name: str) -> None:
    mistake = MISTAKES[name]
    mistake.spoil(workshop)
    checked = workshop.run("check", "spec.yaml")
    if mistake.in_check:
        assert_told(workshop, checked, mistake)
    else:
        assert checked.code == 0, checked.err
    for command in ("plan", "build"):
        ran = workshop.run(command, "spec.yaml")
        assert_told(workshop, ran, mistake)
        assert ran.out == ""
    assert workshop.calls() == []
    assert not workshop.out.exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "required: COMMAND"),
        (["biuld"], "invalid choice: 'biuld'"),
        (["build"], "required: SPEC"),
        (["build", "spec.yaml", "--ony", "x"], "unrecognized arguments: --ony x"),
        (["store"], "required: verb"),
    ],
)
def test_a_wrong_command_line_is_2_and_shows_the_usage(
    workshop: Workshop, arguments: list[str], words: str
) -> None:
    ran = workshop.run(*arguments)
    assert ran.code == 2
    assert words in ran.err
    assert ran.err.startswith("usage: evalreport")


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("training.epochs", "key.path=value"),
        ("training.epoch=3", "epochs"),
        ("evaluation.layers.7.sample=1", "extraction"),
        ("datasets.test=[", ""),
        ("=3", "key.path=value"),
    ],
)
def test_a_wrong_set_is_told(workshop: Workshop, override: str, words: str) -> None:
    ran = workshop.build("--set", override)
    assert ran.code == 2
    assert "Traceback" not in ran.err
    assert f"--set {override}" in ran.err
    assert words in ran.err


# Other commands


def test_report_of_a_spec_that_was_never_built(workshop: Workshop) -> None:
    ran = workshop.run("report", "spec.yaml")
    assert ran.code == 2
    assert ran.err == (
        "reports/orders/report.json\n  this spec has no report yet\n  evalreport build spec.yaml\n"
    )


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "this is not JSON"),
        (b"{", "this is not JSON"),
        (b"\xff\xfe", "this is not JSON"),
        (b"[]", "it is no report: `schema`, the version of report.json, is missing"),
        (b"{}", "it is no report: `schema`, the version of report.json, is missing"),
        (b"null", "it is no report: `schema`, the version of report.json, is missing"),
        (b'{"schema": 1}', "it is no report of version 1: evalreport: Field required"),
    ],
)
def test_report_of_what_is_no_report(workshop: Workshop, content: bytes, what: str) -> None:
    (workshop.folder / "report.json").write_bytes(content)
    ran = workshop.run("report", "report.json")
    assert ran.code == 2
    assert ran.err.startswith(f"report.json\n  {what}")
    assert "Traceback" not in ran.err


def test_report_of_a_file_that_is_not_there(workshop: Workshop) -> None:
    ran = workshop.run("report", "nowhere/report.json")
    assert ran.code == 2
    assert ran.err == (
        "nowhere/report.json\n  there is no such file\n"
        "  name the folder of a report, or its report.json\n"
    )


@pytest.mark.parametrize("command", ["gate", "report", "publish", "migrate"])
def test_a_file_of_data_is_told_from_a_broken_spec(workshop: Workshop, command: str) -> None:
    ran = workshop.run(command, "data/test.jsonl")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        "data/test.jsonl\n  this is no spec and no report\n  did you mean spec.yaml?\n"
    )


@pytest.mark.parametrize("command", ["gate", "report", "publish", "diff"])
def test_the_folder_of_a_spec_is_told_from_that_of_a_report(
    workshop: Workshop, command: str
) -> None:
    ran = workshop.run(command, ".", *(["."] if command == "diff" else []))
    assert ran.code == 2
    assert ran.err == ".\n  this folder holds a spec and no report\n  did you mean spec.yaml?\n"


@pytest.mark.parametrize("command", ["check", "plan", "build"])
def test_a_file_of_data_is_no_spec(workshop: Workshop, command: str) -> None:
    ran = workshop.run(command, "data/test.jsonl")
    assert ran.code == 2
    assert ran.err.startswith("data/test.jsonl\n  this is no spec\n  name a YAML file that begins")


def test_another_file_than_report_json_is_told_what_to_name(workshop: Workshop) -> None:
    workshop.write("report.md", "# a report\n")
    ran = workshop.run("recheck", "report.md")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        "report.md\n  this is not JSON\n  name the folder of a report, or its report.json\n"
    )


def test_a_column_that_the_data_do_not_have_is_said_once_with_the_line(
    workshop: Workshop,
) -> None:
    workshop.change(
        "test: {path: data/test.jsonl}", "test: {path: data/test.jsonl, cluster_by: tmplate}"
    )
    ran = workshop.plan()
    assert (ran.code, ran.out) == (2, "")
    where, line, carets, what, hint = ran.err.splitlines()
    assert where.startswith("spec.yaml:")
    assert where.endswith("  datasets.test.cluster_by")
    assert line.rstrip("}").endswith("cluster_by: tmplate")
    assert carets.endswith(" ^^^^^^^")
    assert what == (
        "  `cluster_by` names `tmplate`, which is no column of data/test.jsonl (44 rows)"
    )
    assert hint.startswith("  did you mean `template`? ")


def test_report_takes_the_folder_too_and_keeps_back_what_the_spec_does(built: Workshop) -> None:
    built.change("[markdown, html, model_card]", "[model_card], card_examples: none")
    assert built.build().code == 0
    card = (built.out / "model_card.md").read_bytes()
    ran = built.run("report", "reports/orders")
    assert ran.code == 0
    assert ran.out.splitlines() == [
        f"reports/orders/{name}" for name in ("report.md", "report.html", "model_card.md")
    ]
    assert (built.out / "model_card.md").read_bytes() == card
    # A spec that this version cannot read says nothing: nothing is shown then.
    path = built.out / "report.json"
    content = json.loads(path.read_text())
    content["reproduce"]["spec_yaml"] = "evalreport: 1\nname: [\n"
    path.write_text(json.dumps(content))
    assert built.run("report", "reports/orders/report.json").code == 0
    assert (built.out / "model_card.md").read_bytes() == card


def test_report_renders_again_what_stands_there(built: Workshop) -> None:
    before = {path.name: path.read_bytes() for path in built.out.iterdir()}
    (built.out / "report.html").unlink()
    ran = built.run("report", "spec.yaml")
    assert ran.code == 0
    assert ran.out.splitlines() == [
        f"reports/orders/{name}" for name in ("report.md", "report.html", "model_card.md")
    ]
    assert {path.name: path.read_bytes() for path in built.out.iterdir()} == before


def test_without_a_command_the_help_stands_there(tmp_path: Path) -> None:
    ran = Workshop(tmp_path).run()
    assert (ran.code, ran.out) == (2, "")
    assert "write a commented spec with sample data that builds" in ran.err
    assert "a step of a build failed or was blocked" in ran.err


def test_report_of_nothing_says_what_to_name(tmp_path: Path) -> None:
    ran = Workshop(tmp_path).run("report", "nope")
    assert ran.code == 2
    assert ran.err.splitlines()[1:] == [
        "  there is no such file",
        "  name a spec that was built, a report.json, or the folder of one",
    ]


def test_rules_names_the_nearest(tmp_path: Path) -> None:
    ran = Workshop(tmp_path).run("rules", "single-sead")
    assert ran.code == 2
    assert "did you mean single-seed?" in ran.err


@pytest.mark.parametrize(
    ("named", "hint"),
    [
        ("overlap", "did you mean train-eval-overlap"),
        ("memorising", "`evalreport rules` lists them"),
    ],
)
def test_rules_names_those_whose_id_holds_the_word(tmp_path: Path, named: str, hint: str) -> None:
    ran = Workshop(tmp_path).run("rules", named)
    assert ran.code == 2
    assert hint in ran.err


def test_rules_says_when_a_rule_does_something_else_than_usual(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path)
    listed = {line.split()[0]: line for line in workshop.run("rules").out.splitlines()}
    assert listed["train-eval-overlap"].split()[1] == "weakens"
    assert "[invalidates above 1 % of the items, " in listed["train-eval-overlap"]
    assert listed["packed-base"].split()[1:3] == ["worth", "knowing"]
    told = workshop.run("rules", "train-eval-overlap").out.splitlines()
    assert told[0] == "train-eval-overlap (data)"
    assert told[2].startswith("  When broken: weakens; invalidates above 1 % of the items, ")
    (row,) = json.loads(workshop.run("rules", "truncated", "--json").out)
    assert (row["severity"], row["varies"]) == (
        "weakens",
        "invalidates above 20 % of tuned's outputs",
    )


def test_init_touches_nothing_that_stands_there(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path)
    assert workshop.run("init").code == 0
    before = (tmp_path / "spec.yaml").read_bytes()
    again = workshop.run("init")
    assert again.code == 2
    assert "it stands there already" in again.err
    assert (tmp_path / "spec.yaml").read_bytes() == before
    assert workshop.run("check", "spec.yaml").code == 0


def test_run_step_of_a_file_that_is_no_job(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path)
    (tmp_path / "job.json").write_text('{"kind": "ask"}')
    for name in ("job.json", "nowhere.json"):
        ran = workshop.run("run-step", name)
        assert ran.code == 3
        assert "Traceback" not in ran.both
        assert f"({name})" in ran.out


def test_a_reader_that_has_gone_is_no_error(built: Workshop) -> None:
    done = subprocess.run(
        f"{sys.executable} -m evalreport schema | head -c 10",
        cwd=built.folder,
        shell=True,
        capture_output=True,
        text=True,
        check=False,
        env=fast_start(),
    )
    assert done.returncode == 0
    assert done.stderr == ""


def test_items_that_no_metric_can_score_stop_a_build_before_anything_is_asked(
    workshop: Workshop,
) -> None:
    path = workshop.folder / "data" / "test.jsonl"
    path.write_text(path.read_text() + '{"order": "two figs", "json": "figs!", "template": "t1"}\n')
    ran = workshop.build()
    assert ran.code == 2
    assert "data/test.jsonl line 45, item " in ran.err
    assert "field_accuracy" in ran.err
    assert "Traceback" not in ran.err
    assert workshop.calls() == []


def test_a_report_of_an_older_spec_is_rendered_and_said_to_be_old(built: Workshop) -> None:
    assert "has changed" not in built.run("report", "spec.yaml").err
    built.change("gain_at_least: 0.2", "gain_at_least: 0.9")
    ran = built.run("report", "spec.yaml")
    assert ran.code == 0
    assert "spec.yaml has changed since this report was built" in ran.err
    assert "evalreport build spec.yaml makes a new one" in ran.err
