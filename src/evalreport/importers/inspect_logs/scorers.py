"""Scorers as an Inspect log declares them: what their numbers are called, and how they score."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from evalreport.importers.inspect_logs.values import named, short_digest
from evalreport.importers.reading import list_of, object_of, text_of
from evalreport.values import Json

ACCURACY: Final = "accuracy"
VALUES: Final = (ACCURACY, "mean")
"""Metrics of Inspect that are the mean of the items' numbers."""


@dataclass(frozen=True, slots=True)
class Declared:
    """A scorer as the log declares it.

    Attributes:
        stem: What its plain number is called.
        shares: Its keys whose numbers are called accuracy, "*" for all.
        cluster: The key of metadata by which its standard error takes items together.
        settings: Digest of its options; empty where it has none.
        grades_itself: Whether a model grades, and none is named: then the measured one does.
    """

    stem: str
    shares: frozenset[str]
    cluster: str
    settings: str
    grades_itself: bool


def unique_name(name: str, taken: Mapping[str, object]) -> str:
    """Inspect numbers scorers of one name: the second is called name1."""
    if name not in taken:
        return name
    return next(f"{name}{i}" for i in range(1, len(taken) + 2) if f"{name}{i}" not in taken)


def declared_of(metrics: Json, options: Json, *, names_graders: bool) -> Declared:
    """A scorer from its metrics and options, as the log lists them."""
    plain, keyed = _metric_names(metrics)
    told = object_of(options)
    return Declared(
        stem=next((one for one in VALUES if one in plain), "score"),
        shares=frozenset(key for key, names in keyed.items() if ACCURACY in names),
        cluster=next((cluster for cluster in plain.values() if cluster), ""),
        settings=short_digest(told) if told else "",
        grades_itself=not names_graders,
    )


def _metric_names(metrics: Json) -> tuple[dict[str, str], dict[str, set[str]]]:
    """Metrics of the plain number, with what their errors are clustered by; and those of keys."""
    plain: dict[str, str] = {}
    keyed: dict[str, set[str]] = {}
    for one in metrics if isinstance(metrics, list) else [metrics]:
        told = object_of(one)
        if isinstance(told.get("name"), str):
            options = object_of(told.get("options")) or object_of(told.get("params"))
            plain[bare(told["name"])] = text_of(options.get("cluster"))
            continue
        for key, definitions in told.items():
            names = {bare(object_of(d).get("name")) for d in list_of(definitions)}
            keyed.setdefault(named(key), set()).update(names)
    return plain, keyed


def bare(name: Json) -> str:
    """A name without the package that it is of."""
    return text_of(name).rsplit("/", 1)[-1]
