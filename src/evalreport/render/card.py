"""Report to the front matter of a model card: only what is true, and only what the hub takes.

Base scores never enter `model-index`: everything there counts as a result of this model. A result
enters when its test data is public on the hub and the number was measured here on what ships: the
arm `shipped` where there is one, else tuned. Everything else stands in the body, which says so.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import yaml
from markupsafe import Markup

from evalreport.estimates import has_value
from evalreport.hub_rules import (
    LICENSES,
    HubAnswers,
    Where,
    is_dataset_id,
    is_hub_id,
    is_language,
)
from evalreport.numbers import count_text
from evalreport.records import Origin
from evalreport.report.model import ArmFacts, Report
from evalreport.report.placing import Listed, is_plain_base, listed, what_ships
from evalreport.report.snippet import SHIPPED
from evalreport.spec.models import NOT_STATED
from evalreport.values import Json

_BASE: Final = "base"
_TASK: Final = "text-generation"
_RELATIONS: Final = {"lora": "adapter", "dora": "adapter", "qlora": "adapter", "full": "finetune"}
_NOT_A_NAME: Final = re.compile(r"[^a-z0-9.]+")


@dataclass(frozen=True, slots=True)
class Card:
    """Front matter as data, and what the body must say about what is not in it."""

    matter: dict[str, Json]
    base_note: str
    index_note: str
    ships: str
    ships_note: str

    @property
    def yaml(self) -> Markup:
        """The front matter as text: plain ASCII, so that nothing in it can hide."""
        text = yaml.safe_dump(self.matter, sort_keys=False, allow_unicode=False, width=1000)
        return Markup(text)  # noqa: S704  # YAML, quoted by its own writer


def card_of(report: Report, answers: HubAnswers | None = None) -> Card:
    """The front matter of a report's model card, in the order in which cards are read.

    Args:
        report: The report.
        answers: What the hub said of the places of numbers, once it was asked.
    """
    matter: dict[str, Json] = {}
    languages = [part.strip() for part in (report.about.language or "").split(",")]
    codes: list[Json] = [code for code in languages if is_language(code)]
    if codes:
        matter["language"] = codes
    matter |= _license(report.about.license)
    relation = _relation(report)
    if relation is not None:
        matter["library_name"] = "peft" if relation == "adapter" else "transformers"
    matter["pipeline_tag"] = _TASK
    base = _base_id(report)
    if base is not None:
        matter["base_model"] = base
        if relation is not None:
            matter["base_model_relation"] = relation
    trained_on = _public_training_data(report, answers)
    if trained_on:
        matter["datasets"] = trained_on
    matter["tags"] = list(_tags(report))
    given = listed(report, answers)
    results = list(_results(given, report))
    if results:
        matter["model-index"] = [{"name": report.name, "results": results}]
    return Card(
        matter,
        _base_note(report, base, relation),
        _index_note(given),
        ships=what_ships(report) if SHIPPED in report.arms else "",
        ships_note=_ships_note(report),
    )


def _license(license_text: str | None) -> dict[str, Json]:
    """A license id of the hub as it is; anything else as `other` with a name."""
    if license_text is None:
        return {}
    ident = re.sub(r"\s+", "-", license_text.strip().lower())
    if ident in LICENSES and ident != "other":
        return {"license": ident}
    name = _NOT_A_NAME.sub("-", ident)[:64].strip("-.")
    return {"license": "other", "license_name": name or "unnamed"}


def _relation(report: Report) -> str | None:
    """What the hub calls the way from the base to what ships; None where nothing tells.

    Of weights that nobody here has seen it follows from how they were trained, as others said.
    """
    arm = report.arms.get(what_ships(report))
    if arm is None or arm.origin is not Origin.RUN:
        return None if SHIPPED in report.arms else _RELATIONS.get(_method(report))
    if arm.form == "adapter" or (not arm.form and arm.adapter_digests):
        return "adapter"
    is_packed = arm.form == "packed" or arm.quantization not in {"none", "unknown"}
    return "quantized" if is_packed else "finetune"


def _method(report: Report) -> str:
    """How tuned was trained, here or by others; empty where that is not known."""
    training = report.training
    if training is None:
        return ""
    told = (training.method, training.used.get("adapter.method"))
    known = (str(one).lower() for one in told if str(one).lower() in _RELATIONS)
    return next(known, "")


def _ships_note(report: Report) -> str:
    """Which weights the card is about, where that is not tuned's adapter."""
    arm = report.arms.get(SHIPPED)
    if arm is None:
        return ""
    words = f"What ships is the arm shipped: {arm.what}."
    if arm.made_of_tuned:
        return (
            f"{words} The verdict above is about the adapter that it was made of; whether what "
            "ships meets the requirements and keeps the guards stands among its reasons. Its own "
            f"figures follow, beside those of {_base_beside(report)} and of tuned; on how many "
            "items it answers as tuned did stands under what was measured."
        )
    return f"{words} The verdict above is about tuned; the figures of what ships follow."


def _base_beside(report: Report) -> str:
    """The base that what ships is compared with: one of its own precision, where one was asked."""
    beside = (f.arms[1] for f in report.findings if f.arms[0] == what_ships(report))
    plain = dict.fromkeys(name for name in beside if is_plain_base(name, report))
    return " and ".join(plain) or _BASE


def _base_id(report: Report) -> str | None:
    """The base's public name, when one was declared and is one; a local path never is."""
    base = report.arms.get(_BASE)
    return _public_name(base) if base is not None else None


def _public_name(arm: ArmFacts) -> str | None:
    return arm.hub_id if arm.hub_id is not None and is_hub_id(arm.hub_id) else None


def _base_note(report: Report, base: str | None, relation: str | None) -> str:
    if base is not None and relation is None:
        return (
            "The metadata does not say whether this is an adapter or a whole model, because how it "
            "was trained was not stated."
        )
    if base is not None:
        return ""
    if _BASE not in report.arms:
        return "The metadata names no base model, because no base arm took part."
    if report.arms[_BASE].model == NOT_STATED:
        return "The metadata names no base model, because which one it was is not stated."
    return (
        "The metadata names no base model, because the spec gives none by its public name "
        "(base_model.hub_id)."
    )


def _public_training_data(report: Report, answers: HubAnswers | None) -> list[Json]:
    """What the hub calls a card's datasets: those that the model was trained on.

    One of which the hub said that no reader finds it is not named.
    """
    ids = {d.hub_id for d in report.datasets.values() if d.role == "train" and not d.is_private}
    hidden = answers.datasets if answers is not None else {}
    return [one for one in sorted(filter(None, ids)) if is_dataset_id(one) and one not in hidden]


def _tags(report: Report) -> Iterable[Json]:
    yield "evalreport"
    method = _method(report)
    if method:
        yield method
    if report.simulated:
        yield "simulated"
    if report.smoke:
        yield "smoke-test"


def _results(given: Sequence[Listed], report: Report) -> Iterable[Json]:
    """What may stand in model-index: the values of what ships on public test sets."""
    for one in given:
        if one.placement.where is Where.MODEL_INDEX and has_value(one.value):
            figure = one.placement.figure
            dataset = report.datasets[figure.dataset]
            data: dict[str, Json] = {"type": figure.hub_id, "name": figure.dataset}
            if dataset.config is not None:
                data["config"] = dataset.config
            if dataset.split is not None:
                data["split"] = dataset.split
            yield {
                "task": {"type": _TASK},
                "dataset": data,
                "metrics": [
                    {
                        "type": figure.metric,
                        "name": f"{figure.layer} {figure.metric} ({one.unit}), "
                        f"{count_text(one.n, 'item')}",
                        "value": one.value.value,
                    }
                ],
            }


def _index_note(given: Sequence[Listed]) -> str:
    """What the metadata lists, and what it does not."""
    boards = [one for one in given if one.placement.where is Where.EVAL_RESULTS]
    words = [
        f"{one.placement.figure.name} stands in .eval_results, as a result of "
        f"{one.placement.because}; it was measured and is published by the authors."
        for one in boards
    ]
    if any(one.placement.where is Where.MODEL_INDEX for one in given):
        words.append(
            "The metadata lists only results of this model on test data that is public on the hub; "
            "the comparison with the base, and results on other data, stand only here."
        )
    elif boards:
        words.append(
            "The comparison with the base, and results on other data, stand only in this text."
        )
    else:
        words.append(
            "The metadata lists no results: none that this build measured is of this model on test "
            "data that is public on the hub. All results stand only in this text."
        )
    return " ".join(words)
