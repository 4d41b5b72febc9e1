"""What a build that was stopped left behind: found under the lock, so that nobody is at it."""

from collections.abc import Iterable

from evalreport.numbers import count_text
from evalreport.store.schema import guarded
from evalreport.store.store import Store


def clear_jobs(store: Store) -> tuple[str, ...]:
    """Remove job files that nobody is doing any more, and name them.

    Raises:
        EvalReportError: One cannot be removed.
    """
    jobs = store.folder / "jobs"
    with guarded(jobs):
        left = sorted(jobs.glob("*")) if jobs.is_dir() else []
        for path in left:
            path.unlink()
    return tuple(f"{path.as_posix()}: left by a build that did not end, removed" for path in left)


def unfinished(store: Store, keys: Iterable[str]) -> tuple[str, ...]:
    """Name the folders of steps that were begun and not finished; they stay.

    A training goes on from its last whole checkpoint in there, or begins anew over it.

    Args:
        store: Where to look.
        keys: Of the steps that would run now.
    """
    found: list[str] = []
    for key in keys:
        folder = store.objects(key)
        if folder.is_dir():
            files = sum(1 for path in folder.rglob("*") if path.is_file())
            found.append(
                f"{folder.as_posix()}: begun and not finished ({count_text(files, 'file')}); what "
                "of it is whole is used, the rest is written again"
            )
    return tuple(found)
