"""PhotoFacts and a masthead -> the window of the photo that fills the cover.

Every window of a coarse grid is scored: faces whole and clear of the masthead, the masthead's ink
mostly in front of backdrop, the subject kept and balanced. A window may begin above the photo,
where headroom will be grown. Knows no pixels and no engine.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from operator import itemgetter

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.cover.dummy import Slot
from poster.errors import PhotoTooSmallError
from poster.geometry import Box
from poster.photo.facts import CELLS_ACROSS, PhotoFacts

MAX_GROWN = 0.30
"""Most headroom over the cover's height. The spikes' portraits took 0.22; a face that touches the
photo's top under a masthead of 0.235 needs a little more."""

TOUCHING = 0.03
FREE_HIDDEN = 0.10
"""Shares of the masthead's ink behind the subject between which the overlap looks meant: less
leaves the head under the title rather than before it, more costs letters."""

LETTER_HIDDEN = 0.22
"""Share of one letter that may vanish at no cost. At 0.35 the spike's B was read as R."""

END_HIDDEN = 0.38
"""Share of a letter's upper or lower third that may vanish at no cost: a p without its descender
is an o."""

_LEAST_LETTER = 0.01
"""Pieces of less than this share of the ink are dots and accents."""

_COVERED = 1.2
"""What a title that goes before the subject costs where it covers nothing else."""

_HAIR = 0.5
"""Room above a face for its hair, over the face's height: detectors box eyes to chin."""

MAX_HIDDEN = 0.28
"""Share from which a window is all but refused: the design allows 0.30 on the finished cover."""

_ZOOMS = (1.0, 0.92, 0.84, 0.76, 0.68)
_COLUMNS = 6
_ROWS = 17
_PROMISING = 12
"""Windows of a coarse grid at each zoom, and how many of all are looked at more closely."""


def choose_window(
    facts: PhotoFacts,
    picture: Box,
    title: Slot | None,
    min_side: int,
    *,
    is_behind: bool = False,
    turn: int = 0,
) -> Framing:
    """Choose what the cover shows.

    Args:
        facts: of the whole photo.
        picture: where the photo lies on the cover.
        title: the masthead, if it stands on the photo.
        is_behind: whether the subject may stand before it.
        min_side: least width that the widest window must have, in photo pixels.
        turn: 0 wants as much of the photo as can be; each further one another closeness.

    Returns:
        The best window.

    Raises:
        PhotoTooSmallError: no window of that width fits.
    """
    aspect = picture.width / picture.height
    # Headroom is grown for a title to stand in, and else only where the photo is too low.
    is_low = facts.height * aspect < min_side
    is_under_title = title is not None and title.y < picture.centre[1]
    headroom = MAX_GROWN if is_under_title or is_low else 0.0
    widest = min(facts.width, facts.height / (1 - headroom) * aspect)
    if widest < min_side:
        raise PhotoTooSmallError(
            f"image: a picture of {picture.width}x{picture.height} can use {int(widest)} px of "
            f"this photo's width; at least {min_side} are needed: send a larger photo"
        )
    wished_zoom = _ZOOMS[(3 * turn) % len(_ZOOMS)]
    letters = _read_letters(title, picture) if title and is_behind else None
    under = title.box.shifted(-picture.x0, -picture.y0) if title else Box(0, 0, 0, 0)

    def cost_at(zoom: float, window: Box) -> float:
        cost = _cost(facts, window, letters, under, picture.width)
        return cost + 0.5 * abs(wished_zoom - zoom)

    coarse = [
        (cost_at(zoom, window), zoom, window)
        for zoom in _ZOOMS
        # A photo of nearly the picture's shape has the same few windows over and over.
        for window in dict.fromkeys(_grid(facts, widest * zoom, aspect, headroom))
    ]
    # A head just touches a masthead within a few rows: the grid may step over them.
    fine = [
        (cost_at(zoom, window), zoom, window)
        for _, zoom, promising in sorted(coarse, key=itemgetter(0))[:_PROMISING]
        for window in _around(facts, promising, headroom)
    ]
    cost, _, window = min(fine, key=itemgetter(0))
    return Framing(window, cost)


def _grid(facts: PhotoFacts, width: float, aspect: float, headroom: float) -> Iterator[Box]:
    """Windows of one width all over the photo and the headroom above it."""
    height = width / aspect
    lowest = -headroom * height
    for y in np.linspace(lowest, max(lowest, facts.height - height), _ROWS):
        for x in np.linspace(0, facts.width - width, _COLUMNS):
            yield Box(round(x), round(y), round(x + width), round(y + height))


def _around(facts: PhotoFacts, window: Box, headroom: float) -> Iterator[Box]:
    """A window and those between it and the grid's next ones above and below."""
    lowest = round(-headroom * window.height)
    step = (facts.height - window.height - lowest) / (_ROWS - 1)
    for part in (0, -0.6, -0.4, -0.2, 0.2, 0.4, 0.6):
        moved = window.shifted(0, round(part * step))
        if moved == window or (lowest <= moved.y0 and moved.y1 <= facts.height):
            yield moved


def see_through(facts: PhotoFacts, window: Box, picture: Box) -> PhotoFacts:
    """The facts of the picture that a window would give.

    Args:
        facts: of the whole photo.
        window: in photo pixels.
        picture: where the photo lies on the cover.

    Returns:
        Facts in the picture's own pixels. Headroom above the photo has the luminance of the
        photo's first row, no edges and no subject.
    """
    width, height = picture.width, picture.height
    scale = width / window.width
    rows = round(height / width * CELLS_ACROSS)
    faces = tuple(_face_in_cover(face, window, scale) for face in facts.faces)
    return PhotoFacts(
        width=width,
        height=height,
        cell=width / CELLS_ACROSS,
        luminance=_warp(facts.luminance, facts.cell, window, rows, cv2.BORDER_REPLICATE),
        edges=_warp(facts.edges, facts.cell, window, rows, cv2.BORDER_CONSTANT),
        matte=_warp(facts.matte, facts.cell, window, rows, cv2.BORDER_CONSTANT),
        faces=tuple(face for face in faces if face.overlaps(Box(0, 0, width, height))),
    )


def _face_in_cover(face: Box, window: Box, scale: float) -> Box:
    return Box(
        round((face.x0 - window.x0) * scale),
        round((face.y0 - window.y0) * scale),
        round((face.x1 - window.x0) * scale),
        round((face.y1 - window.y0) * scale),
    )


def _warp(
    cells: NDArray[np.float32], cell: float, window: Box, rows: int, border: int
) -> NDArray[np.float32]:
    step = window.width / CELLS_ACROSS / cell
    offset_x = window.x0 / cell + step / 2 - 0.5
    offset_y = window.y0 / cell + step / 2 - 0.5
    matrix = np.array([[step, 0, offset_x], [0, step, offset_y]], np.float32)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    warped = cv2.warpAffine(cells, matrix, (CELLS_ACROSS, rows), flags=flags, borderMode=border)
    return np.asarray(warped, np.float32)


@dataclass(frozen=True, slots=True)
class Framing:
    """A window and what speaks against it.

    Args:
        window: in photo pixels, of the picture's aspect; y0 may be negative.
        cost: 0 is best; a few tenths are good, 1 and more is a compromise.
    """

    window: Box
    cost: float


@dataclass(frozen=True, slots=True)
class _Letters:
    """A masthead's ink on the cover's grid, from the cover's top down to its last row.

    Args:
        whole: NHW float32, ink per cell of each connected piece: a letter in most scripts.
        ends: the same for the upper and the lower third of each piece, 2N of them.
    """

    whole: NDArray[np.float32]
    ends: NDArray[np.float32]


def _read_letters(title: Slot, picture: Box) -> _Letters:
    box = title.box.shifted(-picture.x0, -picture.y0)
    width = picture.width
    rows = max(1, round(box.y1 / width * CELLS_ACROSS))
    solid = (title.type.ink > 127).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(solid)

    def cells(piece: NDArray[np.bool_]) -> NDArray[np.float32]:
        canvas = np.zeros((box.y1, width), np.float32)
        canvas[box.slices] = piece
        size = (CELLS_ACROSS, rows)
        return np.asarray(cv2.resize(canvas, size, interpolation=cv2.INTER_AREA), np.float32)

    whole, ends = [], []
    for label in range(1, count):
        area, top = stats[label, cv2.CC_STAT_AREA], stats[label, cv2.CC_STAT_TOP]
        if area < _LEAST_LETTER * solid.sum():
            continue
        third = stats[label, cv2.CC_STAT_HEIGHT] // 3
        piece = labels == label
        upper, lower = piece.copy(), piece.copy()
        upper[top + third :] = False
        lower[: top + 2 * third] = False
        whole.append(cells(piece))
        ends += [cells(upper), cells(lower)]
    return _Letters(np.array(whole, np.float32), np.array(ends, np.float32))


def _masthead_cost(letters: _Letters, matte: NDArray[np.float32]) -> float:
    """What the subject costs the title: ink, letters, and the strokes that tell letters apart."""
    matte = matte[: letters.whole.shape[1]]
    ink = letters.whole.sum((1, 2))
    hidden_ink = (letters.whole * matte).sum((1, 2))
    hidden = float(hidden_ink.sum() / ink.sum())
    worst_letter = float((hidden_ink / ink).max())
    worst_end = float(((letters.ends * matte).sum((1, 2)) / letters.ends.sum((1, 2))).max())
    return (
        4 * max(0.0, hidden - FREE_HIDDEN)
        + 60 * max(0.0, hidden - MAX_HIDDEN)
        + 5 * max(0.0, worst_letter - LETTER_HIDDEN)
        + 12 * max(0.0, worst_end - END_HIDDEN)
        + 0.5 * max(0.0, TOUCHING - hidden) / TOUCHING
    )


def _cost(
    facts: PhotoFacts, window: Box, letters: _Letters | None, masthead: Box, width: int
) -> float:
    rows = round(window.height / window.width * CELLS_ACROSS)
    matte = _warp(facts.matte, facts.cell, window, rows, cv2.BORDER_CONSTANT)
    cost = _masthead_cost(letters, matte) if letters else _COVERED * _under(masthead, matte, width)
    cost += 1.5 * _lost_share(facts, window, matte)
    cost += _growth_cost(facts, window)
    scale = width / window.width
    cost += 0.3 * max(0.0, scale - 1.6)  # beyond 1.6x a photo goes soft
    if facts.faces:
        return cost + _faces_cost(facts.faces, window, masthead, scale)
    return cost + _balance_cost(matte)


def _under(title: Box, matte: NDArray[np.float32], width: int) -> float:
    """Share of a title's box that the subject fills, where the title goes before it."""
    if not title.area:
        return 0.0
    cell = width / CELLS_ACROSS
    rows = slice(int(title.y0 / cell), max(1, round(title.y1 / cell)))
    columns = slice(int(title.x0 / cell), max(1, round(title.x1 / cell)))
    return float(matte[rows, columns].mean())


def _lost_share(facts: PhotoFacts, window: Box, matte: NDArray[np.float32]) -> float:
    """Share of the subject that the window cuts off."""
    area = (window.width / CELLS_ACROSS / facts.cell) ** 2
    whole = float(facts.matte.sum())
    return max(0.0, 1 - float(matte.sum()) * area / whole) if whole > 1 else 0.0


def _growth_cost(facts: PhotoFacts, window: Box) -> float:
    """Headroom costs little above a plain backdrop and much above a busy one or a cut subject."""
    grown = max(0, -window.y0) / window.height
    top = slice(0, max(1, len(facts.edges) // 12))
    columns = slice(int(window.x0 / facts.cell), int(window.x1 / facts.cell) + 1)
    unrest = float(facts.edges[top, columns].mean()) / 0.05
    cut_subject = float(facts.matte[0, columns].mean())
    return grown * (0.4 + min(unrest, 3.0) + 8 * cut_subject)


def _faces_cost(faces: tuple[Box, ...], window: Box, masthead: Box, scale: float) -> float:
    cost = 0.0
    whole = sum(face.area for face in faces)
    for face in faces:
        weight = face.area / whole
        shown = face.intersection(window).area / face.area
        in_cover = _face_in_cover(face, window, scale)
        under_type = in_cover.intersection(masthead).area / in_cover.area
        cost += 20 * weight * (1 - shown) + 100 * under_type
    main = faces[0]
    x, y = main.centre
    return (
        cost
        + 1.6 * max(0.0, abs((x - window.x0) / window.width - 0.5) - 0.06)
        + 2.5 * max(0.0, _HAIR - (main.y0 - window.y0) / main.height)
        # Eyes near the upper third's line is where portraits of this trade hold them.
        + 1.2 * abs((y - window.y0) / window.height - 0.40)
    )


def _balance_cost(matte: NDArray[np.float32]) -> float:
    """How far the subject's weight is from the middle, a little below the centre line."""
    total = float(matte.sum())
    if total < 1:
        return 0.0
    rows, columns = matte.shape
    x: float = float((matte.sum(0) * np.arange(columns)).sum()) / total / columns
    y: float = float((matte.sum(1) * np.arange(rows)).sum()) / total / rows
    sideways, upright = abs(x - 0.5), abs(y - 0.58)
    return 1.6 * max(0.0, sideways - 0.04) + max(0.0, upright - 0.05)
