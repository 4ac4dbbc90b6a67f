"""Planned posters -> what two versions make of them, measured in the same way, and the differences.

Each version runs as a separate process with `poster make`, the interface that changes least. Does
not know which commits they are.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

import cv2
import numpy as np

from bench.layout_scores import WORDS
from bench.picture_scores import MEASURES, Ruler
from bench.title_sets import TITLE_SETS, Title, read_titles
from tools.earlier import Version, last_line
from tools.pairs import Pixels, draw_pairs

PHOTOS = Path(__file__).parent / "photos"
QUICK_STEP = 15
"""--quick takes every 15th photo: four, two of them with English titles."""

SIZE, QUICK_SIZE = (1024, 1472), (512, 736)
KEPT = ("cover", "envelope")

Versions = Mapping[str, Version]
"""`before` and `now`."""

Row = dict[str, dict[str, float]]
"""One poster's figures: version -> measure -> figure."""


@dataclass(frozen=True)
class Wanted:
    """One poster that both versions make.

    Args:
        photo: a photo of bench/photos.
        title: its masthead.
        fields: fields of the request, without the photo.
    """

    photo: Path
    title: Title
    fields: dict[str, Any]

    @property
    def name(self) -> str:
        """Name of the photo."""
        return self.photo.stem


def plan_posters(names: Sequence[str] | None, *, is_quick: bool) -> Iterator[Wanted]:
    """Plan posters; every second title is English, and the others rotate through the other sets."""
    photos = json.loads((PHOTOS / "photos.json").read_text(encoding="utf-8"))
    latin, *others = (read_titles(titles) for titles in TITLE_SETS)
    known = [photo["name"] for photo in photos]
    if unknown := set(names or ()).difference(known):
        raise SystemExit(f"bench/photos has no {', '.join(sorted(unknown))}")
    width, height = QUICK_SIZE if is_quick else SIZE
    chosen = names or known[:: QUICK_STEP if is_quick else 1]
    for seed, name in enumerate(known):
        turn = seed // 2
        titles = others[turn % len(others)] if seed % 2 else latin
        title = titles[turn % len(titles)]
        if name in chosen:
            yield Wanted(
                PHOTOS / f"{name}.jpg",
                title,
                {
                    **WORDS,
                    "title": title.text,
                    "language": title.language,
                    "seed": seed,
                    "width": width,
                    "height": height,
                    "engine": "studio",
                    "variants": 2,
                    "output_format": "pdf",
                },
            )


def compare_pictures(versions: Versions, wanted: Sequence[Wanted], out: Path) -> dict[str, Any]:
    """Make and measure every poster in both versions.

    Args:
        versions: the two versions.
        wanted: the posters.
        out: a folder for the pictures and for the sheets of pairs.

    Returns:
        Means of every measure, the names of the posters whose pictures differ, and the reasons why
        a version did not make a poster.

    Raises:
        SystemExit: no poster was made by both versions.
    """
    ruler = Ruler()
    rows: list[Row] = []
    pairs: dict[str, list[tuple[str, Pixels, Pixels]]] = {picture: [] for picture in KEPT}
    refused: dict[str, dict[str, str]] = {which: {} for which in versions}
    for number, one in enumerate(wanted):
        row: Row = {}
        for which, version in alternating(versions, number):
            folder = out / which / one.name
            seconds, trouble = make_poster(version, one.photo, one.fields, folder)
            if trouble:
                refused[which][one.name] = trouble
            else:
                row[which] = {"seconds": seconds, **ruler.measure(folder, one.title, one.photo)}
                delete_layers(folder)
        print(f"{number + 1} of {len(wanted)}: {one.name}", file=sys.stderr)
        if len(row) == len(versions):
            rows.append(row)
            for picture, found in pairs.items():
                before, now = (read(out / which / one.name / picture) for which in versions)
                if not np.array_equal(before, now):
                    found.append((one.name, before, now))
    if not rows:
        [(which, trouble), *_] = ((w, t) for w, found in refused.items() for t in found.values())
        raise SystemExit(f"no poster was made by both versions; {which}: {trouble}")
    for picture, found in pairs.items():
        sheet = out / f"pairs_{picture}.jpg"
        sheet.unlink(missing_ok=True)
        if found:
            cv2.imwrite(str(sheet), draw_pairs(found))
    return {
        "posters": len(rows),
        "differ": {picture: [name for name, *_ in found] for picture, found in pairs.items()},
        "refused": refused,
        "means": dict(average(rows)),
    }


def make_poster(
    version: Version, photo: Path, fields: Mapping[str, Any], folder: Path
) -> tuple[float, str]:
    """Make a poster; return the seconds that it took, and the error if it failed."""
    folder.mkdir(parents=True, exist_ok=True)
    request = folder.resolve() / "request.json"
    request.write_text(json.dumps(fields, ensure_ascii=False), encoding="utf-8")
    command = ["-m", "poster", "make", str(photo), "--request", str(request)]
    started = time.perf_counter()
    done = version.run([*command, "--out", str(request.parent)])
    seconds = time.perf_counter() - started
    return seconds, last_line(done) if done.returncode else ""


def delete_layers(folder: Path) -> None:
    """Delete what is already measured, of which the layers are four times as large as a picture."""
    for path in (*folder.glob("cover_*.png"), folder / "cover.pdf", folder / "contact_sheet.png"):
        path.unlink(missing_ok=True)


def read(path: Path) -> Pixels:
    """Read a picture as blue, green and red."""
    pixels = cv2.imread(str(path.with_suffix(".png")))
    if pixels is None:
        raise SystemExit(f"{path.name}.png was made, but cannot be read")
    return np.asarray(pixels, np.uint8)


def average(rows: Sequence[Row]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the mean of each measure, over the posters that have it in both versions."""
    for name, better in {**MEASURES, "seconds": "lower"}.items():
        both = [row for row in rows if all(name in figures for figures in row.values())]
        if both:
            before, now = (fmean(row[which][name] for row in both) for which in ("before", "now"))
            means = {"before": before, "now": now, "change": now - before}
            yield name, {**means, "better": better, "n": len(both)}


def alternating(versions: Versions, number: int) -> list[tuple[str, Version]]:
    """Return both versions in alternating order, so that neither always has the warmer disk."""
    pairs = list(versions.items())
    return pairs[::-1] if number % 2 else pairs
