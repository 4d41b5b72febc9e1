"""The command line: arguments to one plain function a command, and errors to exit codes."""

import argparse
import gc
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from evalreport import __version__
from evalreport.command_line import parser
from evalreport.errors import EXIT_INTERRUPTED, EXIT_SPEC, EvalReportError


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        0 written, 2 the spec is wrong, 3 a step failed, 4 a gate is not met or a report is not
        what its items give, 5 the store is damaged, 130 interrupted.
    """
    words = parser()
    if not (sys.argv[1:] if argv is None else argv):
        words.print_help(sys.stderr)
        sys.stderr.write("\na command is required: COMMAND is one of those above\n")
        return EXIT_SPEC
    options = words.parse_args(argv)
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

            return check([*map(Path, options.specs)], options.set, as_json=options.json)
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
        case "gate":
            from evalreport.commands.gate import GateOptions, gate_report
            from evalreport.verdict import Strength

            return gate_report(
                Path(options.report),
                GateOptions(
                    require=tuple(options.require),
                    forbid=tuple(options.forbid),
                    accept=tuple(options.accept),
                    strength=Strength(options.strength),
                    allow_simulated=options.allow_simulated,
                    gain_reached=options.gain_reached,
                    spec=Path(options.spec) if options.spec else None,
                    overrides=tuple(options.set),
                    recheck=not options.no_recheck,
                    junit=Path(options.junit) if options.junit else None,
                    summary=Path(options.summary) if options.summary else None,
                    as_json=options.json,
                ),
            )
        case "diff":
            from evalreport.commands.diff import diff_builds

            out = Path(options.out) if options.out else None
            return diff_builds(options.a, options.b, out, as_json=options.json)
        case "history":
            from evalreport.commands.history import HistoryOptions, history

            return history(
                Path(options.dir),
                HistoryOptions(
                    out=Path(options.out) if options.out else None,
                    with_git=not options.no_git,
                    as_json=options.json,
                ),
            )
        case "publish":
            from evalreport.commands.publish import publish

            return publish(
                Path(options.path),
                push=options.push,
                replace=options.replace,
                as_json=options.json,
            )
        case "migrate":
            from evalreport.commands.migrate import migrate

            paths = [Path(path) for path in options.paths]
            return migrate(paths, do_write=options.write, as_json=options.json)
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
