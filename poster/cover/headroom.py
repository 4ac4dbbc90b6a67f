"""A picture and its matte -> the same with more backdrop on top.

The backdrop goes on upward as if it left the focus: every detail of the top row spreads as it
rises, the backdrop's slow vertical gradient goes on, and texture of the photo's own spectrum lies
over it. Does not know how much headroom a cover needs, nor what the subject is.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.cover.crown import Crown, find_cut_crowns
from poster.photo.texture import synthesise_texture

Floats = NDArray[np.float32]

_SPREAD = 0.30
"""Blur (sigma) that passing detail of the top row gains per row of height."""
_UPRIGHT_SPREAD = 0.05
"""The same for what stands upright: poles, trunks, curtains and frames go on, softly."""
_UPRIGHT_BAND = 0.10
"""Share of the picture's height over which upright things show themselves by staying put."""
_UPRIGHT_LEVELS = 14.0
"""Contrast, in 8-bit levels, at which something is half an upright thing and half a blotch on the
wall: plaster and studio paper differ by 5, poles and frames by 30."""

_SEAM_ROWS = 3
"""Rows averaged into the one that is continued, so that single pixels of noise are not."""

_BAND = 0.16
"""Share of the picture's height whose gradient goes on."""
_REACH = 0.22
"""Height over which the gradient dies out, over the picture's height."""
_PLAIN = 7.0
"""Deviation from a straight gradient, in 8-bit levels, at which a backdrop is half plain."""

_CLIPPED = 24.0
"""Levels from pure white or black within which texture dies out."""


def grow_headroom(
    picture: NDArray[np.uint8], matte: NDArray[np.float32], rows: int
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Add rows of backdrop above a picture.

    A head whose crown the top edge cuts off gets it back: its hair is mirrored into the cap that
    the head's outline asks for. Where more than a crown is missing the subject ends at its cut, and
    the backdrop goes on behind it.

    Args:
        picture: HWC uint8, sRGB, [0, 255].
        matte: HW float32, [0, 1].
        rows: to add, up to about 0.3 of the picture's height.

    Returns:
        The picture and the matte, `rows` taller; the old pixels are untouched and the new part
        of the matte is 0 but for such crowns. Depends on nothing but the arguments.
    """
    height, width = matte.shape
    if rows <= 0:
        return picture.copy(), matte.copy()
    subject = _grown_subject(matte)
    plate = _continued(picture, subject, rows)
    # Blown highlights and crushed blacks carry no texture.
    room = np.clip(np.minimum(255 - plate, plate).min(-1, keepdims=True) / _CLIPPED, 0, 1)
    plate += room * synthesise_texture(picture, subject, rows)
    tall = np.empty((height + rows, width, 3), np.uint8)
    tall[rows:] = picture
    tall[:rows] = np.clip(np.rint(plate), 0, 255)
    tall_matte = np.zeros((height + rows, width), np.float32)
    tall_matte[rows:] = matte
    for crown in find_cut_crowns(matte):
        _restore(crown, tall, tall_matte, rows)
    return tall, tall_matte


def _restore(crown: Crown, tall: NDArray[np.uint8], tall_matte: Floats, rows: int) -> None:
    """Lay a crown over the seam, in place."""
    cap = crown.cap(tall_matte.shape[1])[-rows:]
    high = len(cap)
    # Half as deep as the cap is high, so that only what is nearest the cut shows: hair, no brow.
    below = tall[rows : rows + max(1, high // 2)][::-1]
    size = tall.shape[1], high
    mirrored = cv2.resize(below, size, interpolation=cv2.INTER_CUBIC).astype(np.float32)
    above = tall[rows - high : rows]
    above[:] = np.rint(above + cap[..., None] * (mirrored - above))
    tall_matte[rows - high : rows] = np.maximum(tall_matte[rows - high : rows], cap)


def _grown_subject(matte: Floats) -> Floats:
    """The subject with its halo and contact shadow."""
    side = 2 * max(2, matte.shape[1] // 80) + 1
    return np.asarray(cv2.dilate(matte, np.ones((side, side), np.uint8)), np.float32)


def _continued(picture: NDArray[np.uint8], subject: Floats, rows: int) -> Floats:
    """The top row spread upward, plus the backdrop's gradient: rows x W x 3, 8-bit levels."""
    seam = picture[:_SEAM_ROWS].astype(np.float32).mean(0)
    backdrop = 1 - subject[:_SEAM_ROWS].max(0)
    values, slopes, plainness = _gradient(picture, subject)
    seam += (1 - backdrop)[:, None] * (values - seam)
    rise = np.arange(rows, 0, -1, dtype=np.float32)
    upright = _upright(picture, subject, seam)
    spread = _spread([(seam - upright, _SPREAD * rise), (upright, _UPRIGHT_SPREAD * rise)])
    reach = _REACH * picture.shape[0]
    travelled = reach * (1 - np.exp(-rise / reach))
    gradient = (slopes * plainness)[None] * travelled[:, None, None]
    return np.asarray(spread - gradient, np.float32)


def _upright(picture: NDArray[np.uint8], subject: Floats, seam: Floats) -> Floats:
    """The part of the top row that goes straight up: W x 3.

    That is the slow change along the row, and details that the rows below share.
    """
    width = picture.shape[1]
    band = max(_SEAM_ROWS, round(_UPRIGHT_BAND * picture.shape[0]))
    size = (max(8, width // 4), max(2, band // 4))
    small = cv2.resize(picture[:band], size, interpolation=cv2.INTER_AREA).astype(np.float32)
    weight = 1 - cv2.resize(subject[:band], size, interpolation=cv2.INTER_AREA)[..., None]
    top = cv2.resize(seam[None], (size[0], 1), interpolation=cv2.INTER_AREA)[0]
    # One row's worth of the seam itself bridges columns where the subject leaves nothing.
    total = weight.sum(0) + 1
    profile = ((weight * small).sum(0) + top) / total
    strays = (weight * (small - profile) ** 2).sum(0) / total
    slow = _blurred_row(profile, size[0] / 10)
    # What tapers off, such as a treetop, goes on no wider and no stronger than it is at the top.
    below, here = profile - slow, top - _blurred_row(top, size[0] / 10)
    detail = np.where(below * here > 0, np.copysign(np.minimum(abs(below), abs(here)), here), 0)
    energy = _blurred_row((detail**2).mean(-1, keepdims=True), size[0] / 50)
    unrest = _blurred_row(strays.mean(-1, keepdims=True), size[0] / 50)
    trust = energy / (energy + unrest + 1e-3) * energy / (energy + _UPRIGHT_LEVELS**2)
    upright = slow + np.clip(2 * trust, 0, 1) * detail
    return _widened(upright, width)


def _blurred_row(row: Floats, sigma: float) -> Floats:
    blurred = cv2.GaussianBlur(row[None], (0, 0), sigma, borderType=cv2.BORDER_REFLECT)
    return np.asarray(blurred, np.float32).reshape(row.shape)


def _widened(row: Floats, width: int) -> Floats:
    wide = cv2.resize(row[None], (width, 1), interpolation=cv2.INTER_CUBIC)
    return np.asarray(wide, np.float32).reshape(width, -1)


def _spread(parts: list[tuple[Floats, Floats]]) -> Floats:
    """Blur each row (W x 3) by each of its sigmas, and add up: len(sigmas) x W x 3."""
    width = len(parts[0][0])
    frequency = np.fft.rfftfreq(2 * width).astype(np.float32)
    spectra = np.zeros((3, len(parts[0][1]), width + 1), np.complex64)
    for row, sigmas in parts:
        # Mirrored at both sides, so that nothing wraps around.
        mirrored = np.concatenate([row, row[::-1]]).T
        falloff = np.exp(-2 * (np.float32(np.pi) * sigmas[:, None] * frequency) ** 2)
        spectra += falloff * np.fft.rfft(mirrored)[:, None].astype(np.complex64)
    return np.asarray(np.fft.irfft(spectra)[..., :width].transpose(1, 2, 0), np.float32)


def _gradient(picture: NDArray[np.uint8], subject: Floats) -> tuple[Floats, Floats, Floats]:
    """Fit straight lines down the backdrop's top band.

    Returns:
        Value at the top (W x 3), slope per row downward (W x 3) and how plain the backdrop is
        (W x 1, [0, 1]); smooth along the row, and bridged where the subject stands.
    """
    height, width = subject.shape
    band = max(8, round(_BAND * height))
    size = (max(8, width // 16), max(8, band // 8))
    small = cv2.resize(picture[:band], size, interpolation=cv2.INTER_AREA).astype(np.float32)
    weight = 1 - cv2.resize(subject[:band], size, interpolation=cv2.INTER_AREA)
    weight = np.maximum(weight, 1e-4).astype(np.float32)[..., None]
    y = ((np.arange(size[1], dtype=np.float32) + 0.5) * band / size[1])[:, None, None]

    def gathered(values: Floats) -> Floats:
        """Sum down the band, then gather along the row; wide where the subject leaves little."""
        sums = (weight * values).sum(0)
        near = cv2.GaussianBlur(sums[None], (0, 0), size[0] / 16)[0]
        far = cv2.GaussianBlur(sums[None], (0, 0), size[0] / 3)[0]
        return np.asarray(near + 0.02 * far, np.float32).reshape(size[0], -1)

    total = gathered(np.ones_like(small[..., :1]))
    mean_y = gathered(np.broadcast_to(y, small[..., :1].shape).astype(np.float32)) / total
    mean = gathered(small) / total
    spread_y = gathered((y - mean_y[None]) ** 2) / total
    slope = gathered((y - mean_y[None]) * (small - mean[None])) / total / np.maximum(spread_y, 1.0)
    line = mean[None] + slope[None] * (y - mean_y[None])
    residual = gathered(((small - line) ** 2).mean(-1, keepdims=True)) / total
    plainness = np.asarray(1 / (1 + residual / _PLAIN**2), np.float32)
    at_top = mean - slope * mean_y
    return _widened(at_top, width), _widened(slope, width), _widened(plainness, width)
