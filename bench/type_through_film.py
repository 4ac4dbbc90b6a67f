"""How readable type stays in the envelope: what OCR reads there, compared with the cover.

Prints the ratio first: the titles read without an error through the film, divided by those read
without an error on the same covers. Titles are set as in type_accuracy, and each cover is sealed
like a poster's, in an envelope whose highlights avoid its faces and its type; the title's number is
the seed. In the picture of the envelope, the lines are located only by the receipt's envelope_box,
with which the cover is rectified to its own scale.

The film greys the ink, so tesseract, which gets each pixel's distance from the ink's colour, is
given the colour that the ink has in the envelope. Texts are compared as in type_accuracy; glare is
the receipt's. The aim: in every script, at most one title in a hundred is lost.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.press import Press  # noqa: E402  # found by the line above
from bench.readers import LinePicture, find_reader, name_reader  # noqa: E402
from bench.title_sets import TITLE_SETS, Title, TitleSet, read_titles  # noqa: E402
from bench.type_accuracy import PHOTOS, closeness, read_texts, save, tidy  # noqa: E402
from poster.colour import Colour  # noqa: E402
from poster.geometry import Box, Quad  # noqa: E402

AIM = -1.0
"""The aim in percentage points."""
TITLES, QUICK_TITLES = 100, 2
"""Titles of each set, by default and with --quick, which then takes less than a minute."""


@dataclass(frozen=True)
class SealedTitle:
    """A title on a cover, and the same through the film.

    Args:
        title: the title.
        photo: name of the photo.
        style: the style.
        envelope: name of the envelope's design.
        glare: glare, as in the receipt.
        on_cover: its lines on the cover.
        through_film: its lines through the film.
    """

    title: Title
    photo: str
    style: str
    envelope: str
    glare: float
    on_cover: tuple[LinePicture, ...]
    through_film: tuple[LinePicture, ...]


@dataclass(frozen=True)
class Reading:
    """What OCR read of a title."""

    title: str
    photo: str
    style: str
    envelope: str
    glare: float
    through_film: str
    on_cover: str
    ned: float
    ned_cover: float

    @property
    def is_right(self) -> bool:
        """Whether nothing was misread through the film."""
        return self.ned == 1

    @property
    def was_right(self) -> bool:
        """Whether nothing was misread on the cover."""
        return self.ned_cover == 1


@dataclass(frozen=True)
class Figures:
    """Figures of one set of titles: shares of the titles that were read; glare, of all titles."""

    titles: int
    measured: int
    ratio: float
    exact: float
    exact_cover: float
    points: float
    ned: float
    ned_cover: float
    lost: int
    won: int
    glare: float
    missing: tuple[str, ...]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="only two titles of each set")
    parser.add_argument("--json", action="store_true", help="print one line of JSON at the end")
    parser.add_argument(
        "--titles", type=int, default=TITLES, help="titles of each set (default: 100)"
    )
    parser.add_argument("--only", metavar="NAME", help="only the set with this name in the table")
    parser.add_argument(
        "--misread", metavar="DIR", type=Path, help="store pictures of lost titles here"
    )
    options = parser.parse_args()
    chosen = [titles for titles in TITLE_SETS if options.only in {None, titles.name}]
    if not chosen:
        names = ", ".join(titles.name for titles in TITLE_SETS)
        parser.error(f"--only: unknown set {options.only}; choose from {names}")
    press = Press(PHOTOS)
    print(f"{'':21}{'ratio':>7}{'film':>7}{'cover':>7}{'points':>8}", end="")
    print(f"{'NED':>7}{'cover':>7}{'lost':>6}{'won':>5}{'glare':>8}{'titles':>8}")
    every: dict[str, Figures] = {}
    readings: dict[str, list[Reading]] = {}
    for titles in chosen:
        wanted = spread(read_titles(titles), QUICK_TITLES if options.quick else options.titles)
        done = [seal_title(press, title, number) for number, title in enumerate(wanted)]
        readings[titles.name] = read_all(done, titles, options.misread)
        every[titles.name] = sum_up(done, readings[titles.name])
        print_row(titles.name, every[titles.name])
    print_worst(every)
    if options.json:
        sets = {name: asdict(figures) for name, figures in every.items()}
        lost = {
            name: [asdict(one) for one in found if one.was_right and not one.is_right]
            for name, found in readings.items()
        }
        print(json.dumps({"sets": sets, "lost": lost}, ensure_ascii=False))


def spread(titles: Sequence[Title], count: int) -> list[Title]:
    """Select a number of titles evenly from all, or all if there are fewer."""
    count = min(count, len(titles))
    return [titles[(2 * index + 1) * len(titles) // (2 * count)] for index in range(count)]


def seal_title(press: Press, title: Title, number: int) -> SealedTitle:
    """Set a title and seal its cover; the title's running number is the envelope's seed."""
    cover = press.set_cover(title, number)
    sealed, block = press.seal(cover, number)
    if block.envelope_box is None or block.glare is None:
        raise ValueError("the engine does not report where the type is in the envelope")
    flat = flatten(sealed.image, block.box, block.envelope_box, cover.pixels.shape[:2])
    return SealedTitle(
        title,
        cover.photo,
        cover.request.style,
        sealed.variant,
        block.glare,
        cover.cut(cover.pixels, cover.ink),
        cover.cut(flat, seen_ink(flat[block.box.slices][cover.type.ink == 255])),
    )


def flatten(
    envelope: NDArray[np.uint8], box: Box, quad: Quad, shape: tuple[int, ...]
) -> NDArray[np.uint8]:
    """Rectify the cover in an envelope by the corners of one block.

    Args:
        envelope: HWC uint8, sRGB, [0, 255].
        box: the block's box on the cover.
        quad: the block's envelope_box in the receipt.
        shape: rows and columns of the cover.

    Returns:
        HWC uint8, sRGB, [0, 255], with the cover's size and the cover's coordinates.
    """
    x0, y0, x1, y1 = box.edges
    corners = np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], np.float32)
    # OpenCV's coordinates refer to pixel centres, those of boxes and quads to pixel edges.
    half = np.float32(0.5)
    matrix = cv2.getPerspectiveTransform(np.array(quad, np.float32) - half, corners - half)
    rows, columns = shape
    return np.asarray(
        cv2.warpPerspective(envelope, matrix, (columns, rows), flags=cv2.INTER_CUBIC), np.uint8
    )


def seen_ink(pixels: NDArray[np.uint8]) -> Colour:
    """Return the ink's visible colour: the median of pixels that are all ink on the cover (N3)."""
    red, green, blue = np.median(pixels, axis=0)
    return round(red), round(green), round(blue)


def read_all(done: Sequence[SealedTitle], titles: TitleSet, folder: Path | None) -> list[Reading]:
    """Read the titles for which a reader is installed, one language at a time."""
    found = []
    by_language = sorted(done, key=lambda item: item.title.language)
    for language, group in groupby(by_language, key=lambda item: item.title.language):
        members = list(group)
        reader = find_reader(language)
        if reader is None:
            continue
        films = read_texts(reader, [item.through_film for item in members])
        covers = read_texts(reader, [item.on_cover for item in members])
        for item, film, cover in zip(members, films, covers, strict=True):
            wanted, through_film, on_cover = (
                tidy(text, titles) for text in (item.title.text, film, cover)
            )
            found.append(
                Reading(
                    item.title.text,
                    item.photo,
                    item.style,
                    item.envelope,
                    item.glare,
                    through_film,
                    on_cover,
                    closeness(wanted, through_film),
                    closeness(wanted, on_cover),
                )
            )
            if folder and found[-1].was_right and not found[-1].is_right:
                save(item.through_film, folder / f"{language}_{len(found):03d}.png")
    return found


def sum_up(done: Sequence[SealedTitle], readings: Sequence[Reading]) -> Figures:
    """Compute the figures of one set."""
    count = max(len(readings), 1)
    exact = sum(reading.is_right for reading in readings) / count
    cover = sum(reading.was_right for reading in readings) / count
    languages = dict.fromkeys(item.title.language for item in done)
    missing = [name_reader(language) for language in languages if find_reader(language) is None]
    return Figures(
        titles=len(done),
        measured=len(readings),
        ratio=exact / cover if cover else 0.0,
        exact=exact,
        exact_cover=cover,
        points=100 * (exact - cover),
        ned=sum(reading.ned for reading in readings) / count,
        ned_cover=sum(reading.ned_cover for reading in readings) / count,
        lost=sum(reading.was_right and not reading.is_right for reading in readings),
        won=sum(reading.is_right and not reading.was_right for reading in readings),
        glare=sum(item.glare for item in done) / len(done),
        missing=tuple(dict.fromkeys(missing)),
    )


def print_row(name: str, figures: Figures) -> None:
    """Print one line of the table."""
    if figures.measured:
        print(
            f"{name:21}{figures.ratio:7.3f}{figures.exact:7.3f}{figures.exact_cover:7.3f}"
            f"{figures.points:+8.1f}{figures.ned:7.3f}{figures.ned_cover:7.3f}"
            f"{figures.lost:6}{figures.won:5}",
            end="",
        )
    else:
        print(f"{name:21}{'not measured':>33}{'':14}", end="")
    print(f"{figures.glare:8.4f}{figures.measured:4}/{figures.titles:<4}", end="")
    print("".join(f" (not installed: {reader})" for reader in figures.missing), flush=True)


def print_worst(every: dict[str, Figures]) -> None:
    """Print the script that loses most through the film, and all scripts that miss the aim."""
    measured = {name: figures for name, figures in every.items() if figures.measured}
    if not measured:
        return
    worst = min(measured, key=lambda name: measured[name].points)
    print(
        f"worst of {len(measured)} scripts: {worst}, {measured[worst].points:+.1f} points", end=""
    )
    # With a small tolerance, because of floating-point rounding.
    missed = [name for name, figures in measured.items() if figures.points < AIM - 1e-9]
    print(f"; below the aim of {AIM:+.1f}: {', '.join(missed) or 'none'}")


if __name__ == "__main__":
    main()
