"""bench/photos and tests/baseline/looks -> photos with what is found in them, and their copy.

The networks' results are stored, so that rounding differences between CPUs change no cover, and to
save a minute. Does not know how covers are made.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.title_sets import TITLE_SETS, read_titles
from poster.cover.layout.dummy import CoverText
from poster.geometry import Box
from poster.photo.decode import DecodeBounds, decode
from poster.photo.faces import FaceNet
from poster.photo.facts import Photo
from poster.photo.lettering import LetteringNet
from poster.photo.subject import SubjectNet
from poster.request import LIMITS

ROOT = Path(__file__).parents[2]
PHOTOS = ROOT / "bench" / "photos"
LOOKS = ROOT / "tests" / "baseline" / "looks"
_FACES, _LETTERING = LOOKS / "faces.json", LOOKS / "lettering.json"
Look = tuple[NDArray[np.uint8], tuple[Box, ...], tuple[Box, ...]]
"""A photo's matte at the size at which it is stored, its faces and its lettering."""

_MATTE_SIDE = 320
"""Longer side of a stored matte in pixels: the network's own resolution, and nearly that of a cover
of 384 px."""

_BOUNDS = DecodeBounds(
    LIMITS.image_bytes, LIMITS.image_pixels, LIMITS.image_long_side, LIMITS.image_short_side
)

_WORDS = {
    "en": ("First light|What the crew saw", "Home at last|", "The Summer Issue", "No. 14"),
    "ko": ("고요한 건축|호수 위의 누각", "집으로|", "밤 특집", "제14호"),
    "ar": ("هندسة الحرارة|أربعة عشر بيتاً", "هدوء|", "عدد الحرارة", "العدد ١٤"),
    "hi": ("गर्मी का मौसम|सुबह की रोशनी", "घर वापसी|", "विशेष अंक", "अंक १४"),
    "ja": ("静かな建築|湖の上の家", "帰り道|", "夏の号", "第14号"),
}
"""Language -> two cover lines, kicker and folio."""

_OTHERS = ("ko", "ar", "hi", "ja")
_EVERY = 5
"""Every fifth photo takes the next of these languages, and all others English."""


def read_names() -> list[str]:
    """Read the names of all photos, in the order of the benchmark."""
    records = json.loads((PHOTOS / "photos.json").read_text(encoding="utf-8"))
    return [record["name"] for record in records]


def read_copy(name: str) -> CoverText:
    """Return the copy of a photo's cover: its own title, and lines in the title's language."""
    names = read_names()
    number = names.index(name)
    turn, rest = divmod(number, _EVERY)
    language = "en" if rest < _EVERY - 1 else _OTHERS[turn % len(_OTHERS)]
    titles = _read_titles(language)
    *lines, kicker, folio = _WORDS[language]
    return CoverText(
        titles[number * len(titles) // len(names)],
        tuple((line.split("|")[0], line.split("|")[1]) for line in lines),
        kicker,
        folio,
    )


def read_photo(name: str) -> Photo:
    """Read a photo with its stored matte, faces and lettering."""
    pixels = _decode(name)
    height, width = pixels.shape[:2]
    stored = cv2.imread(str(LOOKS / f"{name}.png"), cv2.IMREAD_GRAYSCALE)
    matte = cv2.resize(np.asarray(stored), (width, height), interpolation=cv2.INTER_LINEAR)
    share = np.asarray(matte / np.float32(255), np.float32)
    return Photo(pixels, share, _read_boxes(_FACES)[name], _read_boxes(_LETTERING)[name])


class Analyser:
    """Analyses photos with the networks, in about a second per photo."""

    def __init__(self) -> None:
        self._subjects, self._faces, self._lettering = SubjectNet(), FaceNet(), LetteringNet()

    def analyse(self, name: str) -> Look:
        """Analyse a photo, with the matte at the size at which it is stored.

        Args:
            name: of the photo.

        Returns:
            Its matte, HW uint8, [0, 255], its faces and its lettering.
        """
        pixels = _decode(name)
        matte = self._subjects.matte(pixels)
        shrink = _MATTE_SIDE / max(matte.shape)
        size = round(matte.shape[1] * shrink), round(matte.shape[0] * shrink)
        small = cv2.resize(matte, size, interpolation=cv2.INTER_AREA)
        faces = tuple(face.box for face in self._faces.find(pixels))
        return np.rint(small * 255).astype(np.uint8), faces, self._lettering.find(pixels)


def store_looks() -> None:
    """Analyse every photo and store the results."""
    analyser, faces, lettering = Analyser(), {}, {}
    for name in read_names():
        matte, faces[name], lettering[name] = analyser.analyse(name)
        cv2.imwrite(str(LOOKS / f"{name}.png"), matte, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    _store_boxes(_FACES, faces)
    _store_boxes(_LETTERING, lettering)


def read_look(name: str) -> Look:
    """Read a photo's stored results, in the form that Analyser.analyse() returns."""
    stored = cv2.imread(str(LOOKS / f"{name}.png"), cv2.IMREAD_GRAYSCALE)
    return np.asarray(stored, np.uint8), _read_boxes(_FACES)[name], _read_boxes(_LETTERING)[name]


def _store_boxes(path: Path, found: Mapping[str, tuple[Box, ...]]) -> None:
    rows = (
        f"  {json.dumps(name)}: {json.dumps([box.edges for box in boxes])}"
        for name, boxes in found.items()
    )
    path.write_text("{\n" + ",\n".join(rows) + "\n}\n", encoding="utf-8")


@cache
def _read_boxes(path: Path) -> dict[str, tuple[Box, ...]]:
    stored = json.loads(path.read_text(encoding="utf-8"))
    return {name: tuple(Box(*edges) for edges in boxes) for name, boxes in stored.items()}


@cache
def _read_titles(language: str) -> list[str]:
    titles = next(one for one in TITLE_SETS if one.languages == (language,))
    return [title.text for title in read_titles(titles)]


def _decode(name: str) -> NDArray[np.uint8]:
    return decode((PHOTOS / f"{name}.jpg").read_bytes(), _BOUNDS).pixels
