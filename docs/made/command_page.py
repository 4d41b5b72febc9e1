"""The command line, from the parser that reads it."""

import argparse
from collections.abc import Iterator
from typing import Final

from docs.made.markdown import code, key, plain, slug, table

from evalreport.command_line import parser

ADDRESS: Final = "reference/commands.md"
_INNER: Final = "run-step"


def page() -> str:
    """The page, as Markdown."""
    top = parser()
    lines = [
        "# Commands\n",
        (
            "Results go to standard output, progress to standard error. `--json` prints a result "
            "for programs.\n"
        ),
        "## Exit codes\n",
        table(("code", "means"), exit_codes(top)),
    ]
    for name, command in commands(top).items():
        lines += _command(name, command)
    return "\n".join(lines)


def commands(top: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """The commands by their names."""
    for action in top._actions:  # noqa: SLF001 - argparse shows its commands in no other way
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            return dict(action.choices)
    return {}


def exit_codes(top: argparse.ArgumentParser) -> Iterator[tuple[str, str]]:
    """Each code with its meaning, as the help says it."""
    for line in (top.epilog or "").splitlines()[1:]:
        number, _, meaning = line.strip().partition("  ")
        yield code(number), plain(meaning)


def _command(name: str, command: argparse.ArgumentParser) -> Iterator[str]:
    yield f"## {code(name)} {{ #{name} }}\n"
    said = command.description or ""
    inner = " Nobody types it." if name == _INNER else ""
    yield f"{plain(said[:1].upper() + said[1:])}.{inner}\n"
    usage = " ".join(command.format_usage().removeprefix("usage: ").split())
    yield f"```text\n{usage}\n```\n"
    for action in command._actions:  # noqa: SLF001
        if isinstance(action, argparse._HelpAction):  # noqa: SLF001
            continue
        yield key(_called(action), f"{name}.{slug(action.dest)}", "", _meaning(action))


def _called(action: argparse.Action) -> str:
    shown = str(action.metavar or "|".join(map(str, action.choices or ())) or action.dest.upper())
    if not action.option_strings:
        return shown
    flag = action.option_strings[-1]
    return flag if action.nargs == 0 else f"{flag} {shown}"


def _meaning(action: argparse.Action) -> str:
    said = plain(action.help or "")
    return f"{said[:1].upper()}{said[1:]}."
