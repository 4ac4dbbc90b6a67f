"""How accurately titles are set: what OCR reads on covers, compared with black on white.

Prints the ratio first: the titles read without an error on covers, divided by those read without an
error in black on white, in the same type and size, which is the best that the OCR can do. Every
title is set on one of the photos of examples/ and in one of the styles, like a cover's title, but
without the subject in front of it. It is read line by line, each line from its own box. Each block
is also compared with HarfBuzz's glyphs.

PP-OCR gets the picture unchanged. Tesseract expects black and white: it gets each pixel's distance
from the ink's colour in the receipt, at three sizes, and its most confident result counts.

NED is 1 minus the edit distance divided by the length of the longer text. Texts are compared as
NFKC, with straight quotes, without joiners, and without spaces if the script has none or, as with
tesseract's Korean, the reader inserts them between syllables.

A reader that is not installed is listed, and its titles count as not measured.
"""

from __future__ import annotations

import argparse
import json
import sys
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import groupby, islice
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.press import Press, SetTitle  # noqa: E402  # found by the line above
from bench.readers import LinePicture, Reader, find_reader, name_reader  # noqa: E402
from bench.title_sets import TITLE_SETS, TitleSet, read_titles  # noqa: E402

PHOTOS = sorted((ROOT / "examples").glob("*.jpg"))
QUICK_STEP = 35
"""--quick takes every 35th title: three of each set."""


@dataclass(frozen=True)
class Reading:
    """What OCR read of a title."""

    title: str
    photo: str
    style: str
    contrast: float
    on_cover: str
    on_white: str
    ned: float
    ned_ceiling: float

    @property
    def is_right(self) -> bool:
        """Whether nothing was misread on the cover."""
        return self.ned == 1

    @property
    def could_be_right(self) -> bool:
        """Whether nothing was misread in black on white."""
        return self.ned_ceiling == 1


@dataclass(frozen=True)
class Figures:
    """Figures of one set of titles: shares of the titles that were read; glyphs, of all titles."""

    titles: int
    measured: int
    ratio: float
    exact: float
    exact_ceiling: float
    ned: float
    ned_ceiling: float
    lost: int
    won: int
    glyphs: float
    readers: tuple[str, ...]
    missing: tuple[str, ...]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="only three titles of each set")
    parser.add_argument("--json", action="store_true", help="print one line of JSON at the end")
    parser.add_argument("--only", metavar="NAME", help="only the set with this name in the table")
    parser.add_argument(
        "--misread", metavar="DIR", type=Path, help="store pictures of misread titles here"
    )
    options = parser.parse_args()
    chosen = [titles for titles in TITLE_SETS if options.only in {None, titles.name}]
    if not chosen:
        names = ", ".join(titles.name for titles in TITLE_SETS)
        parser.error(f"--only: unknown set {options.only}; choose from {names}")
    press = Press(PHOTOS)
    print(f"{'':21}{'ratio':>7}{'exact':>7}{'white':>7}{'points':>8}", end="")
    print(f"{'NED':>7}{'white':>7}{'lost':>6}{'won':>5}{'glyphs':>8}{'titles':>8}  read by")
    every: dict[str, Figures] = {}
    readings: dict[str, list[Reading]] = {}
    for titles in chosen:
        wanted = read_titles(titles)
        if options.quick:
            wanted = wanted[QUICK_STEP // 2 :: QUICK_STEP]
        done = [press.set_title(title, number) for number, title in enumerate(wanted)]
        readings[titles.name] = read_all(done, titles, options.misread)
        every[titles.name] = sum_up(done, readings[titles.name])
        print_row(titles.name, every[titles.name])
    print_worst(every)
    if options.json:
        sets = {name: asdict(figures) for name, figures in every.items()}
        misread = {
            name: [asdict(reading) for reading in found if not reading.is_right]
            for name, found in readings.items()
        }
        print(json.dumps({"sets": sets, "misread": misread}, ensure_ascii=False))


def read_all(done: Sequence[SetTitle], titles: TitleSet, folder: Path | None) -> list[Reading]:
    """Read the titles for which a reader is installed, one language at a time."""
    found = []
    by_language = sorted(done, key=lambda item: item.title.language)
    for language, group in groupby(by_language, key=lambda item: item.title.language):
        members = list(group)
        reader = find_reader(language)
        if reader is None:
            continue
        covers = read_texts(reader, [item.on_cover for item in members])
        whites = read_texts(reader, [item.on_white for item in members])
        for item, cover, white in zip(members, covers, whites, strict=True):
            wanted, on_cover, on_white = (
                tidy(text, titles) for text in (item.title.text, cover, white)
            )
            found.append(
                Reading(
                    item.title.text,
                    item.photo,
                    item.style,
                    item.contrast,
                    on_cover,
                    on_white,
                    closeness(wanted, on_cover),
                    closeness(wanted, on_white),
                )
            )
            if folder and not found[-1].is_right:
                save(item.on_cover, folder / f"{language}_{len(found):03d}.png")
    return found


def read_texts(reader: Reader, titles: Sequence[Sequence[LinePicture]]) -> list[str]:
    """Read all lines of all titles at once; the lines of a title are joined by spaces."""
    texts = iter(reader.read([line for lines in titles for line in lines]))
    return [" ".join(islice(texts, len(lines))) for lines in titles]


def save(lines: Sequence[LinePicture], path: Path) -> None:
    """Store a picture of a title's lines, one below the other."""
    path.parent.mkdir(parents=True, exist_ok=True)
    width = max(line.pixels.shape[1] for line in lines)
    rows = [
        cv2.copyMakeBorder(line.pixels, 0, 0, 0, width - line.pixels.shape[1], cv2.BORDER_CONSTANT)
        for line in lines
    ]
    cv2.imwrite(str(path), np.vstack(rows)[..., ::-1])


_QUOTES = str.maketrans("‘’“”", "''\"\"")  # noqa: RUF001  # quotes are meant


def tidy(text: str, titles: TitleSet) -> str:
    """Normalise a text for the comparison; see the module's docstring."""
    text = unicodedata.normalize("NFKC", text).translate(_QUOTES)
    text = "".join(sign for sign in text if unicodedata.category(sign) != "Cf")
    return (" " if titles.spaced else "").join(text.split())


def closeness(wanted: str, read: str) -> float:
    """Compute 1 minus the edit distance over the longer length. Source: V. Levenshtein, 1966."""
    row = list(range(len(read) + 1))
    for number, sign in enumerate(wanted, 1):
        above, row[0] = row[0], number
        for column, other in enumerate(read, 1):
            above, row[column] = (
                row[column],
                min(row[column] + 1, row[column - 1] + 1, above + (sign != other)),
            )
    return 1 - row[-1] / max(len(wanted), len(read))


def sum_up(done: Sequence[SetTitle], readings: Sequence[Reading]) -> Figures:
    """Compute the figures of one set."""
    count = max(len(readings), 1)
    exact = sum(reading.is_right for reading in readings) / count
    ceiling = sum(reading.could_be_right for reading in readings) / count
    languages = dict.fromkeys(item.title.language for item in done)
    missing = [language for language in languages if find_reader(language) is None]
    return Figures(
        titles=len(done),
        measured=len(readings),
        ratio=exact / ceiling if ceiling else 0.0,
        exact=exact,
        exact_ceiling=ceiling,
        ned=sum(reading.ned for reading in readings) / count,
        ned_ceiling=sum(reading.ned_ceiling for reading in readings) / count,
        lost=sum(reading.could_be_right and not reading.is_right for reading in readings),
        won=sum(reading.is_right and not reading.could_be_right for reading in readings),
        glyphs=sum(item.is_exact for item in done) / len(done),
        readers=tuple(
            dict.fromkeys(name_reader(name) for name in languages if name not in missing)
        ),
        missing=tuple(dict.fromkeys(name_reader(language) for language in missing)),
    )


def print_row(name: str, figures: Figures) -> None:
    """Print one line of the table."""
    if figures.measured:
        points = 100 * (figures.exact - figures.exact_ceiling)
        print(
            f"{name:21}{figures.ratio:7.3f}{figures.exact:7.3f}{figures.exact_ceiling:7.3f}"
            f"{points:+8.1f}{figures.ned:7.3f}{figures.ned_ceiling:7.3f}"
            f"{figures.lost:6}{figures.won:5}",
            end="",
        )
    else:
        print(f"{name:21}{'not measured':>33}{'':18}", end="")
    print(f"{figures.glyphs:8.1%}{figures.measured:4}/{figures.titles:<4}", end="")
    print("  " + ", ".join(figures.readers), end="")
    print("".join(f" (not installed: {reader})" for reader in figures.missing), flush=True)


def print_worst(every: dict[str, Figures]) -> None:
    """Print the script with the lowest ratio, and the sets whose glyphs differ from HarfBuzz's."""
    measured = {name: figures for name, figures in every.items() if figures.measured}
    if measured:
        worst = min(measured, key=lambda name: measured[name].ratio)
        print(f"worst of {len(measured)} scripts measured: {worst}, {measured[worst].ratio:.3f}")
    for name, figures in every.items():
        if figures.glyphs < 1:
            print(f"{name}: {1 - figures.glyphs:.1%} of the blocks are not HarfBuzz's glyphs")


if __name__ == "__main__":
    main()
