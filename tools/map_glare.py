"""Stored plates -> the small maps over the cover by which a variant is chosen, in its description.

Run by hand where a bake has stored plates without them: `python -m tools.map_glare`.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

from poster.envelope.choice import describe_maps
from poster.envelope.stock import Stock

PLATES = Path(__file__).resolve().parents[1] / "poster" / "assets" / "plates"
NO_MAPS = {"glare_map": [[0.0]], "cord_map": [[0.0]]}


def main() -> None:
    """Describe every variant of the index."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plates", type=Path, default=PLATES)
    describe(parser.parse_args().plates)


def describe(folder: Path) -> None:
    """Measure and write the maps of every variant.

    Args:
        folder: where the plates lie.
    """
    names = json.loads((folder / "index.json").read_text())["variants"]
    files = [folder / f"{name}.json" for name in names]
    # A description without maps is damaged to the product.
    for file in files:
        about: dict[str, Any] = json.loads(file.read_text())
        file.write_text(json.dumps({**NO_MAPS, **about}, indent=1) + "\n")
    stock = Stock.open(folder)
    for variant, file in zip(stock.variants, files, strict=True):
        plates = stock.load(variant)
        cord = plates.on_closure * np.float32(1 / 255)
        maps = describe_maps(plates.glare + plates.plastic, cord, plates.cover_quad)
        about = json.loads(file.read_text()) | maps
        file.write_text(json.dumps(about, indent=1) + "\n")


if __name__ == "__main__":
    main()
