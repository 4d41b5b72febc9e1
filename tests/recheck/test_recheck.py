"""`recheck` on the gold stories: silent where nothing was touched, and never where something was."""

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from evalreport.recheck.differ import Difference
from evalreport.recheck.wording import difference_text
from evalreport.values import Json
from tests.builds.workshop import SPEC, Ran, Workshop
from tests.gold_reports import STORIES, write_story

Edit = Callable[[dict[str, Any]], None]
PRIMARY = "extraction.field_accuracy"


# One of each kind of evidence: seeds, missing scores, leaks, an arm that is not there, no items.
KINDS = ("clear-win", "seed-regresses", "only-parsed", "leaked-test", "arm-failed", "totals-only")
TOLD = [story for story in STORIES if story.name in KINDS]


@contextmanager
def undrawn() -> Iterator[None]:
    """Without pictures, which take a second each time and have tests of their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "vl_convert", None)
        yield


@pytest.fixture(scope="module", params=TOLD, ids=[story.name for story in TOLD])
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """A story that was built."""
    folder = tmp_path_factory.mktemp("story") / request.param.name
    write_story(request.param, folder)
    shop = Workshop(folder)
    with undrawn():
        ran = shop.build("--accept-underpowered", "--out", "report")
    assert ran.code == (3 if request.param.name == "arm-failed" else 0), ran.both
    return shop


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """The clear win, built once; tests edit copies of its report."""
    folder = tmp_path_factory.mktemp("win") / "clear-win"
    write_story(STORIES[0], folder)
    shop = Workshop(folder)
    with undrawn():
        ran = shop.build("--out", "report")
    assert ran.code == 0, ran.both
    return shop


def test_an_untouched_report_is_what_its_items_give(told: Workshop) -> None:
    ran = told.run("recheck", "report")
    assert ran.code == 0, ran.both
    assert "the report says what its items give" in ran.out
    assert "findings, measurements, gaps" in ran.out
    assert "unchecked" in ran.out
    again = told.run("recheck", "report/report.json", "report/items.jsonl")
    assert again.out.replace("report/report.json", "report") == ran.out.replace(
        "report/report.json", "report"
    )


def test_every_part_of_a_report_is_named(built: Workshop) -> None:
    """Computed again, or as it was built, or said to be unchecked: no part is passed over."""
    said = json.loads(built.run("recheck", "report", "--json").out)
    content = json.loads((built.folder / "report/report.json").read_text())
    named = {*said["recomputed"], *said["sealed"]}
    assert set(content) - named == {"built_at", "environment"}
    assert all(word in said["not_checked"][0] for word in ("built_at", "environment"))
    rules = {remark["rule"] for remark in content["remarks"]}
    again = {name.removeprefix("remarks[").removesuffix("]") for name in said["recomputed"]}
    assert rules - again == set(said["rules_not_recomputed"])
    assert len(rules & again) > 25
    assert said["agrees"] is True
    assert said["recomputed"]["findings"] > 300


def test_edited_items_are_not_published(tmp_path: Path) -> None:
    """They would be sealed anew, and agree with a report that they do not give."""
    shop = Workshop.made(tmp_path / "w", SPEC + "publish: {repo: org/orders, items: true}\n")
    with undrawn():
        assert shop.build().code == 0
    said = "items.jsonl\n  it does not give what report.json says: "
    assert said not in shop.run("publish", "reports/orders").err
    items = shop.out / "items.jsonl"
    head, row, *rows = items.read_text().splitlines(keepends=True)
    edited = row.replace('"tuned":[[1', '"tuned":[[0', 1)
    assert edited != row
    items.write_text("".join([head, edited, *rows]))
    ran = shop.run("publish", "reports/orders")
    assert ran.code == 2
    assert said in ran.err


# What a hand can do


def _finding(content: dict[str, Any], name: str = PRIMARY) -> dict[str, Any]:
    return next(one for one in content["findings"] if one["id"] == name)


def _set(*path: str | int, to: object) -> Edit:
    def edit(content: dict[str, Any]) -> None:
        *way, last = path
        place: Any = content
        for key in way:
            place = place[key]
        assert place[last] != to
        place[last] = to

    return edit


def _of_primary(*path: str, to: object) -> Edit:
    def edit(content: dict[str, Any]) -> None:
        _set(*path, to=to)(_finding(content))

    return edit


def _remark(rule: str, **changes: object) -> Edit:
    def edit(content: dict[str, Any]) -> None:
        next(one for one in content["remarks"] if one["rule"] == rule).update(changes)

    return edit


def _without(key: str, place: int = 0) -> Edit:
    return lambda content: content[key].pop(place)


def _invented(content: dict[str, Any]) -> None:
    content["findings"].append(_finding(content) | {"id": "extraction.charm"})


def _swapped(content: dict[str, Any]) -> None:
    content["findings"].reverse()


EDITS: dict[str, tuple[Edit, str]] = {
    "value": (_of_primary("tuned", "value", to=0.99), f"findings[{PRIMARY}].tuned.value"),
    "last visible digit": (
        lambda c: _finding(c)["difference"].update(value=_finding(c)["difference"]["value"] + 1e-4),
        f"findings[{PRIMARY}].difference.value",
    ),
    "interval": (_of_primary("difference", "low", to=0.3), f"findings[{PRIMARY}].difference.low"),
    "level": (_of_primary("difference", "level", to=0.99), f"findings[{PRIMARY}].difference.level"),
    "one-sided": (
        _of_primary("difference_one_sided", "high", to=0.9),
        f"findings[{PRIMARY}].difference_one_sided.high",
    ),
    "p": (_of_primary("p_value", to=1e-9), f"findings[{PRIMARY}].p_value"),
    "corrected p": (_of_primary("p_adjusted", to=0.5), f"findings[{PRIMARY}].p_adjusted"),
    "test": (_of_primary("test", to="t test"), f"findings[{PRIMARY}].test"),
    "n": (_of_primary("n", to=1600), f"findings[{PRIMARY}].n"),
    "counts": (_of_primary("counts", "worse", to=0), f"findings[{PRIMARY}].counts.worse"),
    "design effect": (
        _of_primary("clusters", "design_effect", "value", to=0.5),
        f"findings[{PRIMARY}].clusters.design_effect.value",
    ),
    "outcome": (_of_primary("outcome", to="equivalent"), f"findings[{PRIMARY}].outcome"),
    "role": (_of_primary("role", to="secondary"), f"findings[{PRIMARY}].role"),
    "gain": (_of_primary("gain_at_least", to=0.01), f"findings[{PRIMARY}].gain_at_least"),
    "power": (_of_primary("power", "note", to="Plenty."), f"findings[{PRIMARY}].power.note"),
    "detectable": (
        _of_primary("smallest_detectable", "value", to=0.01),
        f"findings[{PRIMARY}].smallest_detectable.value",
    ),
    "sentence": (_of_primary("sentence", to="A triumph."), f"findings[{PRIMARY}].sentence"),
    "finding removed": (_without("findings"), "it says nothing; the items give"),
    "finding added": (_invented, "findings[extraction.charm]"),
    "findings in another order": (_swapped, "findings: it says"),
    "guard made exploratory": (
        lambda c: _finding(c, "letters.json_valid").update(role="exploratory", lose_at_most=None),
        "findings[letters.json_valid].role",
    ),
    "gap": (_set("gaps", 0, "difference", "value", to=0.0), "gaps[gap].difference.value"),
    "headline": (_set("verdict", "headline", to="It worked wonders."), "verdict.headline"),
    "verdict": (_set("verdict", "outcome", to="worse"), "verdict.outcome"),
    "strength": (_set("verdict", "strength", to="weak"), "verdict.strength"),
    "because": (_set("verdict", "because", 0, to="Trust me."), "verdict.because[0]"),
    "advice": (_set("verdict", "next_step", to="Ship it."), "verdict.next_step"),
    "alpha": (_set("declared", "alpha", to=0.2), "declared.alpha"),
    "gain declared": (
        _set("declared", "primary", "gain_at_least", to=0.01),
        "declared.primary.gain_at_least",
    ),
    "declared digest": (_set("declared", "digest", to="0" * 64), "declared.digest"),
    "spec digest": (_set("spec_digest", to="0" * 64), "spec_digest"),
    "spec": (
        lambda c: c["reproduce"].update(
            spec_yaml=c["reproduce"]["spec_yaml"].replace("gain_at_least: 0.1", "gain_at_least: 0.01")
        ),
        "spec_digest",
    ),
    "simulated": (_set("simulated", to=False), "simulated"),
    "title": (_set("title", to="A real model"), "title"),
    "authors": (_set("about", "authors", to=["Somebody"]), "about.authors"),
    "limitation": (_set("limitations", 0, "text", to="Hardly any."), "limitations"),
    "limitation removed": (_without("limitations"), "limitations"),
    "remark removed": (_without("remarks", 3), "remarks["),
    "a broken rule kept": (
        lambda c: next(r for r in c["remarks"] if r["status"] == "broken").update(status="kept"),
        "remarks[",
    ),
    "severity of a rule that looks at findings": (
        _remark("few-clusters", severity="note"),
        "remarks[few-clusters].severity",
    ),
    "severity of a rule that looks at evidence": (_remark("adapter-sound", severity="note"), "remarks["),
    "text of a rule that looks at evidence": (_remark("single-seed", text="Many seeds."), "remarks: "),
    "a remark that voids the primary": (
        _remark("single-seed", status="broken", severity="invalidates", cites=[PRIMARY]),
        "verdict.outcome",
    ),
    "a cite of nothing": (_remark("single-seed", cites=["nothing.there"]), "cites"),
    "loss curve": (_set("training", "curve", 0, "train_loss", to=0.001), "training"),
    "health": (_set("health", 0, "truncated", to=7), "health"),
    "example": (_set("examples", 0, "prompt", to="another"), "examples"),
    "step": (_set("steps", 0, "key", to="0" * 64), "spec.lock.yaml.steps"),
    "environment": (_set("environment", "python", to="4.0"), "spec.lock.yaml.environment"),
    "first score": (
        _set("declared", "first_scored_at", to="2020-01-01T00:00:00Z"),
        "spec.lock.yaml.declared.first_scored_at",
    ),
    "arm": (_set("arms", "tuned", "revision", to="other"), "arms"),
    "data": (_set("datasets", "test", "digest", to="0" * 64), "datasets"),
    "clean rest": (
        lambda c: c["overlaps"][0].update(exact=0 if c["overlaps"][0]["exact"] else 3),
        "overlaps",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", EDITS)
def test_what_was_edited_by_hand_is_caught(built: Workshop, tmp_path: Path, name: str) -> None:
    edit, where = EDITS[name]
    shop = _copied(built, tmp_path)
    path = shop.folder / "report/report.json"
    content = json.loads(path.read_text())
    edit(content)
    path.write_text(json.dumps(content, indent=2))
    ran = shop.run("recheck", "report")
    assert ran.code == 4, ran.both
    caught = [line for line in ran.out.splitlines() if where in line]
    assert caught, ran.out
    for file in ("report.md", "report.html", "model_card.md"):
        (shop.folder / "report" / file).unlink()
    assert shop.run("recheck", "report").code == 4, "without what was rendered it passes"


def _copied(built: Workshop, tmp_path: Path) -> Workshop:
    shutil.copytree(built.folder / "report", tmp_path / "report")
    return Workshop(tmp_path)


# What a hand can do to the items, and to the files beside them


def _items(shop: Workshop, change: Callable[[list[str]], list[str]]) -> Ran:
    path = shop.folder / "report/items.jsonl"
    lines = change(path.read_text(encoding="utf-8").splitlines())
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return shop.run("recheck", "report")


def test_an_item_that_was_dropped_is_missed(built: Workshop, tmp_path: Path) -> None:
    shop = _copied(built, tmp_path)
    ran = _items(shop, lambda lines: [*lines[:5], *lines[6:]])
    assert ran.code == 4
    assert "items.jsonl: extraction: it says 160 items in its head" in ran.out
    rows = len((shop.folder / "report/items.jsonl").read_text().splitlines()) - 1
    assert ran.out.rstrip().endswith(
        f"report/items.jsonl is not whole: {rows:,} rows, its head says {rows + 1:,}; copy it "
        "again, or build again: `evalreport build spec.yaml`"
    )
    assert f"findings[{PRIMARY}].n: it says 160; the items give 159" in ran.out


def test_an_item_that_was_dropped_from_the_head_too_is_missed(
    built: Workshop, tmp_path: Path
) -> None:
    def dropped(lines: list[str]) -> list[str]:
        head = json.loads(lines[0])
        head["layers"]["extraction"]["n"] = 159
        return [json.dumps(head), *lines[1:5], *lines[6:]]

    ran = _items(_copied(built, tmp_path), dropped)
    assert ran.code == 4
    assert f"findings[{PRIMARY}].n" in ran.out


def test_a_score_that_was_changed_is_seen(built: Workshop, tmp_path: Path) -> None:
    def changed(lines: list[str]) -> list[str]:
        row = json.loads(lines[5])
        row["scores"]["tuned"][0][1] = 1 - row["scores"]["tuned"][0][1]
        return [*lines[:5], json.dumps(row), *lines[6:]]

    ran = _items(_copied(built, tmp_path), changed)
    assert ran.code == 4
    assert f"findings[{PRIMARY}].tuned.value" in ran.out


def test_a_cluster_that_was_taken_away_is_seen(built: Workshop, tmp_path: Path) -> None:
    def alone(lines: list[str]) -> list[str]:
        rows = [json.loads(line) for line in lines]
        for row in rows[1:]:
            row.pop("cluster", None)
        return [json.dumps(row) for row in rows]

    ran = _items(_copied(built, tmp_path), alone)
    assert ran.code == 4
    assert f"findings[{PRIMARY}].clusters" in ran.out


def test_the_order_of_rows_is_no_difference(built: Workshop, tmp_path: Path) -> None:
    ran = _items(_copied(built, tmp_path), lambda lines: [lines[0], *lines[:0:-1]])
    assert ran.code == 0, ran.out


@pytest.mark.parametrize("name", ["report.md", "report.html", "model_card.md"])
def test_a_rendering_that_was_edited_is_seen(built: Workshop, tmp_path: Path, name: str) -> None:
    shop = _copied(built, tmp_path)
    path = shop.folder / "report" / name
    path.write_text(path.read_text(encoding="utf-8").replace("56.9", "96.9"), encoding="utf-8")
    ran = shop.run("recheck", "report")
    assert ran.code == 4
    assert f"{name}:" in ran.out
    assert "report.json renders to" in ran.out
    # The cut shows where they differ, however long the line is.
    first = next(line for line in ran.out.splitlines() if line.startswith(f"{name}:"))
    says, gives = first.split("; report.json renders to ")
    assert "96.9" in says
    assert "56.9" in gives
    assert ran.out.rstrip().endswith(
        f": {name} is not what report.json renders to; "
        "`evalreport report report/report.json` writes it anew"
    )
    assert shop.run("report", "report/report.json").code == 0
    assert shop.run("recheck", "report").code == 0


def test_what_is_at_fault_is_named_with_what_to_do(built: Workshop, tmp_path: Path) -> None:
    shop = _copied(built, tmp_path)
    lock = shop.folder / "report/spec.lock.yaml"
    lock.write_text(lock.read_text().replace("  python: ", "  python: 4", 1))
    ran = shop.run("recheck", "report")
    assert ran.code == 4
    assert ran.out.rstrip().endswith(
        "1 difference: spec.lock.yaml is not what report.json says; "
        "build again: `evalreport build spec.yaml`"
    )
    path = shop.folder / "report/report.json"
    content = json.loads(path.read_text())
    _finding(content)["n"] = 7
    content["reproduce"]["spec_path"] = "spec.yaml; rm -r \x1b[2J"
    path.write_text(json.dumps(content))
    ran = shop.run("recheck", "report")
    assert (
        "report/report.json is not what its items give; one of the two was changed, or is of "
        "another build; build again: "
    ) in ran.out
    assert "'spec.yaml; rm -r " in ran.out, "a command from a file is quoted for the shell"
    assert "\x1b" not in ran.out


@pytest.mark.parametrize(
    ("says", "gives", "shown"),
    [
        ("a", "b", "it says a; the items give b"),
        (0.5, "nothing", "it says 0.5; the items give nothing"),
        ("a b", "a  b", "it says 'a b'; the items give 'a  b'"),
        ("word " * 40 + "x", "word " * 40 + "y",
         "it says …word word word word word x; the items give …word word word word word y"),
        ("w" * 200 + "x", "w" * 200, f"it says …{'w' * 30}x; the items give …{'w' * 30}"),
        ("x" + "w" * 200, "y", f"it says x{'w' * 99}…; the items give y"),
    ],
)  # fmt: skip
def test_a_difference_is_cut_around_the_first_character_that_differs(
    says: Json, gives: Json, shown: str
) -> None:
    assert difference_text(Difference("here", says, gives)) == f"here: {shown}"


def test_differences_are_counted_and_listed_as_json(built: Workshop, tmp_path: Path) -> None:
    shop = _copied(built, tmp_path)
    path = shop.folder / "report/report.json"
    content = json.loads(path.read_text())
    _finding(content)["n"] = 7
    path.write_text(json.dumps(content))
    ran = shop.run("recheck", "report/report.json", "--json")
    assert ran.code == 4
    said = json.loads(ran.out)
    assert said["agrees"] is False
    assert {
        "where": f"findings[{PRIMARY}].n",
        "says": 7,
        "gives": 160,
        "source": "the items give",
    } in said["differences"]


# Wrong input


def test_what_is_not_there_is_said_in_three_parts(built: Workshop, tmp_path: Path) -> None:
    shop = _copied(built, tmp_path)
    (shop.folder / "report/items.jsonl").unlink()
    ran = shop.run("recheck", "report")
    assert (ran.code, ran.out) == (2, "")
    assert "report/items.jsonl" in ran.err
    assert "evalreport recheck report ITEMS" in ran.err
    assert shop.run("recheck", "nowhere").code == 2


def test_items_of_an_earlier_version_say_so(built: Workshop, tmp_path: Path) -> None:
    ran = _items(_copied(built, tmp_path), lambda lines: lines[1:])
    assert (ran.code, ran.out) == (2, "")
    assert "an earlier version of evalreport wrote it" in ran.err
    assert "build again" in ran.err


def test_a_spec_that_is_none_any_more_is_no_traceback(built: Workshop, tmp_path: Path) -> None:
    shop = _copied(built, tmp_path)
    path = shop.folder / "report/report.json"
    content = json.loads(path.read_text())
    content["reproduce"]["spec_yaml"] = "evalreport: 1\nname: [\n"
    path.write_text(json.dumps(content))
    ran = shop.run("recheck", "report")
    assert ran.code == 2
    assert "reproduce.spec_yaml" in ran.err
    assert "Traceback" not in ran.err


# Other kinds of builds


def test_a_smoke_build_and_one_with_overrides_are_what_their_items_give(tmp_path: Path) -> None:
    shop = Workshop.made(tmp_path / "w")
    assert shop.build("--smoke").code == 0
    ran = shop.run("recheck", ".evalreport/smoke/report")
    assert ran.code == 0, ran.both
    ran = shop.build("--set", "evaluation.alpha=0.1", "--out", "other", "--accept-underpowered")
    assert ran.code == 0, ran.both
    ran = shop.run("recheck", "other")
    assert ran.code == 0, ran.both


def test_a_schema_in_a_file_of_its_own_leaves_the_spec_digest_unchecked(tmp_path: Path) -> None:
    text = SPEC.replace("[json_valid,", "[{metric: json_schema, schema: shape.json}, json_valid,")
    shop = Workshop.made(tmp_path / "w", text)
    shop.write("shape.json", json.dumps({"type": "object", "required": ["item"]}))
    assert shop.build("--accept-underpowered").code == 0
    ran = shop.run("recheck", "reports/orders")
    assert ran.code == 0, ran.both
    assert "spec_digest (the JSON Schema files" in ran.out


def test_a_build_in_which_something_failed_is_what_its_items_give(tmp_path: Path) -> None:
    shop = Workshop.made(tmp_path / "w")
    assert shop.build("--only", "general", "--accept-underpowered").code == 0
    report = json.loads((shop.out / "report.json").read_text())
    assert _finding(report)["outcome"] == "not_measured"
    ran = shop.run("recheck", "reports/orders")
    assert ran.code == 0, ran.both


@pytest.mark.parametrize("shown", ["ids", "none"])
def test_what_is_kept_back_is_not_needed(tmp_path: Path, shown: str) -> None:
    text = SPEC.replace("report: {", f"report: {{examples: {shown}, ").replace(
        "test: {path: data/test.jsonl}", "test: {path: data/test.jsonl, cluster_by: item}"
    )
    shop = Workshop.made(tmp_path / "w", text)
    rows = [json.loads(line) for line in (shop.folder / "data/test.jsonl").read_text().splitlines()]
    marked = [json.dumps(row | {"item": f"family {i // 3}"}) for i, row in enumerate(rows)]
    shop.write("data/test.jsonl", "\n".join(marked) + "\n")
    ran = shop.build("--accept-underpowered")
    assert ran.code == 0, ran.both
    assert "family" not in (shop.out / "items.jsonl").read_text()
    ran = shop.run("recheck", "reports/orders")
    assert ran.code == 0, ran.both
