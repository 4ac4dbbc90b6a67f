"""Noisy renders -> separate clean plates: denoised singly, equally exposed, 0 where empty.

Works on pictures and masks; does not know the scene.
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
"""Radiance of the middle of a white cover after exposure, so that white stays below 1."""

FLAT = (0.002, 0.010)
"""Below the first distance from 1, a background's share is set to 1; above the second, it is kept.
Between them, an 8-bit step apart, noise gives way to penumbra."""

DEGREE = 6
"""Degree of the polynomial fitted to the bare table's light, which soft boxes make smooth."""

DUST = (0.0006, 0.0030)
"""Radiances between which a plate fades to 0: below is noise, a tenth of an 8-bit step of white."""

REACH = 0.030
"""Margin around the closure in which its light is kept, as a share of the plate's width."""


@dataclass(frozen=True)
class Guide:
    """The denoiser's auxiliary features, which let it keep edges, ribs and creases.

    Args:
        albedo: of everything under the film, HW3 float32, [0, 1] except highlights.
        normals: of the first surface hit, HW3 float32, [-1, 1].
    """

    albedo: Floats
    normals: Floats


def denoise(picture: Floats, guide: Guide) -> Floats:
    """Denoise a single channel with Intel Open Image Denoise, in high dynamic range.

    Args:
        picture: HW float32, linear, noisy; rendered with a box filter, so that pixels are
            independent.
        guide: features of the same scene, without noise.

    Returns:
        HW float32, not negative.
    """
    oidn: Any = import_module("mitsuba_oidn")
    noisy = np.ascontiguousarray(np.dstack([np.maximum(picture, 0)] * 3))
    clean = oidn.denoise(
        noisy, np.clip(guide.albedo, 0, 1), guide.normals, hdr=True, clean_aux=True
    )
    return np.asarray(np.maximum(np.asarray(clean, np.float32).mean(axis=2), 0), np.float32)


def separate(
    dark: Floats,
    lit: Floats,
    empty: Floats,
    guide: Guide,
    closure: Floats,
    white: float,
    quad: list[Spot],
    envelope: list[Spot],
) -> tuple[dict[str, Floats], float]:
    """Separate the renders into plates.

    Args:
        dark: everything black, except green pages and blue plastic; HW3 float32.
        lit: red cover, green table and blue closure, everything else black; same paths.
        empty: the bare table in green; same paths.
        guide: for the denoiser.
        closure: share of each pixel that shows the closure, HW float32.
        white: reflectance of the lit parts.
        quad: the cover's corners.
        envelope: the envelope's corners.

    Returns:
        glare, plastic, pages, cover, background and closure, HW float32, linear; and the exposure,
        by which all but the background were multiplied.
    """
    none = dark[..., 0]
    cover = cover_light(dark, lit, guide, white)
    exposure = float(EXPOSED / np.median(cover[_middle(quad, cover.shape, 0.2)]))
    background = remaining_share(lit[..., 1] - none, empty[..., 1], envelope, guide)
    near = _near(closure, REACH * cover.shape[1])
    cord = denoise((lit[..., 2] - none) / white, guide) * near
    plates = {
        **own_lights(dark, guide, exposure),
        "cover": without_dust(cover * exposure),
        "background": flattened(background),
        "closure": without_dust(cord * exposure),
    }
    return {part: np.asarray(plate, np.float32) for part, plate in plates.items()}, exposure


def cover_light(dark: Floats, lit: Floats, guide: Guide, white: float) -> Floats:
    """Return the light that a cover of reflectance 1 adds, before exposure; see `separate`."""
    return denoise((lit[..., 0] - dark[..., 0]) / white, guide)


def own_lights(dark: Floats, guide: Guide, exposure: float) -> dict[str, Floats]:
    """Separate what can be seen with everything black: glare, plastic and pages; see `separate`."""
    none = dark[..., 0]
    return {
        "glare": denoise(none, guide) * np.float32(exposure),
        "plastic": without_dust(denoise(dark[..., 2] - none, guide) * np.float32(exposure)),
        "pages": without_dust(denoise(dark[..., 1] - none, guide) * np.float32(exposure)),
    }


def mean_glare(glare: Floats, quad: list[Spot]) -> float:
    """Compute the mean glare over the middle two thirds of the cover."""
    return float(glare[_middle(quad, glare.shape, 1 / 6)].mean())


def remaining_share(light: Floats, bare: Floats, envelope: list[Spot], guide: Guide) -> Floats:
    """Compute the share of a bare table's light that remains with an envelope on it.

    Outside the envelope, both renders follow the same paths, so their difference is free of noise
    except in the shadow. There, the noisy render of the table is replaced by a smooth fit.

    Args:
        light: of the table with the envelope, HW float32, noisy.
        bare: of the table alone; same paths.
        envelope: its corners in pixels.
        guide: for the denoiser.

    Returns:
        HW float32, about 1 outside the envelope's shadow.
    """
    true = smooth(bare)
    beyond = np.ones(light.shape, np.uint8)
    cv2.fillConvexPoly(beyond, np.rint(np.array(envelope)).astype(np.int32), 0)
    clear = cv2.erode(beyond, np.ones((3, 3), np.uint8))  # the envelope's edge is a tube
    steady = np.where(clear > 0, light - bare + true, light)
    return np.asarray(denoise(np.asarray(steady, np.float32), guide) / true, np.float32)


def smooth(picture: Floats) -> Floats:
    """Fit a polynomial of DEGREE to a picture: HW float32, including the corners."""

    def basis(count: int) -> NDArray[np.float64]:
        at = (np.arange(count) + 0.5) / count * 2 - 1
        return np.asarray(np.polynomial.legendre.legvander(at, DEGREE), np.float64)

    height, width = picture.shape
    coarse = cv2.resize(picture, (64, 64), interpolation=cv2.INTER_AREA)
    inverse = np.linalg.pinv(basis(64))
    weights = inverse @ coarse.astype(np.float64) @ inverse.T
    return np.asarray(basis(height) @ weights @ basis(width).T, np.float32)


def flattened(share: Floats) -> Floats:
    """Set a background that differs from 1 only by noise to exactly 1, without a visible edge.

    Args:
        share: of the bare table's light, HW float32.

    Returns:
        The same, float32, [0, 1]: white paper cannot get whiter, nor clear film clearer.
    """
    off = np.minimum(share - 1, 0)
    return np.asarray(np.maximum(1 + off * _step(-off, *FLAT), 0), np.float32)


def without_dust(plate: Floats) -> Floats:
    """Fade values that differ from 0 only by noise to exactly 0.

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
    """Return 1 on a mask, fading to 0 at `reach` pixels from it."""
    away = cv2.distanceTransform((mask <= 0).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return 1 - _step(np.asarray(away, np.float32), 0.5 * reach, reach)


def _middle(quad: list[Spot], shape: tuple[int, ...], inset: float) -> tuple[slice, slice]:
    """Return rows and columns of the cover without a margin, given as a share of each side."""
    (left, top), (right, bottom) = quad[0], quad[2]
    across, down = inset * (right - left), inset * (bottom - top)
    rows: NDArray[Any] = np.clip([top + down, bottom - down], 0, shape[0]).astype(int)
    columns: NDArray[Any] = np.clip([left + across, right - across], 0, shape[1]).astype(int)
    return slice(*map(int, rows)), slice(*map(int, columns))
