"""The page over all reports in a real browser: found, filtered, linked, read by everyone."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Dialog, Page, expect

from evalreport.commands.history import HistoryOptions, history
from tests.history.repository import Repository, built
from tests.reports import clear_win, hostile, invalid_evidence, mixed, no_training, noise, simulated
from tests.reports.stories import changed

pytestmark = pytest.mark.browser

DESK, PHONE = (1280, 800), (390, 844)
OPEN_ALL = "document.querySelectorAll('details').forEach(details => { details.open = true })"


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with builds that went on, one of each kind, and one that cannot be read."""
    repository = Repository.made(tmp_path_factory.mktemp("index") / "work")
    report = clear_win()
    (primary, *others) = report.findings
    for minute, day in enumerate((1, 2, 3)):
        shifted = primary.model_copy(update={"n": primary.n + minute})
        repository.put("reports/orders", built(day, findings=(shifted, *others)))
        # Two rows with a trend of the same metric: nothing may be called the same on the page.
        repository.put("reports/mixed", built(day, name="mixed", findings=(shifted, *others)))
        repository.commit(minute)
    for name, one in (
        ("noise", changed(noise(), built_at="2026-11-19T09:30:00Z", name="noise")),
        ("mixed", changed(mixed(), built_at="2026-11-20T09:30:00Z", name="mixed")),
        ("invalid", invalid_evidence()),
        ("audits/theirs", no_training()),
        ("simulated", simulated()),
        ("hostile", hostile()),
    ):
        repository.put(f"reports/{name}", one)
    repository.put("reports/damaged", "{<script>alert(1)</script>")
    history(repository.root / "reports", HistoryOptions())
    return repository.root / "reports/index.html"


@contextmanager
def opened(
    browser: Browser,
    file: Path,
    *,
    size: tuple[int, int] = DESK,
    scheme: Literal["light", "dark"] = "light",
    scripts: bool = True,
    view: str = "",
) -> Iterator[Page]:
    """The page from the disk; whatever it says, asks for or pops up fails the test."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme=scheme,
        java_script_enabled=scripts,
    )
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: said.append(f"error: {error}"))

    def dismiss(dialog: Dialog) -> None:
        said.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    page.on("dialog", dismiss)
    page.on("request", lambda request: said.append(f"request: {request.url}"))
    page.goto(file.as_uri() + view, wait_until="load")
    yield page
    context.close()
    assert said == [f"request: {file.as_uri()}"]


def shown(page: Page) -> list[str]:
    """The rows that can be seen, in their order, by where their reports lie."""
    return [
        str(row.get_attribute("id")).removeprefix("at-")
        for row in page.locator(".entry").all()
        if row.is_visible()
    ]


@pytest.mark.parametrize(
    ("scheme", "size"), [("light", DESK), ("dark", DESK), ("light", PHONE), ("dark", (320, 800))]
)
def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    browser: Browser, page_file: Path, scheme: Literal["light", "dark"], size: tuple[int, int]
) -> None:
    with opened(browser, page_file, scheme=scheme, size=size) as page:
        page.evaluate(OPEN_ALL)
        found = {
            one["id"]: [node["html"][:200] for node in one["nodes"]]
            for one in Axe().run(page).response["violations"]
        }
        assert found == {}
        assert page.evaluate("document.documentElement.scrollWidth") == size[0]


def test_everything_is_readable_without_scripts(browser: Browser, page_file: Path) -> None:
    with opened(browser, page_file, scripts=False) as page:
        assert len(shown(page)) == 7
        expect(page.locator("#controls")).to_be_hidden()
        expect(page.locator("#reset")).to_be_hidden()
        expect(page.get_by_text("Trend over 3 builds")).to_be_visible()
        expect(page.get_by_text("Trend over 4 builds")).to_be_visible()


def test_a_search_looks_in_names_words_models_and_rules(browser: Browser, page_file: Path) -> None:
    with opened(browser, page_file) as page:
        everything = shown(page)
        search = page.get_by_label("Search", exact=True)
        for words, found in (
            ("AUDITS theirs", ["audits%2Ftheirs"]),
            ("rule-3", ["hostile"]),
            ("<script>alert(1)</script>", ["hostile"]),
            ("no such words", []),
            ("", everything),
        ):
            search.fill(words)
            assert shown(page) == found, words
        search.fill("noise")
        expect(page.get_by_role("status")).to_have_text("1 of 7 shown")
        assert page.evaluate("location.hash") == "#q=noise"
        page.get_by_role("button", name="Show all").click()
        assert shown(page) == everything
        expect(search).to_be_focused()
        assert page.evaluate("location.hash") == ""
        search.fill("nothing like it")
        expect(page.get_by_text("No report is like that.")).to_be_visible()


def test_filters_and_order_work_by_keys_alone(browser: Browser, page_file: Path) -> None:
    with opened(browser, page_file) as page:
        page.keyboard.press("Tab")
        expect(page.get_by_text("Skip to the reports")).to_be_focused()
        page.get_by_label("Search", exact=True).focus()
        page.keyboard.press("Tab")
        page.keyboard.press("Space")  # the first verdict
        better = shown(page)
        assert "orders" in better
        assert "noise" not in better
        page.get_by_label("Models", exact=True).focus()
        page.keyboard.type("simulated")
        assert shown(page) == ["simulated"]
        assert page.evaluate("location.hash") == "#outcome=better&stamp=simulated"
        page.get_by_role("button", name="Show all").press("Enter")
        page.get_by_label("Order", exact=True).select_option("oldest")
        assert shown(page)[0] == "orders"
        page.get_by_label("Order", exact=True).select_option("verdict")
        assert shown(page)[-2:] == ["invalid", "audits%2Ftheirs"]  # the last was not measured


def test_a_view_can_be_linked(browser: Browser, page_file: Path) -> None:
    with opened(browser, page_file, view="#outcome=mixed,inconclusive&sort=oldest") as page:
        assert shown(page) == ["noise", "mixed"]
        assert page.get_by_role("checkbox", name="Mixed").is_checked()
        page.evaluate("location.hash = '#q=theirs&strength=nonsense'")
        expect(page.get_by_role("status")).to_have_text("1 of 7 shown")
        assert not page.get_by_role("checkbox", name="Mixed").is_checked()
        page.evaluate("location.hash = '#at-mixed'")
        expect(page.get_by_role("status")).to_have_text("1 of 7 shown")
    with opened(browser, page_file, view="#at-noise") as page:
        assert len(shown(page)) == 7
        assert page.locator("#at-noise").evaluate("row => row.matches(':target')")


def test_links_lead_to_the_reports(browser: Browser, page_file: Path) -> None:
    with opened(browser, page_file) as page:
        for link in page.locator(".entry a").all():
            address = str(link.evaluate("link => link.href"))
            assert address.startswith(page_file.parent.as_uri())
            assert Path(address.removeprefix("file://")).exists()


def test_on_paper_all_is_open_and_nothing_is_to_be_pressed(
    browser: Browser, page_file: Path
) -> None:
    with opened(browser, page_file) as page:
        page.emulate_media(media="print")
        expect(page.locator("#controls")).to_be_hidden()
        assert all(table.is_visible() for table in page.locator(".builds").all())
