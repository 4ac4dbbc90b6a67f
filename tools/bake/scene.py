"""Shapes, lights and paints -> a Mitsuba scene of the closed envelope, seen from above."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.arrays import Floats
from tools.bake import closure, film
from tools.bake import frame as measures
from tools.bake.film import Sheets
from tools.bake.frame import Frame, Size
from tools.bake.materials import CLEAR_FILM, Bsdf, Paints, coated, grey, matt, milky, texture
from tools.bake.meshes import Shape, grid_triangles, mesh, rod, sheet, uneven

MAX_DEPTH = 8  # bounces, not counting transmissions; less than a thousandth of the light is left

RIM_MILK, SEAM_MILK, WELD_MILK = 0.26, 0.16, 0.50
"""Reflectance of plastic seen edge-on, and of its embossed weld."""

FILMS = ("front", "back", "flap")

TONES: Paints = {
    "cover": (0.8, 0.8, 0.8), "pages": (0.5, 0.5, 0.5), "plastic": (1.0, 1.0, 1.0),
    "closure": (0.9, 0.9, 0.9),
}  # fmt: skip
"""Albedo of each part in the denoiser's guide: distinct values on a black table."""

RIB_TONE = 4.0  # scale of the weld's haze in the guide: gives 0.18 to 0.34

# Imported by name: the bake extra is optional, and type checks must pass without it.
mi: Any = import_module("mitsuba")


def build(
    frame: Frame, sheets: Sheets, lights: Mapping[str, Shape], paints: Paints, size: Size
) -> dict[str, Any]:
    """Describe the scene.

    Args:
        frame: the positions of all parts.
        sheets: the film.
        lights: from lights.studio().
        paints: reflectances of the parts with a plate.
        size: width and height of the picture in pixels.

    Returns:
        A dictionary for `mitsuba.load_dict`.
    """
    turn = frame.placement.envelope_turn
    x, y = film.grid(frame)
    rows = int((measures.FLAP + 0.01) * film.PER_UNIT)
    on_flap = film.flap_inside(frame, x, y)[:rows] > 0
    flap = sheets.flap[:rows]
    return {
        **_photograph(frame, size),
        "front": sheet(x, y, sheets.front, CLEAR_FILM, turn),
        "back": sheet(x, y, sheets.back, CLEAR_FILM, turn),
        "flap": sheet(x[:rows], y[:rows], flap, CLEAR_FILM, turn, on_flap),
        **_magazine(frame, paints),
        **_edges(frame, flap, on_flap, paints),
        **_closure(frame, sheets, paints),
        "table": _table(frame, paints),
        **lights,
    }


def build_table(
    frame: Frame, lights: Mapping[str, Shape], paints: Paints, size: Size
) -> dict[str, Any]:
    """Describe the bare table under the same light."""
    return {**_photograph(frame, size), "table": _table(frame, paints), **lights}


def build_coverage(frame: Frame, sheets: Sheets, size: Size) -> dict[str, Any]:
    """Describe the cover emitting red and the closure emitting green, without film or lights."""
    parts = {**_magazine(frame, {}, (1, 0, 0)), **_closure(frame, sheets, {}, (0, 1, 0))}
    return {**_photograph(frame, size, max_depth=1), **parts}


def build_albedo(frame: Frame, sheets: Sheets, size: Size) -> dict[str, Any]:
    """Describe the parts under the film with distinct albedos, for the denoiser; without lights."""
    parts = build(frame, sheets, {}, TONES, size)
    beneath = {name: part for name, part in parts.items() if name not in FILMS}
    ribs = matt(_ribs(frame)[..., None].repeat(3, axis=2), RIB_TONE)
    return {**beneath, "weld": _weld_of(frame, ribs), "integrator": _feature("albedo")}


def build_normals(frame: Frame, sheets: Sheets, size: Size) -> dict[str, Any]:
    """Describe the normals of the first surface hit, film or closure, for the denoiser."""
    return {**build(frame, sheets, {}, {}, size), "integrator": _feature("sh_normal")}


def _feature(name: str) -> dict[str, str]:
    return {"type": "aov", "aovs": f"seen:{name}"}


def _photograph(frame: Frame, size: Size, max_depth: int = MAX_DEPTH) -> dict[str, Any]:
    fov = float(np.degrees(2 * np.arctan(frame.shape.width / 2 / measures.CAMERA_Z)))
    look = mi.ScalarTransform4f().look_at([0, 0, measures.CAMERA_Z], [0, 0, 0], [0, 1, 0])
    return {
        "type": "scene",
        "integrator": {"type": "volpath", "max_depth": max_depth, "rr_depth": max_depth + 1},
        "sensor": {
            "type": "perspective",
            "fov": fov,
            "fov_axis": "x",
            "to_world": look,
            # OIDN needs a box filter: any other spreads a sample's noise over its neighbours.
            "film": {
                "type": "hdrfilm", "width": size[0], "height": size[1],
                "rfilter": {"type": "box"}, "pixel_format": "rgb", "component_format": "float32",
            },
            # It must be independent: in volpath's loop, a stratified sampler would draw from the
            # same stratum at each film, so that a path through the first always passes the next.
            "sampler": {"type": "independent"},
        },
    }  # fmt: skip


def _table(frame: Frame, paints: Paints) -> dict[str, Any]:
    """Describe the table, as large as its bounced light matters; an image paint fills the frame."""
    paint = paints.get("table")
    reach = 3.0
    near = (measures.CAMERA_Z - measures.TABLE_Z) / measures.CAMERA_Z
    bsdf = matt(paint)
    if isinstance(paint, np.ndarray):
        bsdf["reflectance"]["to_uv"] = mi.ScalarTransform4f().translate([0.5, 0.5, 0]).scale(
            [2 * reach / (near * frame.shape.width), 2 * reach / (near * frame.shape.height), 1]
        ).translate([-0.5, -0.5, 0])  # fmt: skip
    place = mi.ScalarTransform4f().translate([0, 0, measures.TABLE_Z])
    return {"type": "rectangle", "to_world": place.scale([reach, reach, 1]), "bsdf": bsdf}


def _magazine(
    frame: Frame, paints: Paints, glow: tuple[int, int, int] | None = None
) -> dict[str, Any]:
    """Describe the cover (flat, so that its map is exact), the spine's groove and page edges."""
    half_w, half_h, z = measures.MAGAZINE_W / 2, frame.magazine_h / 2, measures.MAGAZINE_Z
    columns = np.unique(np.concatenate([np.linspace(0, 0.05, 160), np.linspace(0.05, 1, 40)]))
    u, v = np.meshgrid(columns, np.linspace(0, 1, 40))
    across = u * measures.MAGAZINE_W
    groove = 0.00030 * np.exp(-(((across - 0.0125) / 0.0016) ** 2))
    spine = 0.0045 * np.exp(-across / 0.0016)
    cover = _in_magazine(frame, (u - 0.5) * 2 * half_w, (0.5 - v) * 2 * half_h, z - groove - spine)
    uv = np.stack([u, v], axis=-1).reshape(-1, 2).astype(np.float32)
    paper = coated(paints.get("cover"), gloss=0.24, ior=1.22, chance=0.1)
    leaves = {"type": "twosided", "face": matt(paints.get("pages"))}
    turn = frame.placement.envelope_turn
    return {
        "cover": mesh(cover, grid_triangles(*u.shape), paper, turn, uv, glow),
        "pages": mesh(*_page_block(frame), leaves, turn),
    }


def _in_magazine(frame: Frame, x: NDArray[Any], y: NDArray[Any], z: NDArray[Any]) -> Floats:
    mx, my = measures.turned(x, y, frame.placement.magazine_turn)
    at_x, at_y = frame.magazine_at
    return np.stack([mx + at_x, my + at_y, z], axis=-1).reshape(-1, 3).astype(np.float32)


def _page_block(frame: Frame) -> tuple[Floats, NDArray[np.uint32]]:
    """Build leaves that fan out under the cover, right and at the foot; a ridge is a few leaves."""
    half_w, half_h = measures.MAGAZINE_W / 2, frame.magazine_h / 2
    top = measures.MAGAZINE_Z - 0.0004
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
        vertices.append(_in_magazine(frame, ring[:, 0], ring[:, 1], np.full(6, z)))
        corners = ((0, 1, 4), (0, 4, 5), (1, 2, 3), (1, 3, 4))
        triangles.append(np.array(corners, np.uint32) + np.uint32(start))
    return np.concatenate(vertices), np.concatenate(triangles)


def _edges(
    frame: Frame, flap: Floats, on_flap: NDArray[np.bool_], paints: Paints
) -> dict[str, Any]:
    """Describe cut edges and welds: thin plastic strips that collect light, as thick film does."""
    turn, milk = frame.placement.envelope_turn, paints.get("plastic")
    half_w, half_h = frame.envelope_w / 2, frame.envelope_h / 2
    rim, seam = milky(0.55, milk, RIM_MILK), milky(0.45, milk, SEAM_MILK)
    out: dict[str, Any] = {}
    for name, inset, radius, bsdf in (
        ("rim", 0.0010, 0.00135, rim), ("seam", measures.WELD, 0.0008, seam),
    ):  # fmt: skip
        path = np.array(
            [(-half_w + inset, half_h), (-half_w + inset, -half_h + inset),
             (half_w - inset, -half_h + inset), (half_w - inset, half_h)]
        )  # fmt: skip
        out[name] = rod(path, np.full(4, 0.0035), radius, bsdf, turn)
    end = half_w - 0.003  # it is so high that perspective would show its ends beyond the rims
    top = np.array([(-end, half_h), (end, half_h)])
    out["fold"] = rod(top, np.full(2, 0.0145), 0.0017, rim, turn)
    outline = _flap_outline(frame, flap, on_flap)
    out["flap_edge"] = mesh(*closure.tube(outline, 0.00105 * uneven(outline), 8), rim, turn)
    out["weld"] = _weld(frame, paints)
    return out


def _flap_outline(frame: Frame, flap: Floats, on_flap: NDArray[np.bool_]) -> NDArray[Any]:
    """Return points along the flap's free edge, from one side of the envelope to the other."""
    x, y = film.grid(frame)
    outlines, _ = cv2.findContours(
        on_flap.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
    )
    edge = max(outlines, key=len)[:, 0]
    edge = edge[edge[:, 1] > 0]
    breaks = np.abs(np.diff(edge, axis=0)).max(axis=1)
    if breaks.max() > 1:  # the closed outline was cut along the fold: start after the cut
        edge = np.roll(edge, -(int(np.argmax(breaks)) + 1), axis=0)
    at = (edge[:, 1], edge[:, 0])
    points = np.stack([x[at], y[at], flap[at]])
    soft = [np.convolve(np.pad(v, 6, mode="edge"), np.ones(13) / 13, "valid") for v in points]
    return np.stack(soft, axis=-1)[::3]


def _weld(frame: Frame, paints: Paints) -> Shape:
    """Describe the welded seam, embossed with fine slanting ribs of haze."""
    strip = coated(paints.get("plastic"), WELD_MILK, gloss=0.16, ior=1.49, chance=0.4)
    return _weld_of(frame, {"type": "mask", "opacity": texture(_ribs(frame)), "strip": strip})


def _ribs(frame: Frame) -> Floats:
    """Return the haze of the weld over the envelope: HW float32, [0, 1], 0 outside the seam."""
    x, y = film.grid(frame, film.PER_UNIT * 2)
    seam = np.minimum(frame.envelope_w / 2 - abs(x), y + frame.envelope_h / 2)
    band = (seam > 0.0015) & (seam < measures.WELD)
    ribs = 0.5 + 0.5 * np.sin((x + y) * (2 * np.pi / 0.0064))
    return np.where(band, 0.045 + 0.040 * ribs, 0).astype(np.float32)


def _weld_of(frame: Frame, bsdf: Bsdf) -> Shape:
    x, y = film.grid(frame, film.PER_UNIT // 4)
    seam = np.minimum(frame.envelope_w / 2 - abs(x), y + frame.envelope_h / 2)
    near = seam < measures.WELD + 0.02
    return sheet(x, y, np.full_like(x, 0.0042), bsdf, frame.placement.envelope_turn, near)


def _closure(
    frame: Frame, sheets: Sheets, paints: Paints, glow: tuple[int, int, int] | None = None
) -> dict[str, Any]:
    """Describe the buttons (painted board with metal eyelets) and the cord."""

    def height(film_sheet: Floats, px: float, py: float) -> float:
        column = round((px + frame.envelope_w / 2) * film.PER_UNIT)
        row = round((frame.envelope_h / 2 - py) * film.PER_UNIT)
        return float(film_sheet[min(max(row, 0), len(film_sheet) - 1), column])

    turn = frame.placement.envelope_turn
    board = coated(paints.get("closure"), gloss=0.22, ior=1.49, chance=0.3)
    thread = {"type": "twosided", "face": matt(paints.get("closure"))}
    metal: Bsdf = {
        "type": "twosided",
        "face": {"type": "roughconductor", "material": "none", "alpha": 0.24,
                 "specular_reflectance": grey(0.5)},
    }  # fmt: skip
    hole: Bsdf = {"type": "twosided", "face": {"type": "diffuse", "reflectance": grey(0.02)}}
    upper_z = height(sheets.flap, *frame.upper_button) + 0.001
    lower_z = height(sheets.front, *frame.lower_button) + 0.001
    out: dict[str, Any] = {}
    for name, centre, z in (
        ("upper", frame.upper_button, upper_z), ("lower", frame.lower_button, lower_z),
    ):  # fmt: skip
        base = z + closure.DISC_Z
        for part, section, bsdf, own in (
            ("disc", list(closure.DISC), board, glow),
            ("eyelet", closure.eyelet(), metal, None),
            ("hole", [(0.0, 0.0027), (0.25, 0.0027)], hole, None),
            ("shank", [(0.42, 0.0), (0.42, -closure.DISC_Z)], metal, None),
        ):
            turned = closure.lathe(centre, base, section)
            out[f"{name}_{part}"] = mesh(*turned, bsdf, turn, glow=own)
    line = closure.cord(frame, upper_z, lower_z, lambda px, py: height(sheets.front, px, py))
    for number, ply in enumerate(closure.plies(line)):
        out[f"ply{number}"] = mesh(
            *closure.tube(ply, 0.54 * closure.CORD_R), thread, turn, glow=glow
        )
    tip = [(0.0, 0.0065), (0.18, 0.0055), (0.22, 0.003), (0.18, 0.001), (0.0, 0.0)]
    x, y, z = line[-1]
    out["knot"] = mesh(*closure.lathe((x, y), z - 0.0035, tip, 24), thread, turn, glow=glow)
    return out
