"""Fetches a dataset with the real client libraries, in a process of its own.

The libraries read HF_ENDPOINT when they are imported. Arguments: cache folder, then one JSON
object a dataset. Prints one JSON object a dataset.
"""

import json
import sys
from pathlib import Path

from evalreport.sources import Dataset
from evalreport.sources.hub import Cached, fetch


def main() -> None:
    cache, *declared = sys.argv[1:]
    for text in declared:
        found = fetch("train", Dataset.model_validate_json(text), Path(cache))
        if isinstance(found, Cached):
            print(json.dumps({"manifest": json.loads(found.manifest.model_dump_json())}))  # noqa: T201
        else:
            print(json.dumps({"reason": found.reason, "rows": found.expected_rows}))  # noqa: T201


if __name__ == "__main__":
    main()
