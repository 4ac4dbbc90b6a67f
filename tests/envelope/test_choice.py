"""Highlights avoid faces and type, and the seed chooses among equally good designs."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from poster.envelope.choice import choose_design, of_nearest_format
from poster.envelope.design import Design
from poster.envelope.design_library import DesignLibrary
from poster.geometry import Box
from poster.paint_settings import ClearArea
from tools.bake.maps import MAP_COLUMNS, MAP_ROWS

W, H = 1024, 1472
HEAD, FOOT = Box(100, 60, 900, 260), Box(100, 1200, 900, 1400)


def names_chosen(library: DesignLibrary, *boxes: Box, width: int = W, height: int = H) -> set[str]:
    areas = [ClearArea(box, box.height / 4) for box in boxes]
    return {choose_design(library.designs, areas, width, height, seed).name for seed in range(8)}


def test_the_envelope_whose_highlight_is_elsewhere_is_chosen(library: DesignLibrary) -> None:
    assert names_chosen(library, HEAD) == {"low"}
    assert names_chosen(library, FOOT) == {"high"}


def test_the_seed_chooses_among_equally_calm_designs(library: DesignLibrary) -> None:
    middle = Box(300, 650, 700, 800)
    assert names_chosen(library, middle) == {"low", "high"}
    for seed in range(8):
        first, again = (
            choose_design(library.designs, (ClearArea(middle, 40),), W, H, seed) for _ in range(2)
        )
        assert first is again


def test_an_empty_cover_is_judged_as_a_whole(library: DesignLibrary) -> None:
    assert names_chosen(library) == {"low", "high"}


def test_no_cord_covers_type_if_another_envelope_leaves_it_clear(
    make_library: Any, drawing: Any, tmp_path: Any
) -> None:
    library = make_library(
        tmp_path,
        drawing("corded", glow=(0.5, 0.9), has_cord=True),
        drawing("bright", glow=(0.5, 0.35)),
    )
    masthead = Box(60, 40, 960, 300)
    assert names_chosen(library, masthead) == {"bright"}
    assert names_chosen(library, FOOT) == {"bright"}
    assert names_chosen(library, Box(60, 400, 960, 560)) == {"corded"}


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [
        (1024, 1472, "classic"),
        (512, 1024, "classic"),
        (1024, 1024, "square"),
        (960, 1120, "square"),
    ],
)
def test_the_format_that_needs_the_least_stretching_is_used(
    library: DesignLibrary, width: int, height: int, expected: str
) -> None:
    formats = {design.format for design in of_nearest_format(library.designs, width / height)}
    assert formats == {expected}
    chosen = choose_design(library.designs, (), width, height, 3)
    assert chosen.format == expected


def test_a_box_outside_the_cover_does_no_harm(library: DesignLibrary) -> None:
    assert choose_design(library.designs, (ClearArea(Box(1040, 1500, 1060, 1520), 20),), W, H, 0)


def test_a_brighter_design_of_the_same_shape_loses(library: DesignLibrary) -> None:
    low = library.designs[0]
    brighter = replace(low, name="brighter", glare_map=low.glare_map * 2)
    foot = ClearArea(FOOT, 40)
    assert choose_design((brighter, low), (foot,), W, H, 0).name == "low"
    assert choose_design((low, brighter), (foot,), W, H, 1).name == "low"


CELL = 10
"""Pixels per map cell, on the cover for which the designs below are chosen."""
LINE = Box(0, 0, 20 * CELL, CELL)
BOTH = {"one", "two"}
Lit = Sequence[tuple[Box, float]]


def lit(places: Lit) -> NDArray[np.float32]:
    """A map that is dark except for some boxes of the cover."""
    cells = np.zeros((MAP_ROWS, MAP_COLUMNS), np.float32)
    for box, light in places:
        cells[box.y0 // CELL : box.y1 // CELL, box.x0 // CELL : box.x1 // CELL] = light
    return cells


def design_of(library: DesignLibrary, name: str, glare: Lit = (), cord: Lit = ()) -> Design:
    return replace(library.designs[0], name=name, glare_map=lit(glare), cord_map=lit(cord))


def calmest_of(boxes: Sequence[Box], *designs: Design, detail: float = CELL) -> set[str]:
    size = MAP_COLUMNS * CELL, MAP_ROWS * CELL
    areas = [ClearArea(box, detail) for box in boxes]
    return {choose_design(designs, areas, *size, seed).name for seed in range(8)}


def test_a_glint_on_a_lines_last_letter_is_worse_than_a_haze_over_all_of_it(
    library: DesignLibrary,
) -> None:
    glint = design_of(library, "glint", [(Box(19 * CELL, 0, 20 * CELL, CELL), 0.4)])
    haze = design_of(library, "haze", [(LINE, 0.1)])
    assert calmest_of([LINE], glint, haze) == {"haze"}


def test_a_glint_on_one_letter_is_better_than_one_on_every_letter(library: DesignLibrary) -> None:
    spot = design_of(library, "spot", [(Box(0, 0, CELL, CELL), 0.4)])
    streak = design_of(library, "streak", [(LINE, 0.4)])
    assert calmest_of([LINE], spot, streak) == {"spot"}


def test_a_fine_glint_spoils_small_type_but_not_a_title(library: DesignLibrary) -> None:
    title = Box(0, 0, 24 * CELL, 10 * CELL)
    glint = design_of(library, "glint", [(Box(5 * CELL, 0, 6 * CELL, 10 * CELL), 0.4)])
    haze = design_of(library, "haze", [(title, 0.12)])
    assert calmest_of([title], glint, haze, detail=CELL) == {"haze"}
    assert calmest_of([title], glint, haze, detail=10 * CELL) == {"glint"}


def test_a_glint_beside_a_line_does_it_no_harm(library: DesignLibrary) -> None:
    below = design_of(library, "below", [(Box(0, 2 * CELL, 20 * CELL, 3 * CELL), 0.4)])
    haze = design_of(library, "haze", [(LINE, 0.02)])
    assert calmest_of([LINE], below, haze, detail=CELL) == {"below"}


def test_a_glint_in_a_cell_that_a_line_only_grazes_lies_beside_it(library: DesignLibrary) -> None:
    line = Box(0, 0, 20 * CELL, CELL + 3)
    below = design_of(library, "below", [(Box(0, CELL, 20 * CELL, 2 * CELL), 0.4)])
    haze = design_of(library, "haze", [(line, 0.1)])
    assert calmest_of([line], below, haze, detail=CELL) == {"below"}


LINES = [Box(0, row * CELL, 20 * CELL, (row + 1) * CELL) for row in range(0, 18, 2)]


def test_one_line_is_not_sacrificed_for_many(library: DesignLibrary) -> None:
    on_one = design_of(library, "on one", [(LINES[3], 0.3)])
    on_all = design_of(library, "on all", [(line, 0.06) for line in LINES])
    assert calmest_of(LINES, on_one, on_all) == {"on all"}


def test_glare_on_one_line_is_better_than_the_same_on_many(library: DesignLibrary) -> None:
    on_one = design_of(library, "on one", [(LINES[3], 0.3)])
    on_all = design_of(library, "on all", [(line, 0.3) for line in LINES])
    assert calmest_of(LINES, on_one, on_all) == {"on one"}


def test_a_large_title_counts_no_more_than_a_line(library: DesignLibrary) -> None:
    title = Box(0, 20 * CELL, 24 * CELL, 30 * CELL)
    on_title = design_of(library, "on the title", [(title, 0.1)])
    on_line = design_of(library, "on the line", [(LINE, 0.3)])
    assert calmest_of([LINE, title], on_title, on_line) == {"on the title"}


def test_a_cord_that_hides_a_thousandth_of_a_line_is_as_bad_as_faint_glare(
    library: DesignLibrary,
) -> None:
    glare = design_of(library, "glare", [(LINE, 0.032)])
    thin, thick = (design_of(library, "cord", cord=[(LINE, hidden)]) for hidden in (0.0008, 0.0028))
    assert calmest_of([LINE], glare, thin) == {"cord"}
    assert calmest_of([LINE], glare, thick) == {"glare"}


@pytest.mark.parametrize(
    ("calmest", "other", "chosen"),
    [(0.1, 0.14, BOTH), (0.1, 0.16, {"one"}), (0.0, 0.005, BOTH), (0.0, 0.009, {"one"})],
)
def test_envelopes_with_similar_glare_take_turns(
    library: DesignLibrary, calmest: float, other: float, chosen: set[str]
) -> None:
    one, two = (design_of(library, name, [(LINE, glare)])
                for name, glare in (("one", calmest), ("two", other)))  # fmt: skip
    assert calmest_of([LINE], one, two) == chosen
