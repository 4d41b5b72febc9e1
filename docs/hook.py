"""What mkdocs does here beside its own work: pages made from the code, and links out of `docs`."""

import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))  # mkdocs takes it away again once this file is loaded

from docs.made import site  # noqa: E402  # found because of the line above


def on_files(files: Any, *, config: Any) -> Any:
    """Add what is made from the code, and the committed reports."""
    from mkdocs.structure.files import File

    for address, text in site.pages():
        files.append(File.generated(config, address, content=text))
    for address, path in site.reports():
        files.append(File.generated(config, address, abs_src_path=str(path)))
    return files


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """Let links to specs, reports and the README lead to what the site has of them."""
    return site.mended(markdown, page.file.src_uri)


def on_post_page(output: str, **_: Any) -> str:
    """Name the search for those who do not see it: the theme calls it a dialog, and no more."""
    dialog = 'data-md-component="search" role="dialog"'
    return output.replace(dialog, f'{dialog} aria-label="Search"')


def on_post_build(*, config: Any) -> None:
    """Put the index of the search into a script too: a page in a folder can load nothing else."""
    folder = Path(config.site_dir) / "search"
    index = (folder / "search_index.json").read_text(encoding="utf-8")
    (folder / "search_index.js").write_text(f"var __index = {index}", encoding="utf-8")
