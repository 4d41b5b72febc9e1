"""A git repository of reports, committed one after the other."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from evalreport.render import render_json
from evalreport.report.model import Report
from tests.reports import changed, clear_win

WHO = ("-c", "user.name=n", "-c", "user.email=n@localhost", "-c", "commit.gpgsign=false")


@dataclass(frozen=True, slots=True)
class Repository:
    """A work tree; every commit is made a minute after the one before."""

    root: Path

    @classmethod
    def made(cls, root: Path) -> "Repository":
        root.mkdir(parents=True)
        repository = cls(root)
        repository.git("init", "-q", "-b", "main")
        return repository

    def git(self, *arguments: str, at: str = "2026-11-21T10:00:00Z") -> str:
        done = subprocess.run(
            ["git", *WHO, *arguments],
            cwd=self.root,
            env={"PATH": "/usr/bin:/bin", "GIT_COMMITTER_DATE": at, "GIT_AUTHOR_DATE": at},
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout

    def put(self, folder: str, report: Report | str) -> Path:
        """Write a report.json, a damaged one as text."""
        path = self.root / folder / "report.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        text = report if isinstance(report, str) else render_json(report)
        path.write_text(text, encoding="utf-8")
        return path

    def commit(self, minute: int) -> str:
        """Commit everything; gives its full name."""
        self.git("add", "-A")
        self.git("commit", "-qm", f"at {minute}", at=f"2026-11-21T10:{minute:02}:00Z")
        return self.git("rev-parse", "HEAD").strip()


def built(day: int, **parts: object) -> Report:
    """A build of one day; nothing else differs."""
    return changed(clear_win(), built_at=f"2026-11-{day:02}T09:30:00Z", **parts)
