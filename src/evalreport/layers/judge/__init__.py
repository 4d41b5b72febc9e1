"""Judging by language models: blind pairs or rubrics, with what shows how far to trust them."""

from evalreport.layers.judge.options import Criterion, Judge, JudgeModel

__all__ = ["Criterion", "Judge", "JudgeModel"]
