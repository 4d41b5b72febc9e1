"""The command line: arguments to one plain function a command, and errors to exit codes."""

import argparse
import gc
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

from evalreport import __version__
from evalreport.errors import EXIT_INTERRUPTED, EXIT_SPEC, EvalReportError


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        0 written, 2 the spec is wrong, 3 a step failed, 4 a gate was not met or a report is not
        what its items give, 5 the store is damaged, 130 interrupted.
    """
    parser = _parser()
    if not (sys.argv[1:] if argv is None else argv):
        parser.print_help(sys.stderr)
        sys.stderr.write("\na command is required: COMMAND is one of those above\n")
        return EXIT_SPEC
    options = parser.parse_args(argv)
    if options.command in _SHORT:
        gc.disable()  # it would walk all that is imported, several times, to find nothing
    else:
        gc.set_threshold(*_SELDOM)  # what a build holds is frozen and forms few circles
    try:
        return _run(options)
    except EvalReportError as error:
        from evalreport.spec.places import show_problems

        sys.stderr.write(show_problems(error.problems, colour=sys.stderr.isatty()) + "\n")
        return error.exit_code
    except KeyboardInterrupt:
        sys.stderr.write("\ninterrupted: what is done is kept, and the same command goes on\n")
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # The reader of our output is gone (`| head`): nothing is wrong, and nothing more to say.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception:  # noqa: BLE001 - a bug of ours: say so, with what a bug report needs
        sys.stderr.write(
            f"{traceback.format_exc()}\n"
            "This is a bug in evalreport, not in your spec. Please report it with the lines "
            f"above and:\n  evalreport {__version__}, Python {sys.version.split()[0]}, "
            f"command: {' '.join(sys.argv[1:])}\n"
        )
        return 1
    finally:
        gc.enable()


_EXIT_CODES = """\
exit codes:
  0  done; of build: the report is written, whatever the verdict
  2  the spec, its data or the command is wrong
  3  a step of a build failed or was blocked; the report says so
  4  the evaluation cannot answer its question, or recheck found a difference
  5  the store is damaged
  130  interrupted; the same command goes on
"""
_SHORT = ("check", "plan", "rules", "schema")
_SELDOM = (100_000, 20, 20)  # new objects before a look at the young ones, and so on


def _run(options: argparse.Namespace) -> int:
    """Each command imports what it needs, so that `--help` and `check` start at once."""
    match options.command:
        case "init":
            from evalreport.commands.init import init

            return init(Path(options.dir))
        case "check":
            from evalreport.commands.check import check

            return check(Path(options.spec), options.set, as_json=options.json)
        case "plan":
            from evalreport.commands.plan import plan

            return plan(
                Path(options.spec),
                options.set,
                form="json" if options.json else options.emit,
                strict_environment=options.strict_environment,
            )
        case "build":
            from evalreport.commands.build import Options, build

            return build(
                Path(options.spec),
                Options(
                    overrides=tuple(options.set),
                    out=Path(options.out) if options.out else None,
                    accept_underpowered=options.accept_underpowered,
                    smoke=options.smoke,
                    only=frozenset(options.only) if options.only else None,
                    until=options.until,
                    wait=not options.no_wait,
                    strict_environment=options.strict_environment,
                ),
            )
        case "audit":
            from evalreport.commands.audit import AuditOptions, audit

            return audit(
                options.files,
                AuditOptions(
                    tuned=options.tuned,
                    base=options.base,
                    name=options.name,
                    primary=options.primary,
                ),
            )
        case "rate":
            from evalreport.commands.rate import RateOptions, rate

            return rate(
                Path(options.spec),
                RateOptions(
                    overrides=tuple(options.set),
                    layer=options.layer,
                    rater=options.rater,
                    out=Path(options.out) if options.out else None,
                ),
            )
        case "report":
            from evalreport.commands.report import report

            return report(Path(options.path), Path(options.out) if options.out else None)
        case "recheck":
            from evalreport.commands.recheck import recheck_report

            items = Path(options.items) if options.items else None
            return recheck_report(Path(options.report), items, as_json=options.json)
        case "rules":
            from evalreport.commands.rules import rules

            return rules(options.id, as_json=options.json)
        case "schema":
            from evalreport.commands.schema import schema

            return schema()
        case "store":
            from evalreport.commands.store import store

            return store(options.verb, Path(options.place) if options.place else None)
        case _:
            from evalreport.commands.run_step import run_step

            return run_step(Path(options.job))


def _rater(text: str) -> int | None:
    """The number of a rater; None for all."""
    if text == "all":
        return None
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text} is neither a number from 1 nor all")
    return int(text)


def _with_rating(
    with_spec: Callable[[argparse.ArgumentParser], None], command: argparse.ArgumentParser
) -> None:
    with_spec(command)
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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="evalreport",
        description="One YAML spec in, one honest answer out: did the fine-tuning work?",
        epilog=_EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"evalreport {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, words: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=words, description=words)

    def with_spec(command: argparse.ArgumentParser) -> None:
        command.add_argument("spec", metavar="SPEC", help="the spec, a YAML file")
        command.add_argument(
            "--set",
            action="append",
            default=[],
            metavar="KEY.PATH=VALUE",
            help="override one value, such as training.epochs=3 (list entries by their name, "
            "such as evaluation.layers.qa.dataset=test); may be repeated",
        )

    command = add("init", "write a commented spec with sample data that builds")
    command.add_argument("dir", nargs="?", default=".", metavar="DIR", help="where (default: here)")

    command = add("check", "is this spec right? says all that is wrong at once, and where")
    with_spec(command)
    command.add_argument("--json", action="store_true", help="print JSON")

    command = add("plan", "what a build would do, why, how long, and what it could see")
    with_spec(command)
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

    command = add("build", "do what is missing and write the report")
    with_spec(command)
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

    command = add("audit", "other tools' results to a spec and its report, in one go")
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

    _with_rating(
        with_spec, add("rate", "write blind rating pages for people, from the answers of a build")
    )

    command = add("report", "render a report again, offline")
    command.add_argument(
        "path", metavar="SPEC|REPORT", help="a spec that was built, a report.json, or its folder"
    )
    command.add_argument(
        "--out", metavar="DIR", help="where the files go (default: beside report.json)"
    )

    command = add("recheck", "compute a report again from its items, and say what differs")
    command.add_argument("report", metavar="REPORT", help="report.json, or its folder")
    command.add_argument(
        "items", nargs="?", metavar="ITEMS", help="items.jsonl (default: the one beside it)"
    )
    command.add_argument("--json", action="store_true", help="print JSON")

    command = add("rules", "list the honesty rules, or explain one")
    command.add_argument("id", nargs="?", metavar="ID", help="a rule (default: list all)")
    command.add_argument("--json", action="store_true", help="print JSON")

    add("schema", "print the JSON Schema of the spec language, for editors")

    command = add("store", "list, check or clean the store, or copy it")
    command.add_argument(
        "verb",
        choices=("ls", "gc", "check", "save", "restore"),
        help="ls: what .evalreport holds; gc: remove what no step needs; check: read every byte; "
        "save DIR: copy it; restore DIR: take it from a copy",
    )
    command.add_argument(
        "place", nargs="?", metavar="DIR", help="the folder of the copy, for save and restore"
    )

    command = add("run-step", "do one job file (what a launcher starts)")
    command.add_argument("job", metavar="STEP.json", help="a job file that `build` wrote")
    return parser
