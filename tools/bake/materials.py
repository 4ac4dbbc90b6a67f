"""Materials of the scene -> Mitsuba's material dictionaries.

Parts with a plate of their own are matt, and their reflectance is a "paint": three channels that
need not be a colour. Materials draw samples regardless of paint, so that two renders with the same
seeds follow the same paths, and the noise that they share cancels in their difference.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import numpy as np

from poster.arrays import Floats

Bsdf = dict[str, Any]
Paint = tuple[float, float, float] | Floats
"""Reflectance in red, green and blue, or an image of it, HW3."""

Paints = Mapping[str, Paint]
"""Paint of each part with a plate: cover, pages, plastic, closure, table. Other parts are black."""

FILM_IOR = 1.52  # soft PVC
MIRROR_CHANCE = 0.25  # share of paths that a film reflects; the true 0.08 would leave glare noisy
FILM_ROUGHNESS = 0.010  # standard deviation of film slopes that are too fine for its mesh

# Imported by name: the bake extra is optional, and type checks must pass without it.
mi: Any = import_module("mitsuba")
dr: Any = import_module("drjit")


def grey(value: float) -> Bsdf:
    """Return a neutral reflectance or radiance."""
    return {"type": "rgb", "value": [value, value, value]}


def texture(values: Floats) -> Bsdf:
    """Return a texture whose row 0 is at v = 0: HW is grey, HW3 has three channels."""
    plane = np.ascontiguousarray(values if values.ndim == 3 else values[..., None], np.float32)
    return {"type": "bitmap", "bitmap": mi.Bitmap(plane), "raw": True, "wrap_mode": "clamp"}


def matt(paint: Paint | None, share: float = 1.0) -> Bsdf:
    """Return a matt surface; `share` scales its paint."""
    values = np.asarray((0.0, 0.0, 0.0) if paint is None else paint, np.float32) * share
    # A single colour becomes a texture of one pixel: a plain colour may not exceed 1, as `coated`
    # needs.
    picture = values.reshape(1, 1, 3) if values.ndim == 1 else values
    return {"type": "diffuse", "reflectance": texture(np.asarray(picture, np.float32))}


def coated(
    paint: Paint | None, share: float = 1.0, *, gloss: float, ior: float, chance: float
) -> Bsdf:
    """Return a matt surface under a rough clear coat that does not dim the surface.

    Args:
        paint: of the matt surface.
        share: scale of the paint.
        gloss: roughness of the coat.
        ior: its index of refraction.
        chance: share of paths that hit the coat, regardless of paint.

    Returns:
        A two-sided material.
    """
    coat = {
        "type": "roughplastic", "alpha": gloss, "int_ior": ior,
        "diffuse_reflectance": grey(0.0),
        "specular_reflectance": texture(np.full((1, 1, 3), 1 / chance, np.float32)),
    }  # fmt: skip
    blend = {"type": "blendbsdf", "weight": chance, "a": matt(paint, share / (1 - chance)),
             "b": coat}  # fmt: skip
    return {"type": "twosided", "face": blend}


def milky(opacity: float, paint: Paint | None, share: float) -> Bsdf:
    """Return plastic seen edge-on, which scatters part of the light and transmits the rest."""
    body = coated(paint, share, gloss=0.14, ior=1.49, chance=0.4)
    return {"type": "mask", "opacity": grey(opacity), "body": body}


def add_clear_film() -> None:
    """Register the material `clear_film` with Mitsuba, whose variant must be set before.

    It is a sheet with two faces that reflects by Fresnel's law and transmits the rest without
    refraction. Mitsuba's own `thindielectric` samples reflections too rarely and is perfectly
    smooth. Source: Fresnel for unpolarised light, 2F / (1 + F) for the two faces of a sheet.
    """

    class ClearFilm(mi.BSDF):  # type: ignore[misc]
        def __init__(self, properties: Any) -> None:  # noqa: ANN401
            mi.BSDF.__init__(self, properties)
            sides = mi.BSDFFlags.FrontSide | mi.BSDFFlags.BackSide
            mirror, through = mi.BSDFFlags.DeltaReflection | sides, mi.BSDFFlags.Null | sides
            self.m_components = [mirror, through]
            self.m_flags = mirror | through

        def mirrored(self, si: Any) -> Any:  # noqa: ANN401
            single = mi.fresnel(dr.abs(mi.Frame3f.cos_theta(si.wi)), FILM_IOR)[0]
            return 2 * single / (1 + single)

        def sample(
            self, ctx: Any, si: Any, sample1: Any, sample2: Any, active: Any = True  # noqa: ANN401, ARG002, FBT002
        ) -> tuple[Any, Any]:  # fmt: skip
            mirrored = self.mirrored(si)
            chance = dr.maximum(mirrored, MIRROR_CHANCE)
            mirrors = sample1 < chance
            slope = FILM_ROUGHNESS * mi.warp.square_to_std_normal(sample2)
            normal = dr.normalize(mi.Normal3f(slope.x, slope.y, 1))
            reflected = mi.Vector3f(2 * dr.dot(si.wi, normal) * normal - si.wi)
            stays = mi.Frame3f.cos_theta(reflected) * mi.Frame3f.cos_theta(si.wi) > 0
            bs = dr.zeros(mi.BSDFSample3f)
            bs.wo = dr.select(mirrors, reflected, -si.wi)
            bs.eta = 1.0
            bs.pdf = dr.select(mirrors, chance, 1 - chance)
            bs.sampled_component = dr.select(mirrors, mi.UInt32(0), mi.UInt32(1))
            bs.sampled_type = dr.select(
                mirrors, mi.UInt32(int(mi.BSDFFlags.DeltaReflection)),
                mi.UInt32(int(mi.BSDFFlags.Null)),
            )  # fmt: skip
            weight = dr.select(mirrors, mirrored / chance, (1 - mirrored) / (1 - chance))
            kept = active & dr.select(mirrors, stays, True)
            return bs, dr.select(kept, mi.Color3f(weight), mi.Color3f(0))

        def eval(self, ctx: Any, si: Any, wo: Any, active: Any = True) -> Any:  # noqa: ANN401, ARG002, FBT002
            return mi.Color3f(0)

        def pdf(self, ctx: Any, si: Any, wo: Any, active: Any = True) -> Any:  # noqa: ANN401, ARG002, FBT002
            return mi.Float(0)

        def eval_pdf(self, ctx: Any, si: Any, wo: Any, active: Any = True) -> Any:  # noqa: ANN401, ARG002, FBT002
            return mi.Color3f(0), mi.Float(0)

        def eval_null_transmission(self, si: Any, active: Any = True) -> Any:  # noqa: ANN401, FBT002
            return dr.select(active, mi.Color3f(1 - self.mirrored(si)), mi.Color3f(0))

    mi.register_bsdf("clear_film", ClearFilm)


CLEAR_FILM: Bsdf = {"type": "clear_film"}
