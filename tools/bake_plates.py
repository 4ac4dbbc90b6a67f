"""Names of designs and a number of samples -> their plates, path-traced by Mitsuba.

Run by hand, never by the product: `python -m tools.bake_plates --help`. Needs the `bake` extra and,
for acceptable speed, LLVM's shared library. Renders are kept: an interrupted run resumes, and a run
for more samples adds to the existing ones. Independent of covers: `poster.envelope.composite`
inserts them later.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import time
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

from poster.geometry import Box
from tools.bake import film, store
from tools.bake.designs import DESIGNS, Design
from tools.bake.patch import patch
from tools.bake.separate import (
    Guide,
    cover_light,
    mean_glare,
    own_lights,
    separate,
    without_dust,
)

ROOT = Path(__file__).resolve().parents[1]
PLATES = ROOT / "poster" / "assets" / "plates"
WORK = ROOT / ".bake"
UNLIT_SAMPLES = 32


def find_llvm() -> None:
    """Set the path of LLVM's library for Dr.Jit.

    Raises:
        SystemExit: it was not found.
    """
    if os.environ.get("DRJIT_LIBLLVM_PATH"):
        return
    folders = ("/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib")
    found = [p for folder in folders for p in Path(folder).glob("libLLVM*.so*") if p.is_file()]
    if not found:
        raise SystemExit(
            "LLVM's shared library was not found: install libllvm19, or set DRJIT_LIBLLVM_PATH"
        )
    newest = max(found, key=lambda p: [int(n) for n in re.findall(r"\d+", p.name)])
    os.environ["DRJIT_LIBLLVM_PATH"] = str(newest)


def start_mitsuba(*, scalar: bool = False) -> None:
    """Initialise Mitsuba for the scenes of `tools.bake`; before that, it has no types.

    Args:
        scalar: trace one ray at a time, which needs no LLVM.

    Raises:
        SystemExit: LLVM is needed but was not found.
    """
    if not scalar:
        find_llvm()
    import_module("mitsuba").set_variant("scalar_rgb" if scalar else "llvm_ad_rgb")
    import_module("tools.bake.materials").add_clear_film()


def bake(design: Design, width: int, samples: int, work: Path, out: Path) -> None:
    """Render the missing samples of one design, and store its plates.

    Args:
        design: what to bake.
        width: of its plates in pixels; the height follows. 0 uses the design's own size.
        samples: paths per pixel in each of the lit renders.
        work: folder of the running sums.
        out: folder of the plates.
    """
    render: Any = import_module("tools.bake.render")  # only now: it looks for LLVM
    across, down = design.frame.shape.pixels
    size = (width, round(width * down / across)) if width else (across, down)
    renders = render.Renders(design, size, work)
    _render(design, renders, ("dark", "lit", "empty"), samples)
    quad = design.frame.cover_quad(size)
    coverage = renders.mean("coverage")
    masks = coverage[..., 0], coverage[..., 1]
    dark, lit, empty = (renders.mean(name) for name in ("dark", "lit", "empty"))
    envelope = design.frame.envelope_quad(size)
    guide = Guide(renders.mean("albedo"), renders.mean("normals"))
    plates, exposure = separate(dark, lit, empty, guide, masks[1], render.WHITE, quad, envelope)
    front = film.sheets(design.frame, design.film).front
    about = {
        "format": design.frame.shape.name,
        "size": list(size),
        "cover_quad": quad,
        "stretch_rows": design.frame.stretch_rows(size),
        "calm": mean_glare(plates["glare"], quad),
        "exposure": exposure,
        "bounce": render.BOUNCE,
        "samples": renders.has("lit"),
        "seed": design.seed,
        "mitsuba": version("mitsuba"),
        "mitsuba-oidn": version("mitsuba-oidn"),
    }
    shift = film.displacement(design.frame, front, size)
    total = store.store(out, design.name, plates, shift, masks, about)
    print(f"{design.name}: stored, {total / 1e6:.1f} MB, calm {about['calm']:.4f}", flush=True)


def bake_window(design: Design, window: Box, samples: int, work: Path, out: Path) -> None:
    """Render a window of one design, and replace it in the design's stored plates.

    The background, the closure and the coverage stay as they are: folds of the film do not change
    them.

    Args:
        design: what to bake.
        window: in pixels of its plates.
        samples: paths per pixel in each of the lit renders.
        work: folder of the running sums.
        out: folder of the plates.
    """
    render: Any = import_module("tools.bake.render")  # only now: it looks for LLVM
    size = design.frame.shape.pixels
    renders = render.Renders(design, size, work, window)
    _render(design, renders, ("dark", "lit"), samples)
    exposure = json.loads((out / f"{design.name}.json").read_text())["exposure"]
    dark, lit = renders.mean("dark"), renders.mean("lit")
    guide = Guide(renders.mean("albedo"), renders.mean("normals"))
    lights = own_lights(dark, guide, exposure)
    lights["cover"] = without_dust(cover_light(dark, lit, guide, render.WHITE) * exposure)
    front = film.sheets(design.frame, design.film).front
    patch(out, design.name, lights, film.displacement(design.frame, front, size), window)
    print(f"{design.name}: {window.width} x {window.height} pixels replaced", flush=True)


def _render(design: Design, renders: Any, lit: Sequence[str], samples: int) -> None:  # noqa: ANN401 - the bake extra is optional
    """Render what is missing of the lit renders and of those for masks and denoiser."""
    render: Any = import_module("tools.bake.render")
    wanted = {**dict.fromkeys(lit, samples), **dict.fromkeys(render.UNLIT, UNLIT_SAMPLES)}
    for name, count in wanted.items():
        before, started = renders.has(name), time.monotonic()
        for held in renders.add(name, count):
            pace = (time.monotonic() - started) / (held - before)
            left = pace * max(count - held, 0) / 60
            print(f"{design.name} {name}: {held} of {count} samples, {pace:.1f} s per sample, "
                  f"{left:.0f} min left", flush=True)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> None:
    """Bake the named designs, or all of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"any of {', '.join(DESIGNS)}")
    parser.add_argument("--samples", type=int, default=96, help="total paths per pixel")
    parser.add_argument("--width", type=int, default=0, help="plate width, for previews")
    parser.add_argument(
        "--window", type=int, nargs=4, metavar=("LEFT", "TOP", "RIGHT", "BOTTOM"),
        help="bake only this part of a design that is stored already, in pixels of its plates",
    )  # fmt: skip
    parser.add_argument(
        "--scalar", action="store_true", help="trace single rays: needs no LLVM, but is far slower"
    )
    parser.add_argument("--work", type=Path, default=WORK, help="folder of the running sums")
    parser.add_argument("--out", type=Path, default=PLATES, help="folder of the plates")
    args = parser.parse_args(arguments)
    unknown = [name for name in args.names if name not in DESIGNS]
    if unknown:
        parser.error(f"unknown design {unknown[0]}: choose from {', '.join(DESIGNS)}")
    start_mitsuba(scalar=args.scalar)
    for name in args.names or DESIGNS:
        if args.window:
            bake_window(DESIGNS[name], Box(*args.window), args.samples, args.work, args.out)
            continue
        bake(DESIGNS[name], args.width, args.samples, args.work, args.out)


if __name__ == "__main__":
    main()
