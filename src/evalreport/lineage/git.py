"""Git, asked for what it holds.

Nothing of a repository's settings is run (no filter, no pager, no hook, no monitor of files), and
nothing is downloaded, not even what a partial clone lacks.
"""

import os
import subprocess
from pathlib import Path
from typing import Final

_GIT: Final = ("git", "--no-pager", "--no-optional-locks", "-c", "core.fsmonitor=false")
_QUIET: Final = {"GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}


def run_git(
    folder: Path | None, *arguments: str, given: bytes = b""
) -> "subprocess.CompletedProcess[bytes]":
    """What git says.

    Args:
        folder: Where it is asked; None for the working directory.
        arguments: The command and what belongs to it.
        given: What it reads.

    Raises:
        OSError: There is no git.
        ValueError: An argument holds a null byte.
    """
    return subprocess.run(
        [*_GIT, *arguments],
        cwd=folder,
        env={**os.environ, **_QUIET},
        input=given,
        capture_output=True,
        check=False,
    )


def open_git(folder: Path, *arguments: str) -> "subprocess.Popen[bytes]":
    """Git, to be asked line by line.

    Args:
        folder: Where it is asked.
        arguments: The command and what belongs to it.

    Raises:
        OSError: There is no git.
    """
    return subprocess.Popen(
        [*_GIT, *arguments],
        cwd=folder,
        env={**os.environ, **_QUIET},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
