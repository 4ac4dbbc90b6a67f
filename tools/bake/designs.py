"""The envelope designs to bake, as data: each has a frame, a film and a set of lights."""

from __future__ import annotations

from dataclasses import dataclass

from tools.bake.film import Film
from tools.bake.frame import A_SERIES, CLASSIC, SQUARE, Frame, Placement

Vector = tuple[float, float, float]


@dataclass(frozen=True)
class Light:
    """A soft box that faces the table.

    At (x, y), flat film reflects what is above (x, y) * (1 + z / CAMERA_Z). So lights above the
    middle of the frame veil it; lights farther out show only where the film slopes.

    Args:
        at: its centre, in scene units.
        half: half its width and half its length.
        radiance: at its centre.
        feather: share of the half sides over which it fades out; hard edges draw contours.
        panes: number of panes across and down, with bars between them; more than one is a window.
        faces: point it faces, as a share of `at`: 0 is the middle of the table, 1 straight down.
    """

    at: Vector
    half: tuple[float, float]
    radiance: float
    feather: float = 0.6
    panes: tuple[int, int] = (1, 1)
    faces: float = 0.3


@dataclass(frozen=True)
class Design:
    """One envelope in one light.

    Args:
        name: a word that describes it.
        frame: its format and the positions of its parts.
        film: its creases.
        lights: of its studio.
        seed: of the paths.
    """

    name: str
    frame: Frame
    film: Film
    lights: tuple[Light, ...]
    seed: int


NORTH = (
    Light((-1.45, 2.3, 2.3), (1.08, 1.08), 5.6, 0.3, panes=(2, 3)),
    Light((1.9, -1.9, 2.3), (0.9, 0.9), 3.0, 0.8),
    Light((-0.86, 0.15, 1.9), (0.13, 1.20), 1.4, 0.9),
    Light((-1.50, 0.10, 1.7), (0.25, 1.30), 4.0, 0.9),
    Light((1.25, -0.10, 1.8), (0.14, 1.10), 2.8, 0.9),
    Light((-0.45, 1.16, 1.9), (0.95, 0.32), 0.32, 1.0, faces=1.0),
    Light((0.2, -1.75, 1.7), (0.8, 0.16), 2.4, 0.8),
)
STRIPS = (
    Light((-2.0, 1.6, 2.3), (0.9, 1.02), 4.9, 0.7),
    Light((2.1, -1.5, 2.3), (0.8, 0.9), 5.0, 0.8),
    Light((-0.82, 0.0, 1.9), (0.08, 1.30), 2.4, 0.8),
    Light((0.82, 0.0, 1.9), (0.08, 1.30), 2.4, 0.8),
    Light((-1.45, 0.0, 1.7), (0.20, 1.30), 4.0, 0.8),
    Light((1.45, 0.0, 1.7), (0.20, 1.30), 4.0, 0.8),
    Light((0.0, 1.22, 1.9), (1.10, 0.30), 0.34, 1.0, faces=1.0),
    Light((0.0, 1.80, 1.8), (0.9, 0.12), 2.0, 0.8),
)
LOFT = (
    Light((1.7, 2.1, 2.4), (1.25, 1.0), 5.1, 0.3, panes=(4, 2)),
    Light((-1.9, -1.6, 2.3), (0.9, 0.9), 4.0, 0.8),
    Light((0.74, 0.84, 1.9), (0.50, 0.62), 0.55, 1.0, faces=1.0),
    Light((0.95, 0.10, 1.9), (0.16, 1.20), 2.6, 0.9),
    Light((1.55, 0.20, 1.7), (0.22, 1.20), 3.2, 0.9),
    Light((-1.05, -0.30, 1.8), (0.10, 0.90), 3.4, 0.9),
    Light((-0.2, -1.80, 1.7), (0.7, 0.20), 2.5, 0.8),
)
WINDOW = (
    Light((-2.3, 0.5, 2.2), (1.0, 1.25), 5.8, 0.5, panes=(2, 4), faces=0.2),
    Light((2.2, 1.2, 2.3), (0.8, 0.9), 3.0, 0.8),
    Light((-0.88, -0.15, 1.9), (0.20, 0.60), 0.8, 0.50, panes=(2, 4)),
    Light((1.00, -0.4, 1.8), (0.09, 1.00), 2.6, 0.9),
    Light((1.60, 0.0, 1.7), (0.20, 1.30), 3.0, 0.9),
    Light((0.3, 1.15, 1.9), (0.85, 0.30), 0.34, 1.0, faces=1.0),
    Light((0.66, -0.92, 1.9), (0.30, 0.42), 0.55, 0.25, panes=(2, 3), faces=1.0),
    Light((0.4, -1.70, 1.7), (0.6, 0.14), 2.2, 0.8),
)

LEFT = Placement(
    envelope_turn=0.004,
    magazine_turn=-0.0030,
    magazine_at=(0.004, 0.0),
    closure_x=(-0.092, -0.090),
    loose_end=(
        (0.0205, -0.0190), (0.038, -0.0150), (0.058, -0.0030), (0.080, 0.0040),
        (0.104, 0.0000), (0.124, -0.0100),
    ),
)  # fmt: skip
MIDDLE = Placement(
    envelope_turn=-0.009,
    magazine_turn=0.0050,
    magazine_at=(-0.003, 0.001),
    closure_x=(0.006, 0.004),
    loose_end=(
        (0.0205, -0.0190), (0.038, -0.0160), (0.056, -0.0040), (0.072, 0.0090),
        (0.092, 0.0150), (0.114, 0.0100), (0.132, -0.0020),
    ),
)  # fmt: skip
RIGHT = Placement(
    envelope_turn=0.007,
    magazine_turn=-0.0020,
    magazine_at=(0.002, 0.0),
    closure_x=(0.128, 0.132),
    loose_end=(
        (0.0205, -0.0190), (0.032, -0.0200), (0.050, -0.0170), (0.070, -0.0080),
        (0.092, -0.0050), (0.116, -0.0120), (0.134, -0.0190),
    ),
)  # fmt: skip
HUNG = Placement(envelope_turn=0.005, magazine_turn=-0.0035, closure_x=(0.070, 0.068))
CENTRED = Placement(envelope_turn=-0.005, magazine_turn=0.0030, closure_x=(0.0, 0.002))
"""Placements, named by the position of the closure."""

DESIGNS = {
    design.name: design
    for design in (
        # Without these folds, no glint lies on an issue line in the corners of the foot.
        Design("north", Frame(CLASSIC, Placement()), Film(4, 1.2, (4, 8, 17)), NORTH, 4),
        Design("strips", Frame(CLASSIC, LEFT), Film(11, 1.1), STRIPS, 11),
        Design("loft", Frame(CLASSIC, MIDDLE), Film(23, 0.9), LOFT, 23),
        Design("window", Frame(CLASSIC, RIGHT), Film(37, 1.2), WINDOW, 37),
        Design("gallery", Frame(A_SERIES, HUNG), Film(52, 1.25), NORTH, 52),
        Design("record", Frame(SQUARE, CENTRED), Film(67, 1.1), STRIPS, 67),
    )
}
"""Name -> design, in the order of baking."""
