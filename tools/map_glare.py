"""Stored plates -> the small maps over the cover by which a variant is chosen, in its description.

Run by hand after a bake, for plates that were stored without: `python -m tools.map_glare`.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poster.envelope.choice import map_over_cover
from poster.envelope.stock import Stock

PLATES = Path(__file__).resolve().parents[1] / "poster" / "assets" / "plates"


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
    for name in names:
        file = folder / f"{name}.json"
        about: dict[str, Any] = json.loads(file.read_text())
        file.write_text(json.dumps({"glare_map": [[0]], "cord_map": [[0]], **about}))
    stock = Stock.open(folder)
    for variant in stock.variants:
        plates = stock.load(variant)
        file = folder / f"{variant.name}.json"
        about = json.loads(file.read_text())
        cord = plates.on_closure * np.float32(1 / 255)
        about["glare_map"] = rounded(
            map_over_cover(plates.glare + plates.plastic, plates.cover_quad)
        )
        about["cord_map"] = rounded(map_over_cover(cord, plates.cover_quad))
        file.write_text(json.dumps(about, indent=2) + "\n")


def rounded(cells: NDArray[np.float32]) -> list[list[float]]:
    """A map for JSON; a ten thousandth of radiance is never seen."""
    return [[round(float(cell), 4) for cell in row] for row in cells]


if __name__ == "__main__":
    main()
