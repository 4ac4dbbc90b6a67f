"""A photo -> its matte: how much of each pixel belongs to the subject.

Uses saliency and does not know people: a cup, a dog or a mountain can be the subject. If nothing
stands out, the matte is empty.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.geometry import Box
from poster.photo.fringe import refine_fringe
from poster.photo.nets import load_net

_SIDE = 320
_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
_DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)
"""Normalisation of the network's input. Source: ImageNet statistics, U-2-Net data_loader.py."""
_OUTPUT = "1959"
"""The fused side output, the first of seven."""


@dataclass(frozen=True, slots=True)
class SubjectCriteria:
    """Which parts of the network's saliency, [0, 1], count as the subject.

    Args:
        certain: saliency, before any stretching, above which the network is certain.
        min_share: minimum share of the picture with certain saliency. Measured: walls, gradients,
            noise and abstract pictures peak at 0.1, a mountain view at 0.26; a bird that covers
            0.8 % of its picture passes.
        doubt: maximum saliency, divided by the picture's maximum, of a pixel that is certainly
            backdrop. A flag behind the astronaut has 0.3 to 0.6 and should be backdrop.
        trust: minimum saliency, divided by the picture's maximum, of a pixel that is certainly
            subject. A white cap against a pale wall has 0.8.
        island: regions smaller than this share of the largest one are specks. Not measured.
        hole: holes smaller than this share of the picture are filled: the network was uncertain
            there. Not measured.
        max_share_to_zoom: if the subject's surroundings cover less than this share of the picture,
            the network runs again on them alone. Not measured.
    """

    certain: float = 0.5
    min_share: float = 0.003
    doubt: float = 0.45
    trust: float = 0.75
    island: float = 0.08
    hole: float = 0.02
    max_share_to_zoom: float = 0.45


CRITERIA = SubjectCriteria()

_WORK_PIXELS = 1_500_000
"""About as many as a cover has; the filter needs some 120 bytes per pixel."""
_RADIUS = 1 / 110
"""The guided filter's radius divided by the mean side: three pixels of the network's grid."""
_EPSILON = 60.0
"""The guided filter's regularisation in squared 8-bit levels: texture under 8 levels is flat."""


class SubjectNet:
    """Finds the subject of a photo with U-2-Net (small).

    Raises:
        AssetError: the model's file is missing or altered.
    """

    def __init__(self) -> None:
        self._net = load_net("u2netp.onnx")

    def matte(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Measure how much of each pixel belongs to the subject.

        Args:
            image: HWC uint8, sRGB, [0, 255].

        Returns:
            HW float32, [0, 1]: exactly 0 well outside the subject and 1 well inside it; all 0 if
            nothing stands out.
        """
        height, width = image.shape[:2]
        shrink = min(1.0, (_WORK_PIXELS / (height * width)) ** 0.5)
        size = max(1, round(width * shrink)), max(1, round(height * shrink))
        work = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
        coarse = _cleaned(self._saliency(work))
        if not coarse.any():
            return np.zeros((height, width), np.float32)
        coarse = np.asarray(cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC), np.float32)
        surroundings = _surroundings(coarse)
        if surroundings.area < CRITERIA.max_share_to_zoom * coarse.size:
            enlarged = _cleaned(self._saliency(work[surroundings.slices]))
            if enlarged.any():
                box = surroundings.width, surroundings.height
                coarse[:] = 0
                coarse[surroundings.slices] = cv2.resize(
                    enlarged, box, interpolation=cv2.INTER_CUBIC
                )
        fine = refine_fringe(work, refine_matte(work, np.clip(coarse, 0, 1)))
        if size == (width, height):
            return fine
        fine = np.asarray(cv2.resize(fine, (width, height), interpolation=cv2.INTER_CUBIC))
        return np.clip(fine, 0, 1, out=fine)

    def _saliency(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Run the network: HWC uint8 -> 320 x 320 float32, [0, 1], not stretched."""
        small = cv2.resize(image, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
        normal = (small.astype(np.float32) / 255 - _MEAN) / _DEVIATION
        self._net.setInput(np.ascontiguousarray(normal.transpose(2, 0, 1)[None]))
        return np.array(self._net.forward(_OUTPUT)[0, 0])


def refine_matte(image: NDArray[np.uint8], coarse: NDArray[np.float32]) -> NDArray[np.float32]:
    """Move a matte's soft edges onto the picture's edges.

    Args:
        image: HWC uint8, sRGB, [0, 255].
        coarse: HW float32, [0, 1].

    Returns:
        HW float32, [0, 1]; pixels far from the coarse edge are exactly 0 or 1.

    Source: K. He, J. Sun, X. Tang, Guided Image Filtering, ECCV 2010.
    """
    radius = max(2, round(_RADIUS * sum(coarse.shape) / 2))
    guided = cv2.ximgproc.guidedFilter(image, coarse, radius, _EPSILON)
    # Far from the edge the filter leaks texture as haze, but the coarse matte is certain there.
    reach = np.ones((2 * radius + 1, 2 * radius + 1), np.uint8)
    outside = cv2.dilate(coarse, reach) < 0.1
    inside = cv2.erode(coarse, reach) > 0.9
    stretched = np.clip((guided - 0.12) / 0.76, 0, 1)
    return np.where(outside, np.float32(0), np.where(inside, np.float32(1), stretched))


def _cleaned(saliency: NDArray[np.float32]) -> NDArray[np.float32]:
    """Stretch to full range, drop specks, fill small holes; all 0 if there is no subject."""
    certain = saliency > CRITERIA.certain
    if certain.mean() < CRITERIA.min_share:
        return np.zeros_like(saliency)
    matte = np.clip(
        (saliency / saliency.max() - CRITERIA.doubt) / (CRITERIA.trust - CRITERIA.doubt), 0, 1
    )
    labels, areas = _regions(matte > 0.3)
    kept = np.isin(labels, np.flatnonzero(areas >= CRITERIA.island * areas[1:].max()))
    near = cv2.dilate((kept & (labels > 0)).astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    matte = np.where(near, matte, np.float32(0))
    labels, areas = _regions(matte < 0.7)
    rim = np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))
    holes = np.setdiff1d(np.flatnonzero(areas < CRITERIA.hole * matte.size), np.append(rim, 0))
    return np.where(np.isin(labels, holes), np.float32(1), matte).astype(np.float32)


def _regions(mask: NDArray[np.bool_]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Find connected regions: their labels, 0 outside the mask, and the area of each label."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    return np.asarray(labels, np.int32), np.asarray(stats[:, cv2.CC_STAT_AREA], np.int32)


def _surroundings(matte: NDArray[np.float32]) -> Box:
    """The subject's box, extended by a quarter of its size within the picture."""
    rows, columns = np.flatnonzero((matte > 0.3).any(1)), np.flatnonzero((matte > 0.3).any(0))
    box = Box(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
    margin = max(box.width, box.height) // 4
    return box.grown(margin, margin).intersection(Box(0, 0, matte.shape[1], matte.shape[0]))
