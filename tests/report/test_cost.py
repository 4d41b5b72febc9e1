"""The cost in a report: measured time at its price, unknown parts named, no call for free."""

import re
from typing import Any

import pytest

from evalreport.estimates import NotEstimable
from evalreport.layers.judge import Judge
from evalreport.records import EarlierTraining, Failure
from evalreport.render import render_html, render_markdown
from evalreport.render.setup import costs_of
from evalreport.report.cost import cost_of
from evalreport.report.model import Cost, CostLine
from tests.analyze.evidence import World, world
from tests.analyze.layers import qa
from tests.reports import changed, clear_win
from tests.rules.cases import BASE, TUNED
from tests.rules.recorded_worlds import recorded

APIS = [{"name": "API", "per_call": 0.03}, {"name": "cheap API", "per_call": 0.000001}]


def costing(world_changes: dict[str, Any] | None = None, **cost: Any) -> Cost:
    made = made_with(world_changes, **cost)
    found = cost_of(made.spec, made.evidence)
    assert found is not None
    return found


def made_with(world_changes: dict[str, Any] | None = None, **cost: Any) -> World:
    """Two steps of a second each; each of tuned's answers took 0.1 seconds."""
    made = world(qa(TUNED, BASE), more={"cost": cost})
    return made.with_evidence(**world_changes) if world_changes else made


def test_what_was_not_priced_is_not_in_the_report() -> None:
    made = made_with()
    assert cost_of(made.spec, made.evidence) is None


def test_measured_time_counts_at_its_price() -> None:
    found = costing(gpu_hour=3600.0, gpus=2, fixed=[{"name": "data", "amount": 250.0}])
    assert [(line.name, line.kind, line.amount) for line in found.lines] == [
        ("data", "fixed", 250.0),
        ("evaluation", "evaluation", 4.0),
    ]
    assert (found.lines[1].seconds, found.lines[1].gpus) == (2.0, 2)
    assert found.lines[1].note == "measured time, at 3,600.00 USD a GPU hour"
    assert (found.total, found.total_is_at_least) == (254.0, False)
    assert "is taken to hold its electricity" in found.note


def test_electricity_is_hours_times_watts() -> None:
    found = costing(electricity={"watts": 1_800_000, "per_kwh": 2.0})
    (line,) = found.lines
    assert line.amount == 2.0
    assert line.note == "electricity: measured time, at 1,800,000 W and 2.00 USD a kWh"
    assert "taken to hold" not in found.note


def test_gpus_are_counted_only_where_there_are_some() -> None:
    electricity = {"watts": 60, "per_kwh": 0.3}
    found = costing(electricity=electricity)
    assert found.lines[0].gpus is None
    report = changed(clear_win(), cost=found)
    for shown in (render_markdown(report), render_html(report)):
        assert "GPUs" not in shown[shown.index("as far as prices are known") :]
    machine = made_with().evidence.machine.model_copy(update={"accelerator": "H100"})
    assert costing({"machine": machine}, electricity=electricity).lines[0].gpus == 1


def test_the_parts_add_up_as_they_are_printed() -> None:
    parts = (0.002725, 0.00056)
    found = Cost(
        currency="USD",
        lines=tuple(CostLine(name=f"part {i}", amount=one) for i, one in enumerate(parts)),
        total=sum(parts),
        note="",
    )
    shown = costs_of(found)
    assert shown is not None
    assert [row.amount.text for row in shown.rows] == ["0.0027 USD", "0.0006 USD"]
    assert shown.total.text == "0.0033 USD"


def test_a_call_that_costs_next_to_nothing_is_told_by_the_thousand() -> None:
    apis = [{"name": "API", "per_call": 0.03}]
    found = costing(electricity={"watts": 60, "per_kwh": 0.3}, alternatives=apis)
    own = found.own_per_call
    assert not isinstance(own, NotEstimable)
    assert own == pytest.approx(5e-7)
    assert "1,000 calls of your own cost about 0.0005 USD" in found.break_even[0].sentence
    text = render_markdown(changed(clear_win(), cost=found))
    assert "Cost of 1,000 calls of your own: 0.0005 USD" in text
    assert "0.0000" not in text[text.index("Cost of 1,000 calls") :]
    assert "are paid back after" not in text  # the table says it


RESERVED = "a requirement is not met: qa exact match of tuned is 60 %"


def test_what_is_not_fit_for_use_pays_nothing_back() -> None:
    made = made_with(gpu_hour=36.0, alternatives=APIS, fixed=[{"name": "data", "amount": 100.0}])
    found = cost_of(made.spec, made.evidence, RESERVED)
    assert found is not None
    assert found.break_even[0].state == "reached"
    doubt = "That counts only if what is put to use is fit for it, which is not shown."
    assert found.break_even[0].sentence.endswith(doubt)
    assert found.caveat.endswith(f"{RESERVED}.")
    report = changed(clear_win(), cost=found)
    text = render_markdown(report)
    assert text.index("Paying back counts only if") < text.index("| Instead of |")
    assert "Paying back counts only if" in render_html(report)
    assert costing(gpu_hour=36.0, alternatives=APIS).caveat == ""
    alone = cost_of(made_with(gpu_hour=36.0).spec, made.evidence, RESERVED)
    assert alone is not None
    assert alone.caveat == ""


def test_a_machine_without_a_price_makes_the_total_a_lower_bound() -> None:
    found = costing(fixed=[{"name": "data", "amount": 250.0}], alternatives=APIS)
    assert isinstance(found.lines[1].amount, NotEstimable)
    assert found.lines[1].seconds == 2.0
    assert (found.total, found.total_is_at_least) == (250.0, True)
    assert isinstance(found.own_per_call, NotEstimable)
    api = found.break_even[0]
    assert (api.state, api.calls) == ("at_least", 8334)
    assert "only if a call of your own cost nothing" in api.sentence
    assert "250.00 USD are only the known part" in api.sentence
    bare = costing(gpus=2)
    assert isinstance(bare.total, NotEstimable)


def test_a_call_costs_its_measured_time() -> None:
    found = costing(gpu_hour=36.0, alternatives=APIS, fixed=[{"name": "data", "amount": 100.0}])
    assert found.seconds_per_call == pytest.approx(0.1)
    assert found.own_per_call == pytest.approx(0.001)
    api, cheap = found.break_even
    assert (api.state, api.calls) == ("reached", 3449)  # 100.02 / 0.029
    assert cheap.state == "never"
    assert "goes on costing its machine time" in found.note
    assert "was not measured" in found.note
    for left_out in ("idle servers", "people", "maintenance", "batches of another size"):
        assert left_out in found.note


def test_a_training_that_was_done_elsewhere_cost_something_all_the_same() -> None:
    earlier = {"tuned": EarlierTraining(path="runs/x")}
    found = costing({"trainings": {}, "earlier": earlier}, gpu_hour=3600.0)
    training = found.lines[0]
    assert training.name == "training"
    assert training.amount == NotEstimable(not_estimable="runs/x was not trained here")
    assert (found.total, found.total_is_at_least) == (2.0, True)


def test_time_that_a_failure_took_is_missing_in_the_total() -> None:
    made = made_with(gpu_hour=3600.0)
    lost = dict(made.evidence.outcomes)
    lost[next(iter(lost))] = Failure(reason="memory ran out")
    found = costing({"outcomes": lost}, gpu_hour=3600.0)
    assert (found.total, found.total_is_at_least) == (1.0, True)
    assert "Steps that failed took time that nobody measured." in found.note


def test_a_judge_that_did_not_answer_is_not_free() -> None:
    made = made_with(gpu_hour=3600.0)
    price = {"input_per_million": 1.0, "output_per_million": 1.0}
    judge = Judge.model_validate(
        {"kind": "judge", "name": "ab", "on": "qa", "judges": [{"model": "m", "price": price}]}
    )
    layers = (*made.spec.evaluation.layers, judge)
    evaluation = made.spec.evaluation.model_copy(update={"layers": layers})
    found = cost_of(made.spec.model_copy(update={"evaluation": evaluation}), made.evidence)
    assert found is not None
    assert found.lines[-1].name == "judge m of ab"
    assert found.lines[-1].amount == NotEstimable(not_estimable="it did not answer")
    assert found.total_is_at_least


def test_both_documents_say_at_least_and_print_every_sentence() -> None:
    found = costing(fixed=[{"name": "data", "amount": 250.0}], alternatives=APIS)
    report = changed(clear_win(), cost=found)
    for text in (render_markdown(report).replace("\\", ""), render_html(report)):
        assert "at least" in text
        assert "not before 8,334 calls" in re.sub(r"<[^>]*>", "", text)
        assert "at least 250.00 USD" in re.sub(r"<[^>]*>", "", text)
        assert "8,334 calls" in text
        assert "then $0" not in text
        for one in found.break_even:
            assert one.sentence.split(": ", 1)[1].split(",")[0] in text
        assert "Break-evens leave out idle servers" in text
        assert "unknown: no price of an hour is declared" in text


def test_how_long_calls_of_others_take_was_not_published() -> None:
    told = {
        "lines": [{"name": "data", "amount": 255.0}],
        "alternatives": [{"name": "API", "per_call": 0.03}],
    }
    row = {"metric": "accuracy", "tuned": 0.62, "base": 0.53}
    primary = {"layer": "bench", "metric": "accuracy", "gain_at_least": 0.05}
    made = recorded({"name": "bench", "rows": [row]}, primary=primary, cost={"recorded": told})
    found = cost_of(made.spec, made.evidence)
    assert found is not None
    assert found.seconds_per_call == NotEstimable(
        not_estimable="how long a call takes was not published"
    )
    assert "how much is not known: how long a call takes was not published." in (
        found.break_even[0].sentence
    )


def test_a_total_of_which_nobody_said_what_it_is_made_of_is_divided_by_nothing() -> None:
    row = {"metric": "accuracy", "tuned": 0.62, "base": 0.53}
    api = {"name": "API", "per_call": 0.03}

    def cost(**told: object) -> Cost:
        layer = {"name": "bench", "rows": [row]}
        made = recorded(layer, cost={"recorded": {"alternatives": [api], **told}})
        found = cost_of(made.spec, made.evidence)
        assert found is not None
        return found

    bare = cost(total=255.0, source="their card")
    (one,) = bare.break_even
    why = "only a total of 255.00 USD was published, and not what of it was spent once"
    assert (one.state, one.calls) == ("unknown", NotEstimable(not_estimable=why))
    assert one.sentence == f"Against API (0.03 USD a call): unknown; {why}."
    assert [(line.name, line.amount) for line in bare.lines] == [("all that was paid", 255.0)]
    assert bare.lines[0].note == "as published (their card); what it was paid for was not said"
    assert bare.total == 255.0
    whole = cost(total=255.0, lines=[{"name": "data", "amount": 255.0}])
    assert (whole.break_even[0].state, whole.break_even[0].calls) == ("at_least", 8500)


def test_the_time_of_others_is_part_of_what_is_not_known() -> None:
    row = {"metric": "accuracy", "tuned": 0.62, "base": 0.53}
    made = recorded(
        {"name": "bench", "rows": [row]},
        adapter={"method": "lora"},
        training={"recorded": {"hours": 2.5}},
        cost={"recorded": {"alternatives": [{"name": "API", "per_call": 0.03}]}},
    )
    found = cost_of(made.spec, made.evidence)
    assert found is not None
    assert [line.name for line in found.lines] == ["training, by others"]
    assert found.break_even[0].state == "unknown"


@pytest.mark.parametrize(
    ("amount", "shown"),
    [(1.275, "1.275 USD"), (250.0, "250.00 USD"), (0.0123, "0.0123 USD"), (2 / 3, "0.67 USD")],
)
def test_what_others_paid_stands_as_they_wrote_it(amount: float, shown: str) -> None:
    line = CostLine(name="training", kind="recorded", amount=amount, note="as published")
    cost = costing(gpu_hour=1.0).model_copy(update={"lines": (line,), "total": amount})
    page = costs_of(cost)
    assert page is not None
    assert (page.rows[0].amount.text, page.total.text) == (shown, shown)


def test_several_seeds_give_a_range() -> None:
    made = world(
        qa([TUNED] * 3, BASE),
        seeds=(1, 2, 3),
        more={
            "cost": {"gpu_hour": 36.0, "alternatives": APIS, "fixed": [{"name": "d", "amount": 9}]}
        },
    )
    found = cost_of(made.spec, made.evidence)
    assert found is not None
    assert not isinstance(found.break_even[0].range, NotEstimable)
    assert isinstance(found.break_even[1].range, NotEstimable)
    report = changed(clear_win(), cost=found)
    lines = render_markdown(report).splitlines()
    start = lines.index("| Instead of | A call costs | Paid back | Fastest to slowest seed |")
    assert lines[start + 1] == "|---|--:|--:|--:|"
    assert re.fullmatch(r"\| API \| 0.03 USD \| about \d+ calls \| \d+ to \d+ \|", lines[start + 2])
    assert lines[start + 3].endswith("| never | |")
    assert "Fastest to slowest seed" in render_html(report)


def test_a_report_without_a_price_says_so() -> None:
    assert costs_of(None) is None
    assert "### Cost\n\nNot declared." in render_markdown(changed(clear_win(), cost=None))
