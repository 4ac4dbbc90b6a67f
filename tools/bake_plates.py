"""A scene, a seed and a number of samples -> the envelope's plates, path-traced by Mitsuba.

Run by hand, never by the product: `python -m tools.bake_plates --help`. Needs the `bake` extra and
LLVM's shared library. Knows no cover: what the magazine shows is put in later, by
`poster.envelope.composite`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import time
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tools.bake import frame

Floats = NDArray[np.float32]
PLATES = Path(__file__).resolve().parents[1] / "poster" / "assets" / "plates"
CODES = 4095  # 12 bits, square-root coded: finer than an 8-bit sRGB step everywhere
BRIGHTEST = 4.0  # radiance; what is brighter is white to the composite anyway
PAPER = 0.90  # radiance of a white cover's typical spot once exposed, so that white stays below 1


def find_llvm() -> None:
    """Tell Dr.Jit where LLVM is.

    Raises:
        SystemExit: there is none.
    """
    if os.environ.get("DRJIT_LIBLLVM_PATH"):
        return
    folders = ("/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib")
    found = [p for folder in folders for p in Path(folder).glob("libLLVM*.so*") if p.is_file()]
    if not found:
        raise SystemExit("no LLVM library: apt-get install libllvm19, or set DRJIT_LIBLLVM_PATH")
    newest = max(found, key=lambda p: [int(n) for n in re.findall(r"\d+", p.name)])
    os.environ["DRJIT_LIBLLVM_PATH"] = str(newest)


def render(width: int, samples: int, seed: int, batch: int) -> tuple[Floats, Floats]:
    """Path-trace both plates at once.

    Args:
        width: of the picture in pixels.
        samples: paths a pixel, rounded up to whole batches.
        seed: of creases and paths.
        batch: paths a pixel traced together; bounds the memory.

    Returns:
        The black-covered plate (HW3) and the light a cover of reflectance 1 adds to it (HW),
        float32, linear, noisy.
    """
    mi: Any = import_module("mitsuba")  # only now: it looks for LLVM
    mi.set_variant("llvm_ad_rgb")
    from tools.bake import materials, scene  # noqa: PLC0415 - they want the variant

    loaded: Any = mi.load_dict(scene.build(seed, width))
    height = round(width * frame.FRAME_H / frame.FRAME_W)
    total = np.zeros((height, width, 3), np.float32)
    started = time.monotonic()
    rounds = -(-samples // batch)
    for number in range(rounds):
        total += np.array(mi.render(loaded, spp=batch, seed=seed * 1000 + number))
        print(f"{(number + 1) * batch} samples, {time.monotonic() - started:.0f} s", flush=True)
    mean = np.asarray(total / rounds, np.float32)
    red = materials.red_from(mean[..., 1], mean[..., 2])
    response = np.maximum(mean[..., 0] - red, 0) / scene.COVER_REFLECTANCE
    glare = np.dstack([red, mean[..., 1], mean[..., 2]])
    return np.asarray(glare, np.float32), np.asarray(response, np.float32)


def denoise(picture: Floats) -> Floats:
    """Intel Open Image Denoise, HDR; a mono picture is denoised as grey."""
    oidn: Any = import_module("mitsuba_oidn")
    colour = picture if picture.ndim == 3 else np.dstack([picture] * 3)
    clean = np.asarray(oidn.denoise(np.ascontiguousarray(colour), hdr=True), np.float32)
    return np.maximum(clean if picture.ndim == 3 else clean.mean(axis=2), 0)


def expose(glare: Floats, response: Floats) -> tuple[Floats, Floats]:
    """Scale both plates so that the middle of a white cover comes out at PAPER."""
    scale = np.float32(PAPER / np.median(response[response > 0.1 * response.max()]))
    return glare * scale, response * scale


def encode(plate: Floats) -> tuple[bytes, float]:
    """Square-root code a plate into a 16-bit PNG of which 12 bits vary.

    Args:
        plate: HW or HW3 float32, linear, 0 and up.

    Returns:
        The file's bytes and the radiance that its highest code stands for.
    """
    most = min(float(plate.max()), BRIGHTEST)
    codes = np.sqrt(np.clip(plate / most, 0, 1)) * CODES + 0.5
    colour = codes.astype(np.uint16) * np.uint16(16)
    if colour.ndim == 3:
        colour = cv2.cvtColor(colour, cv2.COLOR_RGB2BGR)
    done, png = cv2.imencode(".png", colour, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    if not done:
        raise SystemExit("the plate could not be written as PNG")
    return png.tobytes(), most


def store(folder: Path, name: str, glare: Floats, response: Floats, made: dict[str, Any]) -> None:
    """Write the pair, its description and the map that places a cover."""
    height, width = response.shape
    about: dict[str, Any] = {
        "size": [width, height],
        "cover_quad": frame.cover_quad((width, height)),
        "stretch_row": frame.stretch_row((width, height)),
        "coding": "radiance = max * (code / 65520) ** 2; the low 4 of 16 bits are zero",
        **made,
    }
    folder.mkdir(parents=True, exist_ok=True)
    for part, plate in (("glare", glare), ("response", response)):
        png, most = encode(plate)
        (folder / f"{name}_{part}.png").write_bytes(png)
        about[part] = {"max": most, "sha256": hashlib.sha256(png).hexdigest()}
        print(f"{name}_{part}.png {len(png) / 1e6:.2f} MB, max {most:.3f}")
    (folder / f"{name}.json").write_text(json.dumps(about, indent=2) + "\n")


def main() -> None:
    """Bake one pair."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--name", default="classic")
    parser.add_argument("--width", type=int, default=1536, help="pixels; the height follows")
    parser.add_argument("--samples", type=int, default=192, help="paths a pixel")
    parser.add_argument("--batch", type=int, default=4, help="paths a pixel traced at once")
    parser.add_argument("--seed", type=int, default=4, help="of the film's creases and the paths")
    parser.add_argument("--out", type=Path, default=PLATES)
    parser.add_argument("--preview", action="store_true", help="512 wide, 16 samples")
    args = parser.parse_args()
    find_llvm()
    width, samples = (512, 16) if args.preview else (args.width, args.samples)
    glare, response = render(width, samples, args.seed, args.batch)
    glare, response = expose(denoise(glare), denoise(response))
    made = {"samples": samples, "seed": args.seed, "mitsuba": version("mitsuba"),
            "mitsuba-oidn": version("mitsuba-oidn")}  # fmt: skip
    store(args.out, args.name, glare, response, made)


if __name__ == "__main__":
    main()
