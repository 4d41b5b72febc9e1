"""Places in a JSON value, written `order.items.0.name`."""

from evalreport.values import Json


def at_path(value: Json, path: str) -> Json:
    """What stands at a path of keys and list positions; None when nothing does (or null does).

    A key that holds dots itself is found when it stands at the top: the whole path is tried first.
    """
    if isinstance(value, dict) and path in value:
        return value[path]
    for part in path.split("."):
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            return None
    return value
