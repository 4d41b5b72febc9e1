"""Files and hub datasets to corpora (`sources.acquire`); splits.

`check` needs the declarations alone, so this imports nothing that reads.
"""

from evalreport.sources.dataset import Dataset
from evalreport.sources.inherit import Contradiction, Source, resolve

__all__ = ["Contradiction", "Dataset", "Source", "resolve"]
