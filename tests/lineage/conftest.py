import pytest

from evalreport.lineage.builds import Build, build_at
from evalreport.lineage.places import OnDisk
from tests.builds.workshop import Workshop
from tests.lineage.built import made


@pytest.fixture(scope="package")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    return made(tmp_path_factory.mktemp("lineage") / "shop")


@pytest.fixture(scope="package")
def build(shop: Workshop) -> Build:
    return build_at(OnDisk(shop.folder / "report"), "report")
