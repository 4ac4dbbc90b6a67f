"""A contact sheet shows every cover whole, four per row, with its caption below."""

from __future__ import annotations

import numpy as np
import pytest

from poster.cover.print.sheet import THUMB_WIDTH, contact_sheet
from poster.typography.typeset import Typesetter

TYPESETTER = Typesetter()


def sheet_of(count: int) -> np.ndarray:
    covers = [np.full((120, 80, 3), (250, 10 * number, 0), np.uint8) for number in range(count)]
    captions = [f"{number} a caption" for number in range(count)]
    return contact_sheet(covers, captions, TYPESETTER)


@pytest.mark.parametrize(("count", "across", "down"), [(2, 2, 1), (4, 4, 1), (5, 4, 2), (8, 4, 2)])
def test_there_are_four_covers_per_row(count: int, across: int, down: int) -> None:
    sheet = sheet_of(count)
    red = (sheet[..., 0] == 250) & (sheet[..., 2] == 0)
    shown = {int(green) for green in np.unique(sheet[..., 1][red])}
    assert shown == {10 * number for number in range(count)}
    assert red.any(0).sum() == across * THUMB_WIDTH
    assert red.any(1).sum() == down * THUMB_WIDTH * 120 // 80


def test_each_cover_has_its_caption_under_it() -> None:
    sheet = sheet_of(2)
    first = sheet[:, : sheet.shape[1] // 2]
    foot = np.flatnonzero((first[..., 0] == 250).any(1))[-1] + 1
    assert first[foot:].min() < 100
    assert sheet[: foot - 720].min() > 200
