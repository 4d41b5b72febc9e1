"""All that the schema cannot say about a spec, in one call."""

from collections.abc import Iterator
from pathlib import Path as File

from evalreport.spec.checks.arms import check_arms, check_base
from evalreport.spec.checks.card import check_benchmarks, check_card
from evalreport.spec.checks.claims import check_claims
from evalreport.spec.checks.cost import check_cost
from evalreport.spec.checks.data import check_data
from evalreport.spec.checks.files import check_files
from evalreport.spec.checks.layers import check_comparisons, check_layers
from evalreport.spec.checks.names import names_of
from evalreport.spec.checks.published import check_published
from evalreport.spec.checks.targets import check_targets
from evalreport.spec.checks.templates import check_templates
from evalreport.spec.checks.training import check_training
from evalreport.spec.places import Complaint
from evalreport.spec.validate import Standing


def check(standing: Standing, folder: File | None) -> Iterator[Complaint]:
    """Everything that contradicts, names what does not exist, or can have no effect.

    Args:
        standing: What stands of the spec.
        folder: The spec's folder; None where no file that it names is to be looked at.
    """
    names = names_of(standing)
    yield from check_base(standing)
    yield from check_data(standing)
    yield from check_templates(standing)
    yield from check_training(standing, names)
    yield from check_published(standing, folder)
    yield from check_arms(standing, names)
    yield from check_comparisons(standing, names)
    yield from check_targets(standing, names)
    yield from check_layers(standing, names)
    yield from check_claims(standing, names)
    yield from check_card(standing)
    yield from check_benchmarks(standing, names)
    yield from check_cost(standing)
    if folder is not None:
        yield from check_files(standing, folder)
