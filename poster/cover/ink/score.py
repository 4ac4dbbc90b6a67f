"""A picture, its matte and the boxes of type -> LayoutScores.

Source: the content-aware layout measures of the PKU PosterLayout benchmark (occlusion,
readability, overlap, alignment), in floating point.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from poster.geometry import Box
from poster.photo.facts import sobel_magnitude
from poster.result import LayoutScores


def score_layout(
    picture: NDArray[np.uint8], matte: NDArray[np.float32], boxes: list[Box]
) -> LayoutScores:
    """Score a layout of type on a picture.

    Args:
        picture: HWC uint8, sRGB, [0, 255], without type.
        matte: HW float32, share of the subject, [0, 1].
        boxes: of the type, in pixels; at least one.

    Returns:
        The scores; lower is better in each.
    """
    area = sum(box.area for box in boxes)
    gradient = sum(float(sobel_magnitude(picture[box.slices]).sum()) for box in boxes)
    return LayoutScores(
        occlusion=sum(float(matte[box.slices].sum()) for box in boxes) / area,
        readability=gradient / area,
        overlap=sum(a.iou(b) for a, b in combinations(boxes, 2)) / len(boxes),
        alignment=_misalignment(boxes, *picture.shape[:2]),
    )


def _misalignment(boxes: list[Box], height: int, width: int) -> float:
    if len(boxes) == 1:
        return 0.0
    lines = [np.array([box.x0 / width, box.centre[0] / width, box.x1 / width]) for box in boxes]
    rows = [np.array([box.y0 / height, box.centre[1] / height, box.y1 / height]) for box in boxes]
    nearest = [
        min(
            min(np.abs(lines[i] - lines[j]).min(), np.abs(rows[i] - rows[j]).min())
            for j in range(len(boxes))
            if j != i
        )
        for i in range(len(boxes))
    ]
    return float(np.mean(nearest))
