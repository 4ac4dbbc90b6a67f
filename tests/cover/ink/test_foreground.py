from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from poster.arrays import Floats
from poster.cover.ink.foreground import decontaminate_edges, estimate_foreground

OWN, GROUND, INK = np.array([70, 45, 30]), np.array([120, 200, 90]), np.array([10, 10, 12])
WIDTH = 400


@pytest.fixture
def threads() -> Iterator[None]:
    before = cv2.getNumThreads()
    yield
    cv2.setNumThreads(before)


def softly_cut() -> tuple[NDArray[np.uint8], Floats]:
    """Brown hair in front of a meadow, with an edge a dozen pixels wide."""
    matte = np.zeros((300, WIDTH), np.float32)
    cv2.circle(matte, (200, 260), 150, 1.0, -1)
    matte = np.asarray(cv2.GaussianBlur(matte, (0, 0), 3), np.float32)
    picture = GROUND + (OWN - GROUND) * matte[..., None]
    return np.rint(picture).astype(np.uint8), matte


def laid_over(below: Floats, subject: NDArray[np.uint8], matte: Floats) -> Floats:
    return np.asarray(below + (subject - below) * matte[..., None], np.float32)


def test_the_subjects_own_colour_is_found_in_its_soft_edge() -> None:
    picture, matte = softly_cut()
    own = estimate_foreground(picture, matte, WIDTH)
    edge = (matte > 0.2) & (matte < 0.95)
    assert np.abs(picture[edge] - OWN).mean() > 20
    assert np.abs(own[edge] - OWN).mean() < 4


def test_no_halo_of_the_old_backdrop_shows_in_front_of_ink() -> None:
    picture, matte = softly_cut()
    everywhere = np.ones_like(matte)
    ground = np.broadcast_to(INK, picture.shape).astype(np.float32)
    wanted = INK + (OWN - INK) * matte[..., None]
    plain = np.abs(laid_over(ground, picture, matte) - wanted).max()
    freed = decontaminate_edges(picture, matte, everywhere, WIDTH)
    assert plain > 25
    assert np.abs(laid_over(ground, freed, matte) - wanted).max() < 6


def test_the_subject_is_unchanged_where_nothing_is_behind_it() -> None:
    picture, matte = softly_cut()
    behind = np.zeros_like(matte)
    behind[:, :200] = 1
    subject = decontaminate_edges(picture, matte, behind, WIDTH)
    assert np.array_equal(subject[:, 200:], picture[:, 200:])
    assert not np.array_equal(subject[:, :200], picture[:, :200])


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_picture_without_a_soft_edge_is_left_alone(share: float) -> None:
    picture, _ = softly_cut()
    matte = np.full(picture.shape[:2], share, np.float32)
    assert np.array_equal(decontaminate_edges(picture, matte, np.ones_like(matte), WIDTH), picture)


def test_a_part_of_the_picture_gives_the_same_colours_as_the_whole() -> None:
    picture, matte = softly_cut()
    whole = decontaminate_edges(picture, matte, np.ones_like(matte), WIDTH)
    part = decontaminate_edges(picture[:200], matte[:200], np.ones_like(matte[:200]), WIDTH)
    assert np.abs(whole[:150].astype(int) - part[:150]).max() <= 1


@pytest.mark.usefixtures("threads")
def test_the_colours_do_not_depend_on_the_thread_count() -> None:
    picture, matte = softly_cut()
    results = []
    for count in (1, 2, 5):
        cv2.setNumThreads(count)
        results.append(decontaminate_edges(picture, matte, np.ones_like(matte), WIDTH).tobytes())
    assert len(set(results)) == 1
