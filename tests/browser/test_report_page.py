"""The HTML report in a real browser: readable by everyone, printable, quiet, and unharmed."""

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Dialog, Page

from evalreport.render import render_html
from tests.conftest import require_or_skip
from tests.reports import EXAMPLES, changed, many_subgroups

pytestmark = pytest.mark.browser

Scheme = Literal["light", "dark"]
DESK, PHONE = (1280, 800), (390, 844)
GOLD = Path(__file__).parent.parent / "gold"
every_story = pytest.mark.parametrize("story", EXAMPLES)
OPEN_ALL = "document.querySelectorAll('details').forEach(details => { details.open = true })"


@contextmanager
def opened(
    browser: Browser,
    address: str,
    *,
    size: tuple[int, int] = DESK,
    scheme: Scheme = "light",
    scripts: bool = True,
) -> Iterator[Page]:
    """A page in a fresh context; whatever it says, asks for or pops up fails the test."""
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
    page.goto(address, wait_until="load")
    yield page
    page.wait_for_timeout(50)
    context.close()
    assert said == [f"request: {address}"]


# Every story in light; in dark those that between them hold every kind of element.
LOOKED_AT = [(story, "light") for story in EXAMPLES]
LOOKED_AT += [(s, "dark") for s in ("mixed", "failures", "simulated", "no_training", "hostile")]


@pytest.mark.parametrize(("story", "scheme"), LOOKED_AT)
def test_axe_finds_nothing(
    browser: Browser, address: Callable[[str], str], story: str, scheme: Scheme
) -> None:
    with opened(browser, address(story), scheme=scheme) as page:
        page.evaluate(OPEN_ALL)
        results = Axe().run(page)
        found = {
            violation["id"]: [node["html"][:200] for node in violation["nodes"]]
            for violation in results.response["violations"]
        }
        assert found == {}


@pytest.mark.parametrize(
    ("name", "scheme", "size"),
    [
        ("judged", "light", DESK),
        ("judge-stops", "dark", DESK),
        ("judge-unfit", "light", PHONE),
    ],
)
def test_a_page_about_a_judge_is_as_readable(
    browser: Browser, name: str, scheme: Scheme, size: tuple[int, int]
) -> None:
    with opened(browser, (GOLD / name / "report.html").as_uri(), scheme=scheme, size=size) as page:
        page.evaluate(OPEN_ALL)
        assert page.locator("#judges tr").count() > 10
        assert [one["id"] for one in Axe().run(page).response["violations"]] == []
        assert page.evaluate("document.documentElement.scrollWidth") == size[0]


@every_story
@pytest.mark.parametrize("width", [390, 320])
def test_a_phone_never_scrolls_sideways(
    browser: Browser, address: Callable[[str], str], story: str, width: int
) -> None:
    with opened(browser, address(story), size=(width, 844)) as page:
        page.evaluate(OPEN_ALL)
        assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("width", [1200, 400])
def test_a_claim_has_room_beside_its_ruling(browser: Browser, tmp_path: Path, width: int) -> None:
    report = EXAMPLES["mixed"]()
    long = "no interval: the number of items is not stated; that does not count. " * 8
    claims = [one.model_copy(update={"because": long}) for one in report.claims]
    file = tmp_path / "report.html"
    file.write_text(render_html(changed(report, claims=tuple(claims))), encoding="utf-8")
    with opened(browser, file.as_uri(), size=(width, 900)) as page:
        boxes = [one.bounding_box() for one in page.locator("th.claim").all()]
        assert len(boxes) == len(claims) > 1
        assert all(box is not None and box["width"] >= 11 * 16 for box in boxes)
        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_axe_finds_nothing_on_a_phone(browser: Browser, address: Callable[[str], str]) -> None:
    with opened(browser, address("mixed"), size=PHONE) as page:
        page.evaluate(OPEN_ALL)
        assert Axe().run(page).response["violations"] == []


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_the_first_screen_says_did_it_work_how_sure_what_next(
    browser: Browser, address: Callable[[str], str], size: tuple[int, int]
) -> None:
    with opened(browser, address("clear_win"), size=size) as page:
        for selector in (
            ".outcome-word",
            ".strength",
            ".headline",
            ".figure.main .point",
            ".figure.main .range",
            ".verdict-bar",
            ".next p",
        ):
            box = page.locator(selector).bounding_box()
            assert box is not None
            assert box["y"] + box["height"] <= size[1], selector


def test_it_reads_and_works_without_scripts(
    browser: Browser, address: Callable[[str], str]
) -> None:
    with opened(browser, address("mixed"), scripts=False) as page:
        assert "Field accuracy rose by 37.3 points" in page.locator("#verdict").inner_text()
        details = page.locator("details").first
        inside = details.locator(".inside")
        assert not inside.is_visible()
        details.locator("summary").click()
        assert inside.is_visible()
        page.locator("nav a", has_text="Training").click()
        assert page.url.endswith("#training")


def test_colours_follow_the_system_and_the_switch(
    browser: Browser, address: Callable[[str], str]
) -> None:
    def background(page: Page) -> str:
        colour = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        return "dark" if int(re.findall(r"\d+", colour)[0]) < 100 else "light"

    schemes: tuple[Scheme, Scheme] = ("light", "dark")
    for scheme in schemes:
        with opened(browser, address("clear_win"), scheme=scheme) as page:
            assert background(page) == scheme
            page.locator("#theme-dark").check()
            assert background(page) == "dark"
            page.locator("#theme-light").check()
            assert background(page) == "light"
            page.locator("#theme-system").check()
            assert background(page) == scheme


def test_forced_colours_leave_every_drawing_visible(
    browser: Browser, address: Callable[[str], str]
) -> None:
    with opened(browser, address("mixed"), scheme="light") as page:
        page.emulate_media(forced_colors="active")
        ink = page.evaluate("getComputedStyle(document.body).color")
        for selector in (".verdict-bar .interval", ".results .interval", ".drawing .zero"):
            strokes = page.evaluate(
                "s => [...document.querySelectorAll(s)].map(e => getComputedStyle(e).stroke)",
                selector,
            )
            assert set(strokes) == {ink}, selector
        borders = page.evaluate(
            "[...document.querySelectorAll('.swatch')].map(e => getComputedStyle(e).borderTopStyle)"
        )
        assert set(borders) == {"solid"}


def test_the_keyboard_reaches_everything_and_shows_where_it_is(
    browser: Browser, address: Callable[[str], str]
) -> None:
    focus = """() => {
        const e = document.activeElement, shown = e.matches('.theme input') ? e.nextElementSibling : e;
        const style = getComputedStyle(shown), box = shown.getBoundingClientRect();
        return {tag: e.tagName, text: e.textContent.trim().slice(0, 40), outline: style.outlineStyle,
                visible: box.width > 0 && box.bottom > 0 && box.top < innerHeight};
    }"""
    with opened(browser, address("clear_win")) as page:
        page.keyboard.press("Tab")
        first = page.evaluate(focus)
        assert first["text"] == "Skip to the verdict"
        assert first["visible"]
        reached = []
        for _ in range(60):
            where = page.evaluate(focus)
            if where["tag"] == "BODY":
                break
            assert where["outline"] != "none", where
            assert where["visible"], where
            reached.append(where["tag"])
            page.keyboard.press("Tab")
        tables = page.locator(".scroll").count()
        assert {"A", "INPUT", "SUMMARY"} <= set(reached)
        assert reached.count("DIV") >= page.locator(".scroll:visible").count() > 0
        assert tables > 0
        page.locator(".skip").focus()
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "verdict"


def printed(page: Page, path: Path) -> list[str]:
    """The printed pages as text, in reading order."""
    tool = shutil.which("pdftotext")
    require_or_skip(tool is not None, "pdftotext is not installed (apt-get install poppler-utils)")
    page.pdf(path=path, format="A4", print_background=True)
    done = subprocess.run(
        [str(tool), "-layout", str(path), "-"], check=True, capture_output=True, text=True
    )
    return done.stdout.split("\f")[:-1]


def test_print_opens_the_details_hides_the_controls_and_cuts_no_row(
    browser: Browser, tmp_path: Path
) -> None:
    report = many_subgroups()
    numbered = tuple(
        f.model_copy(update={"n": 7001 + i, "subgroup": f"group-{i}-of-many"})
        if f.subgroup is not None
        else f
        for i, f in enumerate(report.findings)
    )
    file = tmp_path / "report.html"
    file.write_text(render_html(changed(report, findings=numbered)), encoding="utf-8")
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    page.goto(file.as_uri())
    page.evaluate("document.querySelectorAll('.picture').forEach(picture => picture.remove())")
    pages = printed(page, tmp_path / "report.pdf")
    context.close()
    whole = "\n".join(pages)
    assert "Skip to the verdict" not in whole
    assert "System" not in whole
    assert "Contents" not in whole
    rows = [f for f in numbered if f.subgroup is not None]
    assert len(rows) >= 60
    for f in rows:
        (home,) = [i for i, text in enumerate(pages) if re.search(rf"{f.subgroup}\b", text)]
        assert f"{f.n:,}" in pages[home], f"the row of {f.subgroup} is cut"
    with_rows = [text for text in pages if "group-" in text and "-of-many" in text]
    assert len(with_rows) > 1
    assert all("Outcome" in text for text in with_rows), "the head is repeated on every page"


def test_print_is_light_and_breaks_where_it_may(
    browser: Browser, address: Callable[[str], str]
) -> None:
    with opened(browser, address("mixed"), scheme="dark") as page:
        page.emulate_media(media="print", color_scheme="dark")
        ink = page.evaluate("getComputedStyle(document.body).color")
        assert int(re.findall(r"\d+", ink)[0]) < 100
        for selector in ("tr", "figure", ".output", "h2"):
            breaks = page.evaluate(
                "selector => [...document.querySelectorAll(selector)]"
                ".map(e => getComputedStyle(e).breakInside)",
                selector,
            )
            assert set(breaks) == {"avoid"}, selector
        assert not page.locator(".theme").is_visible()
        assert not page.locator("nav").is_visible()


def test_hostile_text_runs_nothing_and_breaks_out_of_nothing(
    browser: Browser, address: Callable[[str], str]
) -> None:
    with opened(browser, address("hostile")) as page:
        assert page.locator("script, img, iframe, object, embed, form, base").count() == 0
        assert page.locator("[onload], [onclick], [onerror]").count() == 0
        outputs = page.locator(".output").count()
        assert outputs == page.locator("main article .pair > .output").count() > 0
        assert page.locator("body > *").count() == 4  # skip link, header, columns, footer
