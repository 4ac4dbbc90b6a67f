"""A variant -> its noisy renders, batch by batch, as sums that outlive the process.

Knows what is rendered and how often; what becomes of it is the baker's business.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from poster.arrays import Floats
from tools.bake import film, scene
from tools.bake.frame import Size
from tools.bake.lights import studio
from tools.bake.materials import Paints
from tools.bake.variants import Variant

BATCH = 4  # paths a pixel traced together: bounds the memory to 3 GB at the plates' size

WHITE = 0.5  # reflectance of what is lit: a mean, since light bounces between paper and film
PAPER = 0.6  # of the pages' edges

BOUNCE = {"white": WHITE, "share": 0.16, "reach": 0.033}
"""What a sum of plates leaves out: film throws a share of the cover's glow, 2F / (1 + F) over the
hemisphere, back onto the cover thereabouts. Paper of reflectance c gives c (1 - share white) /
(1 - share mean(c)) times its plate, with the mean over a Gaussian as wide as so large a share of
the cover's width. Measured against renders: 48 dB with it, 43 without, 41 with no reach."""

DARK: Paints = {"pages": (0.0, PAPER, 0.0), "plastic": (0.0, 0.0, 1.0)}
LIT: Paints = {
    "cover": (WHITE, 0.0, 0.0), "table": (0.0, WHITE, 0.0), "closure": (0.0, 0.0, WHITE),
}  # fmt: skip
"""The renders: `dark`, all black but pages and plastic; `lit`, cover, table and closure, all else
black; `empty`, the bare table, lit; `coverage`, masks; `albedo` and `normals`, for the denoiser."""

UNLIT = {
    "coverage": scene.build_coverage,
    "albedo": scene.build_albedo,
    "normals": scene.build_normals,
}
"""Renders that need no light, and few samples."""

DRAWING = ("closure", "film", "frame", "lights", "materials", "meshes", "render", "scene")
SOURCES = tuple(Path(__file__).with_name(f"{name}.py") for name in DRAWING)
"""All that decides how a variant's data look: a render of other code is of another scene."""

# By name: the bake extra is optional, and types must check without it.
mi: Any = import_module("mitsuba")


def fingerprint(variant: Variant, size: Size) -> str:
    """Tell scenes apart, by their data and by the code that draws them: sums must not be mixed.

    Args:
        variant: what is rendered.
        size: width and height in pixels.

    Returns:
        Eight hexadecimal digits.
    """
    digest = hashlib.sha256(repr((variant, size)).encode())
    for source in SOURCES:
        digest.update(source.read_bytes())
    return digest.hexdigest()[:8]


class Renders:
    """Running sums of a variant's renders in a folder.

    Passes that one process adds follow the same paths. Where an interruption falls between two
    passes, the batches that are still owed follow others: a little more noise, no error.

    Args:
        variant: what to render.
        size: width and height in pixels.
        folder: where the sums are kept, in a folder of the variant's own.
    """

    def __init__(self, variant: Variant, size: Size, folder: Path) -> None:
        self._variant, self._size = variant, size
        self._folder = folder / f"{variant.name}_{size[0]}_{fingerprint(variant, size)}"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._sheets = film.sheets(variant.frame, variant.film)
        self._lights = studio(variant.lights)

    def has(self, name: str) -> int:
        """Samples a pixel that a pass already holds."""
        if not self._file(name).exists():
            return 0
        with np.load(self._file(name)) as held:
            return int(held["samples"])

    def mean(self, name: str) -> Floats:
        """What a pass looks like by now: HW3 float32, linear, noisy."""
        with np.load(self._file(name)) as held:
            return np.asarray(held["total"] / held["samples"], np.float32)

    def add(self, name: str, samples: int) -> Iterator[int]:
        """Render until a pass holds so many samples, keeping each batch as it is done.

        Args:
            name: of the pass.
            samples: a pixel; rounded up to whole batches.

        Yields:
            The samples held, after each batch.
        """
        held = self.has(name)
        if held >= samples:
            return
        total = self.mean(name) * held if held else np.zeros((*self._size[::-1], 3), np.float32)
        loaded: Any = mi.load_dict(self._scene(name))
        while held < samples:
            # The same seeds for dark, lit and empty: the same paths.
            seed = self._variant.seed * 10_000 + held // BATCH
            total += np.array(mi.render(loaded, spp=BATCH, seed=seed), np.float32) * BATCH
            held += BATCH
            self._keep(name, total, held)
            yield held

    def _scene(self, name: str) -> dict[str, Any]:
        frame = self._variant.frame
        if name == "empty":
            return scene.build_table(frame, self._lights, LIT, self._size)
        if name in UNLIT:
            return UNLIT[name](frame, self._sheets, self._size)
        paints = DARK if name == "dark" else LIT
        return scene.build(frame, self._sheets, self._lights, paints, self._size)

    def _file(self, name: str) -> Path:
        return self._folder / f"{name}.npz"

    def _keep(self, name: str, total: Floats, samples: int) -> None:
        """Replace the file at once: an interruption leaves the old sums or the new."""
        fresh = self._file(name).with_suffix(".fresh.npz")
        np.savez(fresh, total=total, samples=samples)
        fresh.replace(self._file(name))
