"""A poster that `poster make` wrote for print -> what its pictures measure, by today's code.

Takes the type's ink and the picture below it from the cover's layers, and places and colours from
poster.json: the files that a version leaves, whichever version it was. Does not know who made them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.press import cut_lines, line_boxes
from bench.readers import LinePicture, find_reader
from bench.title_sets import TITLE_SETS, Title
from bench.type_accuracy import closeness, tidy
from bench.type_through_film import flatten, seen_ink
from poster.colour import Colour, floats_from_pixels, parse_hex
from poster.cover.ink.score import score_layout
from poster.geometry import Box, Quad
from poster.photo.faces import FaceNet
from poster.photo.subject import SubjectNet
from poster.typography.contrast import letter_contrast, low_contrast, surroundings
from poster.typography.letters import most_hidden

Pixels = NDArray[np.uint8]

MEASURES = {
    "occlusion": "lower",
    "readability": "lower",
    "overlap": "lower",
    "alignment": "lower",
    "blocks on faces": "lower",
    "contrast": "higher",
    "contrast of a letter": "higher",
    "title hidden": "lower",
    "title hidden, of a letter": "lower",
    "title read": "higher",
    "title NED": "higher",
    "title contrast in film": "higher",
    "title read in film": "higher",
    "title NED in film": "higher",
}
"""What is measured of a poster, and which way is better: layout as LayoutScores has it; contrast of
the block that stands out least; what the subject hides of the title, and whether OCR reads it."""

_ONE_LINE_EM, _LEADING_EM = 0.75, 0.95
"""Height of a line's ink without its neighbours, and from line to line, in ems: with capitals alone
or with accents and descenders, a title of up to four lines is counted right."""


@dataclass(frozen=True)
class _Block:
    """A piece of type as the receipt and the layers have it.

    Args:
        box: on the cover, in pixels.
        envelope_box: in the envelope; None without one.
        size_px: pixels to the em.
        colour: of the ink.
        ink: HW uint8, coverage, as large as the box.
        before: HW float32, as large as the cover: share of each pixel that the subject hides.
    """

    box: Box
    envelope_box: Quad | None
    size_px: float
    colour: Colour
    ink: Pixels
    before: NDArray[np.float32]

    def contrasts(self, cover: Pixels, colour: Colour) -> tuple[float, float]:
        """The block's contrast with what surrounds it, and that of its faintest letter."""
        band = surroundings(
            self.ink, self.box, cover.shape[:2], size_px=self.size_px, hidden=self.before
        )
        around = cover[band.rows, band.columns]
        return low_contrast(around, colour), letter_contrast(around, band.letters, colour)

    def lines(self, cover: Pixels, colour: Colour) -> tuple[LinePicture, ...]:
        """Its lines, whose number the receipt does not say."""
        ems = self.box.height / self.size_px
        count = 1 + max(0, round((ems - _ONE_LINE_EM) / _LEADING_EM))
        return cut_lines(cover, list(line_boxes(self.ink, count, self.box)), colour)


class Ruler:
    """Measures pictures; its networks are loaded once."""

    def __init__(self) -> None:
        self._subject_net = SubjectNet()
        self._face_net = FaceNet()

    def measure(self, folder: Path, title: Title) -> dict[str, float]:
        """Measure a poster.

        Args:
            folder: that `poster make` wrote.
            title: what the masthead should say.

        Returns:
            Figures by names of MEASURES; without those for which there is no reader or no envelope.

        Raises:
            SystemExit: the version that made it wrote other files.
        """
        cover, picture = (
            _read(folder / f"{name}.png")[..., :3] for name in ("cover", "cover_picture")
        )
        blocks = list(_read_blocks(folder))
        masthead, *others = blocks
        scores = score_layout(
            picture, self._subject_net.matte(picture), [block.box for block in blocks]
        )
        faces = [face.box for face in self._face_net.find(picture)]
        on_cover = [block.contrasts(cover, block.colour) for block in blocks]
        hidden = masthead.before[masthead.box.slices]
        ink = masthead.ink.astype(np.float64)
        figures: dict[str, float] = {
            **asdict(scores),
            "blocks on faces": sum(any(b.box.overlaps(face) for face in faces) for b in others),
            "contrast": min(whole for whole, _ in on_cover),
            "contrast of a letter": min(letter for _, letter in on_cover),
            "title hidden": float((ink * hidden).sum() / ink.sum()),
            "title hidden, of a letter": most_hidden(masthead.ink, hidden, masthead.size_px),
            **_read_title(masthead.lines(cover, masthead.colour), title, ""),
        }
        if masthead.envelope_box is None:
            return figures
        flat, colour = _through_film(
            _read(folder / "envelope.png"), masthead, masthead.envelope_box
        )
        return {
            **figures,
            "title contrast in film": masthead.contrasts(flat, colour)[0],
            **_read_title(masthead.lines(flat, colour), title, " in film"),
        }


def _read(path: Path) -> Pixels:
    """A picture's red, green and blue, and alpha where it has one."""
    pixels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if pixels is None:
        raise SystemExit(f"{path.name} is not among what that version wrote: not to be measured")
    channels = [2, 1, 0, 3][: pixels.shape[2]]
    return np.asarray(pixels[..., channels], np.uint8)


def _read_blocks(folder: Path) -> Iterator[_Block]:
    """Every piece of type, the masthead first."""
    receipt = json.loads((folder / "poster.json").read_text(encoding="utf-8"))
    masthead, lines, subject = (
        _read(folder / f"cover_{name}.png")[..., 3] for name in ("masthead", "lines", "subject")
    )
    # Layers are listed as they lie, the lowest first.
    order = list(receipt["files"])
    is_behind = order.index("cover_masthead") < order.index("cover_subject")
    nothing = np.zeros(subject.shape, np.float32)
    for block in receipt["blocks"]:
        is_masthead = block["role"] == "masthead"
        box, quad = Box(*block["box"]), block["envelope_box"]
        yield _Block(
            box,
            quad and tuple((x, y) for x, y in quad),
            block["size_px"],
            parse_hex(block["colour"]),
            np.ascontiguousarray((masthead if is_masthead else lines)[box.slices]),
            floats_from_pixels(subject) if is_masthead and is_behind else nothing,
        )


def _through_film(envelope: Pixels, block: _Block, quad: Quad) -> tuple[Pixels, Colour]:
    """The envelope made flat by a block, and the colour that its ink has there."""
    flat = flatten(envelope[..., :3], block.box, quad, block.before.shape)
    visible = (block.ink == 255) & (block.before[block.box.slices] < 0.5)
    return flat, seen_ink(flat[block.box.slices][visible])


def _read_title(lines: Sequence[LinePicture], title: Title, where: str) -> dict[str, float]:
    """Whether it is read without a fault, and how nearly; nothing where nobody reads."""
    reader = find_reader(title.language)
    if reader is None:
        return {}
    [titles] = [one for one in TITLE_SETS if title.language in one.languages]
    wanted, read = (tidy(text, titles) for text in (title.text, " ".join(reader.read(lines))))
    return {
        f"title read{where}": float(wanted == read),
        f"title NED{where}": closeness(wanted, read),
    }
