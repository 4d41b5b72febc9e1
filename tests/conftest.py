"""What all tests share: how a test says that the machine lacks something."""

import os
import signal
from collections.abc import Generator

import pytest
from hypothesis import settings

# Machines are shared: no deadline. CI sees the same examples on every run; a developer new ones.
settings.register_profile(
    "untimed", deadline=None, derandomize=bool(os.environ.get("EVALREPORT_REQUIRE"))
)
settings.load_profile("untimed")


def pytest_configure() -> None:
    """A shell starts a job in the background with Ctrl-C ignored; tests send it to themselves."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The minutes of a real model first, then what is slow, so that two workers end together."""
    items.sort(
        key=lambda item: (
            item.get_closest_marker("real") is None,
            item.get_closest_marker("slow") is None,
        )
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol() -> Generator[None, object, object]:
    """What opening a model sets for its own process must not reach the next test.

    Not a fixture: what a test's module or session asks for is made before those of the test are.
    """
    before = dict(os.environ)
    try:
        return (yield)
    finally:
        if os.environ != before:
            os.environ.clear()
            os.environ.update(before)


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
