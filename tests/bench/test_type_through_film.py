"""The film benchmark locates type by the receipt, and counts lost titles."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from bench.title_sets import TITLE_SETS, Title
from bench.type_through_film import (
    Figures,
    Reading,
    SealedTitle,
    flatten,
    print_row,
    print_worst,
    read_all,
    spread,
    sum_up,
)
from poster.envelope.projection import homography, project_box
from poster.geometry import Box

KOREAN = next(titles for titles in TITLE_SETS if titles.name == "Korean")
TITLE = SealedTitle(Title("서울", "ko"), "fig", "classic", "north", 0.01, (), ())


def reading(through_film: str, on_cover: str, ned: float, ned_cover: float) -> Reading:
    return Reading("서울", "fig", "classic", "north", 0.01, through_film, on_cover, ned, ned_cover)


RIGHT = reading("서울", "서울", 1.0, 1.0)
LOST = reading("시울", "서울", 0.5, 1.0)
WON = reading("서울", "시울", 1.0, 0.5)


def test_the_receipts_box_rectifies_the_cover() -> None:
    rows, columns = 300, 200
    cover = np.zeros((rows, columns, 3), np.uint8)
    cover[60:100, 40:160] = (200, 120, 40)
    quad = ((25.0, 52.0), (168.0, 49.5), (171.0, 262.0), (23.5, 266.0))
    half = np.eye(3)
    half[:2, 2] = 0.5
    # Pixels count from their middles, the homography from a corner.
    matrix = np.linalg.inv(half) @ homography(quad, (columns, rows)) @ half
    sealed = np.asarray(cv2.warpPerspective(cover, matrix, (columns, rows)), np.uint8)
    box = Box(40, 60, 160, 100)
    flat = flatten(sealed, box, project_box(box, (columns, rows), quad), cover.shape[:2])
    weights = flat[..., 0].astype(float)
    y, x = np.mgrid[:rows, :columns] + 0.5
    centre = (weights * x).sum() / weights.sum(), (weights * y).sum() / weights.sum()
    assert centre == pytest.approx(box.centre, abs=0.1)  # half a pixel off would be seen
    assert np.abs(flat.astype(int) - cover)[65:95, 45:155].max() <= 1
    assert weights.sum() == pytest.approx(200 * box.area, rel=0.01)


def test_titles_are_taken_from_the_whole_list() -> None:
    titles = [Title(str(number), "en") for number in range(104)]
    taken = [int(title.text) for title in spread(titles, 4)]
    assert taken == [13, 39, 65, 91]
    assert spread(titles, 500) == titles


def test_titles_lost_and_gained_through_the_film_are_counted_separately() -> None:
    figures = sum_up([TITLE] * 4, [RIGHT, RIGHT, LOST, WON])
    assert (figures.lost, figures.won, figures.points) == (1, 1, 0)
    assert sum_up([TITLE] * 4, [RIGHT, RIGHT, RIGHT, LOST]).ratio == pytest.approx(3 / 4)


@pytest.mark.parametrize(("lost", "verdict"), [(1, "none"), (2, "Korean")])
def test_one_title_in_a_hundred_may_be_lost_and_no_more(
    lost: int, verdict: str, capsys: pytest.CaptureFixture[str]
) -> None:
    readings = [LOST] * lost + [RIGHT] * (100 - lost)
    print_worst({"Korean": sum_up([TITLE] * 100, readings)})
    assert capsys.readouterr().out.rstrip().endswith(f"below the aim of -1.0: {verdict}")


def test_a_script_without_a_reader_is_not_measured_through_the_film(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("bench.type_through_film.find_reader", lambda _language: None)
    readings = read_all([TITLE], KOREAN, None)
    figures: Figures = sum_up([TITLE], readings)
    print_row("Korean", figures)
    print_worst({"Korean": figures})
    row = capsys.readouterr().out
    assert (figures.measured, figures.ratio) == (0, 0)
    assert "not measured" in row
    assert "not installed: tesseract-ocr-kor" in row
    assert "worst" not in row
