"""Colour differences are those of CIEDE2000, as another library computes them."""

import coloraide
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from poster.colour_difference import colour_difference, lab_from_srgb

LAB = st.tuples(st.floats(0, 100), st.floats(-110, 110), st.floats(-110, 110))
PIXEL = st.tuples(*[st.integers(0, 255)] * 3)


def difference(first: tuple[float, ...], second: tuple[float, ...]) -> float:
    one, other = (np.array([lab], np.float32) for lab in (first, second))
    return float(colour_difference(one, other)[0])


@given(LAB, LAB)
def test_the_difference_of_any_two_colours_is_that_of_coloraide(
    first: tuple[float, float, float], second: tuple[float, float, float]
) -> None:
    # Between opposite hues, the mean hue is either of two.
    (_, a, b), (_, c, d) = first, second
    assume(a * c + b * d >= 0 or abs(a * d - b * c) > 1e-3 * (abs(a * c) + abs(b * d)))
    one, other = (coloraide.Color("lab-d65", lab) for lab in (first, second))
    expected = one.delta_e(other, method="2000", space="lab-d65")
    assert difference(first, second) == pytest.approx(expected, abs=5e-3)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        # Pairs 1, 7, 14, 17 and 25 of Sharma's test data: hue angles, greys and the far quadrant.
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 0, 0), (50, -1, 2), 2.3669),
        ((50, 2.49, -0.001), (50, -2.49, 0.0012), 7.2195),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ],
)
def test_published_pairs_have_their_published_differences(
    first: tuple[float, ...], second: tuple[float, ...], expected: float
) -> None:
    assert difference(first, second) == pytest.approx(expected, abs=1e-4)


@given(PIXEL)
def test_pixels_have_the_lab_of_coloraide(pixel: tuple[int, int, int]) -> None:
    expected = coloraide.Color("srgb", [value / 255 for value in pixel]).convert("lab-d65")
    found = lab_from_srgb(np.array([pixel], np.uint8))[0]
    assert found == pytest.approx(list(expected.coords()), abs=0.05)
