"""What a row holds, in words for messages."""

from evalreport.values import Json


def held(value: Json) -> str:
    """What kind of value it is."""
    match value:
        case None:
            return "null"
        case bool() | int() | float():
            return "a number"
        case str():
            return "a text"
        case list():
            return "an empty list" if not value else "a list"
        case _:
            return "an object"
