"""Lights as data -> Mitsuba's soft boxes and windows.

Their radiance fades towards the sides, as a diffuser's does: the reflection of a hard edge in film
would draw a contour.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poster.arrays import Floats
from tools.bake.designs import Light
from tools.bake.materials import grey, texture

BAR = 0.08  # share of a window pane that its bar takes at each side
TEXELS = 96  # along a light's longer side

# Imported by name: the bake extra is optional, and type checks must pass without it.
mi: Any = import_module("mitsuba")


def studio(lights: tuple[Light, ...]) -> dict[str, Any]:
    """Build the lights.

    Mitsuba samples a scene's lights in an order that differs each time it loads them, so scenes
    that should follow the same paths must share these objects.

    Args:
        lights: of the design.

    Returns:
        Their shapes by name.
    """
    return {f"light{n}": mi.load_dict(_soft_box(light)) for n, light in enumerate(lights)}


def _soft_box(light: Light) -> dict[str, Any]:
    x, y, z = light.at
    aim = [light.faces * x, light.faces * y, 0]
    if (aim[0], aim[1]) == (x, y):
        aim[1] -= 1e-4  # `look_at` needs a direction that differs from its up
    place = mi.ScalarTransform4f().look_at([x, y, z], aim, [0, 1, 0])
    return {
        "type": "rectangle",
        "to_world": place.scale([light.half[0], light.half[1], 1]),
        "emitter": {"type": "area", "radiance": texture(brightness(light))},
        "bsdf": {"type": "diffuse", "reflectance": grey(0.0)},
    }


def brightness(light: Light) -> Floats:
    """Compute the radiance over a light's face.

    Args:
        light: with its feather, panes and radiance.

    Returns:
        HW float32, fading to zero at the sides.
    """
    longer = max(light.half)
    columns, rows = (max(round(TEXELS * side / longer), 16) for side in light.half)
    across = _fade(columns, light.feather) * _bars(columns, light.panes[0])
    down = _fade(rows, light.feather) * _bars(rows, light.panes[1])
    return (light.radiance * np.outer(down, across)).astype(np.float32)


def _fade(count: int, feather: float) -> NDArray[np.float64]:
    """Rise smoothly from 0 at both ends to 1, over a share of the half length."""
    at = (np.arange(count) + 0.5) / count
    way = np.clip(2 * np.minimum(at, 1 - at) / max(feather, 1e-3), 0, 1)
    return np.asarray(way * way * (3 - 2 * way), np.float64)


def _bars(count: int, panes: int) -> NDArray[np.float64]:
    """Return 1 in the panes and 0 on the bars between them; 1 everywhere for a single pane."""
    if panes == 1:
        return np.ones(count)
    at = ((np.arange(count) + 0.5) / count * panes) % 1
    return np.clip((np.minimum(at, 1 - at) - BAR / 2) / BAR, 0, 1)
