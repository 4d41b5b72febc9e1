"""The model hub's rules, kept here so that they can be asked without the hub.

Ids and front matter, which the hub checks on its server alone, and where a number about a model
may stand. Passing them is necessary for a push to be accepted; where the hub adds rules, it has
the last word.
"""

from evalreport.hub_rules.front_matter import (
    LICENSES,
    RELATIONS,
    is_dataset_id,
    is_hub_id,
    is_language,
    validate_front_matter,
)
from evalreport.hub_rules.placing import (
    Board,
    Figure,
    HubAnswers,
    Placement,
    Where,
    place,
)

__all__ = [
    "LICENSES",
    "RELATIONS",
    "Board",
    "Figure",
    "HubAnswers",
    "Placement",
    "Where",
    "is_dataset_id",
    "is_hub_id",
    "is_language",
    "place",
    "validate_front_matter",
]
