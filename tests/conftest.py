"""What all tests share: how a test says that the machine lacks something."""

import os

import pytest


def require_or_skip(condition: bool, reason: str) -> None:
    """Skips a test that lacks what it needs, with the reason; fails it where nothing may lack.

    Args:
        condition: Whether the machine has it.
        reason: What is missing, and how to get it.
    """
    if condition:
        return
    if os.environ.get("EVALREPORT_REQUIRE"):
        pytest.fail(f"EVALREPORT_REQUIRE is set, and {reason}")
    pytest.skip(reason)
