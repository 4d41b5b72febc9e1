"""Outputs that another tool kept, beside the items of a layer: by id, and by prompt."""

import json
from pathlib import Path
from typing import Any

import pytest

from evalreport.digest import digest_file
from evalreport.errors import DataError
from evalreport.importers.outputs import Matched, match, read_outputs
from evalreport.layers.foreign_files import Outputs
from evalreport.records import Failure, Item, Raw

ITEMS = [Item(id=name, prompt=Raw(text=f"what is {name}?")) for name in "abcd"]


def row(name: str, asked: str, output: str) -> dict[str, str]:
    return {"id": name, "prompt": f"what is {asked}?", "output": output}


def matched(folder: Path, rows: list[dict[str, Any]]) -> Matched:
    path = folder / "kept.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in rows), encoding="utf-8")
    given = Outputs.model_validate({"from": "kept.jsonl"})
    return match(ITEMS, read_outputs("tuned", given, folder, digest_file))


def texts(found: Matched) -> dict[str, str]:
    return {name: one.text for name, (one,) in found.responses.items()}


def test_outputs_of_one_prompt_count_where_they_are_the_same(tmp_path: Path) -> None:
    rows = [
        row("1", "a", "yes"),
        row("2", "a", "yes"),
        row("3", "b", "yes"),
        row("4", "b", "no"),
        row("5", "z", "yes"),
        row("d", "y", "by its id"),
    ]
    found = matched(tmp_path, rows)
    assert texts(found) == {"a": "yes", "d": "by its id"}
    assert found.failures == {
        "b": Failure(reason="several outputs of the files have its prompt, and differ"),
        "c": Failure(reason="the files hold no output for it"),
    }
    assert (found.same, found.other, found.strangers) == (1, 1, 1)


def test_the_last_row_of_an_item_is_the_one_whose_prompt_counts(tmp_path: Path) -> None:
    rows = [row("1", "a", "no"), row("2", "a", "yes"), row("1", "b", "yes")]
    assert texts(matched(tmp_path, rows)) == {"a": "yes", "b": "yes"}


def test_a_table_of_scores_whose_answers_nobody_calls_outputs_says_how(tmp_path: Path) -> None:
    path = tmp_path / "kept.csv"
    path.write_text("id,answer,correct\na,4,1\nb,5,0\n", encoding="utf-8")
    given = Outputs.model_validate({"from": "kept.csv"})
    with pytest.raises(DataError, match="the files hold no output of tuned") as caught:
        read_outputs("tuned", given, tmp_path, digest_file)
    assert "columns: {output: ...}" in caught.value.problems[0].hint
    given = Outputs.model_validate({"from": "kept.csv", "columns": {"output": "answer"}})
    found = match(ITEMS, read_outputs("tuned", given, tmp_path, digest_file))
    assert texts(found) == {"a": "4", "b": "5"}
