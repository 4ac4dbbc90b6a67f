"""A version's pictures are measured by their pixels, not by its receipt."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from bench.picture_pairs import PHOTOS
from bench.picture_scores import MEASURES, Ruler
from bench.readers import LinePicture
from bench.title_sets import Title
from tools.pairs import Pixels

WIDTH, HEIGHT = 200, 300
TITLE = Title("TWO WORDS", "en")
PHOTO = PHOTOS / "coffee_cup.jpg"
LINES = ((20, 20, 180, 50), (20, 60, 180, 90))
"""Two bars that stand for a title's lines."""


@dataclass(frozen=True)
class Left:
    """The files of `poster make`, drawn by hand: white bars on grey."""

    grey: int = 60
    hidden_to: int = 0
    is_behind: bool = True
    has_envelope: bool = False

    def write(self, folder: Path) -> Path:
        picture = np.full((HEIGHT, WIDTH, 3), self.grey, np.uint8)
        ink, subject = (np.zeros((HEIGHT, WIDTH), np.uint8) for _ in range(2))
        for x0, y0, x1, y1 in LINES:
            ink[y0:y1, x0:x1] = 255
        subject[:, : self.hidden_to] = 255
        shows = (ink > 0) & ~((subject > 0) & self.is_behind)
        cover = np.where(shows[..., None], 255, picture).astype(np.uint8)
        box = [20, 20, 180, 90]
        order = ("masthead", "subject") if self.is_behind else ("subject", "masthead")
        block: dict[str, object] = {
            "role": "masthead",
            "text": TITLE.text,
            "box": box,
            "envelope_box": None,
            "size_px": 40.0,
            "colour": "#FFFFFF",
        }
        if self.has_envelope:
            x0, y0, x1, y1 = box
            block["envelope_box"] = [[x0, y0], [x1, y0], [x1, y1], [x0, y1]]
            save(folder / "envelope.png", cover // 2 + 60)
        names = ("cover", "cover_picture", *(f"cover_{name}" for name in order), "cover_lines")
        receipt = {"blocks": [block], "files": {name: f"{name}.png" for name in names}}
        (folder / "poster.json").write_text(json.dumps(receipt))
        save(folder / "cover.png", cover)
        save(folder / "cover_picture.png", with_alpha(picture, np.full_like(ink, 255)))
        save(folder / "cover_masthead.png", with_alpha(np.full_like(picture, 255), ink))
        save(folder / "cover_subject.png", with_alpha(picture, subject))
        save(folder / "cover_lines.png", with_alpha(picture, np.zeros_like(ink)))
        return folder


def save(path: Path, pixels: Pixels) -> None:
    assert cv2.imwrite(str(path), pixels)


def with_alpha(pixels: Pixels, alpha: Pixels) -> Pixels:
    return np.dstack([pixels, alpha])


@pytest.fixture(scope="module")
def ruler() -> Ruler:
    return Ruler()


@pytest.fixture(autouse=True)
def _nobody_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.picture_scores.find_reader", lambda _language: None)


def test_contrast_is_that_of_the_pixels(ruler: Ruler, tmp_path: Path) -> None:
    figures = ruler.measure(Left().write(tmp_path), TITLE, PHOTO)
    # WCAG: (1 + 0.05) over the luminance of sRGB 60 and 0.05.
    assert figures["contrast"] == pytest.approx(1.05 / (0.0452 + 0.05), abs=0.05)
    assert figures["contrast of a letter"] == figures["contrast"]
    lighter = ruler.measure(replace(Left(), grey=200).write(tmp_path), TITLE, PHOTO)
    assert lighter["contrast"] < 2


def test_what_the_subject_hides_counts_where_the_title_lies_behind_it(
    ruler: Ruler, tmp_path: Path
) -> None:
    behind = ruler.measure(Left(hidden_to=60).write(tmp_path), TITLE, PHOTO)
    before = ruler.measure(Left(hidden_to=60, is_behind=False).write(tmp_path), TITLE, PHOTO)
    assert behind["title hidden"] == pytest.approx(40 / 160)
    assert behind["title hidden, of a letter"] > behind["title hidden"]
    assert before["title hidden"] == 0


def test_without_envelope_and_reader_nothing_is_made_up(ruler: Ruler, tmp_path: Path) -> None:
    figures = ruler.measure(Left().write(tmp_path), TITLE, PHOTO)
    unread = [name for name in MEASURES if "read" in name.split() or "NED" in name]
    # Nor a photo that is not on the picture.
    lost = ["grown strip", "share grown", "easing, mean", "easing, largest", "twins"]
    assert set(MEASURES) - set(figures) == {*unread, *lost, "title contrast in film"}


def test_the_film_is_looked_through_where_the_receipt_says(ruler: Ruler, tmp_path: Path) -> None:
    figures = ruler.measure(Left(has_envelope=True).write(tmp_path), TITLE, PHOTO)
    # White became 187 and sRGB 60 became 90.
    assert figures["title contrast in film"] == pytest.approx(3.5, abs=0.2)


class Fake:
    """Reads each line by its width, and counts lines."""

    def read(self, lines: Sequence[LinePicture]) -> list[str]:
        assert all(line.box.width == 160 for line in lines)
        return ["TWO", "WORDS"][: len(lines)]


def test_a_title_is_read_line_by_line_on_the_cover_and_through_the_film(
    ruler: Ruler, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bench.picture_scores.find_reader", lambda _language: Fake())
    folder = Left(has_envelope=True).write(tmp_path)
    right = ruler.measure(folder, TITLE, PHOTO)
    assert [right[f"title {what}"] for what in ("read", "read in film", "NED")] == [1, 1, 1]
    wrong = ruler.measure(folder, Title("TWO SWORDS", "en"), PHOTO)
    assert wrong["title read"] == 0
    assert wrong["title NED"] == pytest.approx(0.9)


def test_a_version_that_wrote_no_layers_is_reported(ruler: Ruler, tmp_path: Path) -> None:
    folder = Left().write(tmp_path)
    (folder / "cover_picture.png").unlink()
    with pytest.raises(SystemExit, match=r"^that version did not write cover_picture\.png"):
        ruler.measure(folder, TITLE, PHOTO)
