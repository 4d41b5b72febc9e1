"""The rating page as a person uses it: keys, touch, closing and going on, files, no network."""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from evalreport.importers.ratings import read_ratings
from evalreport.layers.answers import Answers
from evalreport.layers.human import Human
from evalreport.layers.human.tasks import Known, RatingTask, known_comparisons, tasks_of
from evalreport.records import Chat, Item, Message, Raw
from evalreport.render.rating import rating_page

pytestmark = pytest.mark.browser

DESK, PHONE = (1280, 800), (390, 844)
MINE, THEIRS = "zebra-arm", "okapi-arm"
LAYER = Human.model_validate(
    {"kind": "human", "name": "people", "on": "qa", "arms": [MINE, THEIRS]}
)
HOSTILE = {
    "script": "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">",
    "end": "</script><script>document.title='owned'</script><!-- <script> --> ]]> {{ 7*7 }} ${7*7}",
    "turned": "\u202egnp.exe\u202c שלום עולם \u2066left\u2069 \u200bzero\x00nul\ud800",
    "long": "word " * 20_000 + "END",
    "wide": "x" * 3_000,
    "emoji": "👩🏽‍🚀 🏳️‍🌈 ไทย हिन्दी 𝔘𝔫𝔦",
    "space": "  two  spaces\n\n\ttab\n   end  ",
    "markdown": "# not a heading\n**not bold** [not a link](javascript:alert(1))",
}


def items(n: int) -> list[Item]:
    return [
        Item(
            id=f"secret-item-{i}",
            prompt=Raw(text=f"Go on from {i}: ")
            if i % 3 == 2
            else Chat(
                messages=(
                    Message(role="system", content="Answer in one sentence."),
                    Message(role="user", content=f"Question number {i}?"),
                )
            ),
        )
        for i in range(n)
    ]


def put(
    texts: Sequence[tuple[str, str]], layer: Human = LAYER
) -> tuple[RatingTask, tuple[Known, ...]]:
    asked = items(len(texts))
    answers = Answers(
        {
            (MINE, 1): {one.id: a for one, (a, _) in zip(asked, texts, strict=True)},
            (THEIRS, None): {one.id: b for one, (_, b) in zip(asked, texts, strict=True)},
        },
        ((MINE, THEIRS),),
    )
    known = known_comparisons(layer, asked, answers)
    return tasks_of(layer, known, answers)[0], known


SIX = [(f"Right, since {i} is known.", f"Wrong, though {i} is near.") for i in range(6)]


@pytest.fixture
def six(tmp_path: Path) -> tuple[Path, RatingTask, tuple[Known, ...]]:
    task, known = put(SIX)
    file = tmp_path / "page.html"
    file.write_text(rating_page(task), encoding="utf-8")
    return file, task, known


@contextmanager
def context(
    browser: Browser, size: tuple[int, int] = DESK, **options: Any
) -> Iterator[BrowserContext]:
    """A browser of its own, off the network; whatever a page says or asks for fails the test."""
    made = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, accept_downloads=True, **options
    )
    made.set_offline(True)
    said: list[str] = []

    def watch(page: Page) -> None:
        page.on("console", lambda message: said.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: said.append(f"error: {error}"))
        page.on("request", lambda request: said.append(request.url))

    made.on("page", watch)
    yield made
    made.close()
    assert [one for one in said if not one.startswith(("file:", "blob:"))] == []


def opened(made: BrowserContext, file: Path) -> Page:
    page = made.new_page()
    page.goto(file.as_uri())
    return page


def begin(page: Page, name: str = "") -> None:
    if name:
        page.get_by_label("Your name or a pseudonym").first.fill(name)
    page.locator("#begin").click()


def ready(page: Page) -> None:
    """Until a person could have looked: what comes sooner is a slip of the finger."""
    page.wait_for_timeout(330)


def press(page: Page, *keys: str) -> None:
    for key in keys:
        ready(page)
        page.keyboard.press(key)


def saved(page: Page, button: str) -> dict[str, Any]:
    with page.expect_download() as download:
        page.get_by_role("button", name=button).click()
    held: dict[str, Any] = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    return held


def verdicts(held: dict[str, Any]) -> list[str]:
    return [one["verdict"] for one in held["ratings"]]


def test_a_person_rates_by_keyboard_and_the_file_is_read_back(
    browser: Browser, six: tuple[Path, RatingTask, tuple[Known, ...]], tmp_path: Path
) -> None:
    file, task, known = six
    with context(browser) as made:
        page = opened(made, file)
        begin(page, "Anna B.")
        expect(page.locator("#heading")).to_have_text("Pair 1 of 6")
        chosen = []
        for keys in ("1", "ArrowRight", "t", "b", "s"):
            ready(page)
            shown = page.locator("#text-a").inner_text()
            chosen.append(shown)
            page.keyboard.press(keys)
        expect(page.locator("#said")).to_have_text("Pair 5: Skipped")
        expect(page.locator("#count")).to_have_text("5 of 6")
        press(page, "A")
        expect(page.locator("#done")).to_be_visible()
        expect(page.locator("#done-said")).to_contain_text("skipped 1")
        with page.expect_download() as download:
            page.keyboard.press("d")
        assert re.fullmatch(r"ratings-anna-b-[0-9a-f]{8}\.json", download.value.suggested_filename)
        path = tmp_path / "anna.json"
        download.value.save_as(path)
    held = json.loads(path.read_text(encoding="utf-8"))
    assert verdicts(held) == ["A", "B", "tie", "B", "skip", "A"]
    assert (held["rater"], held["page"], held["finished"] is not None) == (
        "Anna B.",
        task.page,
        True,
    )
    assert all(0.2 < one["seconds"] < 30 for one in held["ratings"])
    assert [one["place"] for one in held["ratings"]] == [1, 2, 3, 4, 5, 6]
    found = read_ratings([path], LAYER, known)
    assert found.raters[0].name == "Anna B."
    first = found.verdicts[0]
    assert first.verdict == (1 if chosen[0].startswith("Right") else -1)
    assert first.candidate_first == chosen[0].startswith("Right")
    assert [one.verdict for one in found.verdicts].count(None) == 1


def test_a_person_rates_by_touch(
    browser: Browser, six: tuple[Path, RatingTask, tuple[Known, ...]]
) -> None:
    with context(browser, PHONE, has_touch=True, is_mobile=True) as made:
        page = opened(made, six[0])
        page.locator("#begin").tap()
        for button in ("#choose-b", "#choose-tie", "#choose-a"):
            ready(page)
            page.locator(button).tap()
        page.locator("#undo").tap()
        expect(page.locator("#heading")).to_have_text("Pair 3 of 6")
        page.locator("#menu-open").tap()
        held = saved(page, "Download so far")
        assert verdicts(held) == ["B", "tie"]
        assert held["finished"] is None
        assert not page.locator("kbd").first.is_visible()


def test_a_key_that_is_hit_twice_rates_one_pair(
    browser: Browser, six: tuple[Path, RatingTask, tuple[Known, ...]]
) -> None:
    with context(browser) as made:
        page = opened(made, six[0])
        begin(page)
        ready(page)
        page.keyboard.press("1")
        page.keyboard.press("1")
        expect(page.locator("#count")).to_have_text("1 of 6")


def test_undo_goes_back_as_often_as_one_likes(
    browser: Browser, six: tuple[Path, RatingTask, tuple[Known, ...]]
) -> None:
    with context(browser) as made:
        page = opened(made, six[0])
        begin(page)
        expect(page.locator("#undo")).to_be_disabled()
        first = page.locator("#text-a").inner_text()
        press(page, "1", "2", "0", "u", "Backspace", "u", "u")
        expect(page.locator("#heading")).to_have_text("Pair 1 of 6")
        assert page.locator("#text-a").inner_text() == first
        expect(page.locator("#count")).to_have_text("0 of 6")
        press(page, *"222222")
        expect(page.locator("#done")).to_be_visible()
        press(page, "u", "1")
        assert verdicts(saved(page, "Download the ratings")) == ["B"] * 5 + ["A"]


def test_notes_stay_with_their_pair_and_keys_are_letters_in_them(
    browser: Browser, six: tuple[Path, RatingTask, tuple[Known, ...]]
) -> None:
    with context(browser) as made:
        page = opened(made, six[0])
        begin(page)
        press(page, "n")
        expect(page.locator("#note")).to_be_focused()
        page.keyboard.type("1 ab both are odd")
        page.keyboard.press("Escape")
        expect(page.locator("#count")).to_have_text("0 of 6")
        press(page, "1")
        assert not page.locator("#note").is_visible()
        press(page, "u")
        expect(page.locator("#note")).to_have_value("1 ab both are odd")
        press(page, "2", "0")
        held = page.evaluate(
            "localStorage.getItem(Object.keys(localStorage).find(k => !k.endsWith('look')))"
        )
        assert "both are odd" in held
        page.keyboard.press("?")
        assert [one["note"] for one in saved(page, "Download so far")["ratings"]] == [
            "1 ab both are odd",
            "",
        ]


def test_it_goes_on_where_it_was_closed(
    browser: Browser, six: tuple[Path, RatingTask, tuple[Known, ...]]
) -> None:
    with context(browser) as made:
        page = opened(made, six[0])
        begin(page, "anna")
        press(page, "1", "2")
        page.close()
        again = opened(made, six[0])
        expect(again.locator("#begin")).to_have_text("Continue at pair 3 of 6")
        expect(again.locator("#rater")).to_have_value("anna")
        begin(again)
        expect(again.locator("#count")).to_have_text("2 of 6")
        press(again, "u")
        expect(again.locator("#heading")).to_have_text("Pair 2 of 6")
        press(again, "1", *"1111")
        held = saved(again, "Download the ratings")
        assert verdicts(held) == ["A"] * 6


def test_another_browser_goes_on_from_a_file(
    browser: Browser, six: tuple[Path, RatingTask, tuple[Known, ...]], tmp_path: Path
) -> None:
    with context(browser) as made:
        page = opened(made, six[0])
        begin(page, "anna")
        press(page, "1", "2", "0")
        page.keyboard.press("?")
        held = saved(page, "Download so far")
    # What stood first may have changed since: the ratings follow the texts.
    held["ratings"][0]["first"] = "0" * 16
    half, other = tmp_path / "half.json", tmp_path / "other.json"
    half.write_text(json.dumps(held))
    other.write_text("{}")
    with context(browser) as made:
        page = opened(made, six[0])
        page.locator("#file").set_input_files(other)
        expect(page.locator("#warning")).to_have_text("That is no file of ratings.")
        page.locator("#file").set_input_files(half)
        expect(page.locator("#warning")).to_contain_text("3 of 3 ratings were taken")
        expect(page.locator("#rater")).to_have_value("anna")
        begin(page)
        expect(page.locator("#heading")).to_have_text("Pair 4 of 6")
        press(page, "1", "1", "1")
        found = saved(page, "Download the ratings")
        assert found["session"] == held["session"]
        assert verdicts(found) == ["B", "B", "tie", "A", "A", "A"]


def test_skipped_pairs_can_be_looked_at_again(
    browser: Browser, six: tuple[Path, RatingTask, tuple[Known, ...]]
) -> None:
    with context(browser) as made:
        page = opened(made, six[0])
        begin(page)
        press(page, *"1s1s11")
        page.get_by_role("button", name="Go through the skipped 2 again").click()
        expect(page.locator("#heading")).to_have_text("Pair 2 of 6")
        press(page, "2")
        expect(page.locator("#heading")).to_have_text("Pair 4 of 6")
        press(page, "2")
        assert verdicts(saved(page, "Download the ratings")) == ["A", "B", "A", "B", "A", "A"]


def test_a_browser_that_keeps_nothing_says_so_and_works(
    browser: Browser, six: tuple[Path, RatingTask, tuple[Known, ...]]
) -> None:
    with context(browser) as made:
        made.add_init_script(
            "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no') }})"
        )
        page = opened(made, six[0])
        expect(page.locator("#warning")).to_contain_text("keeps nothing when the page is closed")
        begin(page)
        press(page, *"121212")
        assert verdicts(saved(page, "Download the ratings")) == ["A", "B"] * 3


def test_two_tabs_do_not_lose_each_others_ratings(
    browser: Browser, six: tuple[Path, RatingTask, tuple[Known, ...]]
) -> None:
    with context(browser) as made:
        one, other = opened(made, six[0]), opened(made, six[0])
        begin(other)
        begin(one)
        press(one, "1")
        expect(other.locator("#warning")).to_contain_text("open twice")
        expect(other.locator("#heading")).to_have_text("Pair 2 of 6")
        press(other, "2")
        expect(one.locator("#count")).to_have_text("2 of 6")


def test_what_is_kept_may_be_damaged(
    browser: Browser, six: tuple[Path, RatingTask, tuple[Known, ...]]
) -> None:
    file, task, _ = six
    for kept in (
        '"x"',
        "[1]",
        "{",
        json.dumps(
            {
                "ratings": {task.comparisons[0].id: {"verdict": "Z"}},
                "trail": 7,
                "notes": [],
                "rater": {},
            }
        ),
    ):
        with context(browser) as made:
            made.add_init_script(
                f"try {{ if (!localStorage.getItem('once')) {{ localStorage.setItem('evalreport-rating-{task.page}', {json.dumps(kept)}); localStorage.setItem('once', '1') }} }} catch {{}}"
            )
            page = opened(made, file)
            begin(page)
            press(page, "1")
            expect(page.locator("#count")).to_have_text("1 of 6")


# Hostile texts


def test_whatever_models_wrote_is_shown_as_text(browser: Browser, tmp_path: Path) -> None:
    texts = [(hostile, f"plain {name}") for name, hostile in HOSTILE.items()]
    task, _ = put(texts)
    file = tmp_path / "page.html"
    file.write_text(rating_page(task), encoding="utf-8")
    with context(browser) as made:
        page = opened(made, file)
        begin(page)
        seen = {}
        for _ in texts:
            shown = [page.locator(f"#text-{side}").evaluate("e => e.textContent") for side in "ab"]
            name = next(text for text in shown if text.startswith("plain ")).removeprefix("plain ")
            seen[name] = next(text for text in shown if not text.startswith("plain "))
            assert page.locator(".text *").count() == 0
            assert page.evaluate("document.documentElement.scrollWidth") <= DESK[0]
            press(page, "1")
        for name in ("script", "end", "long", "wide", "emoji", "space", "markdown"):
            assert seen[name] == HOSTILE[name]
        assert (
            seen["turned"]
            == "⟨U+202E⟩gnp.exe⟨U+202C⟩ שלום עולם ⟨U+2066⟩left⟨U+2069⟩ ⟨U+200B⟩zero␀nul⟨U+D800⟩"
        )
        assert "owned" not in page.title()
        assert page.locator("img, iframe, script[src], object, embed, form, base").count() == 0
        assert page.locator("script").count() == 2


def test_nothing_can_be_run_even_if_it_were_set_as_markup(
    browser: Browser, six: tuple[Path, RatingTask, tuple[Known, ...]]
) -> None:
    made = browser.new_context()
    page = made.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(six[0].as_uri())
    blocked = page.evaluate(
        "(() => { try { document.body.innerHTML = '<img src=x>'; return 'set' } catch { return 'blocked' } })()"
    )
    assert blocked == "blocked"
    assert (
        page.evaluate("fetch('https://example.com/').then(() => 'sent', () => 'blocked')")
        == "blocked"
    )
    made.close()


def test_the_source_betrays_no_arm(six: tuple[Path, RatingTask, tuple[Known, ...]]) -> None:
    text = six[0].read_text(encoding="utf-8")
    for secret in (
        MINE,
        THEIRS,
        "zebra",
        "okapi",
        "secret-item",
        "people",
        '"qa"',
        "candidate",
        "tuned",
    ):
        assert secret not in text, secret
    data = json.loads(re.findall(r'id="task">(.*?)</script>', text, re.DOTALL)[0])
    assert {*data} == {"page", "asked", "rater", "title", "ties", "comparisons"}
    assert all({*one} == {"id", "slot", "turns", "a", "b"} for one in data["comparisons"])


def test_a_page_without_ties_offers_none(browser: Browser, tmp_path: Path) -> None:
    layer = LAYER.model_copy(
        update={"ties": False, "title": "Which <b>reply</b>?", "question": "Which is kinder?"}
    )
    task, _ = put(SIX, layer)
    file = tmp_path / "page.html"
    file.write_text(rating_page(task), encoding="utf-8")
    with context(browser) as made:
        page = opened(made, file)
        expect(page.locator("#start h1")).to_have_text("Which <b>reply</b>?")
        begin(page)
        press(page, "0", "t")
        expect(page.locator("#count")).to_have_text("0 of 6")
        assert not page.locator("#choose-tie").is_visible()
        expect(page.locator("#criteria summary")).to_contain_text("Which is kinder?")


# For everybody


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE])
def test_axe_finds_nothing(
    browser: Browser,
    six: tuple[Path, RatingTask, tuple[Known, ...]],
    scheme: Any,
    size: tuple[int, int],
) -> None:
    # Axe sets markup of its own, which the policy of the page forbids.
    with context(
        browser, size, color_scheme=scheme, bypass_csp=True, reduced_motion="reduce"
    ) as made:
        page = opened(made, six[0])

        def look(where: str) -> None:
            found = {
                v["id"]: [n["html"][:160] for n in v["nodes"]]
                for v in Axe().run(page).response["violations"]
            }
            assert found == {}, where

        look("start")
        begin(page)
        page.locator("#criteria summary").click()
        press(page, "n")
        look("rating")
        page.keyboard.press("Escape")
        page.locator("#menu-open").click()
        page.locator("#as-text").click()
        look("menu")
        page.locator("#menu-close").click()
        page.locator("#heading").focus()
        press(page, *"11s111")
        look("done")


@pytest.mark.parametrize("width", [390, 320])
def test_a_phone_stacks_and_never_scrolls_sideways(
    browser: Browser, tmp_path: Path, width: int
) -> None:
    task, _ = put([(HOSTILE["wide"], HOSTILE["long"]), ("short", "short too")])
    file = tmp_path / "page.html"
    file.write_text(rating_page(task), encoding="utf-8")
    with context(browser, (width, 844)) as made:
        page = opened(made, file)
        assert page.evaluate("document.documentElement.scrollWidth") == width
        begin(page)
        for _ in range(2):
            a, b = (page.locator(f"#answer-{side}").bounding_box() for side in "ab")
            assert a is not None
            assert b is not None
            assert b["y"] >= a["y"] + a["height"]
            assert page.evaluate("document.documentElement.scrollWidth") == width
            for button in ("#choose-a", "#choose-tie", "#choose-b"):
                box = page.locator(button).bounding_box()
                assert box is not None
                assert box["height"] >= 44
                assert (
                    0 <= box["y"] <= 844 - box["height"]
                )  # within reach, however long the answers
            press(page, "1")
        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_the_keyboard_reaches_everything_and_shows_where_it_is(
    browser: Browser, six: tuple[Path, RatingTask, tuple[Known, ...]]
) -> None:
    focus = """() => {
        const e = document.activeElement, box = e.getBoundingClientRect();
        return [e.id, getComputedStyle(e).outlineStyle, box.width > 0 && box.top < innerHeight];
    }"""
    with context(browser) as made:
        page = opened(made, six[0])
        begin(page)
        page.locator("#menu-open").focus()
        reached: list[str] = []
        for _ in range(12):
            page.keyboard.press("Tab")
            name, outline, visible = page.evaluate(focus)
            if not name and reached and reached[-1] != "criteria":
                break
            assert outline != "none"
            assert visible
            reached.append(name or "criteria")
        assert reached[:8] == [
            "criteria", "conversation", "choose-a", "choose-tie", "choose-b", "skip", "note-open", "menu-open",
        ][: len(reached)]  # fmt: skip
        page.locator("#choose-b").focus()
        ready(page)
        page.keyboard.press("Enter")
        expect(page.locator("#said")).to_have_text("Pair 1: B is better")
        expect(page.locator("#heading")).to_be_focused()


def test_single_keys_can_be_switched_off_and_the_look_is_kept(
    browser: Browser, six: tuple[Path, RatingTask, tuple[Known, ...]]
) -> None:
    with context(browser) as made:
        page = opened(made, six[0])
        page.locator("#menu-open").click()
        page.get_by_label("Single keys give verdicts").uncheck()
        page.get_by_label("Dark").check()
        page.get_by_label("Letters of one width").check()
        page.keyboard.press("Escape")
        begin(page)
        press(page, "1", "2")
        expect(page.locator("#count")).to_have_text("0 of 6")
        again = opened(made, six[0])
        background = again.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        assert int(re.findall(r"\d+", background)[0]) < 100
        assert "mono" in again.locator("#text-a").evaluate("e => getComputedStyle(e).fontFamily")
