"""Spec, inputs, machine, history and store index to keyed steps, and why each would run; pure."""

from evalreport.plan.make import make_plan
from evalreport.plan.model import (
    Given,
    Inputs,
    LocatedModel,
    Plan,
    PlannedStep,
    PowerLine,
    StoreIndex,
)

__all__ = [
    "Given",
    "Inputs",
    "LocatedModel",
    "Plan",
    "PlannedStep",
    "PowerLine",
    "StoreIndex",
    "make_plan",
]
