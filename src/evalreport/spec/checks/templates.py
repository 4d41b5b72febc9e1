"""Prompt templates: what the sandbox would refuse on every row, said before any row is read."""

from collections.abc import Iterator
from typing import Final

from jinja2 import nodes

from evalreport.sources.dataset import CONTENT, Dataset
from evalreport.sources.sandbox import Sandbox
from evalreport.spec.places import Complaint
from evalreport.spec.validate import Standing
from evalreport.spec.yaml_tree import Path

_TEMPLATES: Final = (*(key for keys in CONTENT.values() for key in keys), "system", "rephrased")


def check_templates(standing: Standing) -> Iterator[Complaint]:
    """Every template of every dataset; that it is one was checked when it was parsed."""
    for name, entry in standing.spec.datasets.items():
        if isinstance(entry, Dataset):
            yield from _dataset(("datasets", name), entry)
            continue
        for i, part in enumerate(entry):
            yield from _dataset(standing.written(("datasets", name, i)), part)


def _dataset(at: Path, dataset: Dataset) -> Iterator[Complaint]:
    for key in _TEMPLATES:
        written = getattr(dataset, key)
        several = written if isinstance(written, tuple) else (written,)
        for i, source in enumerate(several):
            if source is None:
                continue
            where = (*at, key, i) if isinstance(written, tuple) else (*at, key)
            for name in sorted(_hidden_names(source)):
                what = f"{name} is Python's own and not for templates"
                yield Complaint(where, what, f'a key of that name is written ["{name}"]')


def _hidden_names(source: str) -> set[str]:
    """Attributes that the sandbox never gives out. Keys (`row["__x"]`) are left to it."""
    tree = Sandbox().compile_source(source)
    return {node.attr for node in tree.find_all(nodes.Getattr) if node.attr.startswith("__")}
