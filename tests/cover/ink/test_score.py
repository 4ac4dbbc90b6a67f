"""Layout scores of pictures whose scores are known."""

import numpy as np
import pytest

from poster.cover.ink.score import score_layout
from poster.geometry import Box

PICTURE = np.zeros((100, 200, 3), np.uint8)
MATTE = np.zeros((100, 200), np.float32)


def test_type_on_a_plain_backdrop_scores_zero() -> None:
    scores = score_layout(PICTURE, MATTE, [Box(10, 10, 60, 30), Box(10, 50, 60, 70)])
    assert (scores.occlusion, scores.readability, scores.overlap, scores.alignment) == (0, 0, 0, 0)


def test_occlusion_is_the_share_of_subject_under_type() -> None:
    matte = MATTE.copy()
    matte[:, :100] = 1
    assert score_layout(PICTURE, matte, [Box(50, 0, 150, 50)]).occlusion == pytest.approx(0.5)


def test_a_hard_edge_scores_its_gradient() -> None:
    picture = PICTURE.copy()
    picture[:, 100:] = 255
    # Sobel gives 4 on the two columns at the edge, out of at most 4 * sqrt(2).
    expected = 2 / 100 / np.sqrt(2)
    scores = score_layout(picture, MATTE, [Box(50, 10, 150, 90)])
    assert scores.readability == pytest.approx(expected, rel=0.01)


def test_overlap_is_iou_over_the_number_of_boxes() -> None:
    scores = score_layout(PICTURE, MATTE, [Box(0, 0, 20, 10), Box(10, 0, 30, 10)])
    assert scores.overlap == pytest.approx((1 / 3) / 2)


def test_alignment_is_the_least_distance_of_edges_or_centres() -> None:
    scores = score_layout(PICTURE, MATTE, [Box(10, 10, 50, 20), Box(14, 40, 60, 57)])
    assert scores.alignment == pytest.approx(4 / 200)
