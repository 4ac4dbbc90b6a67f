"""Plates fit every frame: their shape is kept where necessary, and stretched elsewhere."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from poster.envelope.fit import Fit, measure_quad, resize
from poster.envelope.plates import Plates

FRAMES = [(512, 736), (512, 1024), (1024, 1024), (128, 184), (640, 800), (200, 208), (256, 368)]


def button_spread(plates: Plates) -> tuple[float, float]:
    """Deviation of the closure across and down, over the cover's breadth; two buttons, so the
    upper one alone."""
    closure = plates.sample_rows(plates.closure, 0, plates.height)
    rows = np.flatnonzero(closure.sum(axis=1) > 0.2)
    gap = rows[np.flatnonzero(np.diff(rows) > 1)[0]] + 1
    breadth, _ = measure_quad(plates.cover_quad)
    spread = []
    for axis in (0, 1):
        weights = closure[:gap].sum(axis=axis)
        at = np.arange(len(weights)) + 0.5
        middle = np.average(at, weights=weights)
        spread.append(float(np.sqrt(np.average((at - middle) ** 2, weights=weights))) / breadth)
    return spread[0], spread[1]


def test_plates_at_their_own_size_are_themselves(plates: Plates) -> None:
    assert plates.at(*plates.grid) is plates


@pytest.mark.parametrize(("width", "height"), FRAMES)
def test_every_frame_gets_its_aspect_and_round_buttons(
    plates: Plates, width: int, height: int
) -> None:
    fitted = plates.at(width, height)
    breadth, length = measure_quad(fitted.cover_quad)
    assert breadth / length == pytest.approx(width / height, rel=0.012)
    assert breadth > 0.55 * width
    across, down = button_spread(fitted)
    assert across == pytest.approx(down, rel=0.04)
    if width >= 200:
        assert across == pytest.approx(button_spread(plates)[0], rel=0.05)


@pytest.mark.parametrize(("width", "height"), FRAMES)
def test_the_cover_is_at_its_quad_in_every_frame(plates: Plates, width: int, height: int) -> None:
    fitted = plates.at(width, height)
    cover = fitted.sample_rows(fitted.cover, 0, height) / 0.9
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = fitted.cover_quad
    middle = cover[round((ay + dy) / 2)]
    assert middle.sum() == pytest.approx((bx + cx - ax - dx) / 2, abs=0.005 * width)
    assert int(np.argmax(middle > 0.5)) == pytest.approx((ax + dx) / 2, abs=1.5)
    column = cover[:, round((ax + bx) / 2)]
    assert int(np.argmax(column > 0.5)) == pytest.approx((ay + by) / 2, abs=1.5)
    last = height - int(np.argmax(column[::-1] > 0.5))
    assert last == pytest.approx((cy + dy) / 2, abs=1.5)


@pytest.mark.parametrize(("width", "height"), FRAMES)
def test_the_envelope_is_centred_in_every_frame(plates: Plates, width: int, height: int) -> None:
    fitted = plates.at(width, height)
    film = fitted.sample_rows(fitted.plastic, 0, height) > 0.02
    for axis in (0, 1):
        inside = np.flatnonzero(film.any(axis=axis))
        before, behind = inside[0], film.shape[1 - axis] - 1 - inside[-1]
        # The drawn film itself is half a pixel off the centre of its plate.
        assert before == pytest.approx(behind, abs=2 + height / 368)


def test_the_shift_moves_with_the_plates_in_a_wide_frame(plates: Plates) -> None:
    # The film shifts only in the lower half, up to the envelope's edge.
    shift = np.zeros_like(plates.shift)
    shift[:, :10] = 1.0
    fitted = replace(plates, shift=shift).at(640, 400)
    cells = fitted.shift[..., 0].max(axis=0) / fitted.shift.max()
    last = (np.flatnonzero(cells > 0.5)[-1] + 1) / cells.size * 640
    ((ax, _), *_) = fitted.cover_quad
    breadth, _ = measure_quad(fitted.cover_quad)
    # The plate's 40th column is 40 - 27.1 of 204.8 columns into the cover.
    assert last == pytest.approx(ax + (40 - 27.1) / 204.8 * breadth, abs=640 / cells.size)


SIZE, ROWS = (256, 368), (92, 331)
QUAD = ((26.0, 60.0), (230.0, 60.0), (230.0, 354.0), (26.0, 354.0))


def test_an_invisibly_small_stretch_is_skipped_and_a_larger_one_is_not() -> None:
    assert Fit.of(SIZE, ROWS, QUAD, 255, 367).source == (0, 368)
    assert Fit.of(SIZE, ROWS, QUAD, 253, 368).source == (0, 92, 331, 368)


def test_a_highlight_beside_black_never_undershoots_when_plates_grow() -> None:
    edge = np.zeros((40, 40), np.float32)
    edge[:, 20:] = 2.0
    assert resize(edge, 130, 150).min() == 0


def test_stripes_that_shrink_along_one_axis_and_grow_along_the_other_become_their_mean() -> None:
    stripes = np.zeros((40, 400), np.float32)
    stripes[:, ::2] = 1.0
    # Of five columns, the middle one is white; sampling only that one would make all white.
    shrunk = resize(stripes, 80, 90)
    np.testing.assert_allclose(shrunk, 0.5, atol=0.11)


@pytest.mark.parametrize(("width", "height"), FRAMES)
def test_the_table_extends_to_the_edge_of_every_frame(
    plates: Plates, width: int, height: int
) -> None:
    fitted = plates.at(width, height)
    share = fitted.sample_background_share(0, height)
    edges = (share[0], share[-1], share[:, 0], share[:, -1])
    for edge in edges:
        np.testing.assert_allclose(edge, 1, atol=1e-5)
    assert share.max() <= 1
    assert fitted.sample_rows(fitted.glare, 0, height)[0].max() < 1e-4


def test_light_is_kept_when_plates_shrink(plates: Plates) -> None:
    small = plates.at(128, 184)
    for part in ("glare", "cover", "closure", "pages"):
        before, after = getattr(plates, part).mean(), getattr(small, part).mean()
        assert after == pytest.approx(before, rel=0.01), part


def test_a_larger_frame_is_interpolated_and_not_stored_larger(plates: Plates) -> None:
    large = plates.at(1024, 1472)
    assert large.grid == plates.grid
    whole = large.sample_rows(large.glare, 0, 1472)
    assert whole.shape == (1472, 1024)
    bands = [
        large.sample_rows(large.glare, top, min(top + 100, 1472)) for top in range(0, 1472, 100)
    ]
    np.testing.assert_allclose(np.concatenate(bands), whole, atol=2e-3)
    assert whole.mean() == pytest.approx(plates.glare.mean(), rel=0.01)


def test_the_films_shift_grows_with_the_frame(plates: Plates) -> None:
    assert plates.at(512, 736).shift.max() == pytest.approx(0.5, rel=0.01)
    assert plates.at(128, 184).shift.max() == pytest.approx(0.125, rel=0.01)


def test_fitting_twice_gives_the_same_as_fitting_once(plates: Plates) -> None:
    once, twice = plates.at(300, 400), plates.at(512, 736).at(300, 400)
    np.testing.assert_allclose(once.cover_quad, twice.cover_quad, atol=1.5)


def test_shrunk_plates_show_the_same_frame(plates: Plates) -> None:
    fitted = plates.at(512, 736)
    small = fitted.shrunk(4)
    assert small.grid == (128, 184)
    np.testing.assert_allclose(np.array(small.cover_quad) * 4, fitted.cover_quad)
    assert small.glare.mean() == pytest.approx(fitted.glare.mean(), rel=0.01)
    assert fitted.shift.any()
    np.testing.assert_allclose(small.shift * 4, fitted.shift)


def test_a_plain_scale_resamples_in_one_piece(
    make_library: Any, drawing: Any, tmp_path: Any
) -> None:
    library = make_library(tmp_path, drawing("even", size=(256, 368), turn=0.0))
    half = library.load(library.designs[0]).at(128, 184)
    full = library.load(library.designs[0])
    mean = full.glare.reshape(184, 2, 128, 2).mean(axis=(1, 3))
    np.testing.assert_allclose(half.glare, mean, atol=1e-6)
