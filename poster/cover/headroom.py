"""A picture and its matte -> the same with more backdrop on top.

The backdrop goes on upward as if it left the focus: every detail of the top row spreads as it
rises, the backdrop's slow vertical gradient goes on, and texture of the photo's own spectrum lies
over it. Does not know how much headroom a cover needs, nor what the subject is.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

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

_PATCH = 128
_CALM = 0.15
"""Rank, among patches of the top row's colour, of the one that is copied, from calm to busy: calm, so free of objects, yet not the blankest."""
_CLIPPED = 24.0
"""Levels from pure white or black within which texture dies out."""
_MOST_GRAIN, _MOST_MOTTLE = 8.0, 3.0
"""Deviations in 8-bit levels, fine and coarse: what is busier than plaster goes out of focus."""
_GRAIN_SIGMA = 1.6
"""Texture finer than this is grain: it starts at the seam; coarser texture fades in."""
_COARSE_SIGMA = 24.0
_FADE_ROWS = 40.0


def grow_headroom(
    picture: NDArray[np.uint8], matte: NDArray[np.float32], rows: int
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Add rows of backdrop above a picture.

    A subject cut off by the top edge stays cut off: the backdrop goes on behind it.

    Args:
        picture: HWC uint8, sRGB, [0, 255].
        matte: HW float32, [0, 1].
        rows: to add, up to about 0.3 of the picture's height.

    Returns:
        The picture and the matte, `rows` taller; the old pixels are untouched and the new part
        of the matte is 0. Depends on nothing but the arguments.
    """
    height, width = matte.shape
    if rows <= 0:
        return picture.copy(), matte.copy()
    subject = _grown_subject(matte)
    plate = _continued(picture, subject, rows)
    # Blown highlights and crushed blacks carry no texture.
    room = np.clip(np.minimum(255 - plate, plate).min(-1, keepdims=True) / _CLIPPED, 0, 1)
    plate += room * _texture(picture, subject, rows)
    tall = np.empty((height + rows, width, 3), np.uint8)
    tall[rows:] = picture
    tall[:rows] = np.clip(np.rint(plate), 0, 255)
    tall_matte = np.zeros((height + rows, width), np.float32)
    tall_matte[rows:] = matte
    return tall, tall_matte


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
    blurred = _spread(seam - upright, _SPREAD * rise) + _spread(upright, _UPRIGHT_SPREAD * rise)
    reach = _REACH * picture.shape[0]
    travelled = reach * (1 - np.exp(-rise / reach))
    gradient = (slopes * plainness[:, None])[None] * travelled[:, None, None]
    return np.asarray(blurred - gradient, np.float32)


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
    return cv2.resize(upright[None], (width, 1), interpolation=cv2.INTER_CUBIC)[0]


def _blurred_row(row: Floats, sigma: float) -> Floats:
    blurred = cv2.GaussianBlur(row[None], (0, 0), sigma, borderType=cv2.BORDER_REFLECT)
    return blurred[0].reshape(row.shape)


def _spread(row: Floats, sigmas: Floats) -> Floats:
    """Blur one row (W x 3) by each of several sigmas: len(sigmas) x W x 3."""
    width = len(row)
    # Mirrored at both sides, so that nothing wraps around.
    spectrum = np.fft.rfft(np.concatenate([row, row[::-1]]), axis=0)
    frequency = np.fft.rfftfreq(2 * width).astype(np.float32)
    falloff = np.exp(-2 * (np.pi * sigmas[:, None] * frequency) ** 2)
    rows = np.fft.irfft(falloff[..., None] * spectrum[None].astype(np.complex64), axis=1)
    return np.asarray(rows[:, :width], np.float32)


def _gradient(picture: NDArray[np.uint8], subject: Floats) -> tuple[Floats, Floats, Floats]:
    """Fit straight lines down the backdrop's top band.

    Returns:
        Value at the top (W x 3), slope per row downward (W x 3) and how plain the backdrop is
        (W, [0, 1]); smooth along the row, and bridged where the subject stands.
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
        return (near + 0.02 * far).reshape(size[0], -1).astype(np.float32)

    total = gathered(np.ones_like(small[..., :1]))
    mean_y = gathered(np.broadcast_to(y, small[..., :1].shape).astype(np.float32)) / total
    mean = gathered(small) / total
    spread_y = gathered((y - mean_y[None]) ** 2) / total
    slope = gathered((y - mean_y[None]) * (small - mean[None])) / total / np.maximum(spread_y, 1.0)
    line = mean[None] + slope[None] * (y - mean_y[None])
    residual = gathered(((small - line) ** 2).mean(-1, keepdims=True)) / total
    plainness = 1 / (1 + residual / _PLAIN**2)
    at_top = mean - slope * mean_y
    wide = (width, 1)
    return (
        cv2.resize(at_top[None], wide, interpolation=cv2.INTER_CUBIC)[0],
        cv2.resize(slope[None], wide, interpolation=cv2.INTER_CUBIC)[0],
        cv2.resize(plainness[None], wide, interpolation=cv2.INTER_CUBIC).reshape(width),
    )


def _texture(picture: NDArray[np.uint8], subject: Floats, rows: int) -> Floats:
    """Texture with the spectrum of a patch of backdrop: rows x W x 3, 8-bit levels, mean 0.

    Source: B. Galerne, Y. Gousseau, J.-M. Morel, Random Phase Textures, IEEE TIP 2011.
    """
    width = picture.shape[1]
    patch = _patch(picture, subject)
    size = cv2.getOptimalDFTSize(rows), cv2.getOptimalDFTSize(width)
    rng = np.random.default_rng(rows)
    noise = np.fft.rfft2(rng.standard_normal(size, dtype=np.float32))
    coarse = cv2.GaussianBlur(patch, (0, 0), _GRAIN_SIGMA)
    grain = _held(patch - coarse, _MOST_GRAIN)
    coarse = _held(coarse, _MOST_MOTTLE)
    fade = 1 - np.exp(-np.arange(rows, 0, -1, dtype=np.float32) / _FADE_ROWS)
    texture = np.empty((rows, width, 3), np.float32)
    for channel in range(3):
        layers = []
        for layer in (grain, coarse):
            spot = np.fft.rfft2(layer[..., channel], s=size) * noise
            layers.append(np.fft.irfft2(spot, s=size)[:rows, :width])
        texture[..., channel] = layers[0] + fade[:, None] * layers[1]
    return texture / np.float32(np.sqrt(patch.shape[0] * patch.shape[1]))


def _held(texture: Floats, most: float) -> Floats:
    """Weaken a texture to a deviation of at most `most`."""
    return texture * np.float32(min(1.0, most / max(float(texture.std()), 1e-6)))


def _patch(picture: NDArray[np.uint8], subject: Floats) -> Floats:
    """A typical, rather calm patch of backdrop near the top, without its slow changes."""
    height, width = subject.shape
    side = min(_PATCH, height, width)
    seam = picture[:_SEAM_ROWS].mean((0, 1))
    quarter = cv2.resize(picture, (width // 4, height // 4), interpolation=cv2.INTER_AREA)
    unrest = np.abs(cv2.Laplacian(quarter, cv2.CV_32F, ksize=3)).max(-1)
    found = []
    for top in range(0, max(1, min(height - side, height // 4)), side // 2):
        for left in range(0, width - side + 1, side // 2):
            cut = np.s_[top : top + side, left : left + side]
            covered = round(float(subject[cut].mean()), 1)
            strange = float(np.abs(picture[cut].mean((0, 1)) - seam).sum())
            coarse = np.s_[top // 4 : (top + side) // 4, left // 4 : (left + side) // 4]
            edges = float(np.percentile(unrest[coarse], 95))
            found.append((covered, strange, edges, top, left))
    clear = sorted(patch for patch in found if patch[0] == min(found)[0])
    alike = clear[: 1 + len(clear) // 3]
    _, _, _, top, left = sorted(alike, key=lambda patch: patch[2])[int(_CALM * len(alike))]
    patch = picture[top : top + side, left : left + side].astype(np.float32)
    patch -= cv2.GaussianBlur(patch, (0, 0), _COARSE_SIGMA)
    window = np.hanning(side + 2)[1:-1].astype(np.float32)
    window = np.sqrt(window[:, None] * window[None])[..., None]
    patch = (patch - patch.mean((0, 1))) * window
    patch /= np.float32(np.sqrt((window**2).mean()))
    return patch
