"""sRGB and WCAG by their published figures."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poster.colour import (
    contrast_ratio,
    format_hex,
    linear_from_srgb,
    parse_hex,
    relative_luminance,
    srgb_from_linear,
)


def test_srgb_survives_conversion_to_linear_light_and_back() -> None:
    levels = np.arange(256, dtype=np.uint8)
    back = np.rint(srgb_from_linear(linear_from_srgb(levels)) * 255)
    assert np.array_equal(back, levels)


def test_middle_grey_reflects_a_fifth() -> None:
    assert linear_from_srgb(np.array(119, np.uint8)) == pytest.approx(0.1845, abs=1e-3)


@pytest.mark.parametrize(
    ("first", "second", "ratio"),
    [
        ("#000000", "#FFFFFF", 21.0),
        ("#777777", "#FFFFFF", 4.48),  # the grey that just fails WCAG AA on white
        ("#0000FF", "#FFFFFF", 8.59),
        ("#FF0000", "#FFFFFF", 4.00),
    ],
)
def test_contrast_is_that_of_wcag(first: str, second: str, ratio: float) -> None:
    a, b = (relative_luminance(np.array(parse_hex(colour), np.uint8)) for colour in (first, second))
    assert contrast_ratio(a, b) == pytest.approx(ratio, abs=0.01)
    assert contrast_ratio(b, a) == pytest.approx(ratio, abs=0.01)


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_hex_colours_survive_parsing_and_formatting(colour: tuple[int, int, int]) -> None:
    assert parse_hex(format_hex(colour)) == colour
