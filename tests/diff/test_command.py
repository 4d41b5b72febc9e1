"""`evalreport diff A B` as a user runs it."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from evalreport.diff.diff import diff
from evalreport.diff.model import Differences
from evalreport.diff.opened import Opened
from evalreport.lineage.places import OnDisk
from evalreport.render import (
    render_diff_html,
    render_diff_json,
    render_diff_markdown,
    render_diff_summary,
)
from tests.builds.workshop import Workshop
from tests.gold_reports import CLOCK, ENVIRONMENT, _rounded
from tests.test_gold import ACTUAL, GOLD

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
FILES = ("diff.md", "diff.html", "diff.json")


def test_the_result_comes_first_then_what_it_rests_on(shop: Workshop) -> None:
    ran = shop.run("diff", "first", "better")
    assert ran.code == 0, ran.both
    lines = ran.out.splitlines()
    assert lines[0].startswith("SIMULATED")
    assert lines[1].startswith("result      Tuned of B is better than tuned of A on extraction")
    assert "this is about these two checkpoints, not about the recipes. The evidence" in lines[2]
    assert lines[3] == "outcome     Better, but what it lost is unknown (weak)"
    assert lines[4].startswith("A           first/report.json, built ")
    assert re.search(r"the spec: training\.learning_rate 0\.0002 -> 0\.0003; engine", ran.out)
    assert "without any change: the data, what was declared beforehand" in ran.out
    assert re.search(
        r"^flipped +extraction\.field_accuracy: B better on \d+: \w+, ", ran.out, re.MULTILINE
    )
    assert "--out names them" in ran.out
    assert "verdict, rules and claims: verdict.outcome " in ran.out
    assert "verdict.headline " in ran.out
    assert "same model  base: no score is another, on 4 metrics (not asked again" in ran.out
    assert ran.err == ""


def test_files_are_written_where_they_are_wanted_and_are_the_same_each_time(
    shop: Workshop, tmp_path: Path
) -> None:
    texts = []
    for out in ("one", "two"):
        ran = shop.run("diff", "first", "grown", "--out", str(tmp_path / out), "--json")
        assert ran.code == 0, ran.both
        assert ran.err.split() == [str(tmp_path / out / name) for name in FILES]
        assert ran.out == (tmp_path / out / "diff.json").read_text()
        texts.append([(tmp_path / out / name).read_bytes() for name in FILES])
    assert texts[0] == texts[1]
    assert Differences.model_validate(json.loads(texts[0][2])).a.named == "first"


def test_there_is_nothing_to_find_in_one_report(shop: Workshop) -> None:
    ran = shop.run("diff", "first", "first/report.json")
    assert ran.code == 0
    assert "result      A and B are one and the same report." in ran.out


def test_a_build_that_is_not_there_is_named(shop: Workshop) -> None:
    ran = shop.run("diff", "first", "nowhere")
    assert ran.code == 2
    assert "nowhere\n  there is no such file or folder\n  name the folder" in ran.err
    assert ran.out == ""


def test_without_a_repository_a_commit_is_not_looked_for(
    shop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(shop.folder.parent))
    ran = shop.run("diff", "HEAD:first", "first")
    assert ran.code == 2
    assert "git knows no commit HEAD here, since it opens no repository around " in ran.err


def test_items_of_another_report_are_named(shop: Workshop, tmp_path: Path) -> None:
    shutil.copytree(shop.folder / "better", tmp_path / "mixed")
    shutil.copy(shop.folder / "first/items.jsonl", tmp_path / "mixed")
    ran = shop.run("diff", "first", str(tmp_path / "mixed"))
    assert ran.code == 0
    assert "was not compared: the items of B are not those of its report" in ran.out
    assert "evalreport recheck names what differs" in ran.out


@pytest.mark.parametrize("arm", ["tuned", "base"])
def test_items_that_were_edited_are_not_believed(shop: Workshop, tmp_path: Path, arm: str) -> None:
    """One score is enough: it is no longer what the report says."""
    shutil.copytree(shop.folder / "better", tmp_path / "edited")
    items = tmp_path / "edited/items.jsonl"
    text = items.read_text()
    flipped = re.sub(rf'("{arm}":\[\[1(?:\.0)?),', rf'"{arm}":[[0.0,', text, count=1)
    assert flipped != text
    items.write_text(flipped)
    ran = shop.run("diff", "first", str(tmp_path / "edited"))
    assert ran.code == 0
    assert "they do not give what its report says of extraction." in ran.out
    assert "evalreport recheck names where" in ran.out
    assert "Tuned of B is" not in ran.out


HOSTILE = "<script>alert(1)</script> \x1b[31m| `x` **b**"


def test_foreign_names_do_nothing(first: Opened, better: Opened) -> None:
    """A title, an id and a name of a file are other people's text."""
    report = better.build.report.model_copy(update={"title": HOSTILE})
    b = replace(better.build, report=report, named=HOSTILE)
    found = diff(first, Opened(b, better.items))
    item = found.pairings[1].flipped
    assert item is not None
    named = found.pairings[1].model_copy(
        update={"flipped": item.model_copy(update={"better": (HOSTILE,)})}
    )
    found = found.model_copy(update={"pairings": (found.pairings[0], named, *found.pairings[2:])})
    html, markdown = render_diff_html(found), render_diff_markdown(found)
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)" in html
    assert "<script>" not in re.sub(r"(`+).*?\1", "", markdown)
    for text in (html, markdown, render_diff_summary(found)):
        assert "\x1b" not in text


def test_the_page_makes_no_request_and_runs_nothing(first: Opened, better: Opened) -> None:
    html = render_diff_html(diff(first, better))
    assert "default-src 'none'; style-src 'sha256-" in html
    assert not re.search(r"<(script|link rel=.stylesheet|img|iframe)|https?://", html)
    keys = set(re.findall(r'data-key="([^"]+)"', html))
    content = json.loads(render_diff_json(diff(first, better)))
    assert keys
    for key in keys:
        place = content
        for part in key.removeprefix("/").split("/"):
            name = part.replace("~1", "/").replace("~0", "~")
            place = place[int(name)] if isinstance(place, list) else place[name]
        assert isinstance(place, int | float), key


@pytest.fixture
def settled(first: Opened, grown: Opened) -> Differences:
    """A whole story whose clock and host are given: a better model, and a test set that grew."""
    builds = [
        replace(
            one.build,
            report=one.build.report.model_copy(
                update={
                    "built_at": at,
                    "environment": dict(ENVIRONMENT),
                    "remarks": tuple(
                        remark.model_copy(update={"text": _TIME.sub(CLOCK, remark.text)})
                        for remark in one.build.report.remarks
                    ),
                }
            ),
            place=OnDisk(Path(folder)),
        )
        for one, folder, at in (
            (first, "reports/first", CLOCK),
            (grown, "reports/grown", "2026-11-22T09:30:00Z"),
        )
    ]
    items = [Opened(build, one.items) for build, one in zip(builds, (first, grown), strict=True)]
    found = diff(*items)
    return Differences.model_validate(_rounded(json.loads(render_diff_json(found))))


def test_the_diff_is_the_gold(settled: Differences) -> None:
    texts = {
        "diff.md": render_diff_markdown(settled),
        "diff.html": render_diff_html(settled),
        "diff.json": render_diff_json(settled),
    }
    differing = [name for name, text in texts.items() if _bare(text) != _bare(_standing(name))]
    for name in differing:
        place = ACTUAL / "diff" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(texts[name], encoding="utf-8", newline="\n")
    assert not differing, "they differ from tests/gold/diff; see tests/actual, `make bless`"


def _standing(name: str) -> str:
    path = GOLD / "diff" / name
    return path.read_bytes().decode("utf-8") if path.exists() else ""


def _bare(text: str) -> str:
    """Without the style sheet and its hash, which the gold of reports holds byte for byte."""
    text = re.sub(r"<style>.*?</style>", "", text, count=1, flags=re.DOTALL)
    return re.sub(r"'sha256-[^']+'", "", text)
