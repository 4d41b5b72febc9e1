"""The store remembers what was declared before the first output, and which arms were scored."""

import sqlite3
from dataclasses import replace

import pytest

from evalreport.rules.base import Remark, Severity
from tests.builds.workshop import Workshop, orders

DECLARED, SCORED = "spec-changed-after-results", "best-checkpoint-on-test"


def said(workshop: Workshop, rule: str, folder: str = "reports/orders") -> Remark:
    report = workshop.report(workshop.folder / folder)
    (one,) = (remark for remark in report.remarks if remark.rule == rule)
    return one


def forget(workshop: Workshop) -> None:
    """Lose the registrations, and nothing else."""
    with sqlite3.connect(workshop.folder / ".evalreport" / "store.sqlite") as database:
        database.execute("DELETE FROM declared")


def test_a_registration_that_is_gone_is_not_made_up(built: Workshop) -> None:
    assert said(built, DECLARED).status.value == "kept"
    forget(built)
    built.change("gain_at_least: 0.2", "gain_at_least: 0.1")
    assert built.build().code == 0
    one = said(built, DECLARED)
    assert one.status.value == "unchecked"
    assert "no registration was found" in one.text
    assert built.report().declared.first_scored_at is None


def test_a_registration_that_is_younger_than_outputs_proves_nothing(built: Workshop) -> None:
    forget(built)
    with sqlite3.connect(built.folder / ".evalreport" / "store.sqlite") as database:
        database.execute("UPDATE responses SET answered_at = '2020-01-01T00:00:00Z'")
        gone = database.execute("SELECT key FROM responses WHERE item != '' LIMIT 40").fetchall()
        database.executemany("DELETE FROM responses WHERE key = ?", gone)
        database.execute("DELETE FROM steps WHERE kind = 'ask'")
    assert built.build().code == 0
    one = said(built, DECLARED)
    assert one.status.value == "unchecked"
    assert "outputs were stored from 2020-01-01T00:00:00Z on" in one.text


def earlier(workshop: Workshop) -> None:
    """All that was asked and declared until now was so long ago."""
    with sqlite3.connect(workshop.folder / ".evalreport" / "store.sqlite") as database:
        database.execute("UPDATE responses SET answered_at = '2020-01-01T00:00:00Z'")
        database.execute("UPDATE declared SET first_scored_at = '2019-12-31T00:00:00Z'")


def test_a_test_set_that_grew_has_the_declaration_of_before(built: Workshop) -> None:
    """Its older answers are older than the registration about the new data."""
    earlier(built)
    built.write("data/test.jsonl", orders(0, 60, "test"))
    assert built.build().code == 0
    assert said(built, DECLARED).status.value == "kept"


@pytest.mark.parametrize("name", ["orders", "orders-again"])
def test_a_test_set_that_grew_with_another_declaration_was_changed(
    built: Workshop, name: str
) -> None:
    """Whoever asks: the outputs that both share were seen under the first declaration."""
    earlier(built)
    built.change("gain_at_least: 0.2", "gain_at_least: 0.1")
    built.change("name: orders\n", f"name: {name}\n")
    built.write("data/test.jsonl", orders(0, 60, "test"))
    assert built.build("--out", "again").code == 0
    one = said(built, DECLARED, "again")
    assert one.status.value == "broken"
    assert "first declared 2019-12-31T00:00:00Z" in one.text
    assert "the gain worth having was 0.2 and is 0.1" in one.text
    (changed,) = built.report(built.folder / "again").declared.changes
    assert changed.endswith(f"declared anew in spec {name}")


def test_what_was_declared_about_other_items_is_no_change(built: Workshop) -> None:
    """A looser question about items of its own stands beside this one; it excuses nothing here."""
    earlier(built)
    built.change("gain_at_least: 0.2", "gain_at_least: 0.1")
    kept = (built.folder / "data/test.jsonl").read_text()
    built.write("data/test.jsonl", orders(200, 44, "fresh"))
    assert built.build().code == 0
    assert said(built, DECLARED).status.value == "kept"
    built.write("data/test.jsonl", kept)
    assert built.build().code == 0
    assert said(built, DECLARED).status.value == "broken"


@pytest.mark.parametrize("name", ["orders", "orders-again"])
def test_a_guard_is_no_other_on_fresh_items(built: Workshop, name: str) -> None:
    """Its outputs are those of before, and so is what it may lose; the primary's are not."""
    earlier(built)
    built.change("name: orders\n", f"name: {name}\n")
    built.write("data/test.jsonl", orders(200, 44, "fresh"))
    assert built.build("--out", "again").code == 0
    assert said(built, DECLARED, "again").status.value == "kept"
    built.change("lose_at_most: 0.3", "lose_at_most: 0.5")
    built.write("data/test.jsonl", orders(300, 44, "fresh"))
    assert built.build("--out", "again").code == 0
    one = said(built, DECLARED, "again")
    assert one.status.value == "broken"
    assert one.severity is Severity.INVALIDATES
    assert one.cites == ("general.accuracy",)
    assert "the loss allowed was 0.3 and is 0.5" in one.text


def test_a_store_of_before_knows_no_outputs(built: Workshop) -> None:
    """It was made when nobody remembered which outputs a declaration is about."""
    earlier(built)
    with sqlite3.connect(built.folder / ".evalreport" / "store.sqlite") as database:
        database.execute("DROP TABLE declared_outputs")
    assert built.build().code == 0
    assert said(built, DECLARED).status.value == "kept"
    built.write("data/test.jsonl", orders(0, 60, "test"))
    assert built.build().code == 0
    assert said(built, DECLARED).status.value == "kept"


def test_what_was_declared_within_one_second_has_its_order(built: Workshop) -> None:
    built.change("gain_at_least: 0.2", "gain_at_least: 0.1")
    assert built.build().code == 0
    with sqlite3.connect(built.folder / ".evalreport" / "store.sqlite") as database:
        database.execute("UPDATE responses SET answered_at = '2020-01-01T00:00:00Z'")
        database.execute("UPDATE declared SET first_scored_at = '2020-01-01T00:00:00Z'")
    built.write("data/test.jsonl", orders(0, 60, "test"))
    assert built.build().code == 0
    assert said(built, DECLARED).status.value == "broken"


def test_items_that_were_taken_away_after_results_are_told(built: Workshop) -> None:
    earlier(built)
    built.write("data/test.jsonl", orders(0, 40, "test"))
    assert built.build("--accept-underpowered").code == 0
    one = said(built, DECLARED)
    assert one.status.value == "unchecked"
    assert one.text == (
        "Whether items or training runs were left out because of their results is unknown: 4 "
        "outputs that the same declaration was about on 2019-12-31T00:00:00Z, beside some that are "
        "counted here, are counted here no longer."
    )
    assert "cannot be told; see spec-changed-after-results" in (built.out / "report.md").read_text()


def test_trained_arms_are_counted_over_builds_and_names(built: Workshop) -> None:
    assert said(built, SCORED).status.value == "kept"
    spec = (built.folder / built.spec).read_text()
    again = spec.replace("learning_rate: 2e-4", "learning_rate: 3e-4")
    built.write("again.yaml", again.replace("name: orders", "name: orders-again"))
    assert replace(built, spec="again.yaml").build().code == 0
    built.build()
    one = said(built, SCORED)
    assert one.status.value == "broken"
    assert one.severity is Severity.WEAKENS
    assert one.text.startswith("2 trained arms were ever scored on these test items (since ")
    assert "tuned of orders-again, and tuned)" in one.text
    assert one.cites == ("extraction.field_accuracy",)
    built.build()
    assert said(built, SCORED).text == one.text


def test_a_pilot_and_more_seeds_of_the_same_are_no_other_arms(built: Workshop) -> None:
    built.change("epochs: 2,", "epochs: 2, seeds: [1, 2],")
    built.build()
    assert said(built, SCORED).status.value == "kept"
