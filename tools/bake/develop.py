"""Noisy renders -> clean plates: denoised one by one, exposed alike, with nothing where nothing is.

Knows pictures and masks, no scene.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.arrays import Floats
from tools.bake.frame import Spot

EXPOSED = 0.90
"""Radiance of the middle of a white cover, so that white stays below 1."""

FLAT = (0.002, 0.010)
"""A background's share this near to 1 is 1, and from the second figure on what it is: between
them noise ends and penumbra begins, a step of 8 bits apart."""

DEGREE = 6
"""Of the polynomial that a bare table's light is: soft boxes make it smooth."""

DUST = (0.0006, 0.0030)
"""Radiance of pages and closure below which it is noise: a tenth of an 8-bit step of white."""

REACH = 0.030
"""Share of the plate's width round the closure within which its light is kept."""


@dataclass(frozen=True)
class Guide:
    """What the denoiser may know of the scene, so that it keeps edges, ribs and creases.

    Args:
        albedo: of what lies beneath the film, HW3 float32, [0, 1] but for highlights.
        normals: of what is met first, HW3 float32, [-1, 1].
    """

    albedo: Floats
    normals: Floats


def denoise(picture: Floats, guide: Guide) -> Floats:
    """Intel Open Image Denoise, high dynamic range, as grey.

    Args:
        picture: HW float32, linear, noisy; with a box filter's independent pixels.
        guide: of the same scene, without noise.

    Returns:
        HW float32, 0 and up.
    """
    oidn: Any = import_module("mitsuba_oidn")
    noisy = np.ascontiguousarray(np.dstack([np.maximum(picture, 0)] * 3))
    clean = oidn.denoise(
        noisy, np.clip(guide.albedo, 0, 1), guide.normals, hdr=True, clean_aux=True
    )
    return np.asarray(np.maximum(np.asarray(clean, np.float32).mean(axis=2), 0), np.float32)


def develop(
    dark: Floats,
    lit: Floats,
    empty: Floats,
    guide: Guide,
    closure: Floats,
    white: float,
    quad: list[Spot],
    envelope: list[Spot],
) -> tuple[dict[str, Floats], float]:
    """Take the renders apart.

    Args:
        dark: all black, but for green pages and blue plastic; HW3 float32.
        lit: red cover, green table and blue closure, all else black; by the same paths.
        empty: the bare table in green; by the same paths.
        guide: for the denoiser.
        closure: share of each pixel that sees the closure, HW float32.
        white: reflectance of what is lit.
        quad: the cover's corners.
        envelope: the envelope's corners.

    Returns:
        glare, plastic, pages, cover, background and closure, HW float32, linear; and what all but
        the background were multiplied by.
    """
    none = dark[..., 0]
    cover = denoise((lit[..., 0] - none) / white, guide)
    exposure = float(EXPOSED / np.median(cover[_middle(quad, cover.shape, 0.2)]))
    background = left_of(lit[..., 1] - none, empty[..., 1], envelope, guide)
    near = _near(closure, REACH * cover.shape[1])
    cord = denoise((lit[..., 2] - none) / white, guide) * near
    plates = {
        "glare": denoise(none, guide) * exposure,
        "plastic": without_dust(denoise(dark[..., 2] - none, guide) * exposure),
        "pages": without_dust(denoise(dark[..., 1] - none, guide) * exposure),
        "cover": without_dust(cover * exposure),
        "background": flattened(background),
        "closure": without_dust(cord * exposure),
    }
    return {part: np.asarray(plate, np.float32) for part, plate in plates.items()}, exposure


def calm(glare: Floats, quad: list[Spot]) -> float:
    """Mean glare over the middle two thirds of the cover: the less, the calmer."""
    return float(glare[_middle(quad, glare.shape, 1 / 6)].mean())


def left_of(light: Floats, bare: Floats, envelope: list[Spot], guide: Guide) -> Floats:
    """How much of a bare table's light is left with an envelope on it.

    Beyond the envelope both renders follow the same paths, and their difference has no noise but
    where it has a shadow; so the table's true light is put in the place of its render there.

    Args:
        light: of the table with the envelope, HW float32, noisy.
        bare: of the table alone, by the same paths.
        envelope: its corners in pixels.
        guide: for the denoiser.

    Returns:
        HW float32, about 1 beyond the envelope's shadow.
    """
    true = smooth(bare)
    beyond = np.ones(light.shape, np.uint8)
    cv2.fillConvexPoly(beyond, np.rint(np.array(envelope)).astype(np.int32), 0)
    clear = cv2.erode(beyond, np.ones((3, 3), np.uint8))  # the envelope's edge is a tube
    steady = np.where(clear > 0, light - bare + true, light)
    return np.asarray(denoise(np.asarray(steady, np.float32), guide) / true, np.float32)


def smooth(picture: Floats) -> Floats:
    """The polynomial of DEGREE that is nearest to a picture: HW float32, to the very corners."""

    def basis(count: int) -> NDArray[np.float64]:
        at = (np.arange(count) + 0.5) / count * 2 - 1
        return np.asarray(np.polynomial.legendre.legvander(at, DEGREE), np.float64)

    height, width = picture.shape
    coarse = cv2.resize(picture, (64, 64), interpolation=cv2.INTER_AREA)
    inverse = np.linalg.pinv(basis(64))
    weights = inverse @ coarse.astype(np.float64) @ inverse.T
    return np.asarray(basis(height) @ weights @ basis(width).T, np.float32)


def flattened(share: Floats) -> Floats:
    """Make a background that is within noise of 1 exactly 1, without an edge to it.

    Args:
        share: of the bare table's light, HW float32.

    Returns:
        The same, float32, 0 to 1: white paper cannot get whiter, nor what is clear clearer.
    """
    off = np.minimum(share - 1, 0)
    return np.asarray(np.maximum(1 + off * _step(-off, *FLAT), 0), np.float32)


def without_dust(plate: Floats) -> Floats:
    """Let what is within noise of zero fade to exactly zero.

    Args:
        plate: HW float32, linear.

    Returns:
        The same, float32.
    """
    return np.asarray(plate * _step(plate, *DUST), np.float32)


def _step(value: Floats, low: float, high: float) -> Floats:
    way = np.clip((value - low) / (high - low), 0, 1)
    return np.asarray(way * way * (3 - 2 * way), np.float32)


def _near(mask: Floats, reach: float) -> Floats:
    """1 where the mask is, fading to 0 at so many pixels from it."""
    away = cv2.distanceTransform((mask <= 0).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return 1 - _step(np.asarray(away, np.float32), 0.5 * reach, reach)


def _middle(quad: list[Spot], shape: tuple[int, ...], inset: float) -> tuple[slice, slice]:
    """Rows and columns of the cover without so large a share at each side."""
    (left, top), (right, bottom) = quad[0], quad[2]
    across, down = inset * (right - left), inset * (bottom - top)
    rows: NDArray[Any] = np.clip([top + down, bottom - down], 0, shape[0]).astype(int)
    columns: NDArray[Any] = np.clip([left + across, right - across], 0, shape[1]).astype(int)
    return slice(*map(int, rows)), slice(*map(int, columns))
