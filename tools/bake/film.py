"""Seed -> height of a clear film that drapes over the magazine, in scene units.

Knows shapes only: how film takes light is the studio's business.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tools.bake import frame
from tools.bake.frame import Floats

PER_UNIT = 640  # grid points a scene unit: folds are some 8 points wide


def grid(per_unit: int = PER_UNIT) -> tuple[Floats, Floats]:
    """Envelope coordinates of the film's grid points.

    Args:
        per_unit: grid points a scene unit.

    Returns:
        x and y, each of shape (rows, columns), float32; row 0 is the envelope's mouth.
    """
    columns, rows = round(frame.ENVELOPE_W * per_unit), round(frame.ENVELOPE_H * per_unit)
    x, y = np.meshgrid(
        np.linspace(-frame.ENVELOPE_W / 2, frame.ENVELOPE_W / 2, columns),
        np.linspace(frame.ENVELOPE_H / 2, -frame.ENVELOPE_H / 2, rows),
    )
    return x.astype(np.float32), y.astype(np.float32)


def magazine_relief(x: Floats, y: Floats) -> Floats:
    """Height of whatever lies inside the envelope: the magazine, else nothing."""
    mx, my = frame.turned(x - frame.MAGAZINE_X, y - frame.MAGAZINE_Y, -frame.MAGAZINE_TURN)
    inside = np.minimum(frame.MAGAZINE_W / 2 - abs(mx), frame.MAGAZINE_H / 2 - abs(my))
    return np.asarray(frame.MAGAZINE_Z * np.clip(inside / 0.004 + 0.75, 0, 1), np.float32)


def draped(relief: Floats) -> Floats:
    """A taut membrane over a relief, welded down at the sides and the foot.

    Relaxed on a grid four times as coarse: each step averages neighbours and lifts the film off
    what it would cut through.
    """
    rows, columns = relief.shape
    coarse = cv2.resize(relief, (columns // 4, rows // 4), interpolation=cv2.INTER_AREA)
    film: NDArray[Any] = coarse.copy()
    for _ in range(500):
        film = cv2.blur(film, (3, 3))
        film[:2] = film[-3:] = film[:, :3] = film[:, -3:] = 0.001
        film = np.maximum(film, coarse)
    film = cv2.resize(film, (columns, rows), interpolation=cv2.INTER_CUBIC)
    return np.asarray(cv2.GaussianBlur(film, (0, 0), 0.0022 * PER_UNIT), np.float32)


def _swell(rng: np.random.Generator, shape: tuple[int, ...], cells: tuple[int, int]) -> Floats:
    """Smooth noise with so many cells down and across."""
    noise = rng.normal(size=cells).astype(np.float32)
    swell = cv2.resize(noise, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)
    return np.asarray(swell, np.float32)


def _fold(
    x: Floats,
    y: Floats,
    root: tuple[float, float],
    angle: float,
    length: float,
    bend: float,
    breadth: float,
) -> Floats:
    """One crease: sharp at its root, wider and lower along its way, with a trough beside it."""
    dx, dy = np.cos(angle), np.sin(angle)
    along = (x - root[0]) * dx + (y - root[1]) * dy
    across = (x - root[0]) * -dy + (y - root[1]) * dx - bend * along**2
    way = np.clip(along / length, 0, 1)
    taper = (np.clip(way / 0.15, 0, 1) * np.clip((1 - way) / 0.6, 0, 1)) ** 1.3
    wide = 0.005 + breadth * way
    ridge = np.exp(-np.sqrt((across / wide) ** 2 + 0.05) + 0.22)
    trough = 0.45 * np.exp(-(((across - 1.8 * wide) / (1.6 * wide)) ** 2))
    return np.asarray(taper * (ridge - trough), np.float32)


def _folds(rng: np.random.Generator, x: Floats, y: Floats) -> Floats:
    """Creases that run from the magazine's corners, the side seams and nowhere in particular."""
    height = np.zeros_like(x)
    half_w, half_h = frame.MAGAZINE_W / 2, frame.MAGAZINE_H / 2
    corners = [(sx * half_w, frame.MAGAZINE_Y + sy * half_h) for sx in (-1, 1) for sy in (-1, 1)]
    for number in range(16):  # tension, from the corners towards the middle
        cx, cy = corners[number % 4]
        root = (cx + rng.normal() * 0.012, cy + rng.normal() * 0.012)
        angle = np.arctan2(rng.normal() * 0.3 - root[1], rng.normal() * 0.2 - root[0])
        shape = (rng.uniform(0.08, 0.30), rng.normal() * 0.3, 0.020)
        height += rng.uniform(0.0008, 0.0022) * _fold(x, y, root, angle, *shape)
    for _ in range(22):  # stress, in from the side seams
        side = rng.choice((-1.0, 1.0))
        root = (side * (frame.ENVELOPE_W / 2 - 0.018), rng.uniform(-0.5, 0.5) * frame.ENVELOPE_H)
        angle = (np.pi if side > 0 else 0) + rng.normal() * 0.5
        shape = (rng.uniform(0.04, 0.13), rng.normal() * 0.3, 0.018)
        height += rng.uniform(0.0008, 0.0022) * _fold(x, y, root, angle, *shape)
    for _ in range(6):  # the cord's pull, out from the lower button
        angle = rng.uniform(-0.5, 3.6)
        bx, by = frame.LOWER_BUTTON
        root = (bx + 0.03 * np.cos(angle), by + 0.03 * np.sin(angle))
        shape = (rng.uniform(0.08, 0.26), rng.normal() * 0.8, 0.014)
        height += rng.uniform(0.0003, 0.0010) * _fold(x, y, root, angle, *shape)
    for _ in range(8):  # handling, long and lazy
        root = (rng.uniform(-0.4, 0.4), rng.uniform(-0.6, 0.1))
        angle = rng.choice((1.05, 1.3, 1.9)) + rng.normal() * 0.15
        shape = (rng.uniform(0.35, 0.7), rng.normal() * 0.3, 0.03)
        height += (
            rng.choice((-1, 1)) * rng.uniform(0.0007, 0.0016) * _fold(x, y, root, angle, *shape)
        )
    return height


def _liveliness(x: Floats, y: Floats) -> Floats:
    """How much the film may crease, in [0, 1]: little over the masthead and the face."""
    across = np.clip((abs(x) - 0.20) / 0.18, 0, 1)
    top = frame.MAGAZINE_Y + frame.MAGAZINE_H / 2
    low = np.clip((top - 0.62 - y) / 0.30, 0, 1)
    gap = np.clip((y - top + 0.01) / 0.03, 0, 1)
    edge = np.maximum(across * (0.45 + 0.55 * np.clip((top - 0.30 - y) / 0.15, 0, 1)), low * 0.8)
    return np.asarray(0.28 + 0.72 * np.maximum(edge, gap), np.float32)


def film_height(seed: int, liveliness: float = 1.0) -> Floats:
    """Height of one sheet of film.

    Args:
        seed: of its creases.
        liveliness: 0 for a taut sheet, 1 for one that has been handled.

    Returns:
        Height above the table in scene units at the points of `grid()`, float32.
    """
    rng = np.random.default_rng(seed)
    x, y = grid()
    relief = magazine_relief(x, y)
    taut = draped(relief)
    creases = 0.0024 * _swell(rng, x.shape, (8, 6)) + 0.00045 * _swell(rng, x.shape, (9, 34))
    creases += 0.0005 * _swell(rng, x.shape, (26, 9)) + _folds(rng, x, y)
    seam = np.minimum.reduce(
        [frame.ENVELOPE_W / 2 - abs(x), y + frame.ENVELOPE_H / 2, frame.ENVELOPE_H / 2 - y + 0.02]
    )
    free = np.clip((seam - frame.WELD) / 0.05, 0, 1)
    free = free * free * (3 - 2 * free)
    film = taut + liveliness * free * _liveliness(x, y) * creases + 0.002
    film = np.maximum(film, relief + 0.0016).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(film, (0, 0), 0.0018 * PER_UNIT))


def flap_inside(x: Floats, y: Floats) -> Floats:
    """Signed distance to the flap's edge, positive on the flap: a tongue with round corners."""
    down = frame.ENVELOPE_H / 2 - y
    half = frame.ENVELOPE_W / 2 - 0.004 - 0.10 * np.clip(down / frame.FLAP, 0, 1) ** 2.4
    radius = 0.050
    side, foot = half - abs(x), frame.FLAP - down
    corner = np.hypot(np.maximum(radius - side, 0), np.maximum(radius - foot, 0))
    inside: NDArray[np.float32] = np.minimum(np.minimum(side, foot), radius) - corner
    return inside.astype(np.float32)
