"""SVG from Typst -> the outlines of its glyphs, in order and in place.

Does not know characters, faces or pixels.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from xml.etree import ElementTree as ET

import numpy as np
from numpy.typing import NDArray

_SVG = "{http://www.w3.org/2000/svg}"
_USE, _DEFS = f"{_SVG}use", f"{_SVG}defs"
_HREF = "{http://www.w3.org/1999/xlink}href"
_COMMAND = re.compile(r"([MmLlHhVvQqCcZz])([^MmLlHhVvQqCcZz]*)")
_NUMBER = re.compile(r"-?[\d.]+(?:e-?\d+)?")

Curves = NDArray[np.float64]
"""N x 4 x 2 float64: cubic Bezier curves, control points (x, y)."""

_Outline = tuple[Curves, tuple[float, float, float, float] | None]


@dataclass(frozen=True)
class Glyph:
    """One placed outline.

    Args:
        shape: identifies the outline; equal outlines have equal shapes.
        x: of its origin.
        y: of its origin, downwards.
        curves: relative to the origin, y upwards, as in fonts.
        box: bounding box of the curves: x0, y0, x1, y1; None without curves.
    """

    shape: str
    x: float
    y: float
    curves: Curves
    box: tuple[float, float, float, float] | None


def place_glyphs(glyphs: Sequence[Glyph]) -> Curves:
    """Return the curves of glyphs at their positions, y downwards."""
    counts = [len(glyph.curves) for glyph in glyphs]
    origins = np.repeat([(glyph.x, glyph.y) for glyph in glyphs], counts, axis=0)
    curves = np.concatenate([glyph.curves for glyph in glyphs])
    return np.asarray(curves * np.array([1.0, -1.0]) + origins[:, None], np.float64)


def read_glyphs(svg: bytes) -> list[Glyph]:
    """Read the glyphs of a page.

    Args:
        svg: from Typst.

    Returns:
        Glyphs in the order in which they are set, including spaces, in the SVG's units.
    """
    root = ET.fromstring(svg)  # noqa: S314  # trusted: Typst has just written it
    outlines = {
        symbol.get("id", ""): _read_outline(path.get("d", ""))
        for symbol in root.iter(f"{_SVG}symbol")
        for path in symbol.iter(f"{_SVG}path")
    }
    glyphs: list[Glyph] = []
    _collect_glyphs(root, 0.0, 0.0, outlines, glyphs)
    return glyphs


@lru_cache(maxsize=4096)  # every style that is tried for a cover draws the same letters
def _read_outline(path: str) -> _Outline:
    """Read an SVG path, and find its bounding box."""
    curves = read_path(path)
    return curves, bounds(curves) if len(curves) else None


def read_path(path: str) -> Curves:
    """Read an SVG path.

    Args:
        path: with the commands M, L, H, V, Q, C and Z, absolute or relative.

    Returns:
        Its curves, read-only; lines, including closing ones, become curves. Every contour is
        closed.

    Source: SVG 1.1, 8.3.
    """
    curves: list[tuple[complex, complex, complex, complex]] = []
    pen = start = 0j
    # A contour without a Z is filled all the same; the next one may start from its end.
    for command, rest in [*_COMMAND.findall(path), ("m", "0 0")]:
        values = [float(value) for value in _NUMBER.findall(rest)]
        base = pen if command.islower() else 0j
        kind = command.upper()
        if kind in "MZ":
            if pen != start:
                curves.append(_cubic(pen, [start]))
            pen = start = base + complex(*values) if kind == "M" else start
            continue
        if kind == "H":
            controls = [complex(base.real + values[0], pen.imag)]
        elif kind == "V":
            controls = [complex(pen.real, base.imag + values[0])]
        else:
            pairs = zip(values[::2], values[1::2], strict=True)
            controls = [base + complex(*pair) for pair in pairs]
        curves.append(_cubic(pen, controls))
        pen = controls[-1]
    points = np.array(curves, np.complex128).reshape(-1, 4)
    read: Curves = np.stack([points.real, points.imag], axis=-1)
    read.flags.writeable = False
    return read


def _collect_glyphs(
    group: ET.Element, x: float, y: float, outlines: dict[str, _Outline], glyphs: list[Glyph]
) -> None:
    """Walk the groups, which only translate their content or flip its y axis."""
    for child in group:
        if child.tag == _USE:
            shape = child.get(_HREF, "").removeprefix("#")
            # The enclosing group flips the y axis.
            left, up = float(child.get("x", 0)), float(child.get("y", 0))
            glyphs.append(Glyph(shape, x + left, y - up, *outlines[shape]))
        elif len(child) and child.tag != _DEFS:
            dx, dy = _translation(child.get("transform", ""))
            _collect_glyphs(child, x + dx, y + dy, outlines, glyphs)


def _translation(transform: str) -> tuple[float, float]:
    """Return the offset of translate(x), translate(x y) or matrix(1 0 0 -1 x y); 0 for scale()."""
    if not transform or transform.startswith("scale"):
        return 0.0, 0.0
    values = [float(value) for value in _NUMBER.findall(transform)]
    x, y = [*values, 0.0] if len(values) == 1 else values[-2:]
    return x, y


def _cubic(start: complex, controls: list[complex]) -> tuple[complex, complex, complex, complex]:
    """Raise a line or a quadratic curve to a cubic one."""
    end = controls[-1]
    if len(controls) == 1:
        return start, start + (end - start) / 3, end - (end - start) / 3, end
    if len(controls) == 2:
        middle = controls[0]
        return start, start + 2 / 3 * (middle - start), end + 2 / 3 * (middle - end), end
    return start, controls[0], controls[1], end


def bounds(curves: Curves) -> tuple[float, float, float, float]:
    """Find the bounding box of curves.

    Args:
        curves: N x 4 x 2, N > 0.

    Returns:
        x0, y0, x1, y1: exact, of the curves rather than of their control points.
    """
    low, high = extents(curves)
    (x0, y0), (x1, y1) = low.min(axis=0), high.max(axis=0)
    return float(x0), float(y0), float(x1), float(y1)


def extents(curves: Curves) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Find the bounding box of each curve.

    Args:
        curves: N x 4 x 2.

    Returns:
        Minimum and maximum x and y of each, N x 2 and N x 2, exact.
    """
    start, first, second, end = np.moveaxis(curves, 1, 0)
    # The extremes lie where the derivative, a quadratic in t, is zero.
    a = end - 3 * second + 3 * first - start
    b = 2 * (second - 2 * first + start)
    c = first - start
    with np.errstate(divide="ignore", invalid="ignore"):
        root = np.sqrt(b * b - 4 * a * c)
        # Numerically stable for a near 0. Source: Numerical Recipes, 5.6.
        q = -0.5 * (b + np.copysign(root, b))
        times = [np.zeros_like(a), np.ones_like(a), q / a, c / q]
    points = [points_at(curves, np.where((time >= 0) & (time <= 1), time, 0.0)) for time in times]
    return np.minimum.reduce(points), np.maximum.reduce(points)


def points_at(curves: Curves, time: NDArray[np.float64]) -> NDArray[np.float64]:
    """Evaluate curves.

    Args:
        curves: N x 4 x ... x 2.
        time: parameters that broadcast against N x ... x 2, [0, 1].

    Returns:
        N x ... x 2: the points.
    """
    start, first, second, end = (curves[:, index] for index in range(4))
    left = 1 - time
    point: NDArray[np.float64] = (
        left**3 * start + 3 * left**2 * time * first + 3 * left * time**2 * second + time**3 * end
    )
    return point
