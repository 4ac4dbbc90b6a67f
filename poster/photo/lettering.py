"""A photo -> boxes of the lettering in it, the largest first.

Finds signs, wordmarks and print; does not read them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.arrays import Floats
from poster.geometry import Box, Point
from poster.photo.nets import load_net, shrink_to_grid

_LONG_SIDE = 640
"""Measured on 65 words in ten scripts, drawn on ten photos: of those set at 28 px on a cover of
1024 px, seven of ten are found at 640, and five at 480; of larger ones, 44 of 45 at 640."""

_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
_DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)
"""Normalisation of the network's input, blue first. Source: PaddleOCR's configuration."""


@dataclass(frozen=True, slots=True)
class LetteringCriteria:
    """Which of the network's pixels are lettering that a viewer reads.

    Args:
        min_pixel: minimum probability of a pixel. Source: PaddleOCR's configuration.
        min_score: minimum mean probability of a line's pixels. Measured: words set at 60 px on a
            cover of 1024 px have 0.97 and more, smaller ones 0.83 to 0.98; a row of stars on a flag
            has 0.91. No score tells words from bars, crosses and rings drawn in a row.
        reach: the network marks the core of a line; its letters reach this much further, times the
            core's area over its perimeter. Measured: boxes then contain their words' ink.
        apart: distance, in heights of their letters, up to which two lines are one piece.
        min_length: minimum length of a piece's longest line, in heights of its letters: on 35
            photos, the network takes a face, a vent and a star for a letter, none for a word.
    """

    min_pixel: float = 0.3
    min_score: float = 0.92
    reach: float = 2.0
    apart: float = 1.0
    min_length: float = 1.8


CRITERIA = LetteringCriteria()


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of lettering on the network's grid.

    Args:
        edges: left, top, right and bottom.
        height: of its letters, whichever way it runs.
        length: the other way.
    """

    edges: tuple[float, float, float, float]
    height: float
    length: float


class LetteringNet:
    """Finds lettering with the text detector of PP-OCRv3.

    Raises:
        AssetError: the model's file is missing or altered.
    """

    def __init__(self) -> None:
        self._net = load_net("ppocrv3_det.onnx")

    def find(self, image: NDArray[np.uint8]) -> tuple[Box, ...]:
        """Find the lettering in a photo.

        Args:
            image: HWC uint8, sRGB, [0, 255].

        Returns:
            A box for each sign, wordmark or column of print, around all its lines; inside the
            image, in pixels, the largest first.
        """
        height, width = image.shape[:2]
        small = shrink_to_grid(image, _LONG_SIDE)
        rows, columns = small.shape[:2]
        normal = (small[..., ::-1].astype(np.float32) / 255 - _MEAN) / _DEVIATION
        self._net.setInput(np.ascontiguousarray(normal.transpose(2, 0, 1)[None]))
        lines = list(_find_lines(np.asarray(self._net.forward()[0, 0], np.float32)))
        scale = np.array([width / columns, height / rows] * 2)
        whole = Box(0, 0, width, height)
        found = []
        for piece in _group(lines, columns, rows):
            if any(line.length >= CRITERIA.min_length * line.height for line in piece):
                edges = np.array([line.edges for line in piece]) * scale
                left, top = edges[:, :2].min(0)
                right, bottom = edges[:, 2:].max(0)
                box = Box(round(left), round(top), round(right), round(bottom))
                found.append(box.intersection(whole))
        return tuple(sorted(found, key=lambda box: (-box.area, box.x0, box.y0)))


def _find_lines(probability: Floats) -> Iterator[_Line]:
    """Yield the lines in a map of the probability, [0, 1], that a pixel is in the core of one."""
    core = (probability > CRITERIA.min_pixel).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(core)
    sums = np.bincount(labels.ravel(), probability.ravel(), count)
    for label in range(1, count):
        x, y, width, height, area = (int(value) for value in stats[label])
        if sums[label] < CRITERIA.min_score * area:
            continue
        pixels = (labels[y : y + height, x : x + width] == label).astype(np.uint8)
        (_, _), sides, _ = cv2.minAreaRect(cv2.findNonZero(pixels))
        short, long = sorted(side + 1 for side in sides)
        reach = CRITERIA.reach * short * long / (2 * (short + long))
        edges = x - reach, y - reach, x + width + reach, y + height + reach
        yield _Line(edges, short + 2 * reach, long + 2 * reach)


def _group(lines: Sequence[_Line], columns: int, rows: int) -> Iterator[list[_Line]]:
    """Yield lines that stand close together as one piece."""
    mask = np.zeros((rows, columns), np.uint8)
    for line in lines:
        room = CRITERIA.apart * line.height / 2
        left, top, right, bottom = line.edges
        first, last = (left - room, top - room), (right + room, bottom + room)
        cv2.rectangle(mask, _rounded(first), _rounded(last), 1, cv2.FILLED)
    _, labels = cv2.connectedComponents(mask)
    pieces: dict[int, list[_Line]] = {}
    for line in lines:
        left, top, right, bottom = line.edges
        middle = labels[round((top + bottom - 1) / 2), round((left + right - 1) / 2)]
        pieces.setdefault(int(middle), []).append(line)
    yield from pieces.values()


def _rounded(point: Point) -> tuple[int, int]:
    return round(point[0]), round(point[1])
