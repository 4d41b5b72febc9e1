"""What pydantic found wrong, in the words of the spec language.

Several findings about one value come from a union (`a whole number or auto`) and become one
complaint that names every way to be right.
"""

from collections.abc import Callable, Sequence

from evalreport.spec.language import ELSEWHERE, keys_at, places_of, tag_at
from evalreport.spec.nearest import listed, nearest
from evalreport.spec.places import Complaint, printable, shown, value_at
from evalreport.spec.wanted import Found, choices, expected, is_not, mend
from evalreport.spec.yaml12 import Path
from evalreport.values import Json

_GAINS = ("gain_at_least", "lose_at_most")


def complain(
    found: Sequence[Found], root: Json, written: Callable[[Path], str | None]
) -> Complaint | None:
    """One complaint from all findings about one value; None when another one says it already.

    Args:
        found: Findings with one path.
        root: The whole spec as written.
        written: How a number was written, by its path.
    """
    first = found[0]
    match first.kind:
        case "extra_forbidden":
            return _unknown_key(first.path, root)
        case "missing":
            return _missing(first.path, root)
        case "union_tag_invalid":
            return _wrong_tag(first, root)
        case "union_tag_not_found":
            return _no_tag(first, root)
        case _:
            pass
    own = next((one for one in found if one.kind == "value_error"), None)
    if own is not None:
        return Complaint(own.path, str(own.context.get("error", own.message)))
    return _unexpected(found, root, written(first.path))


def _unknown_key(path: Path, root: Json) -> Complaint:
    key = str(path[-1])
    known = keys_at(root, path[:-1])
    return Complaint(path, f"unknown key {shown(key, quoted=False)}", _moved(key, known), True)


def _moved(key: str, known: Sequence[str]) -> str:
    near = nearest(key, known)
    if near is not None:
        return f"did you mean {near}?"
    if key in ELSEWHERE:
        return ELSEWHERE[key]
    places = places_of(key)
    if places:
        above = places[0].rpartition(".")[0]
        return f"it belongs under {above}" if above else "it belongs at the top level"
    return f"known keys: {listed(known)}" if known else "remove it"


def _missing(path: Path, root: Json) -> Complaint | None:
    key, above = path[-1], path[:-1]
    here = value_at(root, above)
    if isinstance(key, int):
        count = len(here) if isinstance(here, list) else 0
        return Complaint(above, f"wants {key + 1} entries; this is a list of {count}")
    if isinstance(here, dict):
        known = keys_at(root, above)
        if any(nearest(other, known) == key for other in here if other not in known):
            return None  # "unknown key nmae: did you mean name?" says it
    if path == ("evalreport",):
        what = "the version of the spec language is missing"
        return Complaint(path, what, "begin with evalreport: 1")
    return Complaint(path, f"{key} is missing", f"add {key}: ...")


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
    here = value_at(root, found.path)
    known = [name for name in keys_at(root, found.path) if nearest(name, [tag]) == tag]
    if isinstance(here, dict):
        misspelled = next((key for key in here if key not in known and nearest(key, [tag])), None)
        if misspelled is not None:
            what = f"unknown key {shown(misspelled, quoted=False)}"
            return Complaint((*found.path, misspelled), what, f"did you mean {tag}?", True)
    return Complaint(found.path, f"{tag} is missing", f"add {tag}: it says which kind this is")


def _unexpected(found: Sequence[Found], root: Json, written: str | None) -> Complaint:
    path = found[0].path
    value = value_at(root, path)
    if found[0].of_key:
        return Complaint(path, f"{shown(str(path[-1]))} is not {expected(found[0])}", "", True)
    if path == ("evalreport",):
        what = f"version {printable(str(value))[:60]} of the spec language is unknown"
        return Complaint(path, what, "this program reads evalreport: 1")
    if path and path[-1] in _GAINS and isinstance(value, int | float) and value <= 0:
        what = f"wants a number above 0; {written or value} is not"
        hint = "gains and losses are positive, also of metrics where lower is better"
        return Complaint(path, what, hint)
    if not isinstance(value, dict | list) and any(one.wants_mapping for one in found):
        tag = tag_at(root, path)
        keys = (tag,) if tag else keys_at(root, path)
        example = f"{{{keys[0]}: ...}}" if keys else "{key: value}"
        return Complaint(path, f"wants a mapping; {is_not(value, written, [])}", f"write {example}")
    wanted = list(dict.fromkeys(expected(one) for one in found))
    known = [name for one in found for name in one.choices]
    if isinstance(value, str) and known and len(wanted) == 1:
        what = f"{shown(value)} is none of {listed(known)}"
        what = f"{shown(value)} is not {known[0]}" if len(known) == 1 else what
        return Complaint(path, what, mend(value, written, found))
    what = f"wants {' or '.join(wanted)}; {is_not(value, written, found)}"
    return Complaint(path, what, mend(value, written, found))
