"""A picture -> more of the texture of its backdrop: grain, plaster, cloth.

Copies no pixel and no object: only the spectrum of a calm patch is kept, its phases are random.
Does not know where the texture will lie.

Source: B. Galerne, Y. Gousseau, J.-M. Morel, Random Phase Textures, IEEE TIP 2011.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_PATCH = 128
_SEAM_ROWS = 3
_CALM = 0.15
"""Rank, among patches of the top row's colour, of the one that is copied: calm, so free of
objects, yet not the blankest."""
_SLOW_SIGMA = 24.0
"""Changes slower than this are light, not texture."""

_GRAIN_SIGMA = 1.6
"""Texture finer than this is grain and starts at the seam; coarser texture is mottle."""
_MOST_GRAIN, _MOST_MOTTLE = 8.0, 3.0
"""Deviations in 8-bit levels: what is busier than plaster goes out of focus."""
_FADE_ROWS = 40.0
"""Mottle fades in over so many rows, since at the seam the picture's own is still going on."""


def synthesise_texture(picture: NDArray[np.uint8], avoid: Floats, rows: int) -> Floats:
    """Make texture to lie above a picture.

    Args:
        picture: HWC uint8, sRGB, [0, 255].
        avoid: HW float32, [0, 1]: where not to look, such as at the subject.
        rows: height of the texture.

    Returns:
        rows x W x 3 float32, 8-bit levels around 0; the last row is the one that touches the
        picture. Depends on nothing but the arguments.
    """
    width = picture.shape[1]
    patch = _patch(picture, avoid)
    mottle = np.asarray(cv2.GaussianBlur(patch, (0, 0), _GRAIN_SIGMA), np.float32)
    grain = _held(patch - mottle, _MOST_GRAIN)
    mottle = _held(mottle.mean(-1), _MOST_MOTTLE)
    size = cv2.getOptimalDFTSize(rows), cv2.getOptimalDFTSize(width)
    rng = np.random.default_rng(rows)
    noise = np.fft.rfft2(rng.standard_normal(size, dtype=np.float32)) / np.sqrt(mottle.size)
    noise = noise.astype(np.complex64)
    fade = 1 - np.exp(-np.arange(rows, 0, -1, dtype=np.float32) / _FADE_ROWS)
    coarse = fade[:, None] * _convolved(mottle, noise, size)[:rows, :width]
    texture = np.empty((rows, width, 3), np.float32)
    for channel in range(3):
        fine = _convolved(grain[..., channel], noise, size)
        texture[..., channel] = fine[:rows, :width] + coarse
    return texture


def _convolved(spot: Floats, noise: NDArray[np.complex64], size: tuple[int, int]) -> Floats:
    """Convolve a small spot with noise that is given as its spectrum."""
    # Along the rows first, while there are only the spot's.
    spectrum = np.fft.fft(np.fft.rfft(spot, size[1]), size[0], axis=0)
    return np.asarray(np.fft.irfft2(spectrum * noise, s=size), np.float32)


def _held(texture: Floats, most: float) -> Floats:
    """Weaken a texture to a deviation of at most `most`."""
    return texture * np.float32(min(1.0, most / max(float(texture.std()), 1e-6)))


def _patch(picture: NDArray[np.uint8], avoid: Floats) -> Floats:
    """A calm patch near the top that looks like the top row, without its slow changes."""
    height, width = avoid.shape
    side = min(_PATCH, height, width)
    top, left = _place_of_patch(picture, avoid, side)
    patch = picture[top : top + side, left : left + side].astype(np.float32)
    patch -= cv2.GaussianBlur(patch, (0, 0), _SLOW_SIGMA)
    window = np.hanning(side + 2)[1:-1].astype(np.float32)
    window = np.sqrt(window[:, None] * window[None])[..., None]
    patch = (patch - patch.mean((0, 1))) * window
    return np.asarray(patch / np.sqrt((window**2).mean()), np.float32)


def _place_of_patch(picture: NDArray[np.uint8], avoid: Floats, side: int) -> tuple[int, int]:
    """Search the top quarter, at a quarter of the size, for a square of `side` pixels."""
    height, width = avoid.shape
    quarter = max(1, width // 4), max(1, height // 4)
    small = cv2.resize(picture, quarter, interpolation=cv2.INTER_AREA).astype(np.float32)
    taken = cv2.resize(avoid, quarter, interpolation=cv2.INTER_AREA)
    unrest = np.abs(cv2.Laplacian(small, cv2.CV_32F, ksize=3)).max(-1)
    seam = picture[:_SEAM_ROWS].mean((0, 1))
    found = []
    for top in range(0, max(1, min(height - side, height // 4)), side // 2):
        for left in range(0, width - side + 1, side // 2):
            cut = np.s_[top // 4 : (top + side) // 4, left // 4 : (left + side) // 4]
            covered = round(float(taken[cut].mean()), 1)
            strange = float(np.abs(small[cut].mean((0, 1)) - seam).sum())
            edges = float(np.partition(unrest[cut].ravel(), -side // 2)[-side // 2])
            found.append((covered, strange, edges, top, left))
    clear = sorted(patch for patch in found if patch[0] == min(found)[0])
    alike = clear[: 1 + len(clear) // 3]
    _, _, _, top, left = sorted(alike, key=lambda patch: patch[2])[int(_CALM * len(alike))]
    return top, left
