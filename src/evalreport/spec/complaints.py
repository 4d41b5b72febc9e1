"""What pydantic found wrong, in the words of the spec language.

Several findings about one value come from a union (`a whole number or auto`) and become one
complaint that names every way to be right.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from evalreport.spec.language import (
    ELSEWHERE,
    TAGS,
    keys_at,
    length_at,
    places_of,
    required_at,
    tag_at,
    tags_at,
    takes_text,
)
from evalreport.spec.nearest import listed, nearest
from evalreport.spec.places import Complaint, shown, value_at
from evalreport.spec.wanted import Found, choices, expected, is_not, mend
from evalreport.spec.yaml_tree import Path
from evalreport.values import Json

_GAINS: Final = ("gain_at_least", "lose_at_most")
_SENTENCES: Final = re.compile(r"; (?=`|it )")
_NAMED: Final = re.compile(r"`(\w+)`")


def complain(
    found: Sequence[Found], root: Json, written: Callable[[Path], str | None]
) -> tuple[Complaint, ...]:
    """The complaints about one value; none when another value's complaint says it already.

    Args:
        found: Findings with one path.
        root: The whole spec as written.
        written: How a number was written, by its path.
    """
    first = found[0]
    here = value_at(root, first.path)
    made: Complaint | None
    match first.kind:
        case "extra_forbidden":
            made = _unknown_key(first.path, root)
        case "missing":
            made = _missing(first.path, root)
        case "union_tag_invalid":
            made = _wrong_tag(first, root)
        case "union_tag_not_found":
            made = _no_tag(first, root)
        case "too_short" if isinstance(here, list) and len(here) >= first.context["min_length"]:
            made = None  # its entries are wrong, and that is said of each
        case _ if first.path == ("evalreport",):
            made = _version(here, written(first.path))
        case _:
            own = next((one for one in found if one.kind == "value_error"), None)
            if own is not None:
                return tuple(_own_words(own, here))
            made = _unexpected(found, root, written(first.path))
    return () if made is None else (made,)


def _own_words(found: Found, here: Json) -> Iterator[Complaint]:
    """What a kind says itself; of a mapping each sentence points at the first key that it names."""
    text = str(found.context.get("error", found.message))
    for sentence in _SENTENCES.split(text) if isinstance(here, dict) else [text]:
        named = [key for key in _NAMED.findall(sentence) if isinstance(here, dict) and key in here]
        path = (*found.path, named[0]) if named else found.path
        yield Complaint(path, sentence, at_key=bool(named))


def _as_mapping(value: Json, root: Json, path: Path) -> str:
    """The mapping that was probably meant by a text that stands in its place."""
    tag = tag_at(root, path)
    if tag is not None:
        near = nearest(value, tags_at(root, path, tag)) if isinstance(value, str) else None
        return f"{{{tag}: {near or '...'}}}"
    required = required_at(root, path)
    if len(required) == 1 and isinstance(value, str) and takes_text(root, (*path, required[0])):
        return f"{{{required[0]}: {shown(value, quoted=False)}}}"
    keys = required or keys_at(root, path)[:1]
    return f"{{{', '.join(f'{key}: ...' for key in keys)}}}" if keys else "{key: value}"


def meant_key(found: Found, root: Json) -> tuple[Path, str] | None:
    """The path of a key that is spelled wrong, and the key that was probably meant.

    None when no key is near, when the mapping has that key too, or when it is not the spelling
    that is wrong.

    Args:
        found: What pydantic says about a mapping or one of its keys.
        root: The whole spec as written.
    """
    if found.kind == "union_tag_not_found":
        tag = str(found.context.get("discriminator", "")).strip("'")
        key = _misspelled_tag(value_at(root, found.path), tag, keys_at(root, found.path))
        return None if key is None else ((*found.path, key), tag)
    if found.kind != "extra_forbidden":
        return None
    key, above = str(found.path[-1]), found.path[:-1]
    known, here = keys_at(root, above), value_at(root, above)
    if key in known or key in keys_at(root, above, any_kind=True) or not isinstance(here, dict):
        return None
    near = _near_key(key, known)
    return None if near is None or near in here else (found.path, near)


def _near_key(key: str, known: Sequence[str]) -> str | None:
    """The nearest key, or the one that declares here what this one declares elsewhere."""
    counterparts = [other for other in _GAINS if other in known and key in _GAINS]
    return nearest(key, known) or next(iter(counterparts), None)


def _misspelled_tag(here: Json, tag: str, keys: Sequence[str]) -> str | None:
    known = [name for name in keys if nearest(name, [tag]) == tag]
    entries = here if isinstance(here, dict) else {}
    return next((key for key in entries if key not in known and nearest(key, [tag])), None)


def _unknown_key(path: Path, root: Json) -> Complaint:
    key = str(path[-1])
    known = keys_at(root, path[:-1])
    tag = next((tag for tag in TAGS if tag in known), None)
    kind = value_at(root, (*path[:-1], tag)) if tag else None
    if isinstance(kind, str) and key in keys_at(root, path[:-1], any_kind=True):
        what = f"{key} does not go with {tag}: {shown(kind, quoted=False)}"
        others = [name for name in known if name != tag]
        return Complaint(
            path, what, f"known keys: {listed(others)}" if others else "remove it", True
        )
    if key in known:
        here = value_at(root, path[:-1])
        others = [name for name in known if isinstance(here, dict) and name in here]
        what = f"{' and '.join(others)} exclude each other"
        return Complaint(path, what, "keep one of them", at_key=True)
    what = f"unknown key {shown(key, quoted=False)}"
    return Complaint(path, what, _moved(key, known), at_key=True)


def _moved(key: str, known: Sequence[str]) -> str:
    near = _near_key(key, known)
    if near is not None:
        return f"did you mean {near}?"
    if key in ELSEWHERE:
        return ELSEWHERE[key]
    places = places_of(key)
    if places:
        above = places[0].rpartition(".")[0]
        return f"it belongs under {above}" if above else "it belongs at the top level"
    return f"known keys: {listed(known)}" if known else "remove it"


def _missing(path: Path, root: Json) -> Complaint:
    key, above = path[-1], path[:-1]
    here = value_at(root, above)
    if isinstance(key, int):
        count = len(here) if isinstance(here, list) else 0
        wanted = length_at(root, above) or key + 1
        return Complaint(above, f"wants {wanted} entries; this is a list of {count}")
    if path == ("evalreport",):
        what = "the version of the spec language is missing"
        return Complaint(path, what, "begin with evalreport: 1")
    if isinstance(here, str):  # a short form that leaves out what has no default
        tag = tag_at(root, above)
        hint = f"write {{{tag}: {shown(here, quoted=False)}, {key}: ...}}" if tag else ""
        return Complaint(above, f"the key {key} is missing", hint)
    return Complaint(path, f"the key {key} is missing", f"add {key}: ...")


def _wrong_tag(found: Found, root: Json) -> Complaint:
    tag = str(found.context.get("discriminator", "")).strip("'")
    known = choices(str(found.context.get("expected_tags", "")))
    given = str(found.context.get("tag", ""))
    here = value_at(root, found.path)
    path = (*found.path, tag) if isinstance(here, dict) and tag in here else found.path
    near = nearest(given, known)
    return Complaint(
        path,
        f"{shown(given)} is none of {listed(known)}",
        f"did you mean {near}?" if near else "",
    )


def _no_tag(found: Found, root: Json) -> Complaint:
    tag = str(found.context.get("discriminator", "")).strip("'")
    key = _misspelled_tag(value_at(root, found.path), tag, keys_at(root, found.path))
    if key is not None:
        what = f"unknown key {shown(key, quoted=False)}"
        return Complaint((*found.path, key), what, f"did you mean {tag}?", True)
    return Complaint(
        found.path, f"the key {tag} is missing", f"add {tag}: it says which kind this is"
    )


def _version(value: Json, written: str | None) -> Complaint:
    path: Path = ("evalreport",)
    if isinstance(value, int | float) and not isinstance(value, bool):
        what = f"version {shown(written or str(value), quoted=False)} of the language is unknown"
        return Complaint(path, what, "this program reads evalreport: 1")
    return Complaint(path, f"wants a whole number; {is_not(value, written, [])}", "write 1")


def _unexpected(found: Sequence[Found], root: Json, written: str | None) -> Complaint:
    path = found[0].path
    value = value_at(root, path)
    if found[0].of_key:
        return Complaint(path, f"{shown(str(path[-1]))} is not {expected(found[0])}", "", True)
    if path and path[-1] in _GAINS and isinstance(value, int | float) and value <= 0:
        what = f"wants a number above 0; {written or value} is not"
        hint = "gains and losses are positive, also of metrics where lower is better"
        return Complaint(path, what, hint)
    if not isinstance(value, dict | list) and any(one.wants_mapping for one in found):
        what = f"wants a mapping; {is_not(value, written, [])}"
        return Complaint(path, what, f"write {_as_mapping(value, root, path)}")
    wanted = list(dict.fromkeys(expected(one) for one in found))
    if "a number" in wanted and "a whole number" in wanted:
        wanted.remove("a whole number")
    known = [name for one in found for name in one.choices]
    if isinstance(value, str) and known and len(wanted) == 1:
        what = f"{shown(value)} is none of {listed(known)}"
        if len(known) == 1:
            return Complaint(path, f"{shown(value)} is not {known[0]}", f"write {known[0]}")
        return Complaint(path, what, mend(value, written, found))
    what = f"wants {' or '.join(wanted)}; {is_not(value, written, found)}"
    return Complaint(path, what, mend(value, written, found))
