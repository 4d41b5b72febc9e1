"""acquire: the files of every imported layer of a spec to results."""

from collections.abc import Callable
from pathlib import Path

from evalreport.digest import digest_of
from evalreport.importers.assemble import assemble
from evalreport.importers.collect import Collected
from evalreport.importers.files import found_files
from evalreport.importers.results import Results
from evalreport.layers.imported import Imported


def read_results(layer: Imported, folder: Path, file_digest: Callable[[Path], str]) -> Results:
    """All that the files of one layer say.

    Args:
        layer: Which files, and whose.
        folder: Of the spec; paths are relative to it.
        file_digest: SHA-256 of a file, remembered between builds.

    Raises:
        DataError: A file cannot be used, or whose results they are is not clear.
    """
    found = found_files(folder, layer.files, layer.columns.as_mapping())
    collected = Collected(layer)
    for arm, files in found.items():
        for file in files:
            collected.take(arm, file)
    contents = {arm: [file_digest(one.path) for one in files] for arm, files in found.items()}
    return assemble(
        collected, {arm: digest_of("files", [*sorted(all_)]) for arm, all_ in contents.items()}
    )
