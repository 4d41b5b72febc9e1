"""Datasets: what the spec says of each, with all that it takes over from others."""

from collections.abc import Mapping
from dataclasses import dataclass

from evalreport.analyze.overlap import Siblings
from evalreport.sources.dataset import Dataset
from evalreport.sources.inherit import Source, resolve
from evalreport.spec.models import Spec


@dataclass(frozen=True, slots=True)
class Sources:
    """The datasets with all that they take over from others."""

    found: Mapping[str, Source]

    @classmethod
    def of(cls, spec: Spec) -> "Sources":
        """Of a spec that was checked."""
        return cls(resolve(spec.datasets)[0])

    def dataset(self, name: str) -> Dataset | None:
        """A dataset with what it inherits; of a mixture, its first part."""
        source = self.found.get(name)
        return None if source is None else source.parts[0]

    def cluster_key(self, name: str) -> str:
        """What the clusters of a dataset are called."""
        declared = self.dataset(name)
        return (declared.cluster_by if declared else None) or "cluster"

    def siblings(self, name: str) -> Siblings:
        """By which columns the items of a dataset hang together.

        What is cut from a dataset is grouped as it is, and the other way round.
        """
        source = self.found.get(name)
        if source is None:
            return Siblings()
        root = source.parent or name
        family = [one for one in self.found.values() if root in (one.name, one.parent)]
        grouped = (part.group_by for one in [source, *family] for part in one.parts)
        clustered = (part.cluster_by for part in source.parts)
        return Siblings(
            group=next(filter(None, grouped), "group"),
            cluster=next(filter(None, clustered), "cluster"),
        )

    def token_bins(self, name: str) -> int | None:
        """Into how many parts prompts are cut by their length in tokens, where that is declared."""
        declared = self.dataset(name)
        return next(
            (group.parts for group in (declared.subgroups if declared else ()) if group.known_late),
            None,
        )
