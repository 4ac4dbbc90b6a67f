"""How type sits on 55 photos: our layout against fixed, random and centred positions.

Prints the ratio first: the best of the three baselines divided by ours. All four set the same
words, with a different title for each photo; the baselines use the classic style and the middle of
the photo. Occlusion is the mean matte under the boxes of type, readability the mean gradient there
(in floating point); for both, lower is better.

Then checks our covers: whether each block and each letter reaches its minimum contrast, how much of
the title the subject hides, and whether OCR reads the title on the finished cover, separately for
titles with and without something in front of them, compared with the same lines in black on white.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.press import cut_lines, line_boxes
from bench.readers import Reader, find_reader, name_reader
from bench.title_sets import TITLE_SETS, read_titles
from bench.type_accuracy import closeness, tidy
from poster.colour import parse_hex
from poster.cover.ink.compose import MAX_HIDDEN, MAX_LETTER_HIDDEN
from poster.cover.ink.contrast_search import LETTER_SHARE
from poster.cover.ink.score import score_layout
from poster.cover.layout.dummy import CoverText, safe_area
from poster.cover.layout.galley import Galley
from poster.cover.layout.styles import CLASSIC, STYLES
from poster.geometry import Box
from poster.photo.decode import DecodeBounds, decode
from poster.photo.resample import resample, resample_matte
from poster.pipeline import Pipeline
from poster.plan import read_copy
from poster.request import LIMITS, PosterRequest
from poster.result import Block, LayoutScores
from poster.settings import Settings
from poster.typography.contrast import MASTHEAD_FLOOR, TEXT_FLOOR

PHOTOS = Path(__file__).parent / "photos"
WIDTH, HEIGHT = 1024, 1472
QUICK = 8
WORDS = {
    "coverlines": ["First light | What the crew saw", "Home at last | A long way down", "Dust"],
    "kicker": "The Summer Issue",
    "issue": "No. 14, 2026",
}
MEASURES = ("occlusion", "readability", "overlap", "alignment")
_BOUNDS = DecodeBounds(
    max_bytes=LIMITS.image_bytes,
    max_pixels=LIMITS.image_pixels,
    max_side=LIMITS.image_long_side,
    min_side=LIMITS.image_short_side,
)

_LANGUAGE = "en"
_TITLES = next(titles for titles in TITLE_SETS if titles.languages == (_LANGUAGE,))

_UNHIDDEN = 0.01
"""A matte's soft edge can hide this share of a letter without any visible overlap."""

Place = Callable[[list[tuple[int, int]], int], list[Box]]
"""Widths and heights of blocks, the masthead's first, and a seed -> the blocks' boxes."""


@dataclass(frozen=True)
class Reading:
    """What OCR read of a title, on the finished cover and in black on white.

    Args:
        wanted: the title.
        on_cover: the text read on the cover.
        on_white: the text read in black on white.
    """

    wanted: str
    on_cover: str
    on_white: str


@dataclass(frozen=True)
class Row:
    """The results of one photo with one way of placing type.

    Args:
        kind: kind of the photo.
        scores: scores of the layout.
        on_faces: number of blocks on a face, without the masthead.
        under_floor: number of blocks below their minimum contrast; not counted for baselines.
        letters_under: number of blocks with a letter below its share of that minimum.
        hidden: share of the masthead's ink behind the subject.
        letter_hidden: hidden share of the letter that is hidden most.
        style: the chosen style.
        reading: what OCR read; None if no reader is installed.
    """

    kind: str
    scores: LayoutScores
    on_faces: int
    under_floor: int = 0
    letters_under: int = 0
    hidden: float = 0.0
    letter_hidden: float = 0.0
    style: str = ""
    reading: Reading | None = None


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help=f"only the first {QUICK} photos")
    parser.add_argument("--json", action="store_true", help="print one line of JSON at the end")
    options = parser.parse_args()
    photos = json.loads((PHOTOS / "photos.json").read_text(encoding="utf-8"))
    figures = measure(photos[:QUICK] if options.quick else photos)
    best = {name: figures["ratio"][name] for name in ("occlusion", "readability")}
    print("best baseline over ours: " + ", ".join(f"{k} {v:.1f}x" for k, v in best.items()))
    print(f"{'':22}{'n':>4}" + "".join(f"{name:>13}" for name in MEASURES) + f"{'on faces':>10}")
    for way, kinds in figures["means"].items():
        for kind, row in kinds.items():
            cells = "".join(f"{row[name]:13.4f}" for name in MEASURES)
            print(f"{way + ', ' + kind:22}{row['n']:4}{cells}{row['on_faces']:10}")
    print("ours:", ", ".join(f"{name} {value}" for name, value in figures["ours"].items()))
    for where, reading in figures["titles"].items():
        print(
            f"titles read, {where}: {reading['exact']:.1%} of {reading['n']} without an error "
            f"(in black on white {reading['ceiling']:.1%}), NED {reading['ned']:.3f}"
        )
        for fault in reading["misread"]:
            print(f"    {fault}")
    if not figures["titles"]:
        print(f"titles read: not measured (not installed: {name_reader(_LANGUAGE)})")
    if options.json:
        print(json.dumps(figures))


def measure(photos: list[dict[str, str]]) -> dict[str, dict]:  # type: ignore[type-arg]
    """Place type on every photo in each way, and summarise."""
    pipeline = Pipeline.open(Settings(engine="studio"))
    reader = find_reader(_LANGUAGE)
    titles = [title.text for title in read_titles(_TITLES)]
    rows: dict[str, list[Row]] = {way: [] for way in ("ours", *BASELINES)}
    for number, photo in enumerate(photos):
        request = PosterRequest.from_mapping(
            {
                **WORDS,
                "title": titles[number * len(titles) // len(photos)],
                "image": (PHOTOS / f"{photo['name']}.jpg").read_bytes(),
                "stage": "cover",
                "seed": number,
                "width": WIDTH,
                "height": HEIGHT,
            }
        )
        rows["ours"].append(place_ours(pipeline, request, photo["kind"], reader))
        for way, place in BASELINES.items():
            rows[way].append(place_plainly(pipeline, request, photo["kind"], place, number))
        print(f"{number + 1} of {len(photos)}: {photo['name']}", file=sys.stderr)
    return summarise(rows)


def place_ours(pipeline: Pipeline, request: PosterRequest, kind: str, reader: Reader | None) -> Row:
    """Make a cover with the product."""
    poster = pipeline.make(request)
    assert poster.cover is not None  # noqa: S101 - a cover was asked for
    assert poster.receipt.layout is not None  # noqa: S101 - with type
    faces = [face.box for face in pipeline.face_net.find(poster.cover)]
    masthead, *others = poster.receipt.blocks
    floors = [MASTHEAD_FLOOR, *(TEXT_FLOOR for _ in others)]
    held = list(zip(poster.receipt.blocks, floors, strict=True))
    return Row(
        kind,
        poster.receipt.layout,
        on_faces=sum(any(block.box.overlaps(face) for face in faces) for block in others),
        under_floor=sum(block.contrast < floor for block, floor in held),
        letters_under=sum(block.letter_contrast < LETTER_SHARE * floor for block, floor in held),
        hidden=masthead.hidden,
        letter_hidden=masthead.letter_hidden,
        style=poster.receipt.style,
        reading=(
            read_title(pipeline, request, poster.cover, masthead, poster.receipt.style, reader)
            if reader
            else None
        ),
    )


def read_title(
    pipeline: Pipeline,
    request: PosterRequest,
    cover: NDArray[np.uint8],
    masthead: Block,
    style_name: str,
    reader: Reader,
) -> Reading:
    """Read a title line by line on the finished cover."""
    style = STYLES[style_name]
    block = Galley(read_copy(request), style, WIDTH, HEIGHT, pipeline.typesetter).masthead
    boxes = list(line_boxes(block.ink, len(block.lines), masthead.box))
    inked = np.zeros(cover.shape[:2], np.uint8)
    inked[masthead.box.slices] = block.ink
    white = np.repeat(255 - inked[..., None], 3, axis=2)
    on_cover = reader.read(cut_lines(cover, boxes, parse_hex(masthead.colour)))
    on_white = reader.read(cut_lines(white, boxes, (0, 0, 0)))
    texts = (request.title, " ".join(on_cover), " ".join(on_white))
    return Reading(*(tidy(text, _TITLES) for text in texts))


def place_plainly(
    pipeline: Pipeline, request: PosterRequest, kind: str, place: Place, seed: int
) -> Row:
    """Take the photo's middle, and place type as a baseline does."""
    pixels = decode(request.image, _BOUNDS).pixels
    height, width = pixels.shape[:2]
    columns = min(width, height * WIDTH // HEIGHT)
    rows = min(height, columns * HEIGHT // WIDTH)
    x, y = (width - columns) // 2, (height - rows) // 2
    window = (x, y, x + columns, y + rows)
    picture = resample(pixels, window, WIDTH, HEIGHT)
    matte = resample_matte(pipeline.subject_net.matte(pixels), window, WIDTH, HEIGHT)
    boxes = place(set_blocks(pipeline, read_copy(request)), seed)
    faces = [face.box for face in pipeline.face_net.find(picture)]
    on_faces = sum(any(box.overlaps(face) for face in faces) for box in boxes[1:])
    return Row(kind, score_layout(picture, matte, boxes), on_faces)


def set_blocks(pipeline: Pipeline, text: CoverText) -> list[tuple[int, int]]:
    """Return the sizes of the blocks: the masthead first, then each line as one block."""
    galley = Galley(text, CLASSIC, WIDTH, HEIGHT, pipeline.typesetter)
    small = [block for block in (galley.kicker, galley.folio) if block]
    inks: Iterable[NDArray[np.uint8]] = (galley.masthead.ink, *(block.ink for block in small))
    sizes = [(ink.shape[1], ink.shape[0]) for ink in inks]
    return sizes + [(group["left"].width, group["left"].height) for group in galley.groups(1.0)]


def fixed_places(sizes: list[tuple[int, int]], _seed: int) -> list[Box]:
    """Place the masthead at the top, and all other blocks down the left margin from the middle."""
    safe = safe_area(WIDTH, HEIGHT)
    boxes, y = [], safe.y0
    for number, (width, height) in enumerate(sizes):
        y = max(y, HEIGHT // 2) if number == 1 else y
        boxes.append(Box(safe.x0, y, safe.x0 + width, y + height))
        y += height + 40
    return boxes


def random_places(sizes: list[tuple[int, int]], seed: int) -> list[Box]:
    """Place blocks at random in the safe area, if possible without overlaps."""
    dice = np.random.default_rng(seed)
    safe = safe_area(WIDTH, HEIGHT)
    boxes: list[Box] = []
    for width, height in sizes:
        for _ in range(200):
            x = int(dice.integers(safe.x0, max(safe.x0, safe.x1 - width) + 1))
            y = int(dice.integers(safe.y0, safe.y1 - height + 1))
            box = Box(x, y, x + width, y + height)
            if not any(box.overlaps(other) for other in boxes):
                break
        boxes.append(box)
    return boxes


def centre_places(sizes: list[tuple[int, int]], _seed: int) -> list[Box]:
    """Stack all blocks in the centre."""
    gap = 30
    y = (HEIGHT - sum(height + gap for _, height in sizes)) // 2
    boxes = []
    for width, height in sizes:
        x = (WIDTH - width) // 2
        boxes.append(Box(x, y, x + width, y + height))
        y += height + gap
    return boxes


BASELINES: dict[str, Place] = {
    "fixed": fixed_places,
    "random": random_places,
    "centre": centre_places,
}


def summarise_titles(rows: list[Row]) -> dict[str, dict]:  # type: ignore[type-arg]
    """Summarise how titles were read, with and without something in front of them."""
    figures = {}
    for where, is_hidden in (("nothing before them", False), ("something before them", True)):
        readings = [
            row.reading
            for row in rows
            if row.reading and (row.letter_hidden > _UNHIDDEN) is is_hidden
        ]
        if readings:
            figures[where] = {
                "n": len(readings),
                "exact": fmean(one.on_cover == one.wanted for one in readings),
                "ceiling": fmean(one.on_white == one.wanted for one in readings),
                "ned": fmean(closeness(one.wanted, one.on_cover) for one in readings),
                "misread": [
                    f"{one.wanted}: {one.on_cover or 'nothing'}; in black on white {one.on_white}"
                    for one in readings
                    if one.on_cover != one.wanted
                ],
            }
    return figures


def summarise(rows: dict[str, list[Row]]) -> dict[str, dict]:  # type: ignore[type-arg]
    """Compute means by kind of photo, and the ratios."""
    kinds = ("all", *dict.fromkeys(row.kind for row in rows["ours"]))
    means = {
        way: {kind: average([row for row in its if kind in ("all", row.kind)]) for kind in kinds}
        for way, its in rows.items()
    }
    ours = rows["ours"]
    styles = [row.style for row in ours]
    ratio = {
        name: min(means[way]["all"][name] for way in BASELINES)
        / max(means["ours"]["all"][name], 1e-9)
        for name in MEASURES
    }
    return {
        "ratio": ratio,
        "means": means,
        "titles": summarise_titles(ours),
        "ours": {
            "blocks below their contrast floor": sum(row.under_floor for row in ours),
            "blocks with a letter below its share": sum(row.letters_under for row in ours),
            f"mastheads with over {MAX_HIDDEN:.0%} of their ink hidden": sum(
                row.hidden > MAX_HIDDEN for row in ours
            ),
            f"mastheads with a letter that loses over {MAX_LETTER_HIDDEN:.0%}": sum(
                row.letter_hidden > MAX_LETTER_HIDDEN for row in ours
            ),
            **{style: styles.count(style) for style in dict.fromkeys(styles)},
        },
    }


def average(rows: list[Row]) -> dict[str, float]:
    """Compute the mean of each measure."""
    figures = {name: fmean(getattr(row.scores, name) for row in rows) for name in MEASURES}
    return {"n": len(rows), **figures, "on_faces": sum(row.on_faces for row in rows)}


if __name__ == "__main__":
    main()
