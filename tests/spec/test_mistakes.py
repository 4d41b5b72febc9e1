"""Every mistake with all that is printed about it, in `mistakes.txt`: read it as a newcomer would.

An entry is a title, the lines of `good.yaml` that are replaced (`<`) and by what (`>`), and the
whole output.
"""

from dataclasses import dataclass
from pathlib import Path

import pytest

from evalreport import __version__

from .conftest import GOOD, Printed


@dataclass(frozen=True)
class Mistake:
    title: str
    old: str
    new: str
    output: str


def mistakes() -> list[Mistake]:
    text = Path(__file__).with_name("mistakes.txt").read_text()
    found = []
    for entry in text.split("=== ")[1:]:
        title, *lines = entry.splitlines()
        old, new = (
            "".join(line[2:] + "\n" for line in lines if line[:2] == m) for m in ("< ", "> ")
        )
        output = "\n".join(line for line in lines if line[:2] not in {"< ", "> "})
        output = output.replace("@VERSION@", __version__)
        found.append(Mistake(title, old, new, output.strip("\n")))
    return found


def test_the_good_spec_is_good(printed: Printed) -> None:
    assert printed(GOOD) == ""


@pytest.mark.parametrize("mistake", mistakes(), ids=lambda mistake: mistake.title)
def test_mistake(mistake: Mistake, printed: Printed) -> None:
    assert GOOD.count(mistake.old) == 1
    assert printed(GOOD.replace(mistake.old, mistake.new)) == mistake.output


def test_a_model_that_is_published_needs_a_base_with_a_public_name(printed: Printed) -> None:
    """Two places are involved, so that no single replacement shows it."""
    local = GOOD.replace("path: org/model\n  revision: 0123456\n", "path: ./model\n")
    said = printed(local + "publish: {repo: org/name}\n")
    assert "the model card could not name its base: ./model is not the id of a model" in said
    assert "add base_model.hub_id: org/name" in said
    named = local.replace("path: ./model\n", "path: ./model\n  hub_id: org/model\n")
    assert "model card" not in printed(named + "publish: {repo: org/name}\n")


_OF_OTHERS = """\
evalreport: 1
name: others
base_model: {path: unknown}
evaluation:
  layers:
    - {kind: recorded, name: bench, rows: [{metric: accuracy, tuned: 0.62, base: 0.53}]}
"""


def test_a_base_may_be_unknown_where_nothing_is_run(printed: Printed) -> None:
    assert printed(_OF_OTHERS) == ""
    published = printed(_OF_OTHERS + "publish: {repo: org/name}\n")
    assert "the model card could not name its base: which model it is was not said" in published


@pytest.mark.parametrize("path", ["unknown", "unknown/base-model"])
def test_what_is_run_needs_a_base_with_a_name(printed: Printed, path: str) -> None:
    said = printed(GOOD.replace("path: org/model\n  revision: 0123456\n", f"path: {path}\n"))
    assert f"{path} names no model, and something here is trained or asked" in said
    assert "write org/name for the hub" in said
