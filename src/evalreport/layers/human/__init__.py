"""Rating by people: blind comparisons on a page that works offline, and what came back."""

from evalreport.layers.human.options import Human

__all__ = ["Human"]
