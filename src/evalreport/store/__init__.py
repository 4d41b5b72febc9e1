"""The store: what was finished and what was answered, by key, written whole or not at all."""

from evalreport.store.lock import BuildLock
from evalreport.store.store import FinishedStep, Store, Stored

__all__ = ["BuildLock", "FinishedStep", "Store", "Stored"]
