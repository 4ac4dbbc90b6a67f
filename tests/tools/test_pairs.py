"""A sheet of pairs shows each picture, before on the left and after on the right."""

from __future__ import annotations

import numpy as np

from tools.pairs import WIDTH, Pixels, draw_pairs

RED, BLUE = (200, 0, 0), (0, 0, 200)


def plain(colour: tuple[int, int, int], height: int, width: int) -> Pixels:
    return np.full((height, width, 3), colour, np.uint8)


def share_of(sheet: Pixels, colour: tuple[int, int, int]) -> int:
    return int((sheet == np.array(colour)).all(axis=2).sum())


def test_before_is_on_the_left_and_after_on_the_right_both_whole() -> None:
    sheet = draw_pairs([("fig", plain(RED, 60, 40), plain(BLUE, 60, 40))])
    whole = WIDTH * round(WIDTH * 60 / 40)
    assert share_of(sheet, RED) == share_of(sheet, BLUE) == whole
    assert share_of(sheet[:, :WIDTH], RED) == whole


def test_pictures_of_other_shapes_and_with_alpha_find_room() -> None:
    tall = np.dstack([plain(BLUE, 90, 30), np.full((90, 30), 128, np.uint8)])
    sheet = draw_pairs([("fig", plain(RED, 60, 40), tall)])
    assert share_of(sheet, BLUE) == WIDTH * WIDTH * 3


def test_every_pair_is_there_under_its_name() -> None:
    pair = plain(RED, 60, 40), plain(BLUE, 60, 40)
    one, five, longer = (
        draw_pairs([("fig", *pair)]),
        draw_pairs([("fig", *pair)] * 5),
        draw_pairs([("fig and fig", *pair)]),
    )
    assert share_of(five, RED) == 5 * share_of(one, RED)
    assert (longer < 128).all(axis=2).sum() > (one < 128).all(axis=2).sum() > 0
