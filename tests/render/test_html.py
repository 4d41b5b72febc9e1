"""The HTML report: one closed file, in order, truthful, and unharmed by what it quotes."""

import base64
import hashlib
import re
from collections.abc import Callable

import pytest

from evalreport.analyze.findings import FindingRole, UnshownGroups
from evalreport.estimates import NotEstimable
from evalreport.render import render_html, render_markdown
from evalreport.render.details import results_of
from evalreport.report.model import Report
from evalreport.rules.base import Family, Remark, Severity, Status
from evalreport.verdict import Outcome
from tests.render.pages import Page, read_page
from tests.reports import (
    EXAMPLES,
    HOSTILE,
    changed,
    clear_win,
    failures,
    hostile,
    invalid_evidence,
    mixed,
    no_training,
    noise,
    simulated,
)

# Everything that the templates write; a tag beside these came from outside.
TAGS = {
    *("html", "head", "meta", "link", "title", "style", "body", "header", "main", "nav", "footer"),
    *("aside", "section", "article", "div", "p", "h1", "h2", "h3", "h4", "h5", "ul", "li", "a"),
    *("fieldset", "legend", "label", "input", "span", "b", "strong", "code", "pre", "data"),
    *("dl", "dt", "dd", "table", "caption", "thead", "tbody", "tr", "th", "td"),
    *("details", "summary", "figure", "figcaption"),
    *("svg", "desc", "circle", "path", "line", "rect", "text", "polyline"),
}
SECTIONS = [
    "verdict",
    "claims",
    "checks",
    "results",
    "changes",
    "judges",
    "health",
    "training",
    "overfitting",
    "overlap",
    "confusion",
    "limitations",
    "not-measured",
    "rules",
    "compared",
    "reproduce",
]

every_story = pytest.mark.parametrize("story", EXAMPLES.values(), ids=EXAMPLES)


def page_of(report: Report) -> Page:
    return read_page(render_html(report))


def words(page: Page, section: str) -> str:
    return " ".join(next(e.text for e in page.all("section", id=section)).split())


@every_story
def test_every_tag_is_ours_and_closed(story: Callable[[], Report]) -> None:
    page = page_of(story())
    assert {e.tag for e in page.elements} <= TAGS
    assert not page.comments
    for element in page.elements:
        names = set(element.attributes)
        assert not {name for name in names if name.startswith("on")}
        assert "style" not in names
        assert "src" not in names
        for name in ("href", "action"):
            target = element.attributes.get(name) or "#"
            assert target.startswith("#") or (element.tag == "link" and target == "data:,")


@every_story
def test_the_sections_come_in_order_and_the_contents_lead_to_them(
    story: Callable[[], Report],
) -> None:
    page = page_of(story())
    shown = [e.attributes["id"] for e in page.all("section")]
    assert shown == [name for name in SECTIONS if name in shown]
    assert set(SECTIONS) - set(shown) <= {"claims", "judges", "confusion"}
    assert [e.attributes["href"] for e in page.all("a") if "nav" in e.ancestors] == [
        f"#{name}" for name in shown
    ]
    ids = [e.attributes["id"] for e in page.elements if "id" in e.attributes]
    assert len(ids) == len(set(ids))


@every_story
def test_the_page_may_load_nothing_and_style_only_with_its_own_sheet(
    story: Callable[[], Report],
) -> None:
    html = render_html(story())
    page = read_page(html)
    policy = next(
        e.attributes["content"]
        for e in page.all("meta")
        if e.attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy is not None
    assert policy.startswith("default-src 'none'; ")
    (css,) = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in policy
    assert "script" not in policy
    assert "unsafe" not in policy


@every_story
def test_the_same_report_gives_the_same_bytes(story: Callable[[], Report]) -> None:
    assert render_html(story()) == render_html(story())


@every_story
def test_tables_and_drawings_say_what_they_are(story: Callable[[], Report]) -> None:
    html = render_html(story())
    page = read_page(html)
    assert page.all("html")[0].attributes["lang"] == "en"
    assert len(page.all("table")) == len(page.all("caption"))
    assert all(e.attributes.get("scope") in {"col", "row"} for e in page.all("th"))
    images = page.all("svg", role="img")
    titles = [e for e in page.all("title") if "svg" in e.ancestors]
    assert len(images) == len(titles)
    assert all(title.text.strip() for title in titles)
    hidden = [e for e in page.all("svg") if e.attributes.get("aria-hidden") == "true"]
    nested = [e for e in page.all("svg") if "svg" in e.ancestors]
    assert len(page.all("svg")) == len(images) + len(hidden) + len(nested)


def test_the_first_section_answers_did_it_work_how_sure_what_next() -> None:
    verdict = words(page_of(clear_win()), "verdict")
    for answer in (
        "Verdict: Better",
        "Full strength",
        "Fine-tuning worked: field accuracy rose from 41.2 % to 78.5 %.",
        "base 41.2 %",
        "tuned 78.5 %",
        "+37.3 points",
        "95 % interval +31.9 to +42.7",
        "gain worth having: 10 points",
        "412 items",
        "66 independent groups, by template",
        "no broken rule counts against it",
        "before any output, and unchanged since",
        "What next",
        "Use it.",
    ):
        assert answer in verdict


def broken(severity: Severity, rule: str, *cites: str) -> Remark:
    return Remark(
        rule=rule,
        family=Family.DATA,
        severity=severity,
        status=Status.BROKEN,
        text=f"{rule} is broken.",
        cites=cites,
    )


def test_only_broken_rules_about_the_primary_are_counted_against_the_verdict() -> None:
    about_a_guard = broken(Severity.WEAKENS, "guard-underpowered", "general.accuracy")
    twice = broken(Severity.WEAKENS, "few-items", "extraction.field_accuracy")
    report = changed(clear_win(), remarks=(about_a_guard, twice, twice))
    said = "full strength; 1 broken rule counts against it (3 would make it weak)"
    assert said in words(page_of(report), "verdict")


def test_what_a_broken_rule_voids_does_not_count_in_any_table() -> None:
    cited = ("general.accuracy", "extraction.json_valid>=0.95:tuned")
    leaked = broken(Severity.INVALIDATES, "train-eval-overlap", *cited)
    page = page_of(changed(clear_win(), remarks=(leaked,)))
    rows = [" ".join(row.text.split()) for row in page.all("tr")]
    (guard,) = [row for row in rows if row.startswith("accuracy") and "guard" in row]
    assert guard.endswith("does not count")
    (required,) = [row for row in rows if row.startswith("json_valid") and "at least 95 %" in row]
    assert required.endswith("does not count")
    assert "voids what it is about" in words(page, "rules")


@pytest.mark.parametrize(
    ("required", "met", "shown"),
    [
        ({"requirement": 0.95, "met": True}, "met", "at least 95 %"),
        ({"requirement": 0.99, "met": False}, "not shown to be met", "at least 99 %"),
        ({"requirement": 0.9, "met": False, "required_is": "at_most"}, "not met", "at most 90 %"),
        ({"requirement": 0.9, "met": None, "note": "1 output"}, "not decided 1 output", "90 %"),
    ],
)
def test_a_requirement_says_which_way_it_goes_and_how_it_stands(
    required: dict[str, object], met: str, shown: str
) -> None:
    one, *_ = clear_win().measurements
    report = changed(clear_win(), measurements=(one.model_copy(update=required),))
    (row,) = [r for r in page_of(report).all("tr") if one.arm in r.text and shown in r.text]
    assert " ".join(row.text.split()).endswith(met)


def test_a_rule_that_does_not_apply_is_not_missing_from_the_kept() -> None:
    kept = next(r for r in clear_win().remarks if r.severity is Severity.INVALIDATES)
    report = changed(
        clear_win(),
        remarks=(
            kept.model_copy(update={"status": Status.KEPT}),
            kept.model_copy(update={"status": Status.NOT_APPLICABLE, "rule": "augmented"}),
        ),
    )
    said = words(page_of(report), "checks")
    assert "1 of 1 rules that would invalidate the verdict are kept" in said


def test_what_is_about_other_numbers_stands_apart_from_what_could_overturn_the_verdict() -> None:
    other = broken(Severity.INVALIDATES, "n-missing", "extraction.json_valid")
    own = broken(Severity.INVALIDATES, "group-leak-risk", "extraction.field_accuracy")
    open_one = own.model_copy(update={"status": Status.UNCHECKED, "rule": "template-mismatch"})
    report = changed(clear_win(), remarks=(other,))
    said = words(page_of(report), "checks")
    assert "No check of what the verdict rests on failed or was left unchecked." in said
    assert "no rule that would invalidate the verdict was checked" in said
    aside = said.partition("Checks about other numbers These leave the verdict as it is.")[2]
    assert "broken n-missing" in aside
    both = page_of(changed(clear_win(), remarks=(other, own, own, open_one)))
    said = words(both, "checks")
    assert "0 of 2 rules that would invalidate the verdict are kept" in said
    assert said.index("group-leak-risk") < said.index("Checks about other numbers")
    assert said.index("Checks about other numbers") < said.index("n-missing")
    rules = words(both, "rules")
    assert "broken invalidates the verdict group-leak-risk is broken" in rules
    assert "unchecked would invalidate the verdict" in rules
    assert "broken voids what it is about n-missing is broken" in rules


def test_a_changed_question_is_said_in_the_verdict() -> None:
    report = clear_win()
    declared = report.declared.model_copy(update={"changes": ("primary changed on Monday",)})
    page = page_of(changed(report, declared=declared))
    assert "changed 1 time after the first output was scored" in words(page, "verdict")
    assert "primary changed on Monday" in words(page, "reproduce")


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_has_a_word_a_sign_and_a_tone(outcome: Outcome) -> None:
    report = clear_win()
    verdict = report.verdict.model_copy(update={"outcome": outcome})
    page = page_of(changed(report, verdict=verdict))
    (box,) = page.all("section", id="verdict")
    assert (box.attributes["class"] or "").split()[1] in {"good", "bad", "caution", "neutral"}
    (word,) = page.all("p", class_="outcome-word")
    assert word.text.removeprefix("Verdict: ").strip()


def test_losses_stand_on_top_and_say_so() -> None:
    page = page_of(mixed())
    losses = [e for e in page.all("tr") if "loss" in (e.attributes.get("class") or "").split()]
    first = next(e for e in page.all("tr") if "field_accuracy" in e.text and "better" in e.text)
    assert page.elements.index(losses[0]) < page.elements.index(first)
    assert "may lose at most 5 points" in losses[0].text
    assert "lost" in losses[0].text


def test_what_blocks_is_listed_and_what_passed_is_counted() -> None:
    checks = words(page_of(failures()), "checks")
    for text in (
        "one chat template (tuned) Training used another chat template than evaluation.",
        "memory (tuned) The accelerator's memory is unknown.",
        "judge.blind-ab timed out (3 tries): connection refused",
        "waits for people rate.panel waits for 2 raters",
        "blocked ask.code.tuned",
        "3 of 5 preflight checks passed",
        "4 of 7 steps finished",
    ):
        assert text in checks
    broken = words(page_of(invalid_evidence()), "checks")
    assert "broken overlap-exact 187 of 412 test items (45.4 %)" in broken


def test_stamps_come_before_everything() -> None:
    page = page_of(simulated())
    stamps = page.all("aside", class_="stamp")
    assert [stamp.text.split()[0] for stamp in stamps] == ["SIMULATED", "SMOKE"]
    places = [page.elements.index(e) for e in (*stamps, page.all("h1")[0])]
    assert places == sorted(places)
    title = next(e for e in page.all("title") if "svg" not in e.ancestors)
    assert title.text.startswith("[SIMULATED] [SMOKE] ")
    assert not page_of(clear_win()).all("aside", class_="stamp")


def test_headings_with_nothing_below_them_are_left_out() -> None:
    verdict = words(page_of(no_training()), "verdict")
    assert "How sure" not in verdict
    assert "Because" in verdict
    silent = no_training().model_copy(
        update={"verdict": no_training().verdict.model_copy(update={"because": ()})}
    )
    assert "Because" not in words(page_of(silent), "verdict")


def test_absence_is_said_with_its_reason_in_every_section() -> None:
    page = page_of(no_training())
    for section, text in {
        "verdict": "Declare a primary metric and build the base arm.",
        "checks": "No check was made. no rule that would invalidate the verdict was checked; "
        "no preflight check ran; no step was planned.",
        "results": "No declared metric was measured.",
        "changes": "There are no outputs to show.",
        "health": "No layer asked for free text",
        "training": "Nothing was trained in this build.",
        "overfitting": "Seen and unseen items were not compared.",
        "overlap": "No overlap was computed",
        "compared": "No dataset was read.",
        "limitations": "None was found by the rules",
        "not-measured": "Nothing that was planned is missing.",
        "reproduce": "Not declared.",
    }.items():
        assert text in words(page, section)
    assert "no item scores were recorded" in words(page, "results")
    assert "no interval: only an average was recorded" in words(page, "results")


def test_an_unestimable_difference_draws_no_bar() -> None:
    page = page_of(failures())
    assert "the judge did not answer: timed out 3 times" in words(page, "results")
    assert "nan" not in render_html(failures()).lower().replace("nano", "")


def test_where_words_stand_for_numbers_there_is_no_axis() -> None:
    report = clear_win()
    nothing = NotEstimable(not_estimable="in the place of numbers stand “Expert” and “Basic”")
    wordy = {"tuned": nothing, "base": nothing, "difference": nothing}

    def drawn(*ids: str) -> tuple[int, int]:
        findings = [
            f.model_copy(update=wordy) if f.id in ids else f for f in report.findings if f in ones
        ]
        page = page_of(changed(report, findings=tuple(findings)))
        return len(page.all("svg", class_="ruler")), len(page.all("svg", class_="row"))

    first, second = ones = report.findings[:2]
    assert (first.unit, first.arms) == (second.unit, second.arms)
    rulers, bars = drawn()
    assert drawn(first.id) == (rulers, bars - 1)
    assert drawn(first.id, second.id) == (rulers - 1, bars - 2)


def test_examples_show_output_reading_target_and_problem() -> None:
    changes = words(page_of(clear_win()), "changes")
    for text in (
        "tuned better: 231",
        "base better: 14",
        "How these were chosen: The items with the largest loss",
        "no JSON object found: the text ends inside one",
        "cut at the token limit",
        "Right answer",
        "Read as",
    ):
        assert text in changes


def test_what_was_read_is_shown_only_where_it_is_not_the_output_itself() -> None:
    read = [e.text for e in page_of(clear_win()).all("pre", class_="extracted")]
    assert read == ["[]"]  # out of "Nothing is ordered: []"; the other outputs are what was read


def test_an_arm_without_an_answer_keeps_its_place() -> None:
    first, *rest = clear_win().examples
    lost = first.model_copy(update={"cells": first.cells[1:]})
    for policy in ("full", "ids"):
        report = changed(clear_win(), examples=(lost, *rest), examples_shown=policy)
        assert "no answer" in words(page_of(report), "changes"), policy
        assert "no answer" in render_markdown(report), policy


def test_outputs_of_the_primary_are_open_and_others_folded() -> None:
    guards = tuple(
        e.model_copy(update={"layer": "general", "metric": "accuracy", "item": f"g-{e.item}"})
        for e in clear_win().examples
    )
    page = page_of(changed(clear_win(), examples=(*guards, *clear_win().examples)))
    places = [(e.text.split()[0], "details" in e.ancestors) for e in page.all("h5")]
    assert [folded for name, folded in places if name.startswith("order-")] == [False] * 3
    assert [folded for name, folded in places if name.startswith("g-order-")] == [True] * 3
    assert places == sorted(places, key=lambda place: place[1])


@pytest.mark.parametrize(("policy", "has_ids"), [("ids", True), ("none", False)])
def test_the_report_may_keep_its_items_to_itself(policy: str, has_ids: bool) -> None:
    html = render_html(changed(clear_win(), examples_shown=policy))
    assert ("order-0417" in html) == has_ids
    assert ("order-0031" in html) == has_ids
    for private in ("A4 paper", "blue cable", "opening hours", "no JSON found", "channel: email"):
        assert private not in html


def test_small_subgroups_are_counted_where_the_others_stand() -> None:
    report = clear_win()
    small = UnshownGroups(key="topic", groups=5, items=38, fewest=10)
    first = report.findings[0].model_copy(update={"unshown_groups": (small,)})
    page = page_of(changed(report, findings=(first, *report.findings[1:])))
    assert "By topic, 5 groups have fewer than 10 items and are not shown (38 items)." in words(
        page, "results"
    )


def test_layers_that_read_the_same_outputs_share_a_table_of_health() -> None:
    report = clear_win()
    again = [
        one.model_copy(update={"layer": "style", "unparsed": i})
        for i, one in enumerate(report.health)
    ]
    moved = [one.model_copy(update={"layer": "style"}) for one in report.health_differences]
    both = changed(
        report,
        health=(*report.health, *again),
        health_differences=(*report.health_differences, *moved),
    )
    said = words(page_of(both), "health")
    assert said.count("What the responses to extraction and style look like") == 1
    assert "no score could be read for extraction" in said
    assert "no score could be read for style" in said
    assert said.count("cut at the token limit") == 1
    other = [one.model_copy(update={"truncated": 7}) for one in again]
    apart = words(page_of(changed(report, health=(*report.health, *other))), "health")
    assert apart.count("cut at the token limit") == 2


def test_reasoning_that_never_ended_has_a_row_where_it_was_counted() -> None:
    report = clear_win()
    assert "reasoning never ended" not in words(page_of(report), "health")
    endless = [one.model_copy(update={"unended": 15}) for one in report.health]
    assert "reasoning never ended 15" in words(page_of(changed(report, health=endless)), "health")


def test_more_than_two_arms_have_their_changes_in_a_table_of_their_own() -> None:
    report = clear_win()
    third = report.health[0].model_copy(update={"arm": "base-full"})
    wide = changed(report, health=(*report.health, third))
    heads = [e.text for e in page_of(wide).all("th", scope="col")]
    at = heads.index("Responses")
    assert heads[at : at + 6] == [
        "Responses",
        "base",
        "tuned",
        "base-full",
        "Difference",
        "tuned − base",
    ]
    assert "tuned − base" in render_markdown(wide)


def test_one_row_of_a_unit_for_each_pair_is_one_table() -> None:
    report = clear_win()
    loss = next(f for f in report.findings if f.metric == "perplexity")
    loss = loss.model_copy(update={"role": FindingRole.EXPLORATORY})
    others = [
        loss.model_copy(update={"arms": ("tuned", name), "id": f"{loss.id}:tuned~{name}"})
        for name in ("base-full", "base-prompted")
    ]
    kept = [f for f in report.findings if f.unit != loss.unit]
    (table,) = (
        t
        for t in results_of(changed(report, findings=(*kept, loss, *others))).exploratory
        if t.unit == "as ratios"
    )
    assert (table.reference, table.candidate) == ("second arm", "first arm")
    assert [row.pair for row in table.rows] == [
        "tuned against base",
        "tuned against base-full",
        "tuned against base-prompted",
    ]


def test_reworded_training_items_are_not_called_unseen() -> None:
    report = clear_win()
    gap = report.gaps[0]
    reworded = gap.model_copy(
        update={"name": "paraphrase_gap", "unit": "nats/token", "sentence": "In other words."}
    )
    said = words(page_of(changed(report, gaps=(gap, reworded))), "overfitting")
    before, after = said.split("As trained − reworded")
    assert "Seen − unseen" in before
    assert "paraphrase_gap" not in before
    assert "paraphrase_gap" in after
    only = words(page_of(changed(report, gaps=(reworded,))), "overfitting")
    assert "Unseen" not in only


def test_hostile_text_is_read_and_does_nothing() -> None:
    html = render_html(hostile())
    page = read_page(html)
    quoted = " ".join(" ".join(e.text for e in page.all("pre")).split())
    for text in HOSTILE[:6]:
        assert " ".join(text.split()) in quoted
    assert "⟨U+202E⟩evil⟨U+202C⟩" in quoted
    assert "␀nul␇bell" in quoted
    assert "⟨U+D800⟩" in quoted
    assert "[998,000 more characters not shown]" in quoted
    assert not re.search(
        "[\u202a-\u202e\u2066-\u2069\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]", html
    )
    assert len(html) < 1_000_000
    html.encode("utf-8")


def test_noise_says_what_could_have_been_seen() -> None:
    page = page_of(noise())
    assert "Inconclusive" in words(page, "verdict")
    assert "Smallest detectable effect 24 points" in words(page, "results")
    assert "Items needed for the declared effect 947" in words(page, "results")


def test_a_report_stays_small() -> None:
    assert len(render_html(clear_win()).encode()) < 300_000


def test_our_own_long_attributes_are_not_cut() -> None:
    page = page_of(clear_win())
    points = [e.attributes["points"] or "" for e in page.all("polyline")]
    assert max(len(text) for text in points) > 1_000
    assert all(re.fullmatch(r"(-?[\d.]+,-?[\d.]+ ?)+", text) for text in points)


def test_the_reference_stands_left_and_text_is_not_quoted_twice() -> None:
    report = clear_win()
    first = report.examples[0]
    cells = tuple(
        cell.model_copy(update={"extracted": '[{"product":"A4 paper"}]'})
        for cell in reversed(first.cells)
    )
    assert [cell.arm for cell in cells] == ["tuned", "base"]
    page = page_of(changed(report, examples=(first.model_copy(update={"cells": cells}),)))
    left, right = page.all("div", class_="output")
    assert left.text.split()[0] == "base"
    assert right.text.split()[0] == "tuned,"
    assert '[{"product":"A4 paper"}]' in left.text


def test_an_outcome_that_is_withheld_says_why() -> None:
    report = noise()
    (finding,) = report.findings
    why = "only 12 items differ, and `exact` needs more"
    changed_finding = finding.model_copy(update={"withheld": why})
    page = page_of(changed(report, findings=(changed_finding,)))
    assert "inconclusive only 12 items differ, and exact needs more" in words(page, "results")
