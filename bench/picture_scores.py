"""A poster that `poster make` wrote as pdf -> measurements of its pictures with the current code.

Takes the ink of the type and the picture below it from the cover's layers, and positions and
colours from poster.json: files that every version writes. Does not know which version wrote them.
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
from bench.shown_photo import count_twins, measure_shown
from bench.title_sets import TITLE_SETS, Title
from bench.type_accuracy import closeness, tidy
from bench.type_through_film import flatten, seen_ink
from poster.colour import Colour, floats_from_pixels, parse_hex
from poster.cover.ink.score import score_layout
from poster.geometry import Box, Quad
from poster.photo.faces import FaceNet
from poster.photo.lettering import LetteringNet
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
    "blocks on lettering": "lower",
    "grown strip": "lower",
    "share grown": "lower",
    "easing, mean": "lower",
    "easing, largest": "lower",
    "twins": "lower",
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
"""Each measure of a poster, and whether lower or higher is better: the scores of LayoutScores; the
score of what was grown above the photo, and its share of the cover's height; the change of the
photo under the type, in CIEDE2000; whether two variants look the same; the lowest contrast of a
block and of a letter; the hidden share of the title, and how OCR reads it."""

_ONE_LINE_EM, _LEADING_EM = 0.75, 0.95
"""Height of a single line's ink, and the distance between lines, in ems. With these, the lines of
titles of up to four lines are counted correctly, with or without accents and descenders."""


@dataclass(frozen=True)
class _Block:
    """A block of text, from the receipt and the layers.

    Args:
        box: box on the cover, in pixels.
        envelope_box: corners in the envelope; None without an envelope.
        size_px: pixels per em.
        colour: colour of the ink.
        ink: HW uint8, coverage, the size of the box.
        before: HW float32, the size of the cover: share of each pixel that the subject hides.
    """

    box: Box
    envelope_box: Quad | None
    size_px: float
    colour: Colour
    ink: Pixels
    before: NDArray[np.float32]

    def contrasts(self, cover: Pixels, colour: Colour) -> tuple[float, float]:
        """Measure the block's contrast with its surroundings, and that of its faintest letter."""
        band = surroundings(
            self.ink, self.box, cover.shape[:2], size_px=self.size_px, hidden=self.before
        )
        around = cover[band.rows, band.columns]
        return low_contrast(around, colour), letter_contrast(around, band.letters, colour)

    def lines(self, cover: Pixels, colour: Colour) -> tuple[LinePicture, ...]:
        """Cut out its lines; their number is estimated, because the receipt does not have it."""
        ems = self.box.height / self.size_px
        count = 1 + max(0, round((ems - _ONE_LINE_EM) / _LEADING_EM))
        return cut_lines(cover, list(line_boxes(self.ink, count, self.box)), colour)


class Ruler:
    """Measures pictures; loads its networks once."""

    def __init__(self) -> None:
        self._subject_net = SubjectNet()
        self._face_net = FaceNet()
        self._lettering_net = LetteringNet()

    def measure(self, folder: Path, title: Title, photo: Path) -> dict[str, float]:
        """Measure a poster.

        Args:
            folder: the folder that `poster make` wrote.
            title: the masthead's text.
            photo: that it was made from.

        Returns:
            Measure -> figure, for MEASURES; without those that need a missing reader, envelope or
            variant, or a photo that is found again on the cover.

        Raises:
            SystemExit: a needed file is missing: the version wrote other files.
        """
        cover, picture = (
            _read(folder / f"{name}.png")[..., :3] for name in ("cover", "cover_picture")
        )
        blocks = list(_read_blocks(folder))
        masthead, *others = blocks
        matte = self._subject_net.matte(picture)
        scores = score_layout(picture, matte, [block.box for block in blocks])
        faces = [face.box for face in self._face_net.find(picture)]
        signs = self._lettering_net.find(picture)
        variants = [_read(path)[..., :3] for path in sorted(folder.glob("cover_[0-9]*.png"))]
        on_cover = [block.contrasts(cover, block.colour) for block in blocks]
        hidden = masthead.before[masthead.box.slices]
        ink = masthead.ink.astype(np.float64)
        figures: dict[str, float] = {
            **asdict(scores),
            "blocks on faces": sum(any(b.box.overlaps(face) for face in faces) for b in others),
            "blocks on lettering": sum(any(b.box.overlaps(sign) for sign in signs) for b in blocks),
            **measure_shown(picture, _read(photo)[..., :3], matte),
            **({"twins": count_twins([cover, *variants])} if variants else {}),
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
    """Read a picture's red, green and blue, and any alpha."""
    pixels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if pixels is None:
        raise SystemExit(f"that version did not write {path.name}: its poster cannot be measured")
    channels = [2, 1, 0, 3][: pixels.shape[2]]
    return np.asarray(pixels[..., channels], np.uint8)


def _read_blocks(folder: Path) -> Iterator[_Block]:
    """Yield every block of text, the masthead first."""
    receipt = json.loads((folder / "poster.json").read_text(encoding="utf-8"))
    masthead, lines, subject = (
        _read(folder / f"cover_{name}.png")[..., 3] for name in ("masthead", "lines", "subject")
    )
    # The receipt lists layers in stacking order, the lowest first.
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
    """Rectify the envelope by a block's corners; also return the colour of the block's ink."""
    flat = flatten(envelope[..., :3], block.box, quad, block.before.shape)
    visible = (block.ink == 255) & (block.before[block.box.slices] < 0.5)
    return flat, seen_ink(flat[block.box.slices][visible])


def _read_title(lines: Sequence[LinePicture], title: Title, where: str) -> dict[str, float]:
    """Score how OCR reads the title; empty if no reader is installed."""
    reader = find_reader(title.language)
    if reader is None:
        return {}
    [titles] = [one for one in TITLE_SETS if title.language in one.languages]
    wanted, read = (tidy(text, titles) for text in (title.text, " ".join(reader.read(lines))))
    return {
        f"title read{where}": float(wanted == read),
        f"title NED{where}": closeness(wanted, read),
    }
