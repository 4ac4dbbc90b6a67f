"""How close the sum of plates is to a path-traced render of the same cover in the envelope.

Prints the ratio of the sum's error to the render's own noise first; the noise is measured with two
renders that differ only in their seeds. Renders finished covers, coloured backgrounds and closures
in Mitsuba without a denoiser, and sums the plates for the same scenes with the product's code,
before shoulder, bloom and grain: at the baked size, then averaged to the render's size. Refraction
by the film is left out on both sides, because the renderer's film does not bend light. Needs the
bake extra; takes minutes on two idle cores; --quick renders one small design.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from poster.arrays import Floats
from poster.colour import Colour, linear_from_srgb, parse_hex, srgb_from_linear
from poster.envelope.design_library import DesignLibrary
from poster.envelope.inlay import Inlay
from poster.envelope.light import PAGE_TINT, gather_light
from poster.envelope.plates import Plates
from poster.paint_settings import EnvelopeAppearance
from poster.pipeline import Pipeline
from poster.request import PosterRequest
from poster.settings import Settings
from tools.bake import film
from tools.bake.designs import DESIGNS, Design
from tools.bake.frame import Size
from tools.bake.separate import smooth
from tools.bake_plates import PLATES, start_mitsuba

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ("fig", "astronaut", "mountains")
TABLES = ((0.42, 0.46, 0.50), (0.05, 0.05, 0.06), (0.50, 0.30, 0.22))
"""Radiance of the backgrounds, one per cover."""
CLOSURES = (parse_hex("#CB5945"), parse_hex("#DCD7CB"), parse_hex("#506FAA"))

AIM_MAGAZINE, AIM_ALL = 38.0, 35.0  # dB


@dataclass(frozen=True)
class Subject:
    """What is put into an envelope.

    Args:
        cover: HW3 uint8, sRGB.
        table: the background's radiance in red, green and blue.
        closure: the closure's colour, sRGB.
    """

    cover: NDArray[np.uint8]
    table: tuple[float, float, float]
    closure: Colour


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one small design and cover")
    parser.add_argument("--json", action="store_true", help="print one line of JSON at the end")
    parser.add_argument(
        "--variant", action="append", choices=tuple(DESIGNS), help="a design; can be repeated"
    )
    parser.add_argument("--width", type=int, help="width of the renders in pixels (default: 384)")
    parser.add_argument("--samples", type=int, help="paths per pixel in each render (default: 256)")
    parser.add_argument("--keep", type=Path, help="folder in which to store the pictures")
    options = parser.parse_args()
    quick = options.quick
    width, samples = (
        options.width or (192 if quick else 384),
        options.samples or (64 if quick else 256),
    )
    names = options.variant or (["north"] if quick else ["north", "window"])
    subjects = make_subjects(1 if quick else len(names))
    start_mitsuba()
    print(
        f"{'':10}{'region':10}{'ratio':>7}{'clean dB':>10}{'sum dB':>8}{'noise dB':>10}{'SSIM':>8}"
        f"{'noise':>8}"
    )
    figures: dict[str, float] = {}
    for name, subject in zip(names, subjects, strict=False):
        for region, row in compare(DESIGNS[name], subject, width, samples, options.keep).items():
            print(
                f"{name:10}{region:10}{row['ratio']:7.2f}{row['clean']:10.1f}{row['psnr']:8.1f}"
                f"{row['noise_psnr']:10.1f}{row['ssim']:8.4f}{row['noise_ssim']:8.4f}",
                flush=True,
            )
            figures |= {f"{name}_{region}_{key}": value for key, value in row.items()}
    print(f"aims: {AIM_MAGAZINE:.0f} dB on the magazine, {AIM_ALL:.0f} dB over all")
    if options.json:
        print(json.dumps(figures))


def make_subjects(count: int) -> list[Subject]:
    """Make covers from the examples with the product."""
    pipeline = Pipeline.open(Settings(engine="studio"))
    subjects = []
    for example, table, closure in zip(EXAMPLES[:count], TABLES, CLOSURES, strict=False):
        fields = json.loads((ROOT / "examples" / f"{example}.json").read_text())
        fields["image"] = (ROOT / "examples" / fields["image"]).read_bytes()
        request = PosterRequest.from_mapping({**fields, "stage": "cover"})
        cover = pipeline.make(request).cover
        if cover is None:
            raise SystemExit(f"no cover was made from the example {example}")
        subjects.append(Subject(cover, table, closure))
    return subjects


def compare(
    design: Design, subject: Subject, width: int, samples: int, keep: Path | None
) -> dict[str, dict[str, float]]:
    """Render a subject twice and sum its plates once.

    Args:
        design: the envelope.
        subject: the contents and colours.
        width: width of the renders in pixels.
        samples: paths per pixel in each render.
        keep: folder in which to store the pictures, or None.

    Returns:
        Figures for the magazine, the film around it, and the whole picture.
    """
    plates = load_plates(design.name)
    size = (width, round(width * plates.height / plates.width))
    summed = cv2.resize(add_plates(plates, subject), size, interpolation=cv2.INTER_AREA)
    first, second = trace(design, subject, size, samples)
    on_cover = np.asarray(plates.on_cover, np.float32) / 255
    share = cv2.resize(on_cover, size, interpolation=cv2.INTER_AREA)
    inside = np.zeros(size[::-1], np.uint8)
    quad = np.rint(np.array(design.frame.envelope_quad(size))).astype(np.int32)
    cv2.fillConvexPoly(inside, quad, 1)
    regions = {
        "magazine": share > 0.999, "film": (share < 0.001) & (inside > 0),
        "all": np.ones(size[::-1], np.bool_),
    }  # fmt: skip
    seen = tuple(srgb_from_linear(np.clip(p, 0, 1)) for p in (summed, first, second))
    if keep:
        keep.mkdir(parents=True, exist_ok=True)
        for name, picture in zip(("sum", "first", "second"), seen, strict=True):
            path = keep / f"{design.name}_{name}.png"
            cv2.imwrite(str(path), np.rint(picture[..., ::-1] * 255).astype(np.uint8))
    return {name: measure(seen, mask) for name, mask in regions.items()}


def load_plates(name: str) -> Plates:
    """Load a design's plates as baked, but with a film that does not bend light."""
    library = DesignLibrary.open()
    plates = library.load(next(design for design in library.designs if design.name == name))
    return replace(plates, shift=np.zeros_like(plates.shift))


def add_plates(plates: Plates, subject: Subject) -> Floats:
    """Sum plates as the product does, over a lit table: HW3 float32, linear, the plates' size."""
    inlay, appearance = Inlay(subject.cover, plates), EnvelopeAppearance(closure=subject.closure)
    lights = gather_light(inlay, plates, appearance, 0, plates.height)
    share = plates.sample_background_share(0, plates.height)[..., None]
    table = np.array(subject.table, np.float32)
    return np.asarray(np.stack(lights, axis=-1) + share * table, np.float32)


def trace(design: Design, subject: Subject, size: Size, samples: int) -> tuple[Floats, Floats]:
    """Path-trace the whole scene twice, with the plates' exposure: HW3 float32, linear."""
    mi: Any = import_module("mitsuba")
    render: Any = import_module("tools.bake.render")
    scene: Any = import_module("tools.bake.scene")
    exposure = json.loads((PLATES / f"{design.name}.json").read_text())["exposure"]
    white = (1.0, 1.0, 1.0)
    bare = np.zeros((*size[::-1], 3), np.float32)
    lights = import_module("tools.bake.lights").studio(design.lights)
    loaded = mi.load_dict(scene.build_table(design.frame, lights, {"table": white}, size))
    for number in range(8):
        bare += np.array(mi.render(loaded, spp=render.BATCH, seed=number)) / 8
    bare = np.dstack([smooth(np.ascontiguousarray(bare[..., channel])) for channel in range(3)])
    # The rows of a rectangle's texture run upwards.
    table = (np.asarray(subject.table, np.float32) / (exposure * bare))[::-1]
    paints = {
        "cover": linear_from_srgb(subject.cover), "plastic": white, "table": table,
        "pages": tuple(render.PAPER * tint for tint in PAGE_TINT),
        "closure": tuple(linear_from_srgb(np.array(subject.closure, np.uint8)).tolist()),
    }  # fmt: skip
    sheets = film.sheets(design.frame, design.film)
    loaded = mi.load_dict(scene.build(design.frame, sheets, lights, paints, size))
    out = []
    rounds = -(-samples // render.BATCH)
    for start in (0, 1):
        total, started = np.zeros((*size[::-1], 3), np.float32), time.monotonic()
        for number in range(rounds):
            seed = 1_000_000 * (start + 1) + number  # different from the baker's
            total += np.array(mi.render(loaded, spp=render.BATCH, seed=seed)) / rounds
        out.append(total * np.float32(exposure))
        print(f"  {design.name}: {samples} samples in {time.monotonic() - started:.0f} s",
              file=sys.stderr)  # fmt: skip
    return out[0], out[1]


def measure(seen: tuple[Floats, ...], mask: NDArray[np.bool_]) -> dict[str, float]:
    """Compare the sum with the mean of both renders, and the renders with each other.

    The noise of the two renders is independent, so the mean product of the sum's differences from
    both is its mean squared distance from a render without noise.

    Args:
        seen: the sum and two renders of the same scene, HW3 float32, sRGB-encoded, [0, 1].
        mask: HW, the pixels to compare.

    Returns:
        ratio: the sum's root mean square error divided by a render's noise. psnr (dB) and ssim: the
        sum against the renders' mean. clean: the sum's PSNR without the renders' noise, dB.
        noise_psnr (dB) and noise_ssim: one render against the other.
    """
    summed, first, second = seen
    truth = np.asarray((first + second) / 2, np.float32)
    error = float(np.mean((summed - truth)[mask] ** 2))
    between = float(np.mean((first - second)[mask] ** 2))
    product = float(np.mean(((summed - first) * (summed - second))[mask]))
    return {
        "ratio": math.sqrt(max(product, 0) / (between / 2)),
        "clean": -10 * math.log10(max(product, 1e-9)),
        "psnr": -10 * math.log10(error),
        "noise_psnr": -10 * math.log10(between),
        "ssim": float(similarity(summed, truth)[mask].mean()),
        "noise_ssim": float(similarity(first, second)[mask].mean()),
    }


def similarity(a: Floats, b: Floats) -> Floats:
    """Compute the SSIM of two pictures' luma per pixel. Source: Wang et al., 2004; sigma 1.5."""

    def blur(picture: Floats) -> Floats:
        return np.asarray(cv2.GaussianBlur(picture, (11, 11), 1.5), np.float32)

    a, b = (np.asarray(cv2.cvtColor(p, cv2.COLOR_RGB2GRAY), np.float32) for p in (a, b))
    mean_a, mean_b = blur(a), blur(b)
    var_a, var_b = blur(a * a) - mean_a**2, blur(b * b) - mean_b**2
    both = blur(a * b) - mean_a * mean_b
    c1, c2 = 0.01**2, 0.03**2
    above = (2 * mean_a * mean_b + c1) * (2 * both + c2)
    return np.asarray(above / ((mean_a**2 + mean_b**2 + c1) * (var_a + var_b + c2)), np.float32)


if __name__ == "__main__":
    main()
