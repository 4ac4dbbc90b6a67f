"""How long sealing a cover takes, compared with path-tracing the same frame and with plain NumPy.

Prints the ratios first. Each case runs in its own process; its memory is the process's peak minus
what it uses with everything imported and the cover in memory. `sealed` has its plates in memory,
like a server's second poster; `clear` is the same with a transparent background; `first` reads and
fits the plates first. `cpu` is the time of all cores together, which a busy machine does not
increase. `numpy` is the same sum in float64 without bands and without OpenCV, as in the first
prototype. Path-tracing (needs the bake extra and LLVM) is timed for a few samples of a quarter of
the frame's pixels and extrapolated: it is linear in both.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.colour import linear_from_srgb, srgb_from_linear
from poster.envelope.choice import of_nearest_format
from poster.envelope.composite import composite_envelope
from poster.envelope.design_library import DesignLibrary
from poster.envelope.light import CREAM, PAGE_TINT
from poster.envelope.plates import Plates
from poster.envelope.projection import homography
from poster.paint_settings import EnvelopeAppearance

ROOT = Path(__file__).resolve().parent.parent
COVER = ROOT / "docs" / "gallery" / "classic_en.jpg"

USUAL = (1024, 1472)
SIZES = ((512, 736), USUAL, (2048, 2944), (2848, 4096))
AIM_S, AIM_MB = 0.15, 300.0
TRACED = (512, 736)
TRACED_SAMPLES = 8
BAKED_SAMPLES = 96
"""Paths per pixel, denoised, as for baked plates; a single frame would need as many."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two sizes, fewer runs, no tracing")
    parser.add_argument("--json", action="store_true", help="print one line of JSON at the end")
    parser.add_argument("--case", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.case:
        kind, width, height, runs = options.case
        print(json.dumps(measure(kind, int(width), int(height), int(runs))))
        return
    runs = 3 if options.quick else 9
    sizes = SIZES[:2] if options.quick else SIZES
    rows = {f"{w}x{h}": measure_size(w, h, runs) for w, h in sizes}
    usual = rows[f"{USUAL[0]}x{USUAL[1]}"]
    traced, why = (None, "skipped by --quick") if options.quick else trace()
    figures = {"sizes": rows, "traced_s": traced, "cores": len(os.sched_getaffinity(0))}
    result = f"{traced / usual['sealed']['s']:.0f} times ({traced:.0f} s)" if traced else why
    print(f"path-traced / sealed at {USUAL[0]}x{USUAL[1]}: {result}")
    heads = ("numpy/sealed", "MB/MB", "sealed s", "cpu s", "clear s", "first s", "numpy s",
             "sealed MB", "first MB", "numpy MB", "cpu ns/px")  # fmt: skip
    print(f"{'':10}" + "".join(f"{head:>{len(head) + 2}}" for head in heads))
    for name, row in rows.items():
        width, height = (int(side) for side in name.split("x"))
        sealed, clear, first, naive = (row[k] for k in ("sealed", "clear", "first", "numpy"))
        cells = (
            *(f"{naive[unit] / sealed[unit]:.1f}" for unit in ("s", "mb")),
            f"{sealed['s']:.3f}", f"{sealed['cpu_s']:.3f}",
            *(f"{case['s']:.3f}" for case in (clear, first, naive)),
            *(f"{case['mb']:.0f}" for case in (sealed, first, naive)),
            f"{sealed['cpu_s'] / width / height * 1e9:.0f}",
        )  # fmt: skip
        table = zip(cells, heads, strict=True)
        print(f"{name:10}" + "".join(f"{cell:>{len(head) + 2}}" for cell, head in table))
    meets = usual["sealed"]["s"] < AIM_S and usual["first"]["mb"] < AIM_MB
    print(f"aim at {USUAL[0]}x{USUAL[1]}: under {AIM_S} s and {AIM_MB:.0f} MB: "
          f"{'met' if meets else 'missed'}")  # fmt: skip
    if options.json:
        print(json.dumps(figures))


def measure_size(width: int, height: int, runs: int) -> dict[str, dict[str, float]]:
    """Measure every case at one size, each in its own process."""
    found = {}
    for kind in ("sealed", "clear", "first", "numpy"):
        command = [sys.executable, __file__, "--case", kind, str(width), str(height), str(runs)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        found[kind] = json.loads(done.stdout.splitlines()[-1])
    return found


def measure(kind: str, width: int, height: int, runs: int) -> dict[str, float]:
    """Measure one case in this process."""
    encoded = cv2.imread(str(COVER))
    if encoded is None:
        raise SystemExit(f"{COVER.name} cannot be read")
    cover = np.asarray(cv2.resize(encoded, (width, height))[..., ::-1], np.uint8).copy()
    library = DesignLibrary.open()
    design = of_nearest_format(library.designs, width / height)[0]
    appearance = EnvelopeAppearance(background=None if kind == "clear" else (0, 0, 0))
    held = resident_mb()

    def work() -> None:
        fresh = DesignLibrary(library.folder, library.designs) if kind == "first" else library
        plates = fresh.fitted(design, width, height)
        if kind == "numpy":
            seal_plainly(cover, plates, appearance)
        else:
            composite_envelope(cover, plates, appearance, seed=1)

    seconds, of_processor = time_median(work, 1 if kind == "numpy" else runs)
    return {"s": seconds, "cpu_s": of_processor, "mb": peak_mb() - held}


def time_median(work: Callable[[], object], runs: int) -> tuple[float, float]:
    """Return the median wall seconds and CPU seconds of all cores, after one uncounted run."""
    walls, cores = [], []
    for _ in range(runs + 1):
        started, began = time.perf_counter(), time.process_time()
        work()
        walls.append(time.perf_counter() - started)
        cores.append(time.process_time() - began)
    return statistics.median(walls[1:]), statistics.median(cores[1:])


def resident_mb() -> float:
    """Return the current memory of this process in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def peak_mb() -> float:
    """Return the peak memory of this process in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def seal_plainly(
    cover: NDArray[np.uint8], plates: Plates, appearance: EnvelopeAppearance
) -> NDArray[np.uint8]:
    """Compute the same sum plainly: whole arrays of float64, bilinear, no bands, no bloom."""
    width, height = plates.width, plates.height
    plate = {
        name: plates.sample_rows(getattr(plates, name), 0, height).astype(np.float64)[..., None]
        for name in ("glare", "plastic", "pages", "cover", "background_share", "closure")
    }
    light = linear_from_srgb(cover).astype(np.float64)
    rows, columns = cover.shape[:2]
    y, x = np.mgrid[:height, :width] + 0.5
    matrix = np.linalg.inv(homography(plates.cover_quad, (columns, rows)))
    u, v, depth = np.tensordot(matrix, np.stack([x, y, np.ones_like(x)]), axes=1)
    u, v = np.clip(u / depth - 0.5, 0, columns - 1.001), np.clip(v / depth - 0.5, 0, rows - 1.001)
    left, top = u.astype(int), v.astype(int)
    right, foot = (u - left)[..., None], (v - top)[..., None]
    upper = light[top, left] * (1 - right) + light[top, left + 1] * right
    lower = light[top + 1, left] * (1 - right) + light[top + 1, left + 1] * right
    seen = upper * (1 - foot) + lower * foot
    closure = linear_from_srgb(np.array(appearance.closure or CREAM, np.uint8))
    table = linear_from_srgb(np.array(appearance.background or (0, 0, 0), np.uint8))
    whole = (
        appearance.glare * plate["glare"] + plate["plastic"] + plate["pages"] * np.array(PAGE_TINT)
        + plate["cover"] * seen + plate["background_share"] * table + plate["closure"] * closure
    )  # fmt: skip
    bent = np.where(whole > 0.86, 0.86 + 0.14 * np.tanh((whole - 0.86) / 0.14), whole)
    grain = np.random.default_rng(1).normal(size=(height, width, 1)) * 0.7
    levels = srgb_from_linear(bent.astype(np.float32)) * 255 + grain
    return np.clip(np.rint(levels), 0, 255).astype(np.uint8)


def trace() -> tuple[float | None, str]:
    """Return the seconds to path-trace the usual frame, or None and the reason."""
    if find_spec("mitsuba") is None:
        return None, "Mitsuba is not installed (the bake extra)"
    sys.path.insert(0, str(ROOT))
    try:
        import_module("tools.bake_plates").start_mitsuba()
    except SystemExit as missing:
        return None, str(missing)
    designs: Any = import_module("tools.bake.designs").DESIGNS
    design = next(v for v in designs.values() if v.frame.shape.name == "classic")
    with tempfile.TemporaryDirectory() as folder:
        renders: Any = import_module("tools.bake.render").Renders(design, TRACED, Path(folder))
        ends = [time.perf_counter() for _ in renders.add("lit", TRACED_SAMPLES)]
    # The first batch includes compilation; only the others are timed.
    if len(ends) < 2:
        return None, "there are too few batches to time"
    batch = TRACED_SAMPLES / len(ends)
    per_sample = (ends[-1] - ends[0]) / (len(ends) - 1) / batch
    pixels = USUAL[0] * USUAL[1] / (TRACED[0] * TRACED[1])
    return per_sample * BAKED_SAMPLES * pixels, ""


if __name__ == "__main__":
    main()
