"""A frame and a seed -> heights of the clear film that drapes over the magazine, in scene units.

Film bends but does not stretch, so all its deformations are ruled surfaces: highlights are streaks
and creases, never blobs. Does not know the film's material.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.arrays import Floats
from tools.bake import frame as measures
from tools.bake.frame import Frame, Spot

PER_UNIT = 640  # grid points per scene unit: creases are about 8 points wide
MIN_GAP = 0.0016  # from film to paper: they never quite touch
DRAPE = 0.0060  # softness of the bend over the magazine's edges; if sharper, the corners glare
SLACK = 0.0030  # additional gap where the film is free, so that it can bend both ways


@dataclass(frozen=True)
class Film:
    """The state of the film.

    Args:
        seed: of its creases.
        liveliness: 0 for taut film, 1 for film that has been handled.
        without: numbers of the folds from the magazine's corners that are left out, in the order in
            which they are drawn; all others stay as they are.
    """

    seed: int
    liveliness: float = 1.0
    without: tuple[int, ...] = ()


@dataclass(frozen=True)
class Sheets:
    """Heights at the points of `grid`, float32.

    Args:
        front: over the magazine.
        back: under it.
        flap: over the front, as if the flap were as large as the envelope.
    """

    front: Floats
    back: Floats
    flap: Floats


def grid(frame: Frame, per_unit: int = PER_UNIT) -> tuple[Floats, Floats]:
    """Return the envelope coordinates of the film's grid points.

    Args:
        frame: of the envelope.
        per_unit: grid points per scene unit.

    Returns:
        x and y, each of shape (rows, columns), float32; row 0 is the envelope's fold.
    """
    columns, rows = round(frame.envelope_w * per_unit), round(frame.envelope_h * per_unit)
    x, y = np.meshgrid(
        np.linspace(-frame.envelope_w / 2, frame.envelope_w / 2, columns),
        np.linspace(frame.envelope_h / 2, -frame.envelope_h / 2, rows),
    )
    return x.astype(np.float32), y.astype(np.float32)


def sheets(frame: Frame, film: Film) -> Sheets:
    """Shape all three sheets.

    Args:
        frame: of the envelope.
        film: its seed and liveliness.

    Returns:
        Their heights.
    """
    rng = np.random.default_rng(film.seed)
    x, y = grid(frame)
    relief = magazine_relief(frame, x, y)
    free = _free(frame, x, y)
    creases = _swells(rng, x, y) + _creases(rng, frame, film.without, x, y)
    moved = film.liveliness * _ease(frame, x, y) * creases
    hung = _draped(relief) + 0.002 + free * (SLACK + moved)
    front = _soft(np.maximum(hung, relief + MIN_GAP))
    sunk = free * (0.3 * film.liveliness * _swells(rng, x, y) - 0.0072)
    back = _soft(np.maximum(sunk, measures.TABLE_Z + MIN_GAP))
    down = np.clip((frame.envelope_h / 2 - y) / measures.FLAP, 0, 1)
    bow = 0.0042 + 0.0050 * (1 - down) ** 1.5  # it rises slightly towards its fold
    bent = film.liveliness * (0.5 * _swells(rng, x, y) + _bends(rng, frame, x, y))
    flap = _soft(np.maximum(0.35 * front + bow + bent, front + 0.001))
    return Sheets(front, back, flap)


def magazine_relief(frame: Frame, x: Floats, y: Floats) -> Floats:
    """Return the height of the magazine inside the envelope; 0 elsewhere."""
    at_x, at_y = frame.magazine_at
    mx, my = measures.turned(x - at_x, y - at_y, -frame.placement.magazine_turn)
    inside = np.minimum(measures.MAGAZINE_W / 2 - abs(mx), frame.magazine_h / 2 - abs(my))
    return np.asarray(measures.MAGAZINE_Z * np.clip(inside / 0.004 + 1.5, 0, 1), np.float32)


def _soft(height: NDArray[Any]) -> Floats:
    """Smooth heights to the film's stiffness, which limits the sharpness of bends."""
    return np.asarray(
        cv2.GaussianBlur(height.astype(np.float32), (0, 0), 0.0018 * PER_UNIT), np.float32
    )


def _draped(relief: Floats) -> Floats:
    """Drape a taut membrane over a relief, welded down at the sides and the foot.

    Relaxed on a grid four times coarser: each step averages neighbours and then lifts the film out
    of the relief.
    """
    rows, columns = relief.shape
    coarse = cv2.resize(relief, (columns // 4, rows // 4), interpolation=cv2.INTER_AREA)
    film: NDArray[Any] = coarse.copy()
    for _ in range(500):
        film = cv2.blur(film, (3, 3))
        film[:2] = film[-3:] = film[:, :3] = film[:, -3:] = 0.001
        film = np.maximum(film, coarse)
    film = cv2.resize(film, (columns, rows), interpolation=cv2.INTER_CUBIC)
    return np.asarray(cv2.GaussianBlur(film, (0, 0), DRAPE * PER_UNIT), np.float32)


def _free(frame: Frame, x: Floats, y: Floats) -> Floats:
    """Return the film's freedom: 0 on a weld or the fold, rising to 1 where it is unconstrained."""
    half_w, half_h = frame.envelope_w / 2, frame.envelope_h / 2
    seam = np.minimum.reduce([half_w - abs(x), y + half_h, half_h - y + 0.02])
    free = np.clip((seam - measures.WELD) / 0.05, 0, 1)
    return np.asarray(free * free * (3 - 2 * free), np.float32)


def _ease(frame: Frame, x: Floats, y: Floats) -> Floats:
    """Return how much the film may crease, [0, 1]: little over the magazine's middle, for faces."""
    top = frame.magazine_at[1] + frame.magazine_h / 2
    foot = top - frame.magazine_h
    side = np.clip((abs(x) - 0.22) / 0.16, 0, 1)
    low = np.clip((foot + 0.30 - y) / 0.28, 0, 1)
    gap = np.clip((y - top + 0.02) / 0.04, 0, 1)
    masthead = 1 - 0.6 * np.clip(1 - abs(y - top + 0.14) / 0.16, 0, 1)
    ease = np.maximum.reduce([side * masthead, 0.8 * low, gap])
    return np.asarray(0.16 + 0.84 * ease, np.float32)


def _across(x: Floats, y: Floats, angle: float) -> Floats:
    """Return the signed distance of each point from the line through the origin at an angle."""
    return np.asarray(y * math.cos(angle) - x * math.sin(angle), np.float32)


def _swells(rng: np.random.Generator, x: Floats, y: Floats) -> Floats:
    """Build long bends, each ruled by parallel, nearly vertical or nearly horizontal lines."""
    height = np.zeros_like(x)
    for angle, wavelength, amplitude in (
        (math.pi / 2 + 0.16 * rng.normal(), 0.50, 0.0030),
        (math.pi / 2 + 0.10 * rng.normal(), 0.19, 0.0008),
        (math.pi / 2 + 0.45 * rng.choice((-1, 1)) + 0.1 * rng.normal(), 0.30, 0.0013),
        (0.08 * rng.normal(), 0.80, 0.0012),
    ):
        at = _across(x, y, angle)
        knots = rng.normal(size=(64, 1)).astype(np.float32)
        bend = cv2.resize(knots, (1, 4096), interpolation=cv2.INTER_CUBIC)[:, 0]
        fine = np.linspace(-1, 1, 4096) * 32 * wavelength / 2
        height += amplitude * np.interp(at, fine, bend).astype(np.float32)
    return height


def _crease(
    x: Floats, y: Floats, root: Spot, angle: float, length: float, breadth: float
) -> Floats:
    """Build a straight fold between two flat sides, sharp at its root, widening and flattening."""
    dx, dy = math.cos(angle), math.sin(angle)
    along = (x - root[0]) * dx + (y - root[1]) * dy
    across = (y - root[1]) * dx - (x - root[0]) * dy
    way = np.clip(along / length, 0, 1)
    rise = np.clip(way / 0.30, 0, 1)
    fall = np.clip((1 - way) / 0.7, 0, 1)
    lift = rise * rise * (3 - 2 * rise) * fall * fall * (3 - 2 * fall)
    wide = breadth * (0.05 + 1.3 * way)  # pointed at its root: a round end would look like a drip
    crest = 0.0010 + 0.005 * way
    roof = np.clip(1 - (np.sqrt(across**2 + crest**2) - crest) / wide, 0, None)
    return np.asarray(lift * roof * roof * wide, np.float32)


def _creases(
    rng: np.random.Generator, frame: Frame, without: tuple[int, ...], x: Floats, y: Floats
) -> Floats:
    """Build folds from the magazine's corners, the side seams and the lower button, by slope."""
    height = np.zeros_like(x)
    at_x, at_y = frame.magazine_at
    half_w, half_h = measures.MAGAZINE_W / 2, frame.magazine_h / 2
    for number in range(18):  # tension, from the corners inwards
        sx, sy = ((-1, -1), (1, -1), (-1, 1), (1, 1))[number % 4]
        root = (
            at_x + sx * half_w + 0.014 * rng.normal(),
            at_y + sy * half_h + 0.014 * rng.normal(),
        )
        steep = abs(rng.normal(0.95, 0.35))  # radians from horizontal
        angle = math.atan2(-sy * math.sin(steep), -sx * math.cos(steep))
        calmer = 0.55 if sy > 0 else 1.0  # the masthead is between the upper corners
        slope = calmer * rng.choice((-1, 1)) * rng.uniform(0.06, 0.18)
        fold = _crease(x, y, root, angle, rng.uniform(0.10, 0.34), rng.uniform(0.01, 0.03))
        if number not in without:
            height += slope * fold
    for _ in range(12):  # puckers, in from the side seams
        side = float(rng.choice((-1.0, 1.0)))
        root = (side * (frame.envelope_w / 2 - 0.014), rng.uniform(-0.48, 0.36) * frame.envelope_h)
        angle = (math.pi if side > 0 else 0) + 0.55 * rng.normal()
        slope = rng.choice((-1, 1)) * rng.uniform(0.04, 0.11)
        height += slope * _crease(
            x, y, root, angle, rng.uniform(0.05, 0.15), rng.uniform(0.012, 0.026)
        )
    bx, by = frame.lower_button
    for _ in range(5):  # the cord's pull, out from the lower button
        angle = rng.uniform(-0.6, math.pi + 0.6)
        root = (bx + 0.026 * math.cos(angle), by + 0.026 * math.sin(angle))
        slope = rng.uniform(0.06, 0.14)
        height += slope * _crease(
            x, y, root, angle, rng.uniform(0.08, 0.22), rng.uniform(0.008, 0.016)
        )
    top = at_y + half_h
    for _ in range(6):  # slack at the mouth, beside the closure, with nothing underneath
        root = (rng.uniform(-0.40, 0.40), top + rng.uniform(0.0, 0.03))
        angle = math.pi / 2 + 0.5 * rng.normal()
        slope = rng.choice((-1, 1)) * rng.uniform(0.04, 0.12)
        height += slope * _crease(
            x, y, root, angle, rng.uniform(0.10, 0.22), rng.uniform(0.01, 0.03)
        )
    for _ in range(5):  # handling: long straight ridges
        root = (rng.uniform(-0.38, 0.38), -0.5 * frame.envelope_h + rng.uniform(0.05, 0.35))
        angle = math.pi / 2 + 0.35 * rng.normal()
        slope = rng.choice((-1, 1)) * rng.uniform(0.04, 0.10)
        height += slope * _crease(
            x, y, root, angle, rng.uniform(0.30, 0.60), rng.uniform(0.02, 0.04)
        )
    return height


def _bends(rng: np.random.Generator, frame: Frame, x: Floats, y: Floats) -> Floats:
    """Build the flap's own folds: outward from its button, and inward from its round corners."""
    height = np.zeros_like(x)
    bx, by = frame.upper_button
    for _ in range(4):
        angle = rng.uniform(0, 2 * math.pi)
        root = (bx + 0.024 * math.cos(angle), by + 0.024 * math.sin(angle))
        height += 0.05 * _crease(x, y, root, angle, rng.uniform(0.08, 0.2), 0.012)
    for side in (-1, 1):
        root = (side * (frame.envelope_w / 2 - 0.07), frame.envelope_h / 2 - measures.FLAP + 0.03)
        angle = math.pi / 2 * (1 + side * rng.uniform(0.15, 0.6))
        height += rng.uniform(0.04, 0.09) * _crease(x, y, root, angle, 0.12, 0.02)
    return height


def flap_inside(frame: Frame, x: Floats, y: Floats) -> Floats:
    """Return the signed distance to the edge of the round-cornered flap, positive on the flap."""
    down = frame.envelope_h / 2 - y
    half = frame.envelope_w / 2 - 0.004 - 0.10 * np.clip(down / measures.FLAP, 0, 1) ** 2.4
    radius = 0.050
    side, foot = half - abs(x), measures.FLAP - down
    corner = np.hypot(np.maximum(radius - side, 0), np.maximum(radius - foot, 0))
    inside: NDArray[np.float32] = np.minimum(np.minimum(side, foot), radius) - corner
    return inside.astype(np.float32)


def displacement(frame: Frame, front: Floats, size: tuple[int, int]) -> Floats:
    """Compute the shift by refraction in the front film, at a quarter of the plates' size.

    Args:
        frame: of the envelope.
        front: heights at the points of `grid`.
        size: width and height of the plates in pixels.

    Returns:
        HW2 float32: offset (dx, dy), in cover pixels at the plates' size, by which film displaces
        what a pixel shows; x right, y down. Zero outside the film.
    """
    rise_y, rise_x = np.gradient(front, 1 / PER_UNIT)
    columns, rows = size[0] // 4, size[1] // 4
    px, py = np.meshgrid(np.arange(columns) * 4.0 + 2, np.arange(rows) * 4.0 + 2)
    x, y = frame.to_envelope(px, py, measures.MAGAZINE_Z, size)
    at_x = (x + frame.envelope_w / 2) / frame.envelope_w * (front.shape[1] - 1)
    at_y = (frame.envelope_h / 2 - y) / frame.envelope_h * (front.shape[0] - 1)
    slope_x, down = (
        cv2.remap(np.asarray(rise, np.float32), at_x, at_y, cv2.INTER_LINEAR)
        for rise in (rise_x, rise_y)
    )
    # Rows run downwards like pixels, so np.gradient's slope along them keeps its sign.
    cos, sin = math.cos(frame.placement.envelope_turn), math.sin(frame.placement.envelope_turn)
    slope = np.dstack([cos * slope_x + sin * down, cos * down - sin * slope_x])
    across = size[0] * measures.MAGAZINE_W / frame.shape.width
    bend = FILM_MM / COVER_MM * (1 - 1 / FILM_IOR) * across
    return np.asarray(bend * slope, np.float32)


FILM_MM, COVER_MM, FILM_IOR = 0.3, 210.0, 1.52
"""Soft PVC of an ordinary document envelope, on A4. Source: Snell's law for a thin sheet."""
