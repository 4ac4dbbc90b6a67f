"""The baked plates match the scene's dimensions; checking that needs no renderer."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import poster
from tools.bake import frame as measures
from tools.bake.designs import DESIGNS, Design
from tools.bake.frame import A_SERIES, CLASSIC, SQUARE, Format, Frame, Placement

PLATES = Path(poster.__file__).parent / "assets" / "plates"
EACH = pytest.mark.parametrize("design", DESIGNS.values(), ids=list(DESIGNS))


def stored() -> dict[str, dict[str, Any]]:
    names = json.loads((PLATES / "index.json").read_text())["variants"]
    return {name: json.loads((PLATES / f"{name}.json").read_text()) for name in names}


def test_every_stored_plate_set_is_a_design_that_can_be_baked_again() -> None:
    assert stored()
    assert set(stored()) <= set(DESIGNS)


def test_stored_quads_and_rows_are_those_of_the_scene() -> None:
    for name, about in stored().items():
        frame, size = DESIGNS[name].frame, tuple(about["size"])
        assert about["format"] == frame.shape.name
        assert size == frame.shape.pixels
        np.testing.assert_allclose(about["cover_quad"], frame.cover_quad(size), atol=1e-6)
        assert about["stretch_rows"] == list(frame.stretch_rows(size))


def test_there_are_four_classic_envelopes_and_one_of_each_other_format() -> None:
    formats = Counter(design.frame.shape.name for design in DESIGNS.values())
    assert formats["classic"] >= 4
    assert formats["a_series"] >= 1
    assert formats["square"] >= 1


@pytest.mark.parametrize(
    ("shape", "aspect"), [(CLASSIC, 1024 / 1472), (A_SERIES, 0.5**0.5), (SQUARE, 1.0)]
)
def test_a_format_has_the_aspect_of_its_name(shape: Format, aspect: float) -> None:
    assert shape.pixels[0] / shape.pixels[1] == pytest.approx(aspect, rel=5e-4)
    assert shape.pixels[0] >= 1.5 * 1024


@EACH
def test_circles_stay_round(design: Design) -> None:
    frame, size = design.frame, design.frame.shape.pixels
    x, y = frame.upper_button
    right = frame.to_pixel(x + measures.BUTTON_R, y, 0, size)[0] - frame.to_pixel(x, y, 0, size)[0]
    down = frame.to_pixel(x, y - measures.BUTTON_R, 0, size)[1] - frame.to_pixel(x, y, 0, size)[1]
    assert right == pytest.approx(down, rel=1e-3)


@EACH
def test_the_cover_keeps_the_frames_aspect(design: Design) -> None:
    size = design.frame.shape.pixels
    a, b, _, d = np.array(design.frame.cover_quad(size))
    aspect = float(np.hypot(*(b - a)) / np.hypot(*(d - a)))
    assert aspect == pytest.approx(size[0] / size[1], rel=1e-4)


@EACH
def test_the_whole_envelope_is_in_the_frame(design: Design) -> None:
    frame, (width, height) = design.frame, design.frame.shape.pixels
    half_w, half_h = frame.envelope_w / 2, frame.envelope_h / 2
    corners = np.array([(-half_w, half_h), (half_w, half_h), (half_w, -half_h), (-half_w, -half_h)])
    turned = measures.turned(corners[:, 0], corners[:, 1], frame.placement.envelope_turn)
    for x, y in zip(*turned, strict=True):
        px, py = frame.to_pixel(float(x), float(y), 0.015, (width, height))
        assert 0 < px < width
        assert 0 < py < height


@EACH
def test_the_loose_end_lies_in_the_mouth_and_not_on_the_cover(design: Design) -> None:
    frame = design.frame
    x, y = frame.lower_button
    top = frame.magazine_at[1] + frame.magazine_h / 2
    for dx, dy in frame.placement.loose_end:
        assert abs(x + dx) < measures.MAGAZINE_W / 2
        assert top < y + dy < frame.envelope_h / 2 - measures.FLAP + 0.02


@EACH
def test_no_part_that_must_keep_its_shape_is_between_the_stretch_rows(
    design: Design,
) -> None:
    size = design.frame.shape.pixels
    top, bottom = design.frame.stretch_rows(size)
    rows = [y for _, y in design.frame.cover_quad(size)]
    assert max(rows[:2]) < top < bottom < min(rows[2:])
    x, y = design.frame.lower_button
    assert design.frame.to_pixel(x, y - 2 * measures.BUTTON_R, 0, size)[1] < top


def test_a_pixel_leads_back_to_the_envelope() -> None:
    frame = Frame(CLASSIC, Placement(envelope_turn=0.02))
    size = CLASSIC.pixels
    point = np.array([0.31]), np.array([-0.44])
    x, y = measures.turned(*point, 0.02)
    px, py = frame.to_pixel(float(x[0]), float(y[0]), 0.01, size)
    back = frame.to_envelope(np.array([px]), np.array([py]), 0.01, size)
    np.testing.assert_allclose(np.ravel(back), np.ravel(point), atol=1e-6)


def test_designs_do_not_share_paths_or_creases() -> None:
    assert len({design.seed for design in DESIGNS.values()}) == len(DESIGNS)
    assert len({design.film.seed for design in DESIGNS.values()}) == len(DESIGNS)
