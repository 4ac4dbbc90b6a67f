"""Records of docs/gallery -> the gallery's pictures beside them, the wall, and the pages.

    python -m tools.make_gallery [NAME ...]

Each record of covers.json and envelopes.json names a benchmark photo and a request; the studio
engine makes the picture. pages.json has the text of the page in each language. Photos that may not
be shown with words on them are rejected.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.colour import linear_from_srgb, srgb_from_linear
from poster.cover.layout.styles import STYLES
from poster.encode import encode_image
from poster.envelope.composite import composite_envelope
from poster.envelope.design_library import DesignLibrary
from poster.pipeline import Pipeline
from poster.plan import plan_appearance
from poster.request import PosterRequest
from poster.settings import Settings

ROOT = Path(__file__).parents[1]
GALLERY = ROOT / "docs" / "gallery"
PHOTOS = ROOT / "bench" / "photos"

Record = dict[str, Any]
Image = NDArray[np.uint8]

WIDTH = 560
"""Width of a picture in pixels: a third of a page's width on a screen with 2x pixel density."""
QUALITY = 86
SEED = 7
COLUMNS, CELL, GAP = 5, 320, 16
"""Of the wall: covers per row, their width and the gap between them, in pixels."""
GROUND = (228, 230, 231)
"""Background in BGR, a light grey, because paper covers would disappear on white."""


def read_records() -> tuple[list[Record], list[Record]]:
    """Read the gallery's covers and envelopes, and add their photos' licences.

    Returns:
        name, shows (by language), photo, licence and request of each; a record with `of` starts
        from that cover's request.

    Raises:
        SystemExit: a photo may not be shown with words on it.
    """
    photos = {photo["name"]: photo for photo in json.loads((PHOTOS / "photos.json").read_text())}
    covers, envelopes = (
        json.loads((GALLERY / f"{kind}.json").read_text("utf-8"))
        for kind in ("covers", "envelopes")
    )
    requests = {record["name"]: record["request"] for record in covers}
    for record in (*covers, *envelopes):
        record["licence"] = photos[record["photo"]]["licence"]
        # Share-alike licences would extend to the pictures; private people must not be captioned.
        if "-SA-" in record["licence"] or record["photo"].startswith("oath_"):
            raise SystemExit(f"{record['photo']}: its licence or subject does not allow a cover")
        record["request"] = {
            "seed": SEED,
            **requests.get(record.get("of"), {}),
            **record["request"],
        }
    return covers, envelopes


def make_picture(pipeline: Pipeline, record: Record) -> Image:
    """Make one picture of the gallery.

    Args:
        pipeline: makes posters.
        record: from read_records().

    Returns:
        HWC uint8, sRGB, [0, 255], of the requested size.
    """
    photo = (PHOTOS / f"{record['photo']}.jpg").read_bytes()
    lines = tuple(record["request"].get("coverlines", ()))
    request = PosterRequest(image=photo, **{**record["request"], "coverlines": lines})
    if "variant" in record:
        return make_in_design(record["variant"], pipeline, request)
    poster = pipeline.make(request)
    picture = poster.cover if request.stage == "cover" else poster.envelope
    if picture is None:
        raise SystemExit(f"{record['name']}: the request made no picture")
    return composite_over(picture, record["over"]) if "over" in record else picture


def make_in_design(design: str, pipeline: Pipeline, request: PosterRequest) -> Image:
    """Composite a cover into a named envelope design, rather than into one of the calmest.

    Args:
        design: name in the library.
        pipeline: makes posters.
        request: of the cover and the envelope's look.

    Returns:
        HWC uint8, sRGB, [0, 255], of the requested size.
    """
    cover = pipeline.make(replace(request, stage="cover")).cover
    library = DesignLibrary.open()
    [named] = [one for one in library.designs if one.name == design]
    if cover is None:
        raise SystemExit(f"{design}: the request made no cover")
    plates = library.fitted(named, request.page_size.width, request.page_size.height)
    return composite_envelope(cover, plates, plan_appearance(request), SEED)


def composite_over(picture: Image, photo: str) -> Image:
    """Composite a picture with alpha over the middle of a photo, in linear light.

    Args:
        picture: HW4 uint8, sRGB with straight alpha.
        photo: name of a benchmark photo.

    Returns:
        HW3 uint8, sRGB, [0, 255].
    """
    below = cv2.imread(str(PHOTOS / f"{photo}.jpg"))
    if below is None:
        raise SystemExit(f"{photo}.jpg is missing")
    height, width = picture.shape[:2]
    scale = max(height / below.shape[0], width / below.shape[1])
    below = cv2.resize(below, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    top, left = (below.shape[0] - height) // 2, (below.shape[1] - width) // 2
    seen = cv2.cvtColor(below[top : top + height, left : left + width], cv2.COLOR_BGR2RGB)
    share = picture[..., 3:].astype(np.float32) / 255
    above, ground = (linear_from_srgb(np.asarray(p, np.uint8)) for p in (picture[..., :3], seen))
    light = np.asarray(ground + (above - ground) * share, np.float32)
    return np.asarray(np.rint(255 * srgb_from_linear(light)), np.uint8)


def store(name: str, picture: Image) -> None:
    """Store a picture in the gallery, scaled down to WIDTH."""
    height = round(WIDTH * picture.shape[0] / picture.shape[1])
    small = cv2.resize(picture, (WIDTH, height), interpolation=cv2.INTER_AREA)
    data = encode_image(np.asarray(small, np.uint8), "jpg", QUALITY, "")
    (GALLERY / f"{name}.jpg").write_bytes(data)


def hang_wall(records: list[Record]) -> Image:
    """Arrange all covers in one picture.

    Args:
        records: of covers whose pictures are already stored.

    Returns:
        HWC uint8, sRGB, [0, 255].
    """
    cells = []
    for record in records:
        cover = cv2.imread(str(GALLERY / f"{record['name']}.jpg"))
        if cover is None:
            raise SystemExit(f"{record['name']}.jpg is missing: run make_gallery {record['name']}")
        height = round(CELL * cover.shape[0] / cover.shape[1])
        small = cv2.resize(cover, (CELL, height), interpolation=cv2.INTER_AREA)
        cells.append(cv2.copyMakeBorder(small, 0, GAP, 0, GAP, cv2.BORDER_CONSTANT, value=GROUND))
    rows = [np.hstack(cells[at : at + COLUMNS]) for at in range(0, len(cells), COLUMNS)]
    return np.asarray(cv2.cvtColor(np.vstack(rows)[:-GAP, :-GAP], cv2.COLOR_BGR2RGB), np.uint8)


def read_pages() -> dict[str, Record]:
    """Read the text of the gallery's page; the styles' English descriptions come from the styles.

    Returns:
        By language: file, title, switch, introduction, styles, envelopes and about_envelopes.
    """
    pages: dict[str, Record] = json.loads((GALLERY / "pages.json").read_text("utf-8"))
    ideas = {name: style.idea for name, style in STYLES.items()}
    pages["en"]["styles"] = {name: f"{idea[0].upper()}{idea[1:]}." for name, idea in ideas.items()}
    return pages


def write_page(language: str, covers: list[Record], envelopes: list[Record]) -> str:
    """Write the gallery's page in one language.

    Args:
        language: a key of read_pages().
        covers: from read_records().
        envelopes: from read_records().

    Returns:
        Markdown: a table of covers for each style, and one of envelopes.
    """
    words = read_pages()[language]
    page = [f"# {words['title']}", "", words["switch"], "", *words["introduction"], ""]
    for style in STYLES:
        own = [record for record in covers if record["request"]["style"] == style]
        captions = [
            f"{record['request']['title']} ({record['request']['language']}); "
            f"{record['shows'][language]}, {record['licence']}"
            for record in own
        ]
        page += [f"## {style}", words["styles"][style], "", *_table(language, own, captions), ""]
    page += [f"## {words['envelopes']}", *words["about_envelopes"], ""]
    for at in range(0, len(envelopes), 4):
        row = envelopes[at : at + 4]
        captions = [f"{record['shows'][language]}; {record['licence']}" for record in row]
        page += [*_table(language, row, captions), ""]
    return "\n".join(page)


def _table(language: str, records: list[Record], captions: list[str]) -> list[str]:
    pictures = [f"![{one['shows'][language]}](gallery/{one['name']}.jpg)" for one in records]
    return [f"| {' | '.join(cells)} |" for cells in (pictures, ["---"] * len(records), captions)]


def store_pages(covers: list[Record], envelopes: list[Record]) -> None:
    """Store the gallery's page in every language."""
    for language, words in read_pages().items():
        page = write_page(language, covers, envelopes)
        (GALLERY.parent / words["file"]).write_text(page, "utf-8")


def main() -> None:
    """Make the named pictures, or all of them; then the overview and the pages."""
    covers, envelopes = read_records()
    records = {record["name"]: record for record in (*covers, *envelopes)}
    wanted = sys.argv[1:] or list(records)
    if unknown := set(wanted) - set(records):
        raise SystemExit(f"not in the gallery: {', '.join(sorted(unknown))}")
    pipeline = Pipeline.open(Settings(engine="studio"))
    for name in wanted:
        store(name, make_picture(pipeline, records[name]))
        print(name, flush=True)
    (GALLERY / "wall.jpg").write_bytes(encode_image(hang_wall(covers), "jpg", QUALITY, ""))
    store_pages(covers, envelopes)


if __name__ == "__main__":
    main()
