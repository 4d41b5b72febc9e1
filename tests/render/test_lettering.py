"""Texts fit the room that they are given, and lose nothing without saying so."""

from hypothesis import given
from hypothesis import strategies as st

from evalreport.render.lettering import CUT, fitted, is_in_font, lines_of, width_of

TEXTS = st.text(st.characters(codec="utf-8"), max_size=80)


@given(TEXTS, st.floats(20, 400))
def test_a_fitted_text_fits_and_is_a_beginning_of_the_whole(text: str, width: float) -> None:
    short = fitted(text, width, 12)
    assert width_of(short, 12) <= width
    assert short == text or (short.endswith(CUT) and text.startswith(short.removesuffix(CUT)))


@given(TEXTS, st.floats(60, 400), st.integers(0, 4))
def test_lines_hold_every_word_or_end_with_an_ellipsis(text: str, width: float, most: int) -> None:
    lines = lines_of(text, width, 12, most=most)
    assert all(width_of(line, 12) <= width for line in lines)
    assert not most or len(lines) <= most
    words = " ".join(text.split())
    assert " ".join(lines) == words or any(line.endswith(CUT) for line in lines)


def test_no_words_are_no_lines() -> None:
    assert lines_of(" ", 100, 12) == ()


def test_signs_of_reports_are_in_the_font_and_others_are_not() -> None:
    assert is_in_font("+43.4 points² (−2.5 to × 0.9) · é Ж “x” – … ≥")
    assert not is_in_font("苹果")
