"""The page of a diff in a real browser: readable by everyone, also on a phone."""

from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.browser.test_report_page import DESK, GOLD, OPEN_ALL, PHONE, opened

pytestmark = pytest.mark.browser

PAGE = (GOLD / "diff/diff.html").as_uri()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(browser: Browser, scheme: Literal["light", "dark"]) -> None:
    with opened(browser, PAGE, size=DESK, scheme=scheme) as page:
        page.evaluate(OPEN_ALL)
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()


def test_nothing_is_wider_than_a_phone(browser: Browser) -> None:
    with opened(browser, PAGE, size=PHONE) as page:
        page.evaluate(OPEN_ALL)
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= PHONE[0]
