"""Sides: of which arms of a layer a row tells, and as which of the two of a pair."""

from dataclasses import dataclass
from typing import Final

from evalreport.importers.names import without_folders
from evalreport.layers.imported import Imported

_UNNAMED: Final = "a verdict about a pair of which it names one model only"
_ITSELF: Final = "a verdict about a model and itself"


@dataclass(frozen=True, slots=True)
class Side:
    """What a row is to one arm.

    Attributes:
        arm: It.
        is_against: Whether it is the other of the row's pair, so that scores have to be mirrored.
        is_direct: Whether both of the pair are arms of the layer.
    """

    arm: str
    is_against: bool = False
    is_direct: bool = False


def sides_of(layer: Imported, arm: str, model: str, against: str) -> tuple[Side, ...]:
    """The arms that a row is about: none where it is about other models.

    Args:
        layer: Its `models` say which name is which arm.
        arm: Whose file it is; empty where the file holds all arms.
        model: Whose row, as the file names it.
        against: The other model of a pair; empty where the row is about one answer.
    """
    named = layer.models
    is_common = not arm or (len(layer.files) == 1 and len(named) > 1)
    if not is_common and arm not in named:
        return (Side(arm),)
    mine = named if is_common else {arm: named[arm]}
    first = [name for name, one in mine.items() if _is_called(model, one)]
    second = [name for name, one in mine.items() if against and _is_called(against, one)]
    if first and second:
        return Side(first[0], is_direct=True), Side(second[0], is_against=True, is_direct=True)
    return (*(Side(name) for name in first), *(Side(name, is_against=True) for name in second))


def _is_called(model: str, name: str) -> bool:
    """Whether a spec that says a name means the model: as files have it, or without its folders."""
    return name in (model, without_folders(model))


def fault_of(model: str, against: str) -> str:
    """Why a row is about no pair although it names another model; empty where nothing is wrong.

    Args:
        model: Whose row.
        against: The other model; empty where the row is about one answer, or does not name it.
    """
    if against and not model:
        return _UNNAMED
    return _ITSELF if against and model == against else ""
