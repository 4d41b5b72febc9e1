"""What lies beside an adapter's weights and tells where it belongs: its base, its chat template."""

from pathlib import Path
from typing import Final

from evalreport.digest import digest_file, digest_of
from evalreport.engines.model_files import ADAPTER_BASE, ADAPTER_CONFIG, read_object

TEMPLATE: Final = "chat_template.jinja"
SETTINGS: Final = "tokenizer_config.json"


def beside_digest(folder: Path) -> str:
    """Identity of what preflight reads beside the weights: the adapter's own digest leaves it out.

    Raises:
        OSError: A file cannot be read.
    """
    names = (ADAPTER_CONFIG, ADAPTER_BASE, TEMPLATE, SETTINGS)
    return digest_of(
        "beside",
        [[name, digest_file(folder / name)] for name in names if (folder / name).is_file()],
    )


def template_beside(folder: Path) -> str | None:
    """The chat template that was saved beside an adapter, when one was.

    Raises:
        OSError: A file cannot be read.
    """
    if (folder / TEMPLATE).is_file():
        return (folder / TEMPLATE).read_text(encoding="utf-8", errors="replace")
    if not (folder / SETTINGS).is_file():
        return None
    found = read_object(folder / SETTINGS).get("chat_template")
    return found if isinstance(found, str) else None
