"""Files and hub datasets to corpora; splits."""

from evalreport.sources.acquire import acquire
from evalreport.sources.dataset import Dataset
from evalreport.sources.inherit import Contradiction, Source, resolve

__all__ = ["Contradiction", "Dataset", "Source", "acquire", "resolve"]
