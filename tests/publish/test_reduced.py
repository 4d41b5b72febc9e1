"""A reduced report is what the same build would have written with less in it."""

import json
from pathlib import Path

import pytest

from evalreport.publish.reduced import least, reduced, reduced_items
from evalreport.report.item_rows import ItemsFile
from evalreport.report.model import ExamplesShown, Report
from evalreport.report.seals import seals_of, seals_of_report
from evalreport.report.volatile import settled
from tests.report.test_privacy import built

# What differs because the spec itself says something else.
OF_THE_SPEC = {"examples_shown", "spec_digest", "reproduce"}


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return built(tmp_path_factory.mktemp("full"), "examples: full")


def items_of(built: dict[str, str]) -> ItemsFile:
    return ItemsFile("items.jsonl", built["items.jsonl"].encode())


@pytest.mark.parametrize("shown", ["ids", "none"])
def test_it_is_what_a_build_with_less_in_it_writes(
    full: dict[str, str], shown: ExamplesShown, tmp_path: Path
) -> None:
    less = built(tmp_path / "less", f"examples: {shown}")
    whole = Report.model_validate(json.loads(full["report.json"]))
    mine = reduced(whole, shown)
    built_so = Report.model_validate(json.loads(less["report.json"]))
    assert mine.examples_shown == built_so.examples_shown == shown
    content, wanted = (
        settled(one).model_dump(by_alias=True, exclude=OF_THE_SPEC) for one in (mine, built_so)
    )
    assert content == wanted
    rows = list(reduced_items(items_of(full), shown, "full", {}))
    assert rows[1:] == less["items.jsonl"].splitlines()[1:]


def test_what_may_all_leave_stays_as_it_is(full: dict[str, str]) -> None:
    whole = Report.model_validate(json.loads(full["report.json"]))
    same = reduced(whole, "full")
    assert same.model_copy(update={"reproduce": whole.reproduce}) == whole
    seals = seals_of_report(same)
    (head, *rows) = reduced_items(items_of(full), "full", "full", seals)
    assert rows == full["items.jsonl"].splitlines()[1:]
    assert json.loads(head)["sealed"] == seals_of(
        json.loads(json.dumps(same.model_dump(by_alias=True)))
    )


def test_the_strictest_rule_counts() -> None:
    assert least("full", "ids") == "ids"
    assert least("ids", "none", "full") == "none"
    assert least("full") == "full"


def test_a_reader_finds_spec_and_lock_where_the_report_says(full: dict[str, str]) -> None:
    whole = Report.model_validate(json.loads(full["report.json"]))
    given = whole.reproduce.model_copy(
        update={
            "spec_path": "/home/mina/specs/a.yaml",
            "command": "evalreport build /home/mina/specs/a.yaml --set 'training.epochs=3'",
        }
    )
    told = reduced(whole.model_copy(update={"reproduce": given}), "full").reproduce
    assert told.command == "evalreport build spec.yaml --set 'training.epochs=3'"
    assert (told.spec_path, told.lock_path) == ("spec.yaml", "spec.lock.yaml")
