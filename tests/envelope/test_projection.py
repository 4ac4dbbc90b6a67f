"""The receipt's positions in the envelope are where the composite puts things."""

import numpy as np
import pytest

from poster.envelope.projection import map_points, mean_inside, project_box
from poster.geometry import Box, Quad

QUAD: Quad = ((100.0, 120.0), (902.0, 118.0), (905.0, 1290.0), (98.0, 1294.0))


def test_the_covers_corners_map_to_the_quad() -> None:
    corners = [(0.0, 0.0), (700.0, 0.0), (700.0, 900.0), (0.0, 900.0)]
    np.testing.assert_allclose(map_points(QUAD, (700, 900), corners), QUAD, atol=1e-3)


def test_a_box_keeps_its_corners_in_their_order() -> None:
    a, b, c, d = project_box(Box(0, 0, 700, 450), (700, 900), QUAD)
    np.testing.assert_allclose((a, b), QUAD[:2], atol=1e-3)
    assert c[1] == pytest.approx(704, abs=4)
    assert c[0] > d[0]


@pytest.mark.parametrize("scale", [1, 2])
def test_the_mean_is_taken_only_inside_the_quad(scale: int) -> None:
    plate = np.zeros((400, 300), np.float32)
    plate[100:200, 50:150] = 0.5
    frame = (300 * scale, 400 * scale)

    def mean(*corners: tuple[float, float]) -> float:
        a, b, c, d = ((x * scale, y * scale) for x, y in corners)
        return mean_inside(plate, frame, (a, b, c, d))

    assert mean((60, 110), (140, 110), (140, 190), (60, 190)) == pytest.approx(0.5)
    assert mean((0, 0), (300, 0), (300, 400), (0, 400)) == pytest.approx(5000 / 120000, rel=0.02)
    # A diamond inside the square: its corners' triangles are left out.
    assert mean((100, 100), (150, 150), (100, 200), (50, 150)) == pytest.approx(0.5, abs=0.02)
    assert mean((200, 300), (250, 300), (250, 350), (200, 350)) == 0


def test_the_mean_lies_in_the_middle_of_a_slanted_quad() -> None:
    columns = np.broadcast_to(np.arange(30, dtype=np.float32) + 0.5, (30, 30)).copy()
    diamond: Quad = ((15.0, 6.0), (24.0, 15.0), (15.0, 24.0), (6.0, 15.0))
    for ramp in (columns, columns.T.copy()):
        # OpenCV fills 0.2 pixels too far right and down.
        assert mean_inside(ramp, (30, 30), diamond) == pytest.approx(15, abs=0.3)


def test_a_box_thinner_than_a_pixel_has_a_mean() -> None:
    plate = np.full((40, 30), 0.25, np.float32)
    thin: Quad = ((5.2, 5.2), (5.4, 5.2), (5.4, 5.3), (5.2, 5.3))
    assert mean_inside(plate, (30, 40), thin) == pytest.approx(0.25)
