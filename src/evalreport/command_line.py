"""The words of the command line: every command with its arguments and their help."""

import argparse
from collections.abc import Callable
from typing import Final

from evalreport import __version__

_EXIT_CODES = """\
exit codes:
  0  done; of build: the report is written, whatever the verdict
  2  the spec, its data or the command is wrong
  3  a step of a build failed or was blocked; the report says so
  4  the evaluation cannot answer its question, recheck found a difference, or a gate is not met
  5  the store is damaged
  130  interrupted; the same command goes on
"""


def parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    top = argparse.ArgumentParser(
        prog="evalreport",
        description="One YAML spec in, one honest answer out: did the fine-tuning work?",
        epilog=_EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"evalreport {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (words, arguments) in _COMMANDS.items():
        arguments(commands.add_parser(name, help=words, description=words))
    return top


def _with_spec(command: argparse.ArgumentParser) -> None:
    command.add_argument("spec", metavar="SPEC", help="the spec, a YAML file")
    _with_set(command)


def _with_set(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY.PATH=VALUE",
        help="override one value, such as training.epochs=3 (list entries by their name, "
        "such as evaluation.layers.qa.dataset=test); may be repeated",
    )


def _with_json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="print JSON")


def _rater(text: str) -> int | None:
    """The number of a rater; None for all."""
    if text == "all":
        return None
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text} is neither a number from 1 nor all")
    return int(text)


def _init(command: argparse.ArgumentParser) -> None:
    command.add_argument("dir", nargs="?", default=".", metavar="DIR", help="where (default: here)")


def _check(command: argparse.ArgumentParser) -> None:
    command.add_argument("specs", nargs="+", metavar="SPEC", help="the spec, a YAML file, or more")
    _with_set(command)
    _with_json(command)


def _plan(command: argparse.ArgumentParser) -> None:
    _with_spec(command)
    form = command.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON")
    form.add_argument(
        "--emit",
        choices=("sbatch", "skypilot"),
        help="print a job file that builds the same on a cluster or in a cloud",
    )
    command.add_argument(
        "--strict-environment",
        action="store_true",
        help="other package versions count as changes: all is done again",
    )


def _build(command: argparse.ArgumentParser) -> None:
    _with_spec(command)
    command.add_argument(
        "--out",
        metavar="DIR",
        help="where the report goes (default: specs/a/spec.yaml to reports/a, any other spec to "
        "reports/NAME)",
    )
    command.add_argument(
        "--accept-underpowered",
        action="store_true",
        help="build although the items cannot show the gain worth having",
    )
    command.add_argument(
        "--smoke",
        action="store_true",
        help="a trial that counts for nothing: 2 steps of training, 4 items a layer, its report in "
        ".evalreport/smoke/report",
    )
    command.add_argument(
        "--only", action="append", metavar="LAYER", help="ask this layer only; may be repeated"
    )
    command.add_argument(
        "--until", metavar="STEP", help='stop after this step, as `plan` names it: "train seed 1"'
    )
    command.add_argument(
        "--no-wait", action="store_true", help="refuse when another build runs, do not wait"
    )
    command.add_argument(
        "--strict-environment",
        action="store_true",
        help="other package versions count as changes: all is done again",
    )


def _audit(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "files",
        nargs="*",
        metavar="FILE",
        help="files or folders that lm-eval, Inspect, "
        "alpaca_eval, FastChat, arena-hard, lighteval, a trainer or your own script wrote",
    )
    command.add_argument("--tuned", metavar="PATH|NAME", help="which of them is the tuned model's")
    command.add_argument("--base", metavar="PATH|NAME", help="which of them is the base's")
    command.add_argument("--name", metavar="NAME", help="of the spec, in specs/audits/NAME")
    command.add_argument(
        "--primary", metavar="LAYER.METRIC", help="the metric that decides, such as gsm8k.accuracy"
    )


def _rate(command: argparse.ArgumentParser) -> None:
    _with_spec(command)
    command.add_argument(
        "--layer", metavar="NAME", help="which layer of kind human (default: the only one)"
    )
    command.add_argument(
        "--rater",
        type=_rater,
        metavar="K|all",
        help="write the page of one rater, by number (default: all)",
    )
    command.add_argument(
        "--out", metavar="DIR", help="where the pages go (default: rating/NAME of the spec)"
    )


def _report(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "path", metavar="SPEC|REPORT", help="a spec that was built, a report.json, or its folder"
    )
    command.add_argument(
        "--out", metavar="DIR", help="where the files go (default: beside report.json)"
    )


def _recheck(command: argparse.ArgumentParser) -> None:
    command.add_argument("report", metavar="REPORT", help="report.json, or its folder")
    command.add_argument(
        "items", nargs="?", metavar="ITEMS", help="items.jsonl (default: the one beside it)"
    )
    _with_json(command)


def _gate(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "report", metavar="REPORT|SPEC", help="report.json, its folder, or the spec that was built"
    )
    command.add_argument(
        "--require",
        action="append",
        default=[],
        metavar="OUTCOME[,OUTCOME]",
        help="the outcomes that may pass (default: better); any: all that say something",
    )
    command.add_argument(
        "--forbid",
        action="append",
        default=[],
        metavar="OUTCOME[,OUTCOME]",
        help="outcomes that may not pass, of those that --require lets through",
    )
    command.add_argument(
        "--strength",
        choices=("full", "weak"),
        default="full",
        help="the least that the evidence must be (default: full)",
    )
    command.add_argument(
        "--gain-reached",
        action="store_true",
        help="the gain must be shown to be as large as the spec asks (default: that there is one)",
    )
    command.add_argument(
        "--accept",
        action="append",
        default=[],
        metavar="RULE[,RULE]",
        help="rules that may be broken and invalidate something other than the verdict",
    )
    command.add_argument(
        "--spec",
        metavar="SPEC",
        help="the spec that the report must be of, as it stands now (default: the one that it "
        "names, where that is here)",
    )
    _with_set(command)
    command.add_argument(
        "--no-recheck",
        action="store_true",
        help="take the report's word, and do not compute it again from its items",
    )
    command.add_argument(
        "--allow-simulated",
        action="store_true",
        help="let simulated models pass, to try out a pipeline",
    )
    command.add_argument("--junit", metavar="FILE", help="write the conditions as JUnit XML")
    command.add_argument(
        "--summary",
        metavar="FILE",
        help="append them as a table in Markdown, such as to $GITHUB_STEP_SUMMARY",
    )
    _with_json(command)


def _diff(command: argparse.ArgumentParser) -> None:
    what = "a report's folder, its report.json, a spec that was built, or REV:PATH of git"
    command.add_argument("a", metavar="A", help=f"the earlier build: {what}")
    command.add_argument("b", metavar="B", help="the later build, named in the same ways")
    command.add_argument(
        "--out", metavar="DIR", help="write diff.md, diff.html and diff.json there as well"
    )
    _with_json(command)


def _history(command: argparse.ArgumentParser) -> None:
    command.add_argument("dir", metavar="DIR", help="the folder that holds your reports")
    command.add_argument(
        "--out", metavar="FILE|DIR", help="where the page goes (default: index.html in DIR)"
    )
    command.add_argument(
        "--no-git",
        action="store_true",
        help="only what lies in DIR today: the page is then the same in every clone",
    )
    _with_json(command)


def _publish(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "path",
        metavar="REPORT|SPEC",
        help="a report.json, its folder, or a spec that was built",
    )
    command.add_argument(
        "--push",
        action="store_true",
        help="do it; without this nothing leaves the machine",
    )
    command.add_argument(
        "--replace",
        action="store_true",
        help="write over files of the repository that were not published from here",
    )
    _with_json(command)


def _migrate(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "paths", nargs="+", metavar="PATH", help="specs, reports, and folders of them"
    )
    command.add_argument(
        "--write", action="store_true", help="change the files (default: show what would change)"
    )
    _with_json(command)


def _rules(command: argparse.ArgumentParser) -> None:
    command.add_argument("id", nargs="?", metavar="ID", help="a rule (default: list all)")
    _with_json(command)


def _schema(command: argparse.ArgumentParser) -> None:
    """It takes no arguments."""


def _store(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "verb",
        choices=("ls", "gc", "check", "save", "restore"),
        help="ls: what .evalreport holds; gc: remove what no step needs; check: read every byte; "
        "save DIR: copy it; restore DIR: take it from a copy",
    )
    command.add_argument(
        "place", nargs="?", metavar="DIR", help="the folder of the copy, for save and restore"
    )


def _run_step(command: argparse.ArgumentParser) -> None:
    command.add_argument("job", metavar="STEP.json", help="a job file that `build` wrote")


_COMMANDS: Final[dict[str, tuple[str, Callable[[argparse.ArgumentParser], None]]]] = {
    "init": ("write a commented spec with sample data that builds", _init),
    "check": ("is this spec right? says all that is wrong at once, and where", _check),
    "plan": ("what a build would do, why, how long, and what it could see", _plan),
    "build": ("do what is missing and write the report", _build),
    "audit": ("other tools' results to a spec and its report, in one go", _audit),
    "rate": ("write blind rating pages for people, from the answers of a build", _rate),
    "report": ("render a report again, offline", _report),
    "recheck": ("compute a report again from its items, and say what differs", _recheck),
    "gate": ("may this report pass? conditions for CI, one sentence, exit 0 or 4", _gate),
    "diff": ("what changed between two builds, and how their tuned models compare", _diff),
    "history": ("one page over all reports, and each metric from build to build", _history),
    "publish": ("show what would go to the hub and where; --push does it", _publish),
    "migrate": ("bring specs and reports of older versions up to date", _migrate),
    "rules": ("list the honesty rules, or explain one", _rules),
    "schema": ("print the JSON Schema of the spec language, for editors", _schema),
    "store": ("list, check or clean the store, or copy it", _store),
    "run-step": ("do one job file (what a launcher starts)", _run_step),
}
