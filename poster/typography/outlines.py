"""SVG from Typst -> the outlines of its glyphs, in order and in place.

Does not know characters, faces or pixels.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from xml.etree import ElementTree as ET

import numpy as np
from numpy.typing import NDArray

_SVG = "{http://www.w3.org/2000/svg}"
_HREF = "{http://www.w3.org/1999/xlink}href"
_COMMAND = re.compile(r"([MmLlHhVvQqCcZz])([^MmLlHhVvQqCcZz]*)")
_NUMBER = re.compile(r"-?[\d.]+(?:e-?\d+)?")

Curves = NDArray[np.float64]
"""N x 4 x 2 float64: cubic Bezier curves, control points (x, y)."""


@dataclass(frozen=True)
class Glyph:
    """One placed outline.

    Args:
        shape: identifies the outline; equal outlines have equal shapes.
        x: of its origin.
        y: of its origin, downwards.
        curves: relative to the origin, y upwards, as in fonts.
    """

    shape: str
    x: float
    y: float
    curves: Curves

    @cached_property
    def placed(self) -> Curves:
        """The curves at the glyph's position, y downwards."""
        placed: Curves = self.curves * np.array([1.0, -1.0]) + np.array([self.x, self.y])
        return placed


def read_glyphs(svg: bytes) -> list[Glyph]:
    """Read the glyphs of a page.

    Args:
        svg: from Typst.

    Returns:
        Glyphs in the order in which they are set, including spaces, in the SVG's units.
    """
    root = ET.fromstring(svg)  # noqa: S314  # trusted: Typst has just written it
    curves = {
        symbol.get("id", ""): read_path(path.get("d", ""))
        for symbol in root.iter(f"{_SVG}symbol")
        for path in symbol.iter(f"{_SVG}path")
    }
    return list(_glyphs_of(root, 0.0, 0.0, curves))


@lru_cache(maxsize=1024)  # every style that is tried for a cover draws the same letters
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


def _glyphs_of(
    element: ET.Element, x: float, y: float, curves: dict[str, Curves]
) -> Iterator[Glyph]:
    """Walk the groups, which only translate their content or flip its y axis."""
    dx, dy = _translation(element.get("transform", ""))
    x, y = x + dx, y + dy
    if element.tag == f"{_SVG}use":
        shape = element.get(_HREF, "").removeprefix("#")
        # The enclosing group flips the y axis.
        left, up = float(element.get("x", 0)), float(element.get("y", 0))
        yield Glyph(shape, x + left, y - up, curves[shape])
    for child in element:
        if child.tag != f"{_SVG}defs":
            yield from _glyphs_of(child, x, y, curves)


def _translation(transform: str) -> tuple[float, float]:
    """Return the offset of translate(x), translate(x y) or matrix(1 0 0 -1 x y); 0 for scale()."""
    values = [float(value) for value in _NUMBER.findall(transform)]
    if not values or transform.startswith("scale"):
        return 0.0, 0.0
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
