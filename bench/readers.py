"""Pictures of lines of type -> the text that an OCR engine reads in them.

Uses PP-OCRv6 from rapidocr's wheel for the scripts in its dictionary, and tesseract for the others.
Does not know covers or the expected text.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.colour import Colour
from poster.geometry import Box

Pixels = NDArray[np.uint8]

PADDLE_LANGUAGES = frozenset({"en", "ja", "zh-Hans", "zh-Hant"})
"""Languages that PP-OCRv6 reads better in black on white than tesseract. It lacks Vietnamese and
the accents of Greek, and ignores some marks of French, Turkish and Polish."""

TESSERACT_MODELS = {
    "fr": "fra",
    "vi": "Vietnamese",
    "tr": "tur",
    "pl": "pol",
    "ko": "kor",
    "ar": "ara",
    "he": "heb",
    "hi": "hin",
    "bn": "Bengali",
    "ta": "tam",
    "th": "tha",
    "ru": "rus",
    "el": "Greek",
    "ka": "kat",
    "hy": "hye",
}
"""BCP 47 tag -> tesseract model: the language's or the script's, whichever reads better in black on
white."""

_SCRIPT_PACKAGES = {"Vietnamese": "script-viet", "Bengali": "script-beng", "Greek": "script-grek"}
"""Debian's package names for script models; language models have their own names."""

_WIDENED = {"Vietnamese": 1.5}
"""Model -> factor by which lines are widened. Anton is so narrow that its marks merge for this
model; the others read it unchanged."""


@dataclass(frozen=True, slots=True)
class LinePicture:
    """One line of type in a picture.

    Args:
        pixels: HWC uint8, sRGB, [0, 255], with a small margin around the line.
        box: box of its ink, in these pixels.
        ink: colour of the type, as in the receipt.
    """

    pixels: Pixels
    box: Box
    ink: Colour


class Reader(Protocol):
    """Reads lines of type."""

    def read(self, lines: Sequence[LinePicture]) -> list[str]:
        """Return one text for each line, in order."""


def find_reader(language: str) -> Reader | None:
    """Find the reader of a language on this machine.

    Args:
        language: BCP 47 tag.

    Returns:
        The reader, or None if it is not installed.
    """
    if language in PADDLE_LANGUAGES:
        path = _paddle_path()
        return PaddleReader(path) if path else None
    model = TESSERACT_MODELS[language]
    return TesseractReader(model) if model in _tesseract_models() else None


def name_reader(language: str) -> str:
    """Name the package to install for reading a language."""
    if language in PADDLE_LANGUAGES:
        return "PP-OCRv6 (rapidocr)"
    model = TESSERACT_MODELS[language]
    return f"tesseract-ocr-{_SCRIPT_PACKAGES.get(model, model)}"


@dataclass(frozen=True)
class PaddleReader:
    """PP-OCRv6's recogniser, run by OpenCV. Source: rapidocr 3.10, ch_ppocr_rec.

    Args:
        path: path of the ONNX file, whose metadata contain its dictionary.
    """

    path: Path

    def read(self, lines: Sequence[LinePicture]) -> list[str]:
        """See Reader."""
        return [self._read_one(line.pixels) for line in lines]

    def _read_one(self, pixels: Pixels) -> str:
        rows, columns = pixels.shape[:2]
        width = max(1, round(_PADDLE_ROWS * columns / rows))
        small = cv2.resize(pixels, (width, _PADDLE_ROWS), interpolation=cv2.INTER_AREA)
        batch = np.zeros((1, 3, _PADDLE_ROWS, max(width, _PADDLE_COLUMNS)), np.float32)
        batch[0, :, :, :width] = small[..., ::-1].transpose(2, 0, 1).astype(np.float32) / 127.5 - 1
        self._net.setInput(batch)
        best = np.asarray(self._net.forward())[0].argmax(axis=1)
        # CTC: a repeated character counts once, and 0 means no character.
        changed = np.flatnonzero(np.diff(best, prepend=0))
        return "".join(self._characters[index - 1] for index in best[changed] if index)

    @cached_property
    def _net(self) -> cv2.dnn.Net:
        return cv2.dnn.readNetFromONNX(str(self.path))

    @cached_property
    def _characters(self) -> list[str]:
        """The dictionary, followed by the space."""
        return [*_read_metadata(self.path.read_bytes(), b"character").splitlines(), " "]


_PADDLE_ROWS, _PADDLE_COLUMNS = 48, 320
"""Size of a line for PP-OCR; longer lines can be wider."""


def _paddle_path() -> Path | None:
    # Located without importing it: the package requires a second OpenCV.
    spec = find_spec("rapidocr")
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).parent / "models" / "PP-OCRv6_rec_small.onnx"
    return path if path.is_file() else None


def _read_metadata(model: bytes, key: bytes) -> str:
    """Read a value from an ONNX file's metadata. Source: onnx.proto, StringStringEntryProto."""
    start = model.rindex(b"\n" + bytes([len(key)]) + key + b"\x12") + len(key) + 3
    size, shift = 0, 0
    while True:
        byte = model[start]
        size |= (byte & 0x7F) << shift
        start, shift = start + 1, shift + 7
        if byte < 0x80:
            return model[start : start + size].decode()


@dataclass(frozen=True, slots=True)
class TesseractReader:
    """Tesseract, which reads every line at several sizes; the most confident result counts.

    With a single size, a line can be misread only because a hairline is scaled to a third of a
    pixel less.

    Args:
        model: name of a tesseract model.
    """

    model: str

    def read(self, lines: Sequence[LinePicture]) -> list[str]:
        """See Reader."""
        sizes = [self._read_at(rows, lines) for rows in _TESSERACT_ROWS]
        return [
            max(found, key=lambda text: text.surety).words for found in zip(*sizes, strict=True)
        ]

    def _read_at(self, rows: int, lines: Sequence[LinePicture]) -> list[_Found]:
        widen = _WIDENED.get(self.model, 1.0)
        pictures = [_part_ink(line, rows, widen) for line in lines]
        texts = self._run(pictures, _AS_A_LINE)
        # Tesseract finds no line in some pictures of one large word, but reads them in raw mode.
        blank = [index for index, text in enumerate(texts) if not text.words]
        again = self._run([pictures[index] for index in blank], _AS_IT_IS)
        for index, text in zip(blank, again, strict=True):
            texts[index] = text
        return texts

    def _run(self, pictures: Sequence[Pixels], page_mode: str) -> list[_Found]:
        """Read all pictures in one process."""
        if not pictures:
            return []
        with tempfile.TemporaryDirectory() as folder:
            paths = [Path(folder) / f"{index}.png" for index in range(len(pictures))]
            for path, picture in zip(paths, pictures, strict=True):
                cv2.imwrite(str(path), picture)
            listing = Path(folder) / "lines.txt"
            listing.write_text("\n".join(map(str, paths)), encoding="utf-8")
            command = ["tesseract", str(listing), "stdout", "-l", self.model, "--psm", page_mode]
            result = subprocess.run(
                [*command, "--dpi", "300", "tsv"],
                capture_output=True,
                check=True,
                env={**os.environ, "OMP_THREAD_LIMIT": "1"},
            )
        return parse_words(result.stdout.decode(), len(pictures))


@dataclass(frozen=True, slots=True)
class _Found:
    """The text read in one picture, and tesseract's confidence: 0 to 100, or -1 for no text."""

    words: str
    surety: float


def parse_words(table: str, pages: int) -> list[_Found]:
    """Read tesseract's table; unlike its plain text, it has page numbers and includes empty pages.

    Args:
        table: tab-separated, with a header row.
        pages: number of pictures that were read.

    Returns:
        Each picture's words, with the mean confidence of their letters.
    """
    words: list[list[tuple[str, float]]] = [[] for _ in range(pages)]
    for row in table.splitlines()[1:]:
        level, page, *_, surety, word = row.split("\t")
        if level == _WORD:
            words[int(page) - 1].append((word, float(surety)))
    return [_join(page) for page in words]


def _join(words: Sequence[tuple[str, float]]) -> _Found:
    letters = sum(len(word) for word, _ in words)
    if not letters:
        return _Found("", -1.0)
    surety = sum(len(word) * surety for word, surety in words) / letters
    return _Found(" ".join(word for word, _ in words), surety)


_AS_A_LINE, _AS_IT_IS = "7", "13"
"""Page segmentation modes. Source: tesseract's manual."""

_WORD = "5"
"""The level of words in the table. Source: tesseract's manual."""

_TESSERACT_ROWS = (40, 58, 76)
"""Heights of a line for tesseract. Measured on 288 titles in 12 scripts, on covers and through
film: together they read 254 and 253; separately 252 and 250, 248 and 243, 243 and 234; 58 rows
binarised with Otsu's threshold, 251 and 242."""


_GROUND = 96.0
"""Minimum distance of a pure background pixel from the ink's colour, in sRGB of [0, 255]."""


def _part_ink(line: LinePicture, rows: int, widen: float) -> Pixels:
    """Show each pixel's distance from the ink's colour as grey: dark type on light, white border.

    In the picture's own grey, tesseract would separate the photo's shadows from its highlights
    instead of the type from the photo.
    """
    pixels = line.pixels[line.box.slices].astype(np.float32)
    apart = np.linalg.norm(pixels - np.array(line.ink, np.float32), axis=-1)
    grey = np.rint(np.minimum(apart / _GROUND, 1) * 255).astype(np.uint8)
    scale = rows / len(grey)
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    scaled = cv2.resize(grey, None, fx=scale * widen, fy=scale, interpolation=method)
    border = rows // 3
    bordered = cv2.copyMakeBorder(
        scaled, border, border, border, border, cv2.BORDER_CONSTANT, value=(255,)
    )
    return np.asarray(bordered, np.uint8)


def _tesseract_models() -> frozenset[str]:
    if which("tesseract") is None:
        return frozenset()
    listed = subprocess.run(
        ["tesseract", "--list-langs"],  # noqa: S607  # wherever the system put it
        capture_output=True,
        check=True,
        text=True,
    )
    return frozenset(listed.stdout.split("\n")[1:])
