"""The composite is the sum of the plates, type stays exact, and any background works."""

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from poster.colour import floats_from_pixels, pixels_from_floats
from poster.envelope.composite import Image, composite_envelope
from poster.envelope.design_library import DesignLibrary
from poster.envelope.inlay import Inlay
from poster.envelope.light import CREAM, PAGE_TINT, gather_light
from poster.envelope.plates import Plates
from poster.envelope.projection import map_points, project_box
from poster.envelope.tone_curve import SHOULDER, radiance_of
from poster.geometry import Box
from poster.paint_settings import EnvelopeAppearance
from poster.photo.grade import add_grain

W, H = 512, 736
MARKS = [(60.5, 70.5), (440.5, 66.5), (256.5, 350.5), (60.5, 600.5), (440.5, 690.5)]
COLOURS = st.tuples(*[st.integers(0, 255)] * 3)
DIM = st.tuples(*[st.integers(0, 220)] * 3)
LOOKS = st.builds(EnvelopeAppearance, COLOURS, st.none() | COLOURS, st.floats(0, 1))


@pytest.fixture(scope="module")
def plates(make_library: Any, drawing: Any, tmp_path_factory: pytest.TempPathFactory) -> Plates:
    """Of the frame's size; the highlight is in the lower half, right of the middle."""
    drawn = drawing("one", size=(W, H), glow=(0.8, 0.75))
    library = make_library(tmp_path_factory.mktemp("composite"), drawn)
    loaded: Plates = library.load(library.designs[0])
    return loaded


def plain(level: int, width: int = W, height: int = H) -> Image:
    return np.full((height, width, 3), level, np.uint8)


def lettered(width: int, height: int) -> Image:
    """Small black type on paper, all over the cover."""
    cover = plain(225, width, height)
    for number, y in enumerate(range(height // 20, height, height // 24)):
        cv2.putText(
            cover, f"{number} Orange as a discipline, forty orbits later 0123456789",
            (width // 20, y), cv2.FONT_HERSHEY_SIMPLEX, width / 1100, (20, 20, 20), 1, cv2.LINE_AA,
        )  # fmt: skip
    return cover


def linear(image: NDArray[Any]) -> NDArray[np.float64]:
    code = image / 255
    return np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)


def encoded(light: NDArray[np.float64]) -> NDArray[np.float64]:
    """sRGB levels, [0, 255]; of light below the shoulder."""
    curve = 1.055 * np.maximum(light, 1e-9) ** (1 / 2.4) - 0.055
    return 255 * np.where(light <= 0.0031308, 12.92 * light, curve)


def summed(cover: Image, plates: Plates, appearance: EnvelopeAppearance) -> NDArray[np.float64]:
    """The full sum of the plates in float64, but with the cover resampled; without the table."""
    seen = np.stack(Inlay(cover, plates).rows(0, plates.height), axis=-1).astype(np.float64)
    plate = {name: getattr(plates, name).astype(np.float64)[..., None]
             for name in ("glare", "plastic", "pages", "cover", "closure")}  # fmt: skip
    closure = linear(np.array(appearance.closure or CREAM))
    return np.asarray(
        appearance.glare * plate["glare"] + plate["plastic"] + plate["pages"] * np.array(PAGE_TINT)
        + plate["cover"] * seen + plate["closure"] * closure
    )  # fmt: skip


def light_added(cover: Image, ground: Image, plates: Plates) -> NDArray[np.float64]:
    """Difference of two composited covers in linear light, in grey."""
    with_marks, without = (
        composite_envelope(page, plates, EnvelopeAppearance(), 3) for page in (cover, ground)
    )
    return np.asarray(np.abs(linear(with_marks) - linear(without)).mean(axis=2))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1), LOOKS, st.integers(0, H - 1))
def test_the_light_is_the_plates_sum(
    plates: Plates, seed: int, appearance: EnvelopeAppearance, top: int
) -> None:
    cover = np.random.default_rng(seed).integers(0, 256, (90, 62, 3), np.uint8)
    foot = min(top + 64, H)
    lights = np.stack(gather_light(Inlay(cover, plates), plates, appearance, top, foot), axis=-1)
    np.testing.assert_allclose(lights, summed(cover, plates, appearance)[top:foot], atol=2e-5)


@settings(max_examples=12, deadline=None)
@given(COLOURS, DIM, st.floats(0, 1))
def test_a_composited_cover_is_the_tone_mapped_sum_of_the_plates(
    plates: Plates, paint: tuple[int, int, int], table: tuple[int, int, int], glare: float
) -> None:
    cover = np.full((92, 64, 3), paint, np.uint8)
    appearance = EnvelopeAppearance(table, (30, 60, 90), glare)
    sealed = composite_envelope(cover, plates, appearance, 1).astype(np.float64)
    share = np.minimum(plates.background_share.astype(np.float64), 1)[..., None]
    light = summed(cover, plates, appearance) + share * np.array(radiance_of(table))
    # Where nothing is bright enough for the shoulder or for glow nearby.
    dim = cv2.dilate((light.max(axis=2) > SHOULDER - 0.02).astype(np.uint8), np.ones((65, 65))) == 0
    difference = sealed - encoded(light)
    assert abs(difference[dim]).max() < 6.0  # grain's far tail
    assert abs(cv2.blur(difference, (25, 25))[dim]).max() < 1.0


@settings(max_examples=20, deadline=None)
@given(COLOURS)
def test_a_flat_background_is_exactly_its_colour_off_the_object(
    plates: Plates, table: tuple[int, int, int]
) -> None:
    sealed = composite_envelope(plain(200, 62, 90), plates, EnvelopeAppearance(table), 5)
    for ground in (sealed[:3], sealed[-3:], sealed[:, :4], sealed[:, -4:]):
        assert (ground == np.array(table)).all()


@pytest.mark.parametrize("size", [(W, H), (1024, 1472), (320, 512)])
def test_the_background_is_exact_in_every_frame(plates: Plates, size: tuple[int, int]) -> None:
    fitted = plates.at(*size)
    for table in ((255, 255, 255), (119, 119, 119), (0, 0, 0), (30, 42, 90)):
        sealed = composite_envelope(plain(200), fitted, EnvelopeAppearance(table), 5)
        for ground in (sealed[0], sealed[-1], sealed[:, 0], sealed[:, -1]):
            assert (ground == np.array(table)).all()


def laid_over(sealed: Image, picture: NDArray[np.float64]) -> NDArray[np.float64]:
    """RGBA over a picture, in linear light."""
    alpha = sealed[..., 3:] / 255
    return linear(sealed[..., :3]) * alpha + picture * (1 - alpha)


@pytest.mark.parametrize("glare", [0.0, 0.4])
def test_transparent_over_a_picture_is_the_sum_with_that_picture_as_background(
    plates: Plates, glare: float
) -> None:
    cover = lettered(W, H)
    appearance = EnvelopeAppearance(None, None, glare)
    sealed = composite_envelope(cover, plates, appearance, 2)
    assert sealed.shape == (H, W, 4)
    picture = np.random.default_rng(1).uniform(0.05, 0.5, (H // 8, W // 8, 3))
    picture = cv2.resize(picture, (W, H), interpolation=cv2.INTER_CUBIC).clip(0.05, 0.5)
    share = np.minimum(plates.background_share.astype(np.float64), 1)[..., None]
    light = summed(cover, plates, appearance)
    whole = light + share * picture
    # Where film reflects more than it hides, alpha is raised; where the shoulder or glow acts,
    # the result is not the plain sum.
    exact = (light.max(axis=2) <= 1 - share[..., 0]) & (whole.max(axis=2) < SHOULDER - 0.02)
    difference = encoded(laid_over(sealed, picture)) - encoded(whole)
    assert exact.mean() > 0.9
    assert abs(difference[exact]).max() < 7.0
    smooth = cv2.blur(difference * exact[..., None], (25, 25))
    assert abs(smooth).max() < 1.2


def test_transparent_over_black_is_the_envelope_on_black(plates: Plates) -> None:
    cover = lettered(W, H)
    apart, whole = (
        composite_envelope(cover, plates, EnvelopeAppearance(table), 2)
        for table in (None, (0, 0, 0))
    )
    shown = encoded(laid_over(apart, np.zeros((H, W, 3))))
    difference = shown - whole
    assert abs(cv2.blur(difference, (15, 15))).max() < 1.5
    assert abs(difference).mean() < 1.0


def test_highlights_are_compressed_with_alpha_as_without(plates: Plates) -> None:
    bright = replace(plates, glare=np.full_like(plates.glare, 0.1))
    apart, whole = (
        composite_envelope(plain(255), bright, EnvelopeAppearance(table), 2)
        for table in (None, (0, 0, 0))
    )
    middle = np.s_[300:400, 150:350]
    assert (apart[middle][..., 3] == 255).all()
    assert abs(apart[middle][..., :3].mean() - whole[middle].mean()) < 1


def test_alpha_is_zero_off_the_object_and_full_on_the_magazine(plates: Plates) -> None:
    alpha = composite_envelope(plain(128), plates, EnvelopeAppearance(None), 2)[..., 3]
    (ax, ay), _, (cx, cy), _ = plates.cover_quad
    assert (alpha[:3] == 0).all()
    assert (alpha[:, :4] == 0).all()
    assert (alpha[int(ay) + 4 : int(cy) - 4, int(ax) + 6 : int(cx) - 6] == 255).all()
    film = alpha[round(ay) - 30, 40]
    assert film == pytest.approx(255 * 0.15, abs=1)


def test_a_highlight_on_bare_film_is_white_on_a_dark_picture(plates: Plates) -> None:
    # There the film hides little: alpha is raised for its reflection.
    spot = np.zeros_like(plates.glare)
    cv2.circle(spot, (25, 60), 8, 2.0, -1)
    lit = replace(plates, glare=spot)
    apart = composite_envelope(plain(60), lit, EnvelopeAppearance(None), 2)
    shown = encoded(laid_over(apart, np.full((H, W, 3), 0.02)))
    assert shown[56:64, 21:29].min() > 250


def test_invisibly_faint_light_leaves_a_picture_unchanged(plates: Plates) -> None:
    stray = replace(plates, glare=plates.glare + np.float32(5e-5))
    sealed = composite_envelope(plain(128), stray, EnvelopeAppearance(None), 2)
    for edge in (sealed[:3], sealed[-3:], sealed[:, :4], sealed[:, -4:]):
        assert not edge.any()


def test_zero_alpha_hides_nothing_and_shows_nothing(plates: Plates) -> None:
    sealed = composite_envelope(plain(128), plates, EnvelopeAppearance(None), 2)
    assert (sealed[sealed[..., 3] == 0] == 0).all()


def test_black_stays_black_and_does_not_band(plates: Plates) -> None:
    columns = np.linspace(0, 0.004, W, dtype=np.float32)
    ramp = replace(
        plates, glare=np.broadcast_to(columns, (H, W)).copy(), plastic=np.zeros_like(plates.glare)
    )
    sealed = composite_envelope(plain(0), ramp, EnvelopeAppearance(), 1)
    assert sealed[:, 0].max() == 0
    # Rows above cover and buttons: the mean over rows follows the light between the levels.
    part = sealed[:18, :, 1].astype(np.float64)
    expected = encoded(columns.astype(np.float64))
    smooth = cv2.blur(part.mean(axis=0)[None], (33, 1))[0]
    assert abs(smooth - expected)[20:-20].max() < 0.25
    runs = np.diff(np.flatnonzero(np.diff(part[9])))
    assert runs.max() < 40  # a band of one level would be 40 px wide and more


def test_edges_are_smooth(plates: Plates) -> None:
    # The rotated side of the magazine against the table: no step in it is as high as the edge.
    sealed = linear(composite_envelope(plain(230), plates, EnvelopeAppearance(glare=0.0), 1))[
        ..., 1
    ]
    (ax, ay), _, _, (dx, dy) = plates.cover_quad
    rows = slice(int(ay) + 20, int(dy) - 20)
    window = sealed[rows, int(dx) - 3 : int(ax) + 4] / 0.7
    crossing = np.clip(window, 0, 1).sum(axis=1)
    assert abs(np.diff(cv2.blur(crossing[:, None], (1, 5))[:, 0])).max() < 0.12


@pytest.mark.parametrize(
    "appearance", [EnvelopeAppearance((255, 255, 255)), EnvelopeAppearance((119, 119, 119))]
)
def test_no_fringe_outshines_both_sides_of_an_edge(
    plates: Plates, appearance: EnvelopeAppearance
) -> None:
    none = np.zeros_like(plates.pages)
    table = np.asarray(1 - plates.on_cover / 255, np.float32)
    bare = replace(plates, pages=none, plastic=none, closure=none, background_share=table)
    fitted = bare.at(1024, 1472)
    sealed = composite_envelope(plain(40), fitted, replace(appearance, glare=0.0), 1)[..., 1]
    (_, ay), _, _, (_, dy) = fitted.cover_quad
    rows = sealed[int(ay) + 100 : int(dy) - 100].astype(int)
    assert rows.max() <= sealed[0, 0]
    assert rows.min() >= 34  # the cover's own level, 40, under 0.9 of light


def test_another_closure_colour_changes_only_the_closure(plates: Plates) -> None:
    cream, red = (
        composite_envelope(plain(90), plates, EnvelopeAppearance(closure=c), 1)
        for c in (None, (200, 16, 46))
    )
    differs = np.any(cream != red, axis=2)
    assert differs[plates.on_closure > 200].all()
    assert not differs[cv2.dilate(plates.on_closure, np.ones((9, 9))) == 0].any()
    inside = red[plates.on_closure == 255].mean(axis=0)
    assert inside[0] > 4 * inside[1]


def test_glare_fades_with_its_share(plates: Plates) -> None:
    light = [
        linear(composite_envelope(plain(0), plates, EnvelopeAppearance(glare=share), 1)).mean()
        for share in (0.0, 0.25, 0.5, 1.0)
    ]
    assert light == sorted(light)
    assert light[0] < 0.2 * light[-1]


def test_a_highlight_glows_and_paper_does_not(plates: Plates) -> None:
    bare = replace(plates, glare=np.zeros_like(plates.glare))
    sealed = composite_envelope(plain(255), bare, EnvelopeAppearance(closure=(0, 0, 0)), 1)
    beside = sealed[300:400, 46]
    assert beside.max() < 70  # light scattered by the rim, and no glow from white paper
    spot = np.zeros_like(plates.glare)
    cv2.circle(spot, (300, 400), 10, 2.0, -1)
    lit = composite_envelope(plain(60), replace(plates, glare=spot), EnvelopeAppearance(), 1)[
        400
    ].mean(axis=1)
    glow = lit[314:330] - lit[360:380].mean()
    assert glow[0] > 4
    assert glow[-4:].mean() < 1.2


@pytest.mark.parametrize("scale", [0.75, 1.0, 2.0, 5.0])
def test_marks_land_where_map_points_says(plates: Plates, scale: float) -> None:
    width, height = round(W * scale), round(H * scale)
    ground = plain(60, width, height)
    cover = ground.copy()
    for x, y in MARKS:
        # shift=4: sixteenths of a pixel; whole numbers are pixel centres in OpenCV.
        centre = (round((x * scale - 0.5) * 16), round((y * scale - 0.5) * 16))
        cv2.circle(cover, centre, round(4 * scale * 16), (200, 200, 200), -1, cv2.LINE_AA, 4)
    still = replace(plates, shift=np.zeros_like(plates.shift))
    added = light_added(cover, ground, still)
    marks = [(x * scale, y * scale) for x, y in MARKS]
    for x, y in map_points(plates.cover_quad, (width, height), marks):
        left, top = int(x) - 8, int(y) - 8
        window = np.maximum(added[top : top + 16, left : left + 16] - 0.02, 0)
        at_y, at_x = np.mgrid[top : top + 16, left : left + 16] + 0.5
        assert np.average(at_x, weights=window) == pytest.approx(x, abs=0.15)
        assert np.average(at_y, weights=window) == pytest.approx(y, abs=0.15)


def test_the_film_shifts_the_cover_under_it(plates: Plates) -> None:
    moved = replace(plates, shift=np.full_like(plates.shift, 3.0))
    cover = lettered(W, H)
    flat = replace(plates, shift=np.zeros_like(plates.shift))
    still, there = (Inlay(cover, film).rows(200, 300)[1] for film in (flat, moved))
    # A pixel shows the point three pixels farther right and down.
    np.testing.assert_allclose(there[:-3, :-3], still[3:, 3:], atol=0.02)


def test_a_projected_box_contains_the_same_ink_as_on_the_cover(plates: Plates) -> None:
    box = Box(100, 250, 320, 365)
    cover = plain(30)
    cover[box.slices] = 200
    added = light_added(cover, plain(30), plates)
    quad = np.array(project_box(box, (W, H), plates.cover_quad))
    mask = np.zeros((H, W), np.uint8)
    cv2.fillConvexPoly(mask, np.round((quad - 0.5) * 16).astype(np.int32), 255, cv2.LINE_AA, 4)
    inside, outside = cv2.erode(mask, np.ones((5, 5))), cv2.dilate(mask, np.ones((5, 5)))
    assert added[inside == 255].min() > 0.2
    assert np.percentile(added[outside == 0], 99.9) < 0.02
    half_lit = added > np.median(added[inside == 255]) / 2
    assert half_lit.sum() == pytest.approx(cv2.contourArea(quad.astype(np.float32)), rel=0.01)


def test_small_type_survives_as_an_ideal_warp_would_draw_it(plates: Plates) -> None:
    still = replace(plates, shift=np.zeros_like(plates.shift), glare=np.zeros_like(plates.glare))
    cover = lettered(W, H)
    sealed = linear(composite_envelope(cover, still, EnvelopeAppearance(), 5)).mean(axis=2)
    fine = 4
    matrix = cv2.getPerspectiveTransform(
        np.array(plates.cover_quad, np.float32),
        np.array([(0, 0), (W, 0), (W, H), (0, H)], np.float32),
    )
    y, x = (np.mgrid[: H * fine, : W * fine].astype(np.float32) + 0.5) / fine
    depth = matrix[2, 0] * x + matrix[2, 1] * y + matrix[2, 2]
    u = (matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2]) / depth - 0.5
    v = (matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2]) / depth - 0.5
    paper = linear(cover).mean(axis=2).astype(np.float32)
    drawn = cv2.remap(
        paper, u.astype(np.float32), v.astype(np.float32), cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    ideal = cv2.resize(drawn, (W, H), interpolation=cv2.INTER_AREA) * 0.9
    (left, top), _, (right, foot), _ = plates.cover_quad
    inner = np.s_[int(top) + 30 : int(foot) - 30, int(left) + 30 : int(right) - 30]
    assert np.corrcoef(sealed[inner].ravel(), ideal[inner].ravel())[0, 1] > 0.985
    # Type keeps its contrast: black on the cover is still far from paper.
    low, high = np.percentile(sealed[inner], (0.5, 90))
    assert high / low > 8


@pytest.mark.parametrize(("scale", "most"), [(1, 0.36), (2, 0.04), (4, 0.04)])
def test_stripes_too_fine_for_the_frame_become_grey(
    plates: Plates, scale: int, most: float
) -> None:
    cover = plain(0, W * scale, H * scale)
    cover[:, ::2] = 255
    sealed = linear(composite_envelope(cover, plates, EnvelopeAppearance(glare=0.0), 2)).mean(
        axis=2
    )
    middle = np.s_[250:400, 150:350]
    local = cv2.blur(sealed[middle], (31, 31))
    # Sampling without a prefilter gives a moire of 0.6.
    assert np.std(sealed[middle] / local) < most


def test_a_cover_is_smoothed_along_the_side_that_shrinks_and_not_along_the_other(
    plates: Plates,
) -> None:
    still = replace(plates, shift=np.zeros_like(plates.shift))
    (ax, ay), (bx, _), _, (_, dy) = plates.cover_quad
    # As many rows as in the frame, and three times the columns.
    height, width = round(dy - ay), 3 * round(bx - ax)
    across, down = plain(0, width, height), plain(0, width, height)
    across[:, ::3] = across[:, 1::3] = 255
    down[np.arange(height) // 4 % 2 == 0] = 255
    seen = [Inlay(cover, still).rows(250, 400)[1][:, 150:350] for cover in (across, down)]
    assert seen[0].std() < 0.05
    assert seen[1].std() > 0.4


@pytest.mark.usefixtures("threads")
@pytest.mark.parametrize("table", [(0, 0, 0), None])
def test_same_seed_same_bytes_whatever_the_thread_count(
    library: DesignLibrary, table: tuple[int, int, int] | None
) -> None:
    cover, plates = lettered(600, 862), library.load(library.designs[0])
    appearance = EnvelopeAppearance(table)
    for size in ((512, 736), (192, 240)):
        pictures = []
        for threads in (1, 2, 5):
            cv2.setNumThreads(threads)
            pictures.append(composite_envelope(cover, plates.at(*size), appearance, 9))
        np.testing.assert_array_equal(pictures[0], pictures[1])
        np.testing.assert_array_equal(pictures[0], pictures[2])


def test_another_seed_changes_the_grain_and_nothing_else(plates: Plates) -> None:
    one, other = (
        composite_envelope(plain(128), plates, EnvelopeAppearance(), seed) for seed in (1, 2)
    )
    difference = np.abs(one.astype(int) - other)
    assert 0 < difference.mean() < 2
    assert difference.max() < 14


def test_film_is_as_grainy_as_the_middle_of_the_cover_and_the_cover_gets_no_more_grain(
    plates: Plates,
) -> None:
    def grain(cover: Image) -> tuple[float, float]:
        """Standard deviation between seeds, in the rim and in the middle of the cover."""
        one, other = (
            composite_envelope(cover, plates, EnvelopeAppearance(glare=0.0), seed)[..., 1].astype(
                float
            )
            for seed in (1, 2)
        )
        rim = (plates.plastic > 0.045) & (plates.on_cover == 0)
        middle = np.s_[360:440, 150:350]
        return float((one - other)[rim].std()), float((one - other)[middle].std())

    clean, grainy = plain(60), plain(60)
    strip = np.s_[2 * H // 5 : 3 * H // 5]
    grainy[strip] = pixels_from_floats(add_grain(floats_from_pixels(clean[strip]), 5, 0.011))
    (rim, middle), (grainy_rim, grainy_middle) = grain(clean), grain(grainy)
    assert grainy_rim > 1.8 * rim
    assert grainy_middle < 0.8 * middle


def test_compositing_does_not_modify_cover_or_plates(plates: Plates) -> None:
    cover = lettered(W, H)
    names = (
        "glare",
        "plastic",
        "pages",
        "cover",
        "background_share",
        "closure",
        "on_cover",
        "shift",
    )
    before = [cover.copy(), *(getattr(plates, name).copy() for name in names)]
    cover.flags.writeable = False
    for table in ((40, 50, 60), None):
        composite_envelope(cover, plates, EnvelopeAppearance(table), 4)
    for kept, now in zip(before, [cover, *(getattr(plates, name) for name in names)], strict=True):
        np.testing.assert_array_equal(kept, now)


@pytest.mark.parametrize(("width", "height"), [(512, 1024), (640, 640), (1024, 1472)])
def test_every_frame_is_composited_at_its_own_size(plates: Plates, width: int, height: int) -> None:
    sealed = composite_envelope(
        plain(180, width, height), plates.at(width, height), EnvelopeAppearance(), 6
    )
    assert sealed.shape == (height, width, 3)
    assert sealed.dtype == np.uint8
    assert sealed[height // 2, width // 2].mean() > 140
