"""The string-and-button closure -> curves and profiles in envelope coordinates, in scene units.

Two buttons, and a cord wound around them twice in a figure of eight, with one loose end.
Independent of materials and lights.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from poster.arrays import Floats
from tools.bake import frame as measures
from tools.bake.frame import Frame

Path = NDArray[np.float64]
Point3 = tuple[float, float, float]

CORD_R = 0.0031
DISC_Z = 0.0062  # height of a disc's underside above its film; the cord runs underneath
DISC = (
    (0.0, 0.0026), (0.62, 0.0026), (0.67, 0.0021), (0.72, 0.0026), (0.86, 0.0030),
    (0.94, 0.0026), (1.0, 0.0014), (0.97, 0.0004), (0.90, 0.0), (0.2, 0.0),
)  # fmt: skip
"""Half profile of a disc: (share of its radius, height), from the middle over the rim."""


def eyelet() -> list[tuple[float, float]]:
    """Return the half profile of the metal ring in a button: (share of radius, height)."""
    turn = np.linspace(0, math.pi, 14)
    return [(0.35 + 0.12 * math.cos(a), 0.0026 + 0.0021 * math.sin(a)) for a in turn]


def cord(
    frame: Frame, upper_z: float, lower_z: float, film_z: Callable[[float, float], float]
) -> Path:
    """Compute the centre line of the cord.

    Args:
        frame: with the positions of the buttons and the loose end.
        upper_z: height of the film under the upper button.
        lower_z: height of the film under the lower button.
        film_z: height of the film at (x, y), on which the loose end rests.

    Returns:
        Evenly spaced points (n, 3), from under the upper button to the tip of the loose end.
    """
    lift = (upper_z + DISC_Z - CORD_R, lower_z + DISC_Z - CORD_R)
    inner, outer = measures.BUTTON_R + 0.0008, measures.BUTTON_R + 0.0066
    points = _eight(frame, inner, lift, 0.0) + _eight(frame, outer, lift, 0.0026, loose=True)
    (ux, uy), (first_x, first_y, first_z) = frame.upper_button, points[0]
    # It is tied under the upper button, so its start is not visible.
    points.insert(0, ((ux + first_x) / 2, (uy + first_y) / 2, first_z))
    x, y = frame.lower_button
    way = frame.placement.loose_end
    for dx, dy in _curved(way):
        sink = min(1.0, math.hypot(dx - way[0][0], dy - way[0][1]) / 0.025)
        rest = film_z(x + dx, y + dy) + CORD_R
        points.append((x + dx, y + dy, lift[1] + (rest - lift[1]) * sink))
    return _even(_smooth(np.array(points), 9), 0.0006)


def _eight(
    frame: Frame, radius: float, lift: tuple[float, float], stack: float, *, loose: bool = False
) -> list[Point3]:
    """Wind once around both buttons; strands cross between them on inner tangents.

    A loose end leaves the lower button at its lower right instead of going back up.
    """
    (ux, uy), (lx, ly) = frame.upper_button, frame.lower_button
    axis = math.atan2(ly - uy, lx - ux)
    open_angle = math.acos(2 * radius / math.hypot(lx - ux, ly - uy))
    sweep = np.linspace(open_angle, 2 * math.pi - open_angle, 36)
    top = [_at(ux, uy, radius, axis - a, lift[0]) for a in sweep]
    end = 2 * math.pi - open_angle if not loose else 1.17 * math.pi
    low = [
        _at(lx, ly, radius, axis + math.pi + a, lift[1]) for a in np.linspace(open_angle, end, 36)
    ]
    down = _strand(top[-1], low[0], stack)
    back = [] if loose else _strand(low[-1], top[0], stack + 1.7 * CORD_R)
    return top + down + low + back


def _at(x: float, y: float, radius: float, angle: float, z: float) -> Point3:
    return x + radius * math.cos(angle), y + radius * math.sin(angle), z


def _strand(start: Point3, end: Point3, lift: float) -> list[Point3]:
    """Go straight from button to button, lifted in the middle where the strands cross."""
    steps = np.linspace(0, 1, 18)[1:-1]
    a, b = np.array(start), np.array(end)
    line = a + (b - a) * steps[:, None]
    line[:, 2] += lift * np.sin(math.pi * steps) ** 2
    return [(float(p[0]), float(p[1]), float(p[2])) for p in line]


def _curved(corners: tuple[tuple[float, float], ...]) -> list[tuple[float, float]]:
    """Draw a Catmull-Rom curve through the corners. Source: Catmull and Rom, 1974."""
    p = np.array((corners[0], *corners, corners[-1]))
    t = np.linspace(0, 1, 12, endpoint=False)[:, None]
    spans = [
        0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2
               + (3 * b - 3 * c + d - a) * t**3)
        for a, b, c, d in zip(p, p[1:], p[2:], p[3:], strict=False)
    ]  # fmt: skip
    return [(float(x), float(y)) for x, y in np.concatenate(spans)]


def _smooth(points: Path, taps: int) -> Path:
    """Round off the corners with a moving average over `taps` evenly spaced points."""
    even = _even(points, 0.0008)
    pad = np.pad(even, ((taps // 2, taps // 2), (0, 0)), mode="edge")
    kernel = np.ones(taps) / taps
    return np.stack([np.convolve(pad[:, k], kernel, "valid") for k in range(3)], axis=-1)


def _even(points: Path, step: float) -> Path:
    """Resample a curve to points a step apart."""
    way = np.r_[0, np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))]
    at = np.arange(0, way[-1], step)
    return np.stack([np.interp(at, way, points[:, k]) for k in range(3)], axis=-1)


def plies(line: Path, count: int = 3, pitch: float = 0.028) -> list[Path]:
    """Twist strands around a cord's centre line.

    Args:
        line: evenly spaced points, (n, 3).
        count: number of strands.
        pitch: length of one full twist.

    Returns:
        The centre line of each strand.
    """
    tangent = np.gradient(line, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True) + 1e-12
    side = np.stack([-tangent[:, 1], tangent[:, 0], 0 * tangent[:, 0]], axis=-1)
    side /= np.linalg.norm(side, axis=1, keepdims=True) + 1e-12
    up = np.cross(tangent, side)
    way = np.r_[0, np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))]
    out = []
    for number in range(count):
        phase = (way / pitch + number / count) * 2 * math.pi
        out.append(
            line + 0.56 * CORD_R * (np.cos(phase)[:, None] * side + np.sin(phase)[:, None] * up)
        )
    return out


def tube(line: Path, radius: float | Path, sides: int = 10) -> tuple[Floats, NDArray[np.uint32]]:
    """Sweep a circle along a line.

    Args:
        line: points, (n, 3).
        radius: of the circle, or one for each point, (n,).
        sides: number of vertices of the circle.

    Returns:
        Vertices (n * sides, 3) and triangles (m, 3).
    """
    tangent = np.gradient(line, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True) + 1e-12
    side = np.cross(tangent, (0.0, 0.0, 1.0))
    side /= np.linalg.norm(side, axis=1, keepdims=True) + 1e-12
    up = np.cross(side, tangent)
    turn = np.linspace(0, 2 * math.pi, sides, endpoint=False)
    ring = np.cos(turn)[None, :, None] * side[:, None] + np.sin(turn)[None, :, None] * up[:, None]
    wide = np.broadcast_to(np.asarray(radius, np.float64), len(line))[:, None, None]
    vertices = (line[:, None] + wide * ring).reshape(-1, 3)
    return vertices.astype(np.float32), _quads(len(line), sides)


def lathe(
    centre: tuple[float, float], z: float, section: list[tuple[float, float]], sides: int = 72
) -> tuple[Floats, NDArray[np.uint32]]:
    """Rotate a half profile around a vertical axis.

    Args:
        centre: (x, y) of the axis.
        z: height of the profile's zero.
        section: the profile: (share of BUTTON_R, height) pairs.
        sides: number of vertices of a circle.

    Returns:
        Vertices (n, 3) and triangles (m, 3).
    """
    turn = np.linspace(0, 2 * math.pi, sides, endpoint=False)
    radius = np.array([max(r, 1e-4) for r, _ in section])[:, None] * measures.BUTTON_R
    height = np.array([h for _, h in section])[:, None] + z + 0 * turn
    x, y = centre[0] + radius * np.cos(turn), centre[1] + radius * np.sin(turn)
    vertices = np.stack([x, y, height], axis=-1).reshape(-1, 3)
    return vertices.astype(np.float32), _quads(len(section), sides)


def _quads(rows: int, columns: int) -> NDArray[np.uint32]:
    """Return two triangles for each cell of a grid whose columns wrap around."""
    index = np.arange(rows * columns).reshape(rows, columns)
    right = np.roll(index, -1, 1)
    a, b, c, d = index[:-1], right[:-1], right[1:], index[1:]
    cells = np.concatenate(
        [np.stack([a, c, b], axis=-1).reshape(-1, 3), np.stack([a, d, c], axis=-1).reshape(-1, 3)]
    )
    return cells.astype(np.uint32)
