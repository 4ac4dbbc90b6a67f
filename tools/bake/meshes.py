"""Points and triangles in envelope coordinates -> Mitsuba meshes, rotated with the envelope."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poster.arrays import Floats
from tools.bake import closure
from tools.bake.frame import turned
from tools.bake.materials import Bsdf

Shape = Any

# Imported by name: the bake extra is optional, and type checks must pass without it.
mi: Any = import_module("mitsuba")


def mesh(
    vertices: Floats,
    triangles: NDArray[np.uint32],
    bsdf: Bsdf,
    turn: float,
    uv: Floats | None = None,
    glow: tuple[int, int, int] | None = None,
) -> Shape:
    """Build a smooth triangle mesh in the rotated envelope's coordinates.

    Args:
        vertices: (n, 3).
        triangles: (m, 3), anticlockwise seen from outside.
        bsdf: material.
        turn: rotation of the envelope, in radians.
        uv: (n, 2) texture coordinates, if the material has a texture.
        glow: emitted radiance, for masks.

    Returns:
        The shape.
    """
    turned_x, turned_y = turned(vertices[:, 0], vertices[:, 1], turn)
    properties = mi.Properties()
    properties["mesh_bsdf"] = mi.load_dict(bsdf)
    if glow:
        emitter = {"type": "area", "radiance": {"type": "rgb", "value": list(glow)}}
        properties["mesh_emitter"] = mi.load_dict(emitter)
    shape = mi.Mesh(
        "shape", len(vertices), len(triangles),
        has_vertex_normals=True, has_vertex_texcoords=uv is not None, props=properties,
    )  # fmt: skip
    parameters = mi.traverse(shape)
    placed = np.stack([turned_x, turned_y, vertices[:, 2]], axis=-1)
    parameters["vertex_positions"] = np.ascontiguousarray(placed, np.float32).ravel()
    parameters["faces"] = np.ascontiguousarray(triangles, np.uint32).ravel()
    if uv is not None:
        parameters["vertex_texcoords"] = np.ascontiguousarray(uv, np.float32).ravel()
    parameters.update()
    shape.recompute_vertex_normals()
    return shape


def grid_triangles(rows: int, columns: int) -> NDArray[np.uint32]:
    """Return two triangles, anticlockwise from above, per cell of a grid with rows downwards."""
    index = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]
    cells = np.stack([np.stack([d, c, a], axis=-1), np.stack([c, b, a], axis=-1)], axis=2)
    return cells.reshape(-1, 3).astype(np.uint32)


def sheet(
    x: Floats,
    y: Floats,
    z: Floats,
    bsdf: Bsdf,
    turn: float,
    keep: NDArray[np.bool_] | None = None,
) -> Shape:
    """Build a height field over a grid whose rows run from top to foot."""
    rows, columns = z.shape
    triangles = grid_triangles(rows, columns)
    if keep is not None:
        triangles = triangles[keep.ravel()[triangles].all(axis=1)]
    u, v = np.meshgrid(np.linspace(0, 1, columns), np.linspace(0, 1, rows))
    vertices = np.stack([x, y, z], axis=-1).reshape(-1, 3)
    uv = np.stack([u, v], axis=-1).reshape(-1, 2).astype(np.float32)
    return mesh(vertices, triangles, bsdf, turn, uv)


def rod(path: NDArray[Any], z: NDArray[Any], radius: float, bsdf: Bsdf, turn: float) -> Shape:
    """Build a thin, slightly uneven strand along a polyline (n, 2) with heights z (n,)."""
    way = np.r_[0, np.cumsum(np.hypot(*np.diff(path, axis=0).T))]
    at = np.linspace(0, way[-1], 600)
    line = np.stack([np.interp(at, way, v) for v in (*path.T, z)], axis=-1)
    return mesh(*closure.tube(line, radius * uneven(line), 8), bsdf, turn)


def uneven(line: NDArray[Any]) -> NDArray[Any]:
    """Return factors that vary the radius along a line, as a cut edge collects light unevenly."""
    x, y = line[:, 0], line[:, 1]
    return 0.72 + 0.30 * np.sin(7.3 * y + 3.1 * x + 1.0) + 0.22 * np.sin(2.3 * y - 9.7 * x + 0.4)
