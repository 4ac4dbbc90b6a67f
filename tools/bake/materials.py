"""What things in the scene are made of -> Mitsuba's material dictionaries.

All is neutral grey, or warm by one rule, so that red can be told from green and blue (see
`bake.scene`).
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np

from tools.bake import film
from tools.bake.frame import Floats

WARM_RED = 0.43  # how far red lies above green, as a share of how far green lies above blue
MIRROR_CHANCE = 0.25  # share of paths a film reflects; bare Fresnel's 0.08 would leave glare noisy
Bsdf = dict[str, Any]

# By name: the bake extra is optional, and types must check without it.
mi: Any = import_module("mitsuba")


def grey(value: float) -> Bsdf:
    """A neutral reflectance."""
    return {"type": "rgb", "value": [value, value, value]}


def warm(green: float, blue: float) -> Bsdf:
    """A cream reflectance whose red `red_from` can tell from green and blue."""
    return {"type": "rgb", "value": [green + WARM_RED * (green - blue), green, blue]}


def red_from(green: Floats, blue: Floats) -> Floats:
    """Red of a picture in which all is grey or warm: exact for light that met one warm thing."""
    return np.asarray(green + WARM_RED * (green - blue), np.float32)


def film_bsdf(height: Floats) -> Bsdf:
    """Clear film with two faces: mirrors by Fresnel's law, lets the rest through unbent.

    Source: Schlick's approximation for n = 1.52 (soft PVC), 2F / (1 + F) for both faces.
    """
    step = 1 / film.PER_UNIT
    rise_y, rise_x = np.gradient(height, step)
    cosine = 1 / np.sqrt(1 + rise_x**2 + rise_y**2)
    single = 0.0426 + 0.9574 * (1 - cosine) ** 5
    both = (2 * single / (1 + single)).astype(np.float32)
    chance = np.maximum(MIRROR_CHANCE, both)
    # A film that mirrors more often also lets less through, twice, on the way to the cover and
    # back; its mirror is dimmed as much, so that exposure brings both to their true level.
    both *= (1 - MIRROR_CHANCE) ** 2 / 0.85
    return {
        "type": "mask",
        "opacity": texture(chance),
        "sheet": {
            "type": "twosided",
            "face": {
                "type": "roughconductor", "material": "none", "alpha": 0.006,
                "specular_reflectance": texture(both / chance),
            },
        },
    }  # fmt: skip


def texture(values: Floats) -> dict[str, Any]:
    """A grey map whose row 0 lies at v = 0."""
    plane = np.ascontiguousarray(values[..., None], np.float32)
    return {"type": "bitmap", "bitmap": mi.Bitmap(plane), "raw": True, "wrap_mode": "clamp"}


def milky(opacity: float, reflectance: float) -> Bsdf:
    """Plastic seen edge on: it scatters part of the light and lets the rest through."""
    body = {"type": "roughplastic", "alpha": 0.14, "diffuse_reflectance": grey(reflectance)}
    face = {"type": "twosided", "face": body}
    return {"type": "mask", "opacity": grey(opacity), "body": face}
