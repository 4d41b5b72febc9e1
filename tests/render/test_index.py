"""The page over all reports: what stands in a row, on one scale, harmless whatever it is called."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from evalreport.analyze.findings import FindingOutcome, FindingRole
from evalreport.commands.history import Around, HistoryOptions, history
from evalreport.errors import DataError
from evalreport.estimates import Estimate, NotEstimable, Point
from evalreport.history.gather import gather
from evalreport.history.trend import courses_of
from evalreport.render.gain_bars import in_gains
from evalreport.render.history import render_index
from evalreport.render.index import Lying, entries_of
from evalreport.render.results import keyed_of
from evalreport.report.model import Report
from evalreport.verdict import Outcome
from tests.history.repository import Repository, built
from tests.render.pages import Page, read_page
from tests.reports import EXAMPLES, HOSTILE, changed, clear_win, hostile, noise, simulated
from tests.reports.parts import interval


def lying(*reports: Report) -> list[Lying]:
    return [
        Lying(report, f"at/{i}", f"{i}", frozenset({"report.html", "report.json"}))
        for i, report in enumerate(reports)
    ]


def page_over(folder: Path) -> str:
    found = gather(folder, with_git=True)
    return render_index(found, courses_of(found), Around(folder, folder))


def page_of(tmp_path: Path, **reports: Report) -> Page:
    for name, report in reports.items():
        Repository(tmp_path).put(name, report)
    return read_page(page_over(tmp_path))


def test_a_row_says_what_its_report_says(tmp_path: Path) -> None:
    report = clear_win()
    (tmp_path / "a").mkdir()
    (tmp_path / "a/report.html").touch()
    page = page_of(tmp_path, a=report)
    (row,) = page.all("li", class_="entry")
    (primary,) = [f for f in report.findings if f.role == "primary"]
    text = " ".join(page.prose.split())
    for words in (
        report.title,
        report.verdict.headline.replace(" %", "\N{NO-BREAK SPACE}%"),
        "Verdict: Better",
        "Full strength",
        f"{primary.n} items",
        report.built_at,
        "1 report: 1 better.",
    ):
        assert " ".join(words.split()) in text, words
    assert row.attributes["data-outcome"] == "better"
    assert [
        a.attributes["href"] for a in page.all("a") if "a/" in (a.attributes["href"] or "")
    ] == [
        "./a/report.html",
        "./a/report.html",
        "./a/report.json",
    ]
    value = next(
        d for d in page.all("data") if str(d.attributes["data-key"]).endswith("tuned/value")
    )
    key = value.attributes["data-key"]
    at = next(i for i, f in enumerate(report.findings) if f is primary)
    assert key == f"a/report.json#/findings/{at}/tuned/value"


def test_a_gain_that_is_not_shown_to_be_what_was_asked_for_is_told_beside_its_word() -> None:
    report = clear_win()
    (primary,) = (f for f in report.findings if f.role is FindingRole.PRIMARY)
    assert isinstance(primary.difference, Estimate)
    within = primary.difference.value
    entries = entries_of(lying(report, asking(report, within), asking(report, 0.99)))
    assert {one.outcome.text for one in entries} == {"Better"}
    assert [one.gain and one.gain.text for one in entries] == [
        None,
        "not shown to be reached",
        "not reached",
    ]
    (nothing,) = entries_of(lying(noise()))
    assert nothing.gain is None


def asking(report: Report, gain: float) -> Report:
    """The same, with another gain asked for."""
    findings = tuple(
        f.model_copy(update={"gain_at_least": gain}) if f.role is FindingRole.PRIMARY else f
        for f in report.findings
    )
    return changed(report, findings=findings)


def test_a_report_that_was_edited_says_so_in_its_row() -> None:
    (sound,) = entries_of(lying(clear_win()))
    assert sound.edited == ""
    (one,) = lying(clear_win())
    (edited,) = entries_of([replace(one, changed="changed after it was built: verdict")])
    assert edited.edited == "changed after it was built: verdict"


def test_every_story_has_a_row_in_a_page_that_is_whole(tmp_path: Path) -> None:
    page = page_of(tmp_path, **{name: story() for name, story in EXAMPLES.items()})
    assert len(page.all("li", class_="entry")) == len(EXAMPLES)
    ids = [e.attributes["id"] for e in page.elements if "id" in e.attributes]
    assert len(ids) == len(set(ids))
    assert len(page.all("svg", role="img")) == len(
        [one for one in page.all("title") if "svg" in one.ancestors]
    )


def test_rows_are_newest_first_and_then_by_name() -> None:
    old, new = (built(day) for day in (1, 2))
    assert [e.place for e in entries_of(lying(old, new, old))] == ["1", "0", "2"]


def test_differences_are_held_against_the_gain_that_was_asked_for() -> None:
    """Of whatever unit and direction: better is to the right, and one gain is one step."""
    k = next(k for k in keyed_of(clear_win()) if k.finding.role == "primary")
    lower = k.finding.model_copy(
        update={
            "unit": "nats/token",
            "higher_is_better": False,
            "gain_at_least": 0.5,
            "difference": interval(-1.0, -2.0, 0.25),
        }
    )
    scaled = in_gains(type(k)(k.key, lower))
    assert (scaled.value, scaled.low, scaled.high) == (2.0, -0.5, 4.0)  # type: ignore[union-attr]
    bare = lower.model_copy(update={"difference": Point(value=-1.0, no_interval="n is unknown")})
    assert in_gains(type(k)(k.key, bare)) == Point(value=2.0, no_interval="n is unknown")
    unasked = lower.model_copy(update={"gain_at_least": None})
    assert isinstance(in_gains(type(k)(k.key, unasked)), NotEstimable)


def test_all_bars_share_one_axis_and_point_beyond_it() -> None:
    def report(value: float, low: float, high: float) -> Report:
        base = clear_win()
        primary, *others = base.findings
        assert primary.role == "primary"
        f = primary.model_copy(
            update={"difference": interval(value, low, high), "gain_at_least": 0.1}
        )
        return changed(base, findings=(f, *others))

    entries = entries_of(
        lying(report(0.05, -0.05, 0.15), report(0.9, -2.0, 1.6), report(5.0, 4.0, 6.0))
    )
    bars = [entry.bar for entry in entries]
    assert all(bar is not None for bar in bars)
    lines = [{s.style: s.attributes for s in bar.shapes} for bar in bars if bar]
    assert len({str(one["zero"]) for one in lines}) == 1
    assert len({str(one["bound"]) for one in lines}) == 1
    arrows = [[s.text for s in bar.shapes if s.style.startswith("beyond")] for bar in bars if bar]
    assert arrows == [[], ["◀", "▶"], ["▶"]]
    dots = [[s for s in bar.shapes if s.style.startswith("dot")] for bar in bars if bar]
    assert [len(one) for one in dots] == [1, 1, 0]
    for one in bars:
        for shape in one.shapes if one else ():
            for name, value in shape.attributes:
                assert not name.startswith("x") or 0 <= float(value.rstrip("%")) <= 100


def test_filters_offer_what_there_is_and_nothing_where_all_agree(tmp_path: Path) -> None:
    page = page_of(tmp_path, a=clear_win(), b=simulated(), c=noise())
    boxes = page.all("input", name="outcome")
    assert {box.attributes["value"] for box in boxes} == {"better", "inconclusive"}
    selects = {s.attributes["id"] for s in page.all("select")}
    assert "stamp" in selects
    assert "kind" not in selects
    assert "model" not in selects
    alone = page_of(tmp_path / "a")
    assert not alone.all("input", name="outcome")


def test_a_difference_has_the_colour_of_what_it_shows(tmp_path: Path) -> None:
    """Not of the verdict; and of what does not count, none, in words too."""
    win = clear_win()
    primary, *others = win.findings
    falls = primary.model_copy(
        update={"higher_is_better": False, "difference": interval(-0.3, -0.4, -0.2)}
    )
    invalid = win.verdict.model_copy(update={"outcome": Outcome.INVALID_EVIDENCE})
    page = page_of(
        tmp_path,
        a=changed(win, findings=(falls, *others)),
        b=changed(win, findings=(falls, *others), verdict=invalid),
    )
    lines = [p for p in page.all("p") if "gained" in (p.attributes.get("class") or "")]
    assert sorted(p.attributes["class"] or "" for p in lines) == ["gained good", "gained neutral"]
    assert page.prose.count("difference · does not count") == 1
    assert len(page.all("span", class_="direction")) == 2
    assert "lower is better" in page.prose
    assert "in percentage points, called points" in page.prose


def test_a_variant_says_what_was_set(tmp_path: Path) -> None:
    win = clear_win()
    plain, other = (
        changed(win, reproduce=win.reproduce.model_copy(update={"overrides": some}))
        for some in ((), ("training.epochs=2", "seed=3"))
    )
    page = page_of(tmp_path, a=plain, b=other)
    assert [c.text for c in page.all("code")] == ["--set training.epochs=2", "--set seed=3"]
    searched = [row.attributes["data-search"] or "" for row in page.all("li", class_="entry")]
    assert sorted("training.epochs=2" in one for one in searched) == [False, True]


def test_other_primaries_are_named_beside_the_first() -> None:
    win = clear_win()
    primary, *others = win.findings
    second = primary.model_copy(
        update={
            "id": "extraction.exact_match",
            "metric": "exact_match",
            "outcome": FindingOutcome.INCONCLUSIVE,
        }
    )
    (entry,) = entries_of(lying(changed(win, findings=(primary, second, *others))))
    assert entry.more_primaries == (
        "Decided together with extraction exact_match (inconclusive): see below."
    )


def test_simulated_and_smoke_are_stamped(tmp_path: Path) -> None:
    page = page_of(tmp_path, a=simulated(), b=changed(clear_win(), smoke=True))
    assert sorted(p.text for p in page.all("p", class_="chip")) == ["SIMULATED", "SMOKE", "SMOKE"]


def test_hostile_text_is_only_text(tmp_path: Path) -> None:
    name = '"><script>alert(1)</script>&javascript:x'
    html = page_over_of(tmp_path, name.replace("/", "∕"))
    page = read_page(html)
    assert len(page.all("script")) == 1
    assert not page.all("img")
    assert not [key for e in page.elements for key in e.attributes if key.startswith("on")]
    for element in page.all("a"):
        assert re.match(r"^(\./|#)", element.attributes["href"] or "")
    assert "\u202e" not in html
    assert "\x1b" not in html
    (row,) = page.all("li", class_="entry")
    assert HOSTILE[0] in (row.attributes["data-search"] or "")


def page_over_of(tmp_path: Path, folder: str) -> str:
    Repository(tmp_path).put(folder, hostile())
    return page_over(tmp_path)


def test_links_lead_from_wherever_the_page_is(tmp_path: Path) -> None:
    Repository(tmp_path).put("reports/a b", clear_win())
    for out, link in (
        ("reports/index.html", "./a%20b/report.json"),
        ("index.html", "./reports/a%20b/report.json"),
        ("site/x.html", "./../reports/a%20b/report.json"),
    ):
        assert history(tmp_path / "reports", HistoryOptions(out=tmp_path / out)) == 0
        page = read_page((tmp_path / out).read_text(encoding="utf-8"))
        assert link in {a.attributes["href"] for a in page.all("a")}


def test_a_report_in_the_folder_itself_is_linked(tmp_path: Path) -> None:
    Repository(tmp_path).put("", clear_win())
    page = read_page(page_over(tmp_path))
    assert "./report.json" in {a.attributes["href"] for a in page.all("a")}


def test_the_command_prints_builds_and_where_the_page_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repository = Repository.made(tmp_path / "work")
    for day in (1, 2):
        repository.put("reports/a", built(day))
        repository.commit(day)
    repository.put("reports/b", "{")
    reports = repository.root / "reports"
    assert history(reports, HistoryOptions()) == 0
    said = capsys.readouterr()
    assert said.err == f"wrote {reports / 'index.html'}\n"
    assert "extraction.field_accuracy: base -> tuned, difference\n" in said.out
    assert re.search(
        r"^ +1  2026-11-01T09:30:00Z  \w+ of 2026-11-21  Better  ", said.out, re.MULTILINE
    )
    assert re.search(
        r"^ +2  2026-11-02T09:30:00Z  .*  the same numbers again$", said.out, re.MULTILINE
    )
    assert re.search(
        r"^  to test the last two: evalreport diff \w+:reports/a ", said.out, re.MULTILINE
    )
    assert re.search(r"^cannot be read: .*/b, lies here: this is not JSON", said.out, re.MULTILINE)
    page = read_page((reports / "index.html").read_text(encoding="utf-8"))
    assert "Trend over 2 builds" in page.prose
    assert "Cannot be read" in page.prose

    assert history(reports, HistoryOptions(as_json=True, with_git=False)) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["page"] == str(reports / "index.html")
    (series,) = told["series"]
    assert [one["verdict"] for one in series["builds"]] == [
        {"outcome": "better", "strength": "full"}
    ]
    assert {one["id"] for one in series["trends"]} == {f.id for f in clear_win().findings}
    assert told["unreadable"][0]["reason"].startswith("this is not JSON")


def test_the_same_reports_give_the_same_page(tmp_path: Path) -> None:
    """Wherever they lie, and whatever git knows of them."""
    pages = []
    for name, first in (("one", 1), ("two", 2)):
        repository = Repository.made(tmp_path / name)
        for minute, day in enumerate((first, 9)):
            repository.put("a", built(day))
            repository.commit(minute)
        found = gather(repository.root, with_git=False)
        pages.append(
            render_index(found, courses_of(found), Around(repository.root, repository.root))
        )
    assert pages[0] == pages[1]


def test_a_page_that_cannot_be_written_is_an_error_of_three_parts(tmp_path: Path) -> None:
    with pytest.raises(DataError):
        history(tmp_path, HistoryOptions())
