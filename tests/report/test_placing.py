"""Which value of a report goes where: the shipped weights' own, and no other."""

from evalreport.analyze.findings import Overlap, SeedDifference
from evalreport.estimates import Estimate, NotEstimable, has_value
from evalreport.hub_rules import Board, HubAnswers, Where
from evalreport.report.model import Report
from evalreport.report.placing import listed, seeds_of, shipped_seed
from evalreport.spec.models import BenchmarkTask, Publish
from tests.reports import changed, clear_win, simulated

TASK = BenchmarkTask(
    layer="general", metric="accuracy", dataset="mina-okafor/short-questions", task_id="all"
)


def places(report: Report, answers: HubAnswers | None = None) -> dict[str, str]:
    return {one.placement.figure.name: one.placement.words for one in listed(report, answers)}


def whole(report: Report) -> Report:
    """Every row of the guard's test set was asked."""
    data = report.datasets["general"].model_copy(update={"n": 440})
    return changed(report, datasets={**report.datasets, "general": data})


def asked(report: Report, **publish: object) -> Report:
    wanted = Publish(repo="org/name").model_copy(update={"benchmarks": (TASK,), **publish})
    return changed(report, publish=wanted)


def test_every_declared_number_has_one_place() -> None:
    assert places(clear_win()) == {
        "field_accuracy of extraction": "only in the text: its test set is a local file",
        "accuracy of general": "model-index (mina-okafor/short-questions is on the hub, and no "
        "benchmark is named)",
        "json_valid of extraction": "only in the text: its test set is a local file",
        "perplexity of heldout-loss": "only in the text: its test set is a local file",
    }
    assert {*places(simulated()).values()} == {"only in the text: the models are simulated"}


def test_a_benchmark_takes_the_number_of_all_of_its_rows_and_the_hub_decides() -> None:
    report = asked(whole(clear_win()))
    (board,) = [one for one in listed(report) if one.placement.where is Where.EVAL_RESULTS]
    assert board.placement.board == Board("mina-okafor/short-questions", "all")
    assert has_value(board.value)
    assert board.value.value == 0.655
    data = report.datasets["general"].model_copy(update={"n": 441})
    part = changed(report, datasets={**report.datasets, "general": data})
    assert "part of this one is asked" in places(part)["accuracy of general"]
    met = Overlap(
        dataset="general", n=440, exact=2, near=1, shared_groups=0, group_key=None, duplicates=0
    )
    leaked = changed(report, overlaps=(met,))
    assert "3 items of general met training" in places(leaked)["accuracy of general"]
    refused = HubAnswers(boards={Board("mina-okafor/short-questions", "all"): "there is no task"})
    assert places(report, refused)["accuracy of general"].startswith("model-index (not in")


def test_of_several_seeds_the_number_is_that_of_the_weights_that_ship() -> None:
    seeds = {
        seed: SeedDifference(
            seed=seed,
            n=440,
            tuned=Estimate(value=value, low=0.5, high=0.8, level=0.95, method="w"),
            difference=NotEstimable(not_estimable="not needed here"),
        )
        for seed, value in {3: 0.61, 1: 0.7}.items()
    }
    report = clear_win()
    findings = tuple(
        f.model_copy(update={"per_seed": tuple(seeds.values())}) if f.layer == "general" else f
        for f in report.findings
    )
    arm = report.arms["tuned"].model_copy(
        update={"adapter_digests": {"3": "a" * 64, "1": "b" * 64}}
    )
    report = changed(report, findings=findings, arms={**report.arms, "tuned": arm})

    def value(report: Report) -> object:
        (one,) = [one for one in listed(report) if one.placement.figure.layer == "general"]
        return one.value

    assert (seeds_of(report), shipped_seed(report)) == (("3", "1"), "3")
    assert value(report) == seeds[3].tuned
    chosen = asked(report, seed=1)
    assert (shipped_seed(chosen), value(chosen)) == ("1", seeds[1].tuned)
    missing = asked(report, seed=2)
    assert "seed 2 was not measured by itself" in places(missing)["accuracy of general"]
