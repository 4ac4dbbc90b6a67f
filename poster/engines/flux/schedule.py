"""Steps and a size -> the noise levels of a run: the latent's own schedule, and the original's.

Pure arithmetic; knows no model and no scheduler. Both are meant for an Euler scheduler that shifts
nothing itself.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

TOKEN_SIDE = 16
"""Pixels on a side of one token: the VAE shrinks 8 times, and patches are 2 x 2."""

REFERENCE_PIXELS = 1024 * 1024
"""One megapixel as ComfyUI's ImageScaleToTotalPixels and diffusers' Flux2ImageProcessor count."""

_SHORT = 8.73809524e-05, 1.89833333
_LONG = 0.00016927, 0.45666666
_LONG_FROM_TOKENS = 4300
"""Lines of mu over tokens, at 10 and at 200 steps; from 4300 tokens on the second holds for all.
Source: compute_empirical_mu in black-forest-labs/flux2, sampling.py."""

Sigmas = NDArray[np.float64]
Schedule = Callable[[int, int, int], Sigmas]
"""Steps, width and height -> sigmas."""


def empirical_mu(tokens: int, steps: int) -> float:
    """How far the schedule leans towards noise.

    Args:
        tokens: of the picture.
        steps: of the run.

    Returns:
        mu; about 1.15 to 2.3 for posters of ordinary size.

    Source: compute_empirical_mu in black-forest-labs/flux2, sampling.py.
    """
    at_200 = _LONG[0] * tokens + _LONG[1]
    if tokens > _LONG_FROM_TOKENS:
        return at_200
    at_10 = _SHORT[0] * tokens + _SHORT[1]
    slope = (at_200 - at_10) / 190
    return at_200 + slope * (steps - 200)


def shifted_sigmas(steps: int, mu: float) -> Sigmas:
    """Noise levels from pure noise down.

    Args:
        steps: of the run, 1 or more.
        mu: how far they lean towards noise.

    Returns:
        `steps` values, falling from 1; the 0 at the end is left to the scheduler.

    Source: exponential time shift, P. Esser et al., Scaling Rectified Flow Transformers, 2024.
    """
    even = np.linspace(1.0, 1.0 / steps, steps)
    return np.asarray(np.exp(mu) / (np.exp(mu) + (1 / even - 1)), np.float64)


def latent_sigmas(steps: int, width: int, height: int) -> Sigmas:
    """The schedule that diffusers takes: mu goes by the picture that is painted.

    Args:
        steps: of the run, 1 or more.
        width: of the picture to paint, in pixels.
        height: of the picture to paint, in pixels.

    Returns:
        `steps` values in (0, 1], falling.
    """
    tokens = (width // TOKEN_SIDE) * (height // TOKEN_SIDE)
    return shifted_sigmas(steps, empirical_mu(tokens, steps))


def reference_sigmas(steps: int, photo_width: int, photo_height: int) -> Sigmas:
    """The schedule of the original workflow: mu goes by the photo, scaled to one megapixel.

    The photo is scaled up as well as down there, so that this is nearly the same for all photos,
    and noisier than latent_sigmas above one megapixel: at step 10 of 20, 0.90 against 0.81 on a
    cover of 1024 x 1472. More of the photo is painted anew.

    Args:
        steps: of the run, 1 or more.
        photo_width: of the reference image, in pixels.
        photo_height: of the reference image, in pixels.

    Returns:
        `steps` values in (0, 1], falling.

    Source: ComfyUI, ImageScaleToTotalPixels and Flux2Scheduler.
    """
    scale = (REFERENCE_PIXELS / (photo_width * photo_height)) ** 0.5
    pixels = round(photo_width * scale) * round(photo_height * scale)
    return shifted_sigmas(steps, empirical_mu(round(pixels / TOKEN_SIDE**2), steps))


SCHEDULES: dict[str, Schedule] = {"latent": latent_sigmas, "reference": reference_sigmas}
"""Name -> schedule."""
