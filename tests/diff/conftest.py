import pytest

from evalreport.diff.opened import Opened
from tests.builds.workshop import Workshop
from tests.diff.worlds import built, opened


@pytest.fixture(scope="package")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    return built(tmp_path_factory.mktemp("diff") / "shop")


@pytest.fixture(scope="package")
def first(shop: Workshop) -> Opened:
    return opened(shop, "first")


@pytest.fixture(scope="package")
def better(shop: Workshop) -> Opened:
    return opened(shop, "better")


@pytest.fixture(scope="package")
def grown(shop: Workshop) -> Opened:
    return opened(shop, "grown")


@pytest.fixture(scope="package")
def warmer(shop: Workshop) -> Opened:
    return opened(shop, "warmer")
