"""The same workshops as the tests of builds."""

from tests.builds.conftest import built, once, workshop

__all__ = ["built", "once", "workshop"]
