"""docs/gallery/covers.json -> the gallery's pictures beside it, the wall, and the page.

    python -m tools.make_gallery [NAME ...]

Each record names one of the benchmark's photos and a request; the picture is what the studio
engine makes of them. Only photos that may be shown with words on them are taken. Knows no engine
but studio.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.cover.styles import STYLES
from poster.encode import encode_image
from poster.maker import Maker
from poster.request import PosterRequest
from poster.settings import Settings

ROOT = Path(__file__).parents[1]
GALLERY = ROOT / "docs" / "gallery"
PHOTOS = ROOT / "bench" / "photos"

WIDTH = 560
"""Pixels: a third of a page's width on a screen of twice the dots."""
QUALITY = 86
SEED = 7
COLUMNS, CELL, GAP = 5, 320, 16
"""Of the wall: covers in a row, their width in pixels, and the ground between them."""
GROUND = (228, 230, 231)
"""BGR, a light grey: paper covers would run into white."""


def read_records() -> list[dict[str, Any]]:
    """The gallery's covers, with their photo's licence.

    Returns:
        name, shows, photo, licence and request of each.

    Raises:
        SystemExit: a photo may not be shown so.
    """
    photos = {photo["name"]: photo for photo in json.loads((PHOTOS / "photos.json").read_text())}
    records: list[dict[str, Any]] = json.loads((GALLERY / "covers.json").read_text("utf-8"))
    for record in records:
        record["licence"] = photos[record["photo"]]["licence"]
        # Share-alike would bind the pictures; words on private people would bind them worse.
        if "-SA-" in record["licence"] or record["photo"].startswith("oath_"):
            raise SystemExit(f"{record['photo']} may be measured, not shown")
    return records


def make_picture(maker: Maker, record: dict[str, Any]) -> None:
    """Make one cover and store it, reduced.

    Args:
        maker: makes posters.
        record: from read_records().
    """
    photo = (PHOTOS / f"{record['photo']}.jpg").read_bytes()
    words = {**record["request"], "coverlines": tuple(record["request"]["coverlines"])}
    request = PosterRequest(image=photo, stage="cover", seed=SEED, **words)
    cover = maker.make(request).cover
    if cover is None:
        raise SystemExit(f"{record['name']}: no cover was made")
    height = round(WIDTH * cover.shape[0] / cover.shape[1])
    small = np.asarray(cv2.resize(cover, (WIDTH, height), interpolation=cv2.INTER_AREA), np.uint8)
    (GALLERY / f"{record['name']}.jpg").write_bytes(encode_image(small, "jpg", QUALITY, ""))


def hang_wall(records: list[dict[str, Any]]) -> NDArray[np.uint8]:
    """All covers in one picture.

    Args:
        records: from read_records(); their pictures are stored.

    Returns:
        HWC uint8, sRGB, [0, 255].
    """
    cells = []
    for record in records:
        cover = cv2.imread(str(GALLERY / f"{record['name']}.jpg"))
        if cover is None:
            raise SystemExit(f"{record['name']}.jpg is missing: make it first")
        height = round(CELL * cover.shape[0] / cover.shape[1])
        small = cv2.resize(cover, (CELL, height), interpolation=cv2.INTER_AREA)
        cells.append(cv2.copyMakeBorder(small, 0, GAP, 0, GAP, cv2.BORDER_CONSTANT, value=GROUND))
    rows = [np.hstack(cells[at : at + COLUMNS]) for at in range(0, len(cells), COLUMNS)]
    return np.asarray(cv2.cvtColor(np.vstack(rows)[:-GAP, :-GAP], cv2.COLOR_BGR2RGB), np.uint8)


def write_page(records: list[dict[str, Any]]) -> str:
    """The page that shows the gallery.

    Args:
        records: from read_records().

    Returns:
        Markdown: a table of covers for each style.
    """
    page = ["# Gallery", "", INTRODUCTION, ""]
    for style in STYLES.values():
        own = [record for record in records if record["request"]["style"] == style.name]
        page += [f"## {style.name}", f"{style.idea[0].upper()}{style.idea[1:]}.", ""]
        page += [_row([_picture(record) for record in own]), _row(["---"] * len(own))]
        page += [_row([_caption(record) for record in own]), ""]
    return "\n".join(page)


INTRODUCTION = """Covers in every style, over several scripts and kinds of photo, all by the studio
engine on a CPU with seed 7. [covers.json](gallery/covers.json) has each request,
`python -m tools.make_gallery` makes them again, and
[the photos' provenance](../bench/photos/PROVENANCE.md) names who took them."""


def _picture(record: dict[str, Any]) -> str:
    title = record["request"]["title"]
    return f"![{title}: {record['shows']}](gallery/{record['name']}.jpg)"


def _caption(record: dict[str, Any]) -> str:
    request = record["request"]
    return f"{request['title']} ({request['language']}); {record['shows']}, {record['licence']}"


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Make the pictures that are named, or all, then the wall and the page."""
    records = read_records()
    wanted = set(sys.argv[1:]) or {record["name"] for record in records}
    if unknown := wanted - {record["name"] for record in records}:
        raise SystemExit(f"covers.json has no {', '.join(sorted(unknown))}")
    maker = Maker.open(Settings(engine="studio"))
    for record in records:
        if record["name"] in wanted:
            make_picture(maker, record)
            print(record["name"], flush=True)
    (GALLERY / "wall.jpg").write_bytes(encode_image(hang_wall(records), "jpg", QUALITY, ""))
    (GALLERY.parent / "gallery.md").write_text(write_page(records), "utf-8")


if __name__ == "__main__":
    main()
