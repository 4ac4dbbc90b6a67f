"""Steps and a size -> the noise levels of a run, in two schedules: latent and reference.

The schedule latent is diffusers'; reference is the original workflow's, and depends on the size of
the reference image. Both are for an Euler
scheduler that applies no shift itself. Pure arithmetic; does not know models or schedulers.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

TOKEN_SIDE = 16
"""Side of one token in pixels: the VAE shrinks 8 times, and patches are 2 x 2."""

REFERENCE_PIXELS = 1024 * 1024
"""One megapixel, as in ComfyUI's ImageScaleToTotalPixels and diffusers' Flux2ImageProcessor."""

_SHORT = 8.73809524e-05, 1.89833333
_LONG = 0.00016927, 0.45666666
_LONG_FROM_TOKENS = 4300
"""Slope and intercept of mu over tokens, at 10 and at 200 steps; above 4300 tokens, the second line
holds for any number of steps.
Source: compute_empirical_mu in black-forest-labs/flux2, sampling.py."""

Sigmas = NDArray[np.float64]
Schedule = Callable[[int, int, int], Sigmas]
"""Steps, width and height -> sigmas."""


def empirical_mu(tokens: int, steps: int) -> float:
    """Compute how far the schedule is shifted towards noise.

    Args:
        tokens: number of tokens of the picture.
        steps: number of steps of the run.

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
    """Compute the noise levels, starting from pure noise.

    Args:
        steps: number of steps, 1 or more.
        mu: how far the levels are shifted towards noise.

    Returns:
        `steps` values, descending from 1; the scheduler appends the final 0.

    Source: exponential time shift, P. Esser et al., Scaling Rectified Flow Transformers, 2024.
    """
    even = np.linspace(1.0, 1.0 / steps, steps)
    return np.asarray(np.exp(mu) / (np.exp(mu) + (1 / even - 1)), np.float64)


def latent_sigmas(steps: int, width: int, height: int) -> Sigmas:
    """Compute diffusers' schedule, whose mu depends on the size of the painted picture.

    Args:
        steps: number of steps, 1 or more.
        width: width of the picture to paint, in pixels.
        height: height of the picture to paint, in pixels.

    Returns:
        `steps` values in (0, 1], descending.
    """
    tokens = (width // TOKEN_SIDE) * (height // TOKEN_SIDE)
    return shifted_sigmas(steps, empirical_mu(tokens, steps))


def reference_sigmas(steps: int, photo_width: int, photo_height: int) -> Sigmas:
    """Compute the original workflow's schedule: mu depends on the photo, scaled to one megapixel.

    That workflow scales photos up as well as down, so the schedule is almost the same for all
    photos. Above one megapixel it is noisier than latent_sigmas: at step 10 of 20, 0.90 against
    0.81 on a cover of 1024 x 1472. More of the photo is repainted.

    Args:
        steps: number of steps, 1 or more.
        photo_width: width of the reference image, in pixels.
        photo_height: height of the reference image, in pixels.

    Returns:
        `steps` values in (0, 1], descending.

    Source: ComfyUI, ImageScaleToTotalPixels and Flux2Scheduler.
    """
    scale = (REFERENCE_PIXELS / (photo_width * photo_height)) ** 0.5
    pixels = round(photo_width * scale) * round(photo_height * scale)
    return shifted_sigmas(steps, empirical_mu(round(pixels / TOKEN_SIDE**2), steps))


SCHEDULES: dict[str, Schedule] = {"latent": latent_sigmas, "reference": reference_sigmas}
"""Name -> schedule."""
