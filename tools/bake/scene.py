"""Shapes, materials and lights -> a Mitsuba scene of the sealed envelope, seen from above.

Materials are neutral grey, or warm by one rule (see `tools.bake.materials`); the cover's diffuse
reflectance is COVER_REFLECTANCE in red and zero in green and blue. So one render holds both plates,
along the very same light paths: red sees a white magazine, green and blue a black one.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tools.bake import closure, film, frame
from tools.bake.frame import Floats
from tools.bake.materials import film_bsdf, grey, milky, texture, warm
from tools.bake.meshes import Shape, grid_triangles, mesh, rod, sheet, uneven

COVER_REFLECTANCE = 0.8

# By name: the bake extra is optional, and types must check without it.
mi: Any = import_module("mitsuba")


def build(seed: int, width: int) -> dict[str, Any]:
    """Describe the scene.

    Args:
        seed: of the film's creases.
        width: of the picture in pixels; its height follows from the frame.

    Returns:
        A dictionary for `mitsuba.load_dict`.
    """
    height = round(width * frame.FRAME_H / frame.FRAME_W)
    front = film.film_height(seed)
    back = 0.5 * film.film_height(seed + 40, 0.8) - 0.0135
    x, y = film.grid()
    flap_rows = int((frame.FLAP + 0.01) * film.PER_UNIT)
    flap = _flap_height(front, film.film_height(seed + 9, 0.7), y)[:flap_rows]
    on_flap = film.flap_inside(x, y)[:flap_rows] > 0
    scene: dict[str, Any] = {
        "type": "scene",
        "integrator": {"type": "volpath", "max_depth": 14, "rr_depth": 30},
        "sensor": _sensor(width, height),
        "front": sheet(x, y, front, film_bsdf(front)),
        "back": sheet(x, y, back, film_bsdf(back)),
        "flap": sheet(x[:flap_rows], y[:flap_rows], flap, film_bsdf(flap), on_flap),
        **_magazine(),
        **_edges(flap, on_flap),
        **_closure(front, flap),
        **_lights(),
    }
    return scene


def _sensor(width: int, height: int) -> dict[str, Any]:
    fov = float(np.degrees(2 * np.arctan(frame.FRAME_W / 2 / frame.CAMERA_Z)))
    look = mi.ScalarTransform4f().look_at([0, 0, frame.CAMERA_Z], [0, 0, 0], [0, 1, 0])
    return {
        "type": "perspective",
        "fov": fov,
        "fov_axis": "x",
        "to_world": look,
        # OIDN wants a box filter: any other spreads one sample's noise over its neighbours.
        "film": {
            "type": "hdrfilm", "width": width, "height": height, "rfilter": {"type": "box"},
            "pixel_format": "rgb", "component_format": "float32",
        },
        "sampler": {"type": "independent"},
    }  # fmt: skip


def _flap_height(front: Floats, creased: Floats, y: Floats) -> Floats:
    """The flap lies on the front film and springs up a little towards its fold."""
    down = np.clip((frame.ENVELOPE_H / 2 - y) / frame.FLAP, 0, 1)
    lift = 0.0045 + 0.006 * (1 - down)
    return np.asarray(0.6 * front + 0.4 * creased + lift, np.float32)


def _magazine() -> dict[str, Any]:
    """The cover, flat so that its map is exact, its spine's groove, and the pages' edges."""
    half_w, half_h, z = frame.MAGAZINE_W / 2, frame.MAGAZINE_H / 2, frame.MAGAZINE_Z
    columns = np.unique(np.concatenate([np.linspace(0, 0.05, 160), np.linspace(0.05, 1, 40)]))
    u, v = np.meshgrid(columns, np.linspace(0, 1, 40))
    across = u * frame.MAGAZINE_W
    groove = 0.00030 * np.exp(-(((across - 0.0125) / 0.0016) ** 2))
    spine = 0.0045 * np.exp(-across / 0.0016)
    cover = _in_magazine((u - 0.5) * 2 * half_w, (0.5 - v) * 2 * half_h, z - groove - spine)
    paper = {
        "type": "twosided",
        "face": {
            "type": "roughplastic", "alpha": 0.24, "int_ior": 1.22,
            "diffuse_reflectance": {"type": "rgb", "value": [COVER_REFLECTANCE, 0.0, 0.0]},
        },
    }  # fmt: skip
    pages = {"type": "twosided", "face": {"type": "diffuse", "reflectance": warm(0.60, 0.54)}}
    return {
        "cover": mesh(cover, grid_triangles(*u.shape), paper),
        "pages": mesh(*_page_block(), pages),
    }


def _in_magazine(x: NDArray[Any], y: NDArray[Any], z: NDArray[Any]) -> Floats:
    mx, my = frame.turned(x, y, frame.MAGAZINE_TURN)
    placed = [mx + frame.MAGAZINE_X, my + frame.MAGAZINE_Y, z]
    return np.stack(placed, axis=-1).reshape(-1, 3).astype(np.float32)


def _page_block() -> tuple[Floats, NDArray[np.uint32]]:
    """Leaves fan out below the cover at the right and the foot; each ridge is a few leaves."""
    half_w, half_h, top = frame.MAGAZINE_W / 2, frame.MAGAZINE_H / 2, frame.MAGAZINE_Z - 0.0004
    vertices: list[Floats] = []
    triangles: list[NDArray[np.uint32]] = []
    leaves = 7
    for leaf in range(leaves):
        out = 0.0004 + 0.0034 * (leaf + 1) / leaves
        z = top - (top + 0.004) * (leaf + 0.5) / leaves
        right, foot = half_w + out, -half_h - out
        ring = np.array(
            [(-half_w + 0.01, foot), (right, foot), (right, half_h - 0.0004 * leaf),
             (half_w - 0.02, half_h - 0.0004 * leaf), (half_w - 0.02, -half_h + 0.02),
             (-half_w + 0.01, -half_h + 0.02)]
        )  # fmt: skip
        start = 6 * leaf
        vertices.append(_in_magazine(ring[:, 0], ring[:, 1], np.full(6, z)))
        corners = ((0, 1, 4), (0, 4, 5), (1, 2, 3), (1, 3, 4))
        triangles.append(np.array(corners, np.uint32) + np.uint32(start))
    return np.concatenate(vertices), np.concatenate(triangles)


def _edges(flap: Floats, on_flap: NDArray[np.bool_]) -> dict[str, Any]:
    """Cut edges and welds: thin strips of plastic that gather light, as thick film does."""
    half_w, half_h, weld = frame.ENVELOPE_W / 2, frame.ENVELOPE_H / 2, frame.WELD
    rim = milky(0.55, 0.26)
    seam = milky(0.45, 0.16)
    out: dict[str, Any] = {}
    for name, inset, radius, bsdf in (("rim", 0.0010, 0.00135, rim), ("seam", weld, 0.0008, seam)):
        path = np.array(
            [(-half_w + inset, half_h), (-half_w + inset, -half_h + inset),
             (half_w - inset, -half_h + inset), (half_w - inset, half_h)]
        )  # fmt: skip
        out[name] = rod(path, np.full(4, 0.0035), radius, bsdf)
    top = np.array([(-half_w, half_h), (half_w, half_h)])
    out["fold"] = rod(top, np.full(2, 0.0145), 0.0017, rim)
    outline = _flap_outline(flap, on_flap)
    out["flap_edge"] = mesh(*closure.tube(outline, 0.00105 * uneven(outline), 8), rim)
    out["weld"] = _weld()
    return out


def _flap_outline(flap: Floats, on_flap: NDArray[np.bool_]) -> NDArray[Any]:
    """Points along the flap's free edge, from the envelope's one side to the other."""
    x, y = film.grid()
    outlines, _ = cv2.findContours(
        on_flap.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
    )
    edge = max(outlines, key=len)[:, 0]
    edge = edge[edge[:, 1] > 0]
    breaks = np.abs(np.diff(edge, axis=0)).max(axis=1)
    if breaks.max() > 1:  # the closed outline was cut along the fold: begin behind the cut
        edge = np.roll(edge, -(int(np.argmax(breaks)) + 1), axis=0)
    at = (edge[:, 1], edge[:, 0])
    points = np.stack([x[at], y[at], flap[at]])
    soft = [np.convolve(np.pad(v, 6, mode="edge"), np.ones(13) / 13, "valid") for v in points]
    return np.stack(soft, axis=-1)[::3]


def _weld() -> Shape:
    """The seam's band, embossed by the welding wheel: fine slanting ribs of haze."""
    fine = 2
    x, y = film.grid(film.PER_UNIT * fine)
    seam = np.minimum(frame.ENVELOPE_W / 2 - abs(x), y + frame.ENVELOPE_H / 2)
    band = (seam > 0.0015) & (seam < frame.WELD)
    ribs = 0.5 + 0.5 * np.sin((x + y) * (2 * np.pi / 0.0064))
    haze = np.where(band, 0.045 + 0.040 * ribs, 0).astype(np.float32)
    bsdf = {
        "type": "mask",
        "opacity": texture(haze),
        "strip": {
            "type": "twosided",
            "face": {"type": "roughplastic", "alpha": 0.16, "diffuse_reflectance": grey(0.5)},
        },
    }
    coarse_x, coarse_y = x[::8, ::8], y[::8, ::8]
    seam = np.minimum(frame.ENVELOPE_W / 2 - abs(coarse_x), coarse_y + frame.ENVELOPE_H / 2)
    height = np.full_like(coarse_x, 0.0042)
    return sheet(coarse_x, coarse_y, height, bsdf, seam < frame.WELD + 0.02)


def _closure(front: Floats, flap: Floats) -> dict[str, Any]:
    """Buttons of painted board with metal eyelets, and the cord."""

    def height(sheet: Floats, px: float, py: float) -> float:
        column = round((px + frame.ENVELOPE_W / 2) * film.PER_UNIT)
        row = round((frame.ENVELOPE_H / 2 - py) * film.PER_UNIT)
        return float(sheet[min(max(row, 0), len(sheet) - 1), column])

    board = {
        "type": "twosided",
        "face": {"type": "roughplastic", "alpha": 0.22, "diffuse_reflectance": warm(0.37, 0.345)},
    }
    metal = {
        "type": "twosided",
        "face": {"type": "roughconductor", "material": "none", "alpha": 0.24,
                 "specular_reflectance": warm(0.50, 0.48)},
    }  # fmt: skip
    hole = {"type": "twosided", "face": {"type": "diffuse", "reflectance": grey(0.02)}}
    upper_z = height(flap, *frame.UPPER_BUTTON) + 0.001
    lower_z = height(front, *frame.LOWER_BUTTON) + 0.001
    out: dict[str, Any] = {}
    for name, centre, z in (
        ("upper", frame.UPPER_BUTTON, upper_z), ("lower", frame.LOWER_BUTTON, lower_z),
    ):  # fmt: skip
        base = z + closure.DISC_Z
        out[f"{name}_disc"] = mesh(*closure.lathe(centre, base, list(closure.DISC)), board)
        out[f"{name}_eyelet"] = mesh(*closure.lathe(centre, base, closure.eyelet()), metal)
        pit = [(0.0, 0.0027), (0.25, 0.0027)]
        out[f"{name}_hole"] = mesh(*closure.lathe(centre, base, pit), hole)
        shank = [(0.42, 0.0), (0.42, -closure.DISC_Z)]
        out[f"{name}_shank"] = mesh(*closure.lathe(centre, base, shank), metal)
    thread = {"type": "twosided", "face": {"type": "diffuse", "reflectance": warm(0.47, 0.39)}}
    line = closure.cord(upper_z, lower_z, lambda px, py: height(front, px, py))
    for number, ply in enumerate(closure.plies(line)):
        out[f"ply{number}"] = mesh(*closure.tube(ply, 0.54 * closure.CORD_R), thread)
    tip = [(0.0, 0.0), (0.18, 0.001), (0.22, 0.003), (0.18, 0.0055), (0.0, 0.0065)]
    end = line[-1]
    out["knot"] = mesh(*closure.lathe((end[0], end[1]), end[2] - 0.0035, tip, 24), thread)
    return out


LIGHTS = (
    # x, y, z, half breadth, half length, radiance; each faces the middle of the table
    (-2.1, 2.3, 2.2, 0.60, 0.60, 17.0),  # key: on a diagonal, where no side of the film mirrors it
    (2.3, 2.3, 2.2, 0.80, 0.80, 3.2),
    (-2.3, -2.4, 2.2, 0.80, 0.80, 4.2),
    (2.3, -2.4, 2.2, 0.80, 0.80, 3.8),
    (-1.22, 0.25, 1.9, 0.08, 1.30, 8.0),  # rim strips: thin lights along the film's shoulders
    (1.30, 0.30, 1.9, 0.09, 1.10, 6.5),
    (-0.605, -0.15, 1.9, 0.042, 1.20, 1.20),  # mirrored by flat film down the cover's left side
    (0.622, -0.50, 1.9, 0.034, 0.75, 1.00),  # and low on its right
    (0.0, 0.87, 1.9, 1.05, 0.050, 0.80),  # mirrored in the flap
    (0.10, 1.45, 1.9, 0.85, 0.12, 3.0),  # the fold
    (0.25, -1.65, 1.9, 0.60, 0.12, 3.0),  # the foot
)


def _lights() -> dict[str, Any]:
    """Soft boxes round the table. Flat film mirrors (x, y) / 1.53 of what hangs at z = 1.9."""
    out: dict[str, Any] = {}
    for number, (x, y, z, half_w, half_h, radiance) in enumerate(LIGHTS):
        place = mi.ScalarTransform4f().look_at([x, y, z], [0.3 * x, 0.3 * y, 0], [0, 1, 0])
        out[f"light{number}"] = {
            "type": "rectangle",
            "to_world": place.scale([half_w, half_h, 1]),
            "emitter": {"type": "area", "radiance": grey(radiance)},
            "bsdf": {"type": "diffuse", "reflectance": grey(0.0)},
        }
    return out
