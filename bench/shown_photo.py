"""A cover's picture and its photo -> what was grown above the photo, and how far it was changed.

Finds by itself where the photo is on the picture, since not every version's receipt says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.colour import floats_from_pixels, pixels_from_floats
from poster.colour_difference import colour_difference, lab_from_srgb
from poster.cover.framing.grown_strip import measure_strip
from poster.geometry import Box
from poster.photo.grade import grade

Pixels = NDArray[np.uint8]

_SIDE = 900
"""Longer side at which both are compared."""
_MIN_MATCHES = 25
"""Points that must agree on where the photo is."""
_MAX_TURN = 0.01
"""Rotation in radians up to which a match is believed: covers show photos upright."""
_RATIO = 0.75
"""Distance of the best match over that of the second. Source: D. Lowe, IJCV 2004."""
_BLOCK = 16
"""Side in pixels of the areas over which a change of colour is averaged: finer ones are grain."""
_LARGEST = 0.99
"""Quantile that stands for the largest change: a few areas are off by a pixel."""
_TWINS = 8.0
_THUMB = (44, 64)
"""Mean difference in levels, at this size, below which a reader takes two covers for one."""


@dataclass(frozen=True)
class ShownPhoto:
    """Where a photo is on a picture: picture = scale * photo + offset, in pixels."""

    scale: float
    x: float
    y: float


def find_photo(picture: Pixels, photo: Pixels) -> ShownPhoto | None:
    """Find where a photo is on a picture.

    Args:
        picture: HWC uint8, red, green and blue.
        photo: the same.

    Returns:
        Its place; None if too few points match, such as on a plain photo.
    """
    sift = cv2.SIFT.create(4000)
    found = []
    for image in (photo, picture):
        scale = _SIDE / max(image.shape[:2])
        small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        points, features = sift.detectAndCompute(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), None)
        if features is None or len(points) < _MIN_MATCHES:
            return None
        found.append((np.array([point.pt for point in points]) / scale, features))
    (places, features), (on_picture, features_there) = found
    pairs = cv2.BFMatcher().knnMatch(features, features_there, k=2)
    good = [one for one, other in pairs if one.distance < _RATIO * other.distance]
    if len(good) < _MIN_MATCHES:
        return None
    matrix, inliers = cv2.estimateAffinePartial2D(
        places[[match.queryIdx for match in good]],
        on_picture[[match.trainIdx for match in good]],
        ransacReprojThreshold=3.0,
    )
    if matrix is None or inliers.sum() < _MIN_MATCHES:
        return None
    if abs(np.arctan2(matrix[1, 0], matrix[0, 0])) > _MAX_TURN:
        return None
    return ShownPhoto(float(np.hypot(*matrix[:2, 0])), float(matrix[0, 2]), float(matrix[1, 2]))


def measure_shown(picture: Pixels, photo: Pixels, matte: NDArray[np.float32]) -> dict[str, float]:
    """Measure what was grown above a photo, and how far the photo was changed under the type.

    Args:
        picture: HWC uint8, of the cover without type.
        photo: HWC uint8, as it was given.
        matte: HW float32, of the picture.

    Returns:
        Measure -> figure; empty if the photo was not found on the picture.
    """
    place = find_photo(picture, photo)
    if place is None:
        return {}
    height, width = picture.shape[:2]
    inside = _without_fields(picture)
    figures = {"grown strip": 0.0, "share grown": 0.0}
    grown = round(place.y) - inside.y0
    if grown > _BLOCK:
        figures["grown strip"] = measure_strip(
            picture[inside.slices], matte[inside.slices], grown
        ).score
        figures["share grown"] = grown / height
    right, bottom = (
        round(start + place.scale * side)
        for start, side in ((place.x, photo.shape[1]), (place.y, photo.shape[0]))
    )
    photo_box = Box(round(place.x), round(place.y), right, bottom)
    part = inside.intersection(photo_box).grown(-_BLOCK, -_BLOCK)
    warp = np.array([[place.scale, 0, place.x], [0, place.scale, place.y]], np.float32)
    shown = np.asarray(cv2.warpAffine(photo, warp, (width, height)), np.uint8)[part.slices]
    graded = pixels_from_floats(grade(floats_from_pixels(shown)))
    size = part.width // _BLOCK, part.height // _BLOCK
    one, other = (
        np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
        for image in (graded, picture[part.slices])
    )
    change = colour_difference(lab_from_srgb(one), lab_from_srgb(other))
    figures["easing, mean"] = float(change.mean())
    figures["easing, largest"] = float(np.quantile(change, _LARGEST))
    return figures


def count_twins(covers: list[Pixels]) -> int:
    """Count the pairs of covers that a reader would take for the same."""
    small = [cv2.resize(one, _THUMB, interpolation=cv2.INTER_AREA).astype(float) for one in covers]
    return sum(bool(abs(one - other).mean() < _TWINS) for one, other in combinations(small, 2))


def _without_fields(picture: Pixels) -> Box:
    """Return the part of a cover inside fields of one colour at its edges."""
    height, width = picture.shape[:2]
    across = picture.swapaxes(0, 1)
    top, bottom, left, right = (
        _count_flat(rows) for rows in (picture, picture[::-1], across, across[::-1])
    )
    if top == height or left == width:
        return Box(0, 0, width, height)
    return Box(left, top, width - right, height - bottom)


def _count_flat(rows: Pixels) -> int:
    """Count the rows at the top in exactly one colour, as a field is before its grain is added."""
    is_flat = (rows == rows[0, 0]).all((1, 2))
    return len(rows) if is_flat.all() else int(np.argmin(is_flat))
