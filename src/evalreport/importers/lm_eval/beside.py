"""What the name of an lm-eval file tells, and which results file beside it is of the same run."""

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from evalreport.errors import DataError
from evalreport.importers.lm_eval.run import Run, run_in
from evalreport.importers.names import shown_name

_DATE: Final = r"(?P<date>\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d(?:\.\d+)?)"
_SAMPLES: Final = re.compile(rf"samples_(?P<task>.+)_{_DATE}\.jsonl?")
_DATED: Final = re.compile(rf".*_{_DATE}\.json")
_PATH_MARK: Final = "__"  # what the harness writes for a slash in the name of a model
_UNKNOWN: Final = "what that would tell of how it was measured is unknown"


@dataclass(frozen=True, slots=True)
class Beside:
    """What surrounds a samples file.

    Attributes:
        task: Its task; empty where nothing tells.
        date: Of the run, as the harness writes it into names; empty where the file was renamed.
        run: The results file of the same run, if it lies beside it.
        named: The model that the folder is called after.
        notes: Why there is no task, or no results file.
    """

    task: str
    date: str
    run: Run | None
    named: str
    notes: tuple[str, ...]

    @property
    def made_at(self) -> str:
        """When it was measured: by the results file, else by the name, in local time."""
        if self.run is not None and self.run.made_at:
            return self.run.made_at
        day, _, time = self.date.partition("T")
        try:
            return datetime.fromisoformat(f"{day}T{time.replace('-', ':')}").isoformat()
        except ValueError:
            return ""


def beside(path: Path) -> Beside:
    """What the name of a samples file and the results file beside it tell."""
    found = _SAMPLES.fullmatch(path.name.removesuffix(".gz"))
    date = found["date"] if found else ""
    run, notes = _run(path, date)
    task = found["task"] if found else _task(path, run)
    if not task:
        notes += ("Neither its name nor a results file beside it tells its task.",)
    folder = path.absolute().parent.name
    return Beside(task, date, run, folder if date and _PATH_MARK in folder else "", notes)


def date_in(name: str) -> str:
    """The date in the name of a results file."""
    found = _DATED.fullmatch(name.removesuffix(".gz"))
    return found["date"] if found else ""


def _task(path: Path, run: Run | None) -> str:
    """The one task of the run, or the one with which the file's name ends, as in lm-eval 0.4.2."""
    tasks = () if run is None else run.tasks
    if len(tasks) == 1:
        return tasks[0]
    name = re.sub(r"\.jsonl?(\.gz)?$", "", path.name)
    fits = [task for task in tasks if task and (name == task or name.endswith(f"_{task}"))]
    return max(fits, key=len, default="")


def _run(path: Path, date: str) -> tuple[Run | None, tuple[str, ...]]:
    """The results file of the same date; else the only one, where one of the two has no date."""
    names = _results_names(path)
    same = [name for name in names if date and date_in(name) == date]
    if not same:
        same = [name for name in names if not (date and date_in(name))]
    if len(same) > 1:
        what = (
            f"There are {len(same)} results files beside it, and nothing tells which is of its run"
        )
        return None, (f"{what}: {_UNKNOWN}.",)
    if not same:
        return None, (f"No results file of its run lies beside it: {_UNKNOWN}.",)
    where = f"The results file {shown_name(same[0])} beside it"
    try:
        run = run_in(path.parent / same[0])
    except DataError as error:
        return None, (f"{where} cannot be read: {error.problems[0].what}.",)
    if not run.names:
        return None, (f"{where} holds no results.",)
    folder = path.absolute().parent.name
    is_same = date and date_in(same[0]) == date
    if not is_same and _PATH_MARK in folder and run.folder_name != folder:
        return None, (f"{where} is about another model than the folder is called after.",)
    return run, ()


def _results_names(path: Path) -> list[str]:
    try:
        found = sorted(one.name for one in path.parent.iterdir() if _is_results(one.name))
    except OSError:
        return []
    return [name for name in found if name != path.name]


def _is_results(name: str) -> bool:
    bare = name.removesuffix(".gz")
    is_dated = bool(date_in(bare)) and not _SAMPLES.fullmatch(bare)
    return bare.endswith(".json") and (bare.startswith("results") or is_dated)
