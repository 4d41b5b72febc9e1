"""report.json: lossless, deterministic, and safe to store and look at."""

import json
import re
from collections.abc import Callable

import pytest

from evalreport.render import render_json
from evalreport.report.model import Report
from tests.reports import EXAMPLES, clear_win

every_story = pytest.mark.parametrize("story", EXAMPLES.values(), ids=EXAMPLES)


@every_story
def test_the_dump_is_the_report(story: Callable[[], Report]) -> None:
    text = render_json(story())
    assert Report.model_validate(json.loads(text)) == story()
    assert render_json(Report.model_validate(json.loads(text))) == text


@every_story
def test_the_file_is_utf8_and_holds_nothing_invisible(story: Callable[[], Report]) -> None:
    text = render_json(story())
    text.encode("utf-8")
    assert not re.search(
        "[\u202a-\u202e\u2066-\u2069\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]", text
    )
    assert text.endswith("}\n")
    assert "NaN" not in text.replace("NaN-", "")


def test_the_keys_that_other_programs_read() -> None:
    dump = json.loads(render_json(clear_win()))
    assert dump["schema"] == 1
    assert set(dump["findings"][0]) >= {
        "id",
        "layer",
        "metric",
        "dataset",
        "role",
        "arms",
        "n",
        "unit",
        "higher_is_better",
        "tuned",
        "base",
        "difference",
        "counts",
        "forms",
        "test",
        "p_value",
        "p_adjusted",
        "clusters",
        "per_seed",
        "excluded",
        "outcome",
        "smallest_detectable",
        "n_required",
        "sentence",
    }
    assert dump["verdict"]["outcome"] == "better"
    assert dump["findings"][0]["difference"]["level"] == 0.95
