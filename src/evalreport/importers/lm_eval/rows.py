"""What one row of lm-eval's samples says, in each of the layouts that its versions wrote."""

import json
from collections.abc import Mapping
from typing import Final

from evalreport.digest import digest_text
from evalreport.importers.lm_eval.facts import digest_in
from evalreport.importers.lm_eval.run import BYPASS
from evalreport.importers.reading import list_of, object_of, text_of
from evalreport.values import Json

KEYS: Final = ("doc_id", "target", "arguments", "resps", "filtered_resps")
"""What every version writes."""

_NO_METRICS: Final = frozenset(
    {*KEYS, BYPASS, "doc", "filter", "metrics", "doc_hash", "prompt_hash", "target_hash"}
)
_DEEPEST: Final = 10  # lists within lists of answers
_OF_NOTHING: Final = digest_text("")


def metric_names(raw: Mapping[str, Json], known: list[str]) -> list[str]:
    """The metrics of a row: those that it names, else its keys that are no others."""
    named = raw.get("metrics")
    if isinstance(named, list):
        return [one for one in named if isinstance(one, str) and one not in _NO_METRICS]
    names = [key for key in raw if key not in _NO_METRICS]
    return [name for name in names if name in known] if known else names


def doc_hash(raw: Mapping[str, Json]) -> str:
    """The digest of the item, as the harness writes it or as it would have."""
    told = raw.get("doc_hash")
    if isinstance(told, str) and told:
        return digest_in(told)
    if "doc" not in raw:
        return ""
    try:
        return digest_text(json.dumps(raw["doc"], indent=2, ensure_ascii=False))
    except (RecursionError, ValueError):
        return ""


def first_request(raw: Mapping[str, Json]) -> list[Json]:
    """The arguments of the first request: the prompt, then its settings or what should follow."""
    requests = raw.get("arguments")
    if isinstance(requests, dict):
        told = object_of(requests.get("gen_args_0"))
        return [told[key] for key in ("arg_0", "arg_1") if key in told]
    first = requests[0] if isinstance(requests, list) and requests else None
    return first if isinstance(first, list) else []


def prompt(raw: Mapping[str, Json]) -> str:
    """The digest of the first prompt, as the harness writes it or as it would have.

    An empty prompt, which every item of such a task has, asks nothing: where the model chose among
    texts, those are what it was asked, and else there is no prompt.
    """
    told = text_of(raw.get("prompt_hash"))
    request = first_request(raw)
    prompt = request[0] if request else None
    if isinstance(prompt, list) and len(prompt) == 1:  # a conversation is a tuple of one text
        prompt = prompt[0]
    if told == _OF_NOTHING or (isinstance(prompt, str) and not prompt.strip()):
        return _choices(raw)
    if told:
        return digest_in(told)
    return digest_text(prompt) if isinstance(prompt, str) else ""


def _choices(raw: Mapping[str, Json]) -> str:
    """The digest of all texts among which the model chose; empty where it chose among none."""
    told = raw.get("arguments")
    requests = (
        [[*object_of(one).values()] for one in told.values()]
        if isinstance(told, dict)
        else [list_of(one) for one in list_of(told)]
    )
    if not requests or not all(len(one) > 1 and isinstance(one[1], str) for one in requests):
        return ""
    try:
        return digest_text(json.dumps(requests))
    except (RecursionError, ValueError):
        return ""


def output(raw: Mapping[str, Json]) -> str | None:
    """What the model wrote; None where it chose among answers."""
    request = first_request(raw)
    if len(request) < 2 or not isinstance(request[1], dict):
        return None
    leaf = raw.get("resps")
    for _ in range(_DEEPEST):
        if not isinstance(leaf, list) or not leaf:
            break
        leaf = leaf[0]
    return leaf if isinstance(leaf, str) else None
