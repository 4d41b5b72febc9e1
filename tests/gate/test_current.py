"""A report against what its spec names: what changed is told, what is not here is named."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from evalreport.gate.conditions import Held
from evalreport.gate.current import SpecHere, held_against, of_another_spec
from evalreport.plan.model import Inputs, LocatedModel, Plan
from evalreport.records import (
    Adapter,
    Arm,
    Base,
    Corpora,
    Corpus,
    Dtype,
    Endpoint,
    Model,
    Replicate,
    Role,
    Subject,
    Unreachable,
)
from evalreport.report.model import ArmFacts, Report
from evalreport.spec.load import spec_of_text
from tests.gate.reports import clear_win

BASE: Final = Base(model="org/base", dtype=Dtype.FLOAT32)
DIGEST: Final = "8495d680bb7dc863fb609646ae2f7f63fecf0305629ce64e721bb03f95ccaa8f"
HERE: Final = {name: one.digest for name, one in clear_win().datasets.items()}


def _corpora(digests: Mapping[str, str | None]) -> Corpora:
    return {
        name: Unreachable(name=name, reason="the hub is far")
        if digest is None
        else Corpus(name, Role.TEST, (), digest, "data.jsonl")
        for name, digest in digests.items()
    }


def held(
    report: Report,
    *,
    data: Mapping[str, str | None] = HERE,
    model: str | None = DIGEST,
    arms: Mapping[str, Subject] | None = None,
    blocked: Mapping[str, str] | None = None,
) -> Held:
    """A report held against data and models of these digests."""
    asked = {"base": BASE} if arms is None else arms
    located = "org/base is not here"
    found = located if model is None else LocatedModel(folder="m", digest=model, facts={})
    inputs = Inputs(_corpora(data), {"org/base": found, "merged": found}, {}, {})
    plan = Plan(
        name="orders",
        steps=(),
        arms={
            name: Arm(name=name, replicates=(Replicate(subject=one),))
            for name, one in asked.items()
        },
        blocked_arms=blocked or {},
        asks={},
        power=None,
        registration=None,
        declared_subject=None,
    )
    return held_against(report, Path("spec.yaml"), inputs, plan)


def _with_arm(name: str, **facts: object) -> Report:
    arm = ArmFacts.model_validate({**clear_win().arms["base"].model_dump(), **facts})
    return clear_win().model_copy(update={"arms": {name: arm}, "steps": ()})


def _plain() -> Report:
    return clear_win().model_copy(update={"steps": ()})


def test_what_is_as_it_was_agrees() -> None:
    assert held(_plain()) == Held("spec.yaml and what it names")


def _told_of(report: Report, text: str, overrides: tuple[str, ...] = ()) -> str:
    spec = spec_of_text(report.reproduce.spec_yaml, (), "report.json")
    return of_another_spec(report, SpecHere(Path("s.yaml"), text, spec, "0", overrides, "not here"))


def test_a_report_of_another_state_of_its_spec_says_which_way() -> None:
    report = clear_win()
    text = report.reproduce.spec_yaml
    assert _told_of(report, text + "# now\n") == (
        "s.yaml has changed since the report was built; build it again"
    )
    assert _told_of(report, text) == (
        "evalreport 0.1.0, which built the report, or a file that s.yaml names, gives that spec "
        "other values; build it again"
    )
    assert _told_of(report, text, ("training.epochs=3",)) == (
        "it was built without --set, and is held against s.yaml with --set training.epochs=3; "
        "gate it without --set training.epochs=3, or build it again"
    )
    variant = report.model_copy(
        update={
            "reproduce": report.reproduce.model_copy(
                update={"overrides": ("training.epochs=2", "about.authors=[A B]")}
            )
        }
    )
    made = "--set training.epochs=2 --set 'about.authors=[A B]'"
    assert _told_of(variant, text) == (
        f"it was built with {made}, and is held against s.yaml without that; gate it with {made} "
        "too, or build it again"
    )


def test_every_dataset_and_model_that_changed_is_told() -> None:
    found = held(_plain(), data={**HERE, "test": "0", "train": "1"}, model="2")
    assert found.differences == tuple(
        f"{what} is not what the report was built with; build it again"
        for what in ("dataset train", "dataset test", "model org/base")
    )


def test_what_is_not_here_is_named_once() -> None:
    found = held(_plain(), data={**HERE, "test": None}, model=None, arms={"base": BASE, "b": BASE})
    assert found.differences == ()
    assert found.unseen == ("dataset test, model org/base (not here)",)
    without = held(_plain(), data={k: v for k, v in HERE.items() if k != "letters"})
    assert without.unseen == ("dataset letters (not here)",)


def test_an_adapter_and_a_finished_model_are_told_by_their_weights() -> None:
    adapter = Adapter(base=BASE, path="runs/last", digest="a" * 64)
    report = _with_arm("tuned", adapter_digests={"only": "b" * 64})
    assert held(report, arms={"tuned": adapter}).differences == (
        "adapter runs/last is not what the report was built with; build it again",
    )
    model = Model(path="merged", digest=DIGEST, dtype=Dtype.FLOAT32)
    assert held(_with_arm("shipped"), arms={"shipped": model}).differences == ()
    assert held(_with_arm("shipped"), arms={"shipped": model}, model="3").differences == (
        "model merged is not what the report was built with; build it again",
    )


def test_what_answers_behind_an_address_cannot_be_seen() -> None:
    server = Endpoint(base_url="http://a", model="m", digest="0")
    found = held(_with_arm("hosted", base_digest=None), arms={"hosted": server})
    assert found.unseen == ("m behind http://a (not here)",)


def test_an_arm_that_is_blocked_here_is_named_where_it_was_asked() -> None:
    blocked = {"tuned": "no adapter"}
    assert held(_with_arm("tuned"), arms={}, blocked=blocked).unseen == ("arm tuned (not here)",)
    imported = _with_arm("tuned", origin="imported")
    assert held(imported, arms={}, blocked=blocked).unseen == ()
