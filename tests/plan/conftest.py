"""The same workshops as the tests of builds."""

from tests.build.conftest import built, once, workshop

__all__ = ["built", "once", "workshop"]
