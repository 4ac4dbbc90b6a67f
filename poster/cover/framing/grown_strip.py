"""A painted picture with grown headroom -> how far the headroom can be told from the photo below.

Compares the grown strip with the top of the photo. Does not know how the headroom was made: a
diffusion model may have repainted it.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.arrays import Floats
from poster.colour_difference import lab_from_srgb

_COLUMNS = 256
"""Cells across, in which both strips are compared: finer differences are grain."""

_LOCAL = 9
"""Side of the window in which local contrast is measured, in cells."""

_BESIDE = 61
"""Cells across in which the photo may have the detail that a grown cell has."""

_FREE = 0.5
"""Share of backdrop from which a cell of the photo counts."""

_NEAR = 20
"""Cells of the photo below the seam that are compared: further down are other things."""


@dataclass(frozen=True, slots=True)
class StripLimits:
    """What may differ before it shows. Measured by eye on 32 photos, grown by 0.2.

    Args:
        step: change of colour across the seam beyond that between rows of the photo, in CIELAB,
            where there is detail beside it.
        step_on_plain: the same on an even ground, on which an edge a whole page long shows.
        busy: contrast of detail from which `step` holds.
        energy: factor between the contrasts of detail in both strips.
        detail: contrast of detail below which neither smears nor repeats can be seen, in CIELAB.
        streaks: factor by which vertical lines may outweigh horizontal ones more than in the photo.
        foreign: share of the grown strip with more than `more` times the detail that the photo has
            in the same columns, and `over` more: a piece of a façade in the sky.
        more: factor between local contrasts.
        over: difference between local contrasts, in CIELAB.
        drift: change of the mean colour from the photo's strip to the grown one beyond the change
            within the photo's strip, in CIELAB.
    """

    step: float = 4.0
    step_on_plain: float = 0.6
    busy: float = 1.5
    energy: float = 1.7
    detail: float = 0.6
    streaks: float = 3.0
    foreign: float = 0.02
    more: float = 2.5
    over: float = 2.0
    drift: float = 12.0


LIMITS = StripLimits()


@dataclass(frozen=True, slots=True)
class GrownStrip:
    """How a grown strip differs from the photo, each as a share of what may differ.

    Args:
        step: change of colour at the seam.
        energy: contrast of detail: a smear has less, a repeated thing more.
        streaks: vertical lines.
        foreign: detail where the photo has none.
        drift: mean colour.
    """

    step: float
    energy: float
    streaks: float
    foreign: float
    drift: float

    @property
    def score(self) -> float:
        """The largest of them; above 1, the strip can be told from the photo."""
        return max(self.step, self.energy, self.streaks, self.foreign, self.drift)


def measure_strip(picture: NDArray[np.uint8], matte: NDArray[np.float32], rows: int) -> GrownStrip:
    """Compare grown headroom with the photo below it.

    Args:
        picture: HWC uint8, sRGB, [0, 255].
        matte: HW float32, share of the subject, [0, 1]; where it is, nothing is compared.
        rows: number of grown rows at the top; at least 1, and less than H.

    Returns:
        The differences; 0 where too little backdrop is left to compare.
    """
    step = picture.shape[1] / _COLUMNS
    lab, free = _cells(picture, matte, step)
    grown = max(1, round(rows / step))
    photo = min(len(lab) - grown, _NEAR)
    above, below = lab[:grown], lab[grown : grown + photo]
    free_above, free_below = free[:grown], free[grown : grown + photo]
    if photo < 2 or min(free_above.sum(), free_below.sum()) < _COLUMNS:
        return GrownStrip(0.0, 0.0, 0.0, 0.0, 0.0)
    near_seam = slice(max(0, grown - 2), grown + 2)
    seam = _row_changes(lab[near_seam], free[near_seam])
    usual = _row_changes(below, free_below)
    (across, down), (across_below, down_below) = (
        _contrasts(part, weight) for part, weight in ((above, free_above), (below, free_below))
    )
    detail, detail_below = np.hypot(across, down), np.hypot(across_below, down_below)
    floor = LIMITS.detail
    energy = abs(np.log((detail + floor) / (detail_below + floor))) / np.log(LIMITS.energy)
    lean = (across + floor) / (down + floor) / ((across_below + floor) / (down_below + floor))
    busy = min(1.0, detail_below / LIMITS.busy) ** 2
    max_step = LIMITS.step_on_plain + busy * (LIMITS.step - LIMITS.step_on_plain)
    return GrownStrip(
        step=max(0.0, float(seam.max() - usual.mean())) / max_step,
        energy=float(energy),
        streaks=max(0.0, float(np.log(lean) / np.log(LIMITS.streaks))),
        foreign=_foreign(above, below, free_above, free_below) / LIMITS.foreign,
        drift=_drift(above, below, free_above, free_below) / LIMITS.drift,
    )


def _cells(
    picture: NDArray[np.uint8], matte: NDArray[np.float32], step: float
) -> tuple[Floats, Floats]:
    """Reduce a picture to cells in CIELAB, and return the share of backdrop of each."""
    size = _COLUMNS, max(4, round(len(picture) / step))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    subject = cv2.resize(matte, size, interpolation=cv2.INTER_AREA)
    subject = cv2.dilate(subject, np.ones((9, 9), np.uint8))
    return lab_from_srgb(np.asarray(small, np.uint8)), np.asarray(1 - subject, np.float32)


def _row_changes(lab: Floats, free: Floats) -> Floats:
    """Return the mean change of colour from each row to the next."""
    weight = np.minimum(free[1:], free[:-1])
    changes = np.linalg.norm(np.diff(cv2.blur(lab, (9, 1)), axis=0), axis=-1)
    return np.asarray((weight * changes).sum(1) / np.maximum(weight.sum(1), 1), np.float32)


def _contrasts(lab: Floats, free: Floats) -> tuple[float, float]:
    """Return the root mean square of changes across and down, without slow ones."""
    detail = lab - cv2.GaussianBlur(lab, (0, 0), 6, borderType=cv2.BORDER_REFLECT)
    total = max(float(free.sum()), 1.0)
    across, down = (
        float(np.sqrt((weight * (change**2).sum(-1)).sum() / total))
        for change, weight in (
            (np.diff(detail, axis=1), free[:, 1:]),
            (np.diff(detail, axis=0), free[1:]),
        )
    )
    return across, down


def _foreign(above: Floats, below: Floats, free_above: Floats, free_below: Floats) -> float:
    """Return the share of the grown strip with detail that the photo lacks in the same columns."""
    grown, photo = _local_contrast(above), _local_contrast(below)
    is_free = (free_below > _FREE).astype(np.float32)
    beside = np.ones((1, _BESIDE), np.uint8)
    usual = cv2.dilate((photo * is_free).max(0, keepdims=True), beside)
    is_known = cv2.dilate(is_free.max(0, keepdims=True), beside) > 0
    strange = is_known & (grown > LIMITS.more * usual + LIMITS.over)
    return float((free_above * strange).sum() / max(float(free_above.sum()), 1.0))


def _local_contrast(lab: Floats) -> Floats:
    side = _LOCAL, _LOCAL
    variance = cv2.blur(lab**2, side) - cv2.blur(lab, side) ** 2
    return np.asarray(np.sqrt(np.maximum(variance, 0).sum(-1)), np.float32)


def _drift(above: Floats, below: Floats, free_above: Floats, free_below: Floats) -> float:
    """Return how much further the grown strip's mean colour is than the photo's own gradient."""

    def mean(lab: Floats, free: Floats) -> Floats:
        weight = free[..., None]
        return np.asarray((weight * lab).sum((0, 1)) / max(float(weight.sum()), 1.0), np.float32)

    half = len(below) // 2
    near = mean(below[:half], free_below[:half])
    far = mean(below[half:], free_below[half:])
    moved = float(np.linalg.norm(mean(above, free_above) - near))
    return max(0.0, moved - float(np.linalg.norm(near - far)))
