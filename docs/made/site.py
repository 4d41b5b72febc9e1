"""All that is made of the site, and where links lead that leave the folder of hand-written pages.

Pages are written so that they read well in a repository too: their links lead to files in it. The
site has reports and specs as well, under other addresses; of the code it has nothing, so that the
words of such a link stay without it.
"""

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from docs.made import (
    command_page,
    environment_page,
    importer_page,
    library_page,
    metric_page,
    rule_pages,
    spec_pages,
)

ROOT: Final = Path(__file__).parents[2]
_TAKEN: Final = {"CHANGELOG.md": "changelog.md", "CONTRIBUTING.md": "contributing.md"}
_ELSEWHERE: Final = {**_TAKEN, "README.md": "index.md"}
_FENCE: Final = re.compile(r"(^ *```.*?^ *```$)", re.MULTILINE | re.DOTALL)
_LINK: Final = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^()\s]+)\)")


def pages() -> Iterator[tuple[str, str]]:
    """Address and Markdown of every page that is not written by hand."""
    yield from spec_pages.pages()
    yield from rule_pages.pages()
    for one in (command_page, metric_page, importer_page, environment_page, library_page):
        yield one.ADDRESS, one.page()
    for name, address in _TAKEN.items():
        yield address, (ROOT / name).read_text(encoding="utf-8")
    for path in sorted(ROOT.glob("specs/**/*.yaml")):
        yield _page_of_spec(path.relative_to(ROOT).as_posix()), _spec(path)


def reports() -> Iterator[tuple[str, Path]]:
    """Address and file of every committed report."""
    for path in sorted(ROOT.glob("reports/**/report.html")):
        yield path.relative_to(ROOT).as_posix(), path


def mended(markdown: str, address: str) -> str:
    """A page whose links lead to what the site has.

    Args:
        markdown: As it stands in the repository.
        address: Of the page in the site.
    """
    origin = next((name for name, to in _TAKEN.items() if to == address), f"docs/{address}")
    if origin.startswith("docs/specs/"):
        return markdown
    parts = _FENCE.split(markdown)
    return "".join(
        part if i % 2 else _LINK.sub(lambda found: _led(found, origin, address), part)
        for i, part in enumerate(parts)
    )


def _led(found: re.Match[str], origin: str, address: str) -> str:
    mark, words, target = found.groups()
    if "://" in target or target.startswith(("#", "mailto:")):
        return found[0]
    path, hash_, anchor = target.partition("#")
    place = posixpath.normpath(posixpath.join(posixpath.dirname(origin), path))
    to = _in_site(place)
    if to is None:
        return words
    path = posixpath.relpath(to, posixpath.dirname(address) or ".")
    return f"{mark}[{words}]({path}{hash_}{anchor})"


def _in_site(place: str) -> str | None:
    """Where the site has a file of the repository; None where it has not."""
    if place.startswith("docs/"):
        return place.removeprefix("docs/")
    if place in _ELSEWHERE:
        return _ELSEWHERE[place]
    if re.fullmatch(r"reports/.*/report\.(md|html)", place):
        return place.rpartition(".")[0] + ".html"
    if place.startswith("specs/") and place.endswith(".yaml"):
        return _page_of_spec(place)
    return None


def _page_of_spec(place: str) -> str:
    return place.removesuffix(".yaml") + ".md"


def _spec(path: Path) -> str:
    name = path.relative_to(ROOT).as_posix()
    return f"# {name}\n\n```yaml\n{path.read_text(encoding='utf-8').rstrip()}\n```\n"
