"""A photo and a window of it -> its picture, with backdrop synthesised above the photo if needed.

The backdrop is split into light (low frequencies) and detail (high frequencies). The light
continues upward with growing blur and its slow vertical gradient; the detail is synthesised by
quilting blocks of the picture. Does not know how much headroom a cover needs, nor what the subject
is.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.arrays import Floats
from poster.cover.framing.crown import Crown, find_cut_crowns
from poster.cover.framing.quilt import GRID, Backdrop, find_backdrop, quilt_above
from poster.geometry import Box
from poster.photo.facts import Photo
from poster.photo.resample import resample, resample_matte

_SPREAD = 0.30
"""Blur (sigma) that the light of the top row gains per row of height."""

_UPRIGHT_SPREAD = 0.05
"""The same for vertical structures: poles, trunks, curtains and frames continue, softly."""
_UPRIGHT_BAND = 0.10
"""Top share of the picture's height in which a vertical structure must stay in the same columns."""
_UPRIGHT_LEVELS = 14.0
"""Contrast, in 8-bit levels, at which a structure counts half as vertical and half as a blotch on
the wall: plaster and studio paper differ by 5, poles and frames by 30."""
_UPRIGHT_FADE = 40.0
"""Cells over which vertical structures fade. By eye: a spire ends, and a frame is not cut off."""

_LIGHT = 16.0, 4.0
"""Blur (sigma, across and down) that separates light from detail, in cells of the quilt's grid.
Less down than across, so that a shadow just below the top does not darken the headroom."""

_SEAM_ROWS = 3
"""Rows averaged into the row that is continued, so that single noisy pixels are not."""

_WORN = 0.01
"""Share of the width up to which the topmost rows may be worn: the rim of a scan, or what a codec
or a resampler made of the last row."""
_WORN_STEP = 0.7, 6.0
"""Change of the backdrop's mean from one row to the next that ends worn rows: in levels, and over
what is usual below."""

_LEAST_BACKDROP = 0.2
"""Least share of the columns without a subject near the top."""

_DEPTH = 0.55
"""Top share of the picture's height from which detail is copied; below it is usually floor."""

_FINE = 2.0
"""Size in cells that separates fine from coarse mismatch at the seam."""
_FINE_FADE, _COARSE_FADE = 5.0, 22.0
"""Cells over which fine and coarse mismatch fades; the fine one sooner, so that it leaves no
streaks."""
_FADES = 5.0
"""Fade lengths after which nothing is left: e**-5 of 30 levels is a fifth of a level."""

_CALM, _BLOTCHES = (2.0, 5.0), 0.2
"""Typical contrast of detail, in 8-bit levels, up to which a backdrop is a wall and from which it
is foliage; and the share of its coarse detail that a wall keeps. By eye: on a table and a wall of
2.6 and 1.8, smudges repeated like a pattern."""

_BAND = 0.16
"""Top share of the picture's height whose vertical gradient is continued."""
_REACH = 0.22
"""Height over which that gradient levels off, as a share of the picture's height."""
_PLAIN = 7.0
"""Deviation from a linear gradient, in 8-bit levels, at which a backdrop counts as half plain."""


def render_window(
    photo: Photo, window: Box, width: int, height: int
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Render a window of a photo, with backdrop synthesised where it starts above the photo.

    Args:
        photo: the photo and its matte.
        window: in photo pixels; y0 may be negative.
        width: of the result, in pixels.
        height: of the result, in pixels.

    Returns:
        HWC uint8, sRGB, [0, 255], and its matte, HW float32, share of the subject, [0, 1].
    """
    photo_height, photo_width = photo.pixels.shape[:2]
    shown = window.intersection(Box(0, 0, photo_width, photo_height)).edges
    grown_rows = round(height * max(0, -window.y0) / window.height)
    rows = height - grown_rows
    picture = resample(photo.pixels, shown, width, rows)
    matte = resample_matte(photo.matte, shown, width, rows)
    return grow_headroom(picture, matte, grown_rows)


def grow_headroom(
    picture: NDArray[np.uint8], matte: NDArray[np.float32], rows: int
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Synthesise rows of backdrop above a picture.

    If the top edge cuts off the crown of a head, it is restored: the hair is mirrored into the cap
    that continues the head's outline. If more than a crown is missing, the subject ends at the cut
    and the backdrop continues behind it.

    Args:
        picture: HWC uint8, sRGB, [0, 255].
        matte: HW float32, [0, 1].
        rows: number of rows to add, up to about 0.3 of the picture's height.

    Returns:
        The picture and the matte, `rows` taller. The old pixels are unchanged, apart from worn rows
        at the top, which are grown anew; the new part of the matte is 0 except for restored crowns.
        A pure function of the arguments.
    """
    if rows <= 0:
        return picture.copy(), matte.copy()
    worn = _count_worn(picture, matte)
    picture, matte, rows = picture[worn:], matte[worn:], rows + worn
    height, width = matte.shape
    subject = _grown_subject(matte)
    extension = _continued(picture, subject, rows)
    tall = np.empty((height + rows, width, 3), np.uint8)
    tall[rows:] = picture
    tall[:rows] = np.clip(np.rint(extension), 0, 255)
    tall_matte = np.zeros((height + rows, width), np.float32)
    tall_matte[rows:] = matte
    for crown in find_cut_crowns(matte):
        _restore(crown, tall, tall_matte, rows)
    return tall, tall_matte


def _count_worn(picture: NDArray[np.uint8], matte: Floats) -> int:
    """Count the topmost rows that differ in tone from those below them."""
    most = round(_WORN * picture.shape[1])
    if not most or len(picture) < 4 * most:
        return 0
    band = picture[: 6 * most].astype(np.float32)
    weight = 1 - matte[: 6 * most].max(0)
    if weight.mean() < _LEAST_BACKDROP:
        return 0
    means = (weight[:, None] * band).mean((1, 2)) / weight.mean()
    changes = abs(np.diff(means))
    least, times = _WORN_STEP
    steps = np.flatnonzero(changes[:most] > max(least, times * float(np.median(changes[most:]))))
    return int(steps[-1]) + 1 if len(steps) else 0


def _restore(crown: Crown, tall: NDArray[np.uint8], tall_matte: Floats, rows: int) -> None:
    """Restore a crown above the seam, in place."""
    cap = crown.cap(tall_matte.shape[1])[-rows:]
    high = len(cap)
    # Mirror only half the cap's height, so that hair next to the cut shows and the brow does not.
    below = tall[rows : rows + max(1, high // 2)][::-1]
    size = tall.shape[1], high
    mirrored = cv2.resize(below, size, interpolation=cv2.INTER_CUBIC).astype(np.float32)
    above = tall[rows - high : rows]
    above[:] = np.rint(above + cap[..., None] * (mirrored - above))
    tall_matte[rows - high : rows] = np.maximum(tall_matte[rows - high : rows], cap)


def _grown_subject(matte: Floats) -> Floats:
    """Dilate the subject so that it includes its halo and contact shadow."""
    side = 2 * max(2, matte.shape[1] // 80) + 1
    return np.asarray(cv2.dilate(matte, np.ones((side, side), np.uint8)), np.float32)


def _continued(picture: NDArray[np.uint8], subject: Floats, rows: int) -> Floats:
    """Synthesise the backdrop's light and detail above the picture: rows x W x 3, 8-bit levels."""
    width = picture.shape[1]
    step = max(1, round(width / GRID))
    small, taken = _shrunk(picture, step), _shrunk(subject, step)
    light = _low_frequencies(small, taken)
    depth = max(2, round(_DEPTH * len(small)))
    detail = picture[: depth * step] - _enlarged(light[:depth], step, width)
    detail *= 1 - subject[: depth * step, :, None]
    backdrop = find_backdrop(detail, taken[:depth], light[:depth])
    detail, backdrop = _without_blotches(detail, backdrop, step)
    above = _light_above(small, taken, -(-rows // step), 1 - backdrop.typical)
    extension = _enlarged(above, step, width)[-rows:]
    extension += quilt_above(backdrop, detail, taken[:depth], above, rows)
    _close_seam(extension, picture[:_SEAM_ROWS], 1 - subject[:_SEAM_ROWS].max(0), step)
    return extension


def _without_blotches(detail: Floats, backdrop: Backdrop, step: int) -> tuple[Floats, Backdrop]:
    """Weaken coarse detail of a calm backdrop: its grain may repeat unseen, a smudge may not."""
    low, high = _CALM
    kept = float(np.clip((np.sqrt(backdrop.energy) - low) / (high - low), _BLOTCHES, 1))
    if kept == 1:
        return detail, backdrop

    def fine(values: Floats, sigma: float) -> Floats:
        coarse = cv2.GaussianBlur(values, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)
        return np.asarray(values - (1 - kept) * coarse, np.float32)

    finer = replace(backdrop, detail=fine(backdrop.detail, _FINE))
    return fine(detail, _FINE * step), finer


def _shrunk(image: NDArray[np.uint8] | Floats, step: int) -> Floats:
    """Average the image in cells of step x step pixels; incomplete cells are left out."""
    rows, columns = (side // step for side in image.shape[:2])
    whole = image[: rows * step, : columns * step]
    return cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA).astype(np.float32)


def _enlarged(cells: Floats, step: int, width: int) -> Floats:
    """Interpolate cells back to pixels: `step` rows for each row of cells, `width` columns."""
    rows, columns = cells.shape[:2]
    size = columns * step, rows * step
    pixels = cv2.resize(cells, size, interpolation=cv2.INTER_LINEAR)
    return np.asarray(np.pad(pixels, ((0, 0), (0, width - size[0]), (0, 0)), "edge"), np.float32)


def _close_seam(extension: Floats, seam: NDArray[np.uint8], backdrop: Floats, step: int) -> None:
    """Add the extension's mismatch at the seam back to it, fading out upward, in place."""
    mismatch = seam.astype(np.float32).mean(0) - extension[-len(seam) :].mean(0)
    mismatch *= backdrop[:, None]
    coarse = _blurred_row(mismatch, _FINE * step)
    for part, cells in ((mismatch - coarse, _FINE_FADE), (coarse, _COARSE_FADE)):
        fade = cells * step
        rise = np.arange(min(len(extension), round(_FADES * fade)), 0, -1, dtype=np.float32)
        extension[-len(rise) :] += (
            _spread(part, _SPREAD * rise) * np.exp((1 - rise) / fade)[:, None, None]
        )


def _low_frequencies(small: Floats, taken: Floats) -> Floats:
    """Return the picture's low frequencies, with the subject left out, in cells."""
    weight = 1.001 - taken[..., None]
    across, down = _LIGHT
    parts = np.concatenate([weight * small, weight], axis=2)
    parts = cv2.GaussianBlur(parts, (0, 0), across, sigmaY=down, borderType=cv2.BORDER_REFLECT)
    return np.asarray(parts[..., :3] / parts[..., 3:], np.float32)


def _light_above(small: Floats, taken: Floats, rows: int, outlier: Floats) -> Floats:
    """Continue the top row's light and its gradient upward: rows x W x 3, in cells.

    Vertical structures continue where they stand out from the backdrop (`outlier`, W, [0, 1]):
    there the quilt does not copy them.
    """
    values, slopes, plainness = _gradient(small, taken)
    seam = small[0] + taken[:2].max(0)[:, None] * (values - small[0])
    light, upright = _blurred_row(seam, _LIGHT[0]), _upright(small, taken, seam)
    slow = _blurred_row(upright, _LIGHT[0])
    rise = np.arange(rows, 0, -1, dtype=np.float32) - 0.5
    spread = _spread(light - slow, _SPREAD * rise) + _spread(slow, _UPRIGHT_SPREAD * rise)
    fade = np.exp(-rise / _UPRIGHT_FADE)[:, None, None]
    spread += _spread(outlier[:, None] * (upright - slow), _UPRIGHT_SPREAD * rise) * fade
    reach = _REACH * len(small)
    travelled = reach * (1 - np.exp(-rise / reach))
    gradient = (slopes * plainness)[None] * travelled[:, None, None]
    return np.asarray(spread - gradient, np.float32)


def _upright(small: Floats, taken: Floats, seam: Floats) -> Floats:
    """Return the part of the top row that continues straight up: W x 3, in cells.

    That is the slow change along the row, and details that it shares with the rows below.
    """
    height, width = taken.shape
    band = max(2, round(_UPRIGHT_BAND * height))
    weight = 1 - taken[:band, :, None]
    # The seam, with the weight of one row, fills columns that the subject covers completely.
    total = weight.sum(0) + 1
    profile = ((weight * small[:band]).sum(0) + seam) / total
    strays = (weight * (small[:band] - profile) ** 2).sum(0) / total
    slow = _blurred_row(profile, width / 10)
    # A tapering thing, such as a treetop, continues no wider and no stronger than at the top.
    below, here = profile - slow, seam - _blurred_row(seam, width / 10)
    detail = np.where(below * here > 0, np.copysign(np.minimum(abs(below), abs(here)), here), 0)
    energy = _blurred_row((detail**2).mean(-1, keepdims=True), width / 50)
    variation = _blurred_row(strays.mean(-1, keepdims=True), width / 50)
    trust = energy / (energy + variation + 1e-3) * energy / (energy + _UPRIGHT_LEVELS**2)
    return np.asarray(slow + np.clip(2 * trust, 0, 1) * detail, np.float32)


def _blurred_row(row: Floats, sigma: float) -> Floats:
    blurred = cv2.GaussianBlur(row[None], (0, 0), sigma, borderType=cv2.BORDER_REFLECT)
    return np.asarray(blurred, np.float32).reshape(row.shape)


def _spread(row: Floats, sigmas: Floats) -> Floats:
    """Blur a row (W x 3) by each sigma: len(sigmas) x W x 3."""
    width = len(row)
    frequency = np.fft.rfftfreq(2 * width).astype(np.float32)
    # Mirrored at both sides, so that the FFT does not wrap around.
    spectrum = np.fft.rfft(np.concatenate([row, row[::-1]]).T).astype(np.complex64)
    falloff = np.exp(-2 * (np.float32(np.pi) * sigmas[:, None] * frequency) ** 2)
    spread = np.fft.irfft(falloff * spectrum[:, None])
    return np.asarray(spread[..., :width].transpose(1, 2, 0), np.float32)


def _gradient(small: Floats, taken: Floats) -> tuple[Floats, Floats, Floats]:
    """Fit straight lines down the backdrop's top band, in cells.

    Returns:
        Value at the top (W x 3), slope per row downward (W x 3) and how plain the backdrop is
        (W x 1, [0, 1]); smooth along the row, and interpolated across the subject.
    """
    height, width = taken.shape
    band = max(2, round(_BAND * height))
    size = max(8, width // 4), max(2, band // 2)
    part = cv2.resize(small[:band], size, interpolation=cv2.INTER_AREA).astype(np.float32)
    weight = 1 - cv2.resize(taken[:band], size, interpolation=cv2.INTER_AREA)
    weight = np.maximum(weight, 1e-4).astype(np.float32)[..., None]
    y = ((np.arange(size[1], dtype=np.float32) + 0.5) * band / size[1])[:, None, None]

    def gathered(values: Floats) -> Floats:
        """Sum down the band, then blur along the row; the wide blur fills in behind the subject."""
        sums = (weight * values).sum(0)
        near = cv2.GaussianBlur(sums[None], (0, 0), size[0] / 16)[0]
        far = cv2.GaussianBlur(sums[None], (0, 0), size[0] / 3)[0]
        return np.asarray(near + 0.02 * far, np.float32).reshape(size[0], -1)

    total = gathered(np.ones_like(part[..., :1]))
    mean_y = gathered(np.broadcast_to(y, part[..., :1].shape).astype(np.float32)) / total
    mean = gathered(part) / total
    spread_y = gathered((y - mean_y[None]) ** 2) / total
    slope = gathered((y - mean_y[None]) * (part - mean[None])) / total / np.maximum(spread_y, 0.1)
    line = mean[None] + slope[None] * (y - mean_y[None])
    residual = gathered(((part - line) ** 2).mean(-1, keepdims=True)) / total
    plainness = np.asarray(1 / (1 + residual / _PLAIN**2), np.float32)
    at_top = mean - slope * mean_y
    return _widened(at_top, width), _widened(slope, width), _widened(plainness, width)


def _widened(row: Floats, width: int) -> Floats:
    wide = cv2.resize(row[None], (width, 1), interpolation=cv2.INTER_CUBIC)
    return np.asarray(wide, np.float32).reshape(width, -1)
