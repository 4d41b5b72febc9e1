"""The model hub's rules for a model card's front matter, checked without the hub.

The hub validates a card only on its server, after the training is paid for. These are its known
rules; passing them is necessary for a push to be accepted, and where the hub adds rules, it still
has the last word.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from math import isfinite
from typing import Final

from evalreport.values import Json

# https://huggingface.co/docs/hub/repositories-licenses
LICENSES: Final = frozenset(
    (  # noqa: SIM905  # seventy ids read better as lines of words
        "apache-2.0 mit openrail bigscience-openrail-m creativeml-openrail-m "
        "bigscience-bloom-rail-1.0 bigcode-openrail-m afl-3.0 artistic-2.0 bsl-1.0 bsd "
        "bsd-2-clause bsd-3-clause bsd-3-clause-clear c-uda cc cc0-1.0 cc-by-2.0 cc-by-2.5 "
        "cc-by-3.0 cc-by-4.0 cc-by-sa-3.0 cc-by-sa-4.0 cc-by-nc-2.0 cc-by-nc-3.0 cc-by-nc-4.0 "
        "cc-by-nd-4.0 cc-by-nc-nd-3.0 cc-by-nc-nd-4.0 cc-by-nc-sa-2.0 cc-by-nc-sa-3.0 "
        "cc-by-nc-sa-4.0 cdla-sharing-1.0 cdla-permissive-1.0 cdla-permissive-2.0 wtfpl ecl-2.0 "
        "epl-1.0 epl-2.0 etalab-2.0 eupl-1.1 eupl-1.2 agpl-3.0 gfdl gpl gpl-2.0 gpl-3.0 lgpl "
        "lgpl-2.1 lgpl-3.0 isc h-research intel-research lppl-1.3c ms-pl apple-ascl apple-amlr "
        "mpl-2.0 odc-by odbl openmdw-1.0 openmdw-1.1 openrail++ osl-3.0 postgresql ofl-1.1 ncsa "
        "unlicense zlib pddl lgpl-lr deepfloyd-if-license fair-noncommercial-research-license "
        "llama2 llama3 llama3.1 llama3.2 llama3.3 llama4 grok2-community gemma unknown other"
    ).split()
)

RELATIONS: Final = frozenset({"adapter", "finetune", "quantized", "merge"})
_KEYS: Final = frozenset(
    (  # noqa: SIM905  # as above
        "language license license_name license_link library_name tags datasets metrics base_model "
        "base_model_relation pipeline_tag model-index new_version thumbnail inference widget"
    ).split()
)
# Repository ids: at most 96 characters a part, no "--" or "..", not ending in "." or "-".
_PART: Final = r"[A-Za-z0-9_](?:[A-Za-z0-9_]|[-.](?![-.])){0,94}(?<![-.])"
_HUB_ID: Final = re.compile(rf"{_PART}/{_PART}")
_DATASET_ID: Final = re.compile(rf"(?:{_PART}/)?{_PART}")
_FILE_ENDINGS: Final = (".git", ".gguf", ".safetensors", ".json", ".jsonl", ".csv", ".parquet")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*|multilingual|code")
_SLUG: Final = re.compile(r"[a-z0-9][a-z0-9-]*")


def is_hub_id(text: str) -> bool:
    """Whether a text can be the id of a model on the hub: `org/name`, never a path or a file."""
    return bool(_HUB_ID.fullmatch(text)) and not text.lower().endswith(_FILE_ENDINGS)


def is_dataset_id(text: str) -> bool:
    """Whether a text can be the id of a dataset on the hub: `org/name`, or one old bare name."""
    return bool(_DATASET_ID.fullmatch(text)) and not text.lower().endswith(_FILE_ENDINGS)


def is_language(text: str) -> bool:
    """Whether a text has the form of a language code that the hub lists."""
    return bool(_LANGUAGE.fullmatch(text))


def validate_front_matter(matter: Mapping[str, Json]) -> list[str]:
    """Everything in a card's front matter that the hub would refuse; empty when it is fine."""
    return list(_problems(matter))


def _problems(matter: Mapping[str, Json]) -> Iterable[str]:
    for key, value in matter.items():
        if key not in _KEYS:
            yield f"{key}: not a key of a model card"
        yield from _unwritable(key, value)
    yield from _license(matter)
    for key, check, what in (
        ("base_model", is_hub_id, "the id of a model on the hub"),
        ("datasets", is_dataset_id, "the id of a dataset on the hub"),
        ("language", is_language, "a language code"),
    ):
        for value in _listed(matter.get(key, [])):
            if not (isinstance(value, str) and check(value)):
                yield f"{key}: {value!r} is not {what}"
    for key in ("datasets", "tags", "metrics"):
        if key in matter and not isinstance(matter[key], list):
            yield f"{key}: must be a list"
    for tag in _listed(matter.get("tags", [])):
        if not isinstance(tag, str) or not tag:
            yield f"tags: {tag!r} is not a word"
    for key in ("library_name", "pipeline_tag"):
        if key in matter and not (
            isinstance(matter[key], str) and _SLUG.fullmatch(str(matter[key]))
        ):
            yield f"{key}: {matter[key]!r} is not a lower-case name"
    if "base_model_relation" in matter:
        if matter["base_model_relation"] not in RELATIONS:
            yield f"base_model_relation: {matter['base_model_relation']!r} is not a relation"
        if "base_model" not in matter:
            yield "base_model_relation: there is no base_model to relate to"
    if "model-index" in matter:
        yield from _model_index(matter["model-index"])


def _unwritable(where: str, value: object) -> Iterable[str]:
    """Values that YAML would write but the hub cannot read: null, NaN, dates, empty lists."""
    match value:
        case None:
            yield f"{where}: null is refused; leave the key out"
        case float() if not isfinite(value):
            yield f"{where}: {value} is not a number"
        case date() | datetime():
            yield f"{where}: a date must be quoted"
        case list():
            if not value:
                yield f"{where}: an empty list is refused; leave the key out"
            for i, part in enumerate(value):
                yield from _unwritable(f"{where}[{i}]", part)
        case dict():
            for key, part in value.items():
                yield from _unwritable(f"{where}.{key}", part)
        case _:
            pass


def _license(matter: Mapping[str, Json]) -> Iterable[str]:
    if "license" not in matter:
        if "license_name" in matter or "license_link" in matter:
            yield "license: license_name and license_link need license: other"
        return
    ids = _listed(matter["license"])
    for ident in ids:
        if not (isinstance(ident, str) and ident in LICENSES):
            yield f"license: {ident!r} is not a license id of the hub; use other with license_name"
    if "other" in ids and not matter.get("license_name"):
        yield "license_name: required with license: other"
    if "other" not in ids and "license_name" in matter:
        yield "license_name: only with license: other"
    name = matter.get("license_name")
    if isinstance(name, str) and not re.fullmatch(r"[a-z0-9][a-z0-9.-]*", name):
        yield f"license_name: {name!r} is not a lower-case name"


def _model_index(index: Json) -> Iterable[str]:
    """The required keys of every result, and values that are numbers."""
    if not isinstance(index, list) or not index:
        yield "model-index: must be a list with one model"
        return
    for entry in index:
        if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
            yield "model-index: an entry needs a name"
            continue
        results = entry.get("results")
        if not isinstance(results, list) or not results:
            yield "model-index: an entry without results is refused; leave model-index out"
            continue
        for i, result in enumerate(results):
            yield from _result(f"model-index.results[{i}]", result)


def _result(where: str, result: Json) -> Iterable[str]:
    if not isinstance(result, dict):
        yield f"{where}: must be a mapping"
        return
    for part, required in (("task", ("type",)), ("dataset", ("type", "name"))):
        block = result.get(part)
        missing = [k for k in required if not (isinstance(block, dict) and block.get(k))]
        for key in missing:
            yield f"{where}.{part}.{key}: required"
    dataset = result.get("dataset")
    if isinstance(dataset, dict):
        kind = dataset.get("type")
        if isinstance(kind, str) and not is_dataset_id(kind):
            yield f"{where}.dataset.type: {kind!r} is not the id of a dataset on the hub"
        if "config" in dataset and not isinstance(dataset["config"], str):
            yield f"{where}.dataset.config: must be text, or absent"
    metrics = result.get("metrics")
    if not isinstance(metrics, list) or not metrics:
        yield f"{where}.metrics: at least one is required"
        return
    for metric in metrics:
        if not isinstance(metric, dict) or not metric.get("type"):
            yield f"{where}.metrics: a metric needs a type"
        elif isinstance(metric.get("value"), bool) or not isinstance(
            metric.get("value"), int | float
        ):
            yield f"{where}.metrics: the value of {metric['type']} is not a number"


def _listed(value: Json) -> Sequence[Json]:
    return value if isinstance(value, list) else [value]
