import pytest

from evalreport.lineage.builds import Build, build_at
from evalreport.lineage.places import OnDisk
from tests.lineage.built import made


@pytest.fixture(scope="package")
def build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    shop = made(tmp_path_factory.mktemp("history") / "shop")
    return build_at(OnDisk(shop.folder / "report"), "report")
