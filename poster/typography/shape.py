"""A run -> the glyphs and advances that HarfBuzz shapes it into, in em.

Does not know sizes in pixels, nor Typst, which draws the same runs in the end.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise

import uharfbuzz as hb  # type: ignore[import-untyped]  # ships no types

from poster.errors import MissingGlyphError, TypesettingError
from poster.typography.bidi import may_part
from poster.typography.fonts import shaping_face
from poster.typography.itemise import Run, lone_mark, missing_glyph
from poster.typography.outlines import Curves, read_path
from poster.typography.voices import Cut

_FINE = 1 << 16
"""Units per em for heights. HarfBuzz rounds to whole units, and 1/1000 em may be 0.3 px."""

_DOTTED_CIRCLE = "\u25cc"

_PLAIN_LETTERS = {
    "Arab": "ا",  # noqa: RUF001  # an alef is meant
    "Deva": "क",
    "Hang": "한",
    "Hani": "永",
    "Hebr": "ה",
    "Hira": "永",
    "Kana": "永",
    "Thai": "ก",
}
"""A letter of ordinary height, for scripts without capitals; others use the face's cap height."""


@dataclass(frozen=True, slots=True)
class ShapedGlyph:
    """A glyph as shaped by HarfBuzz, in em from the start of its run.

    Args:
        index: in its face.
        cluster: index of its first code point in the run.
        x: of its origin.
        y: of its origin, upwards.
        advance: to the next glyph, including tracking.
    """

    index: int
    cluster: int
    x: float
    y: float
    advance: float


InkBox = tuple[float, float, float, float]
"""x0, y0, x1, y1 in em from a line's origin on the baseline, y downwards."""


@lru_cache(maxsize=1024)
def shape(run: Run, language: str) -> tuple[ShapedGlyph, ...]:
    """Shape a run.

    Args:
        run: characters of one face, script and direction.
        language: BCP 47 tag.

    Returns:
        Glyphs from left to right.

    Raises:
        MissingGlyphError: the face has no glyph for a character.
        TypesettingError: a mark has no letter to combine with. HarfBuzz draws such a mark on a
            dotted circle, which nobody wrote.
    """
    buffer = hb.Buffer()
    buffer.add_str(run.text)
    buffer.direction = run.direction
    buffer.script = run.script
    buffer.language = language
    buffer.flags = hb.BufferFlags.REMOVE_DEFAULT_IGNORABLES
    font = _font(run.cut, shaping_face(run.cut.family).upem)
    hb.shape(font, buffer)
    infos, positions = buffer.glyph_infos, buffer.glyph_positions
    clusters = [info.cluster for info in infos]
    # Like Typst, add tracking between clusters, but not after the last of a run.
    spaced = [a != b for a, b in pairwise([*clusters, *clusters[-1:]])]
    upem = shaping_face(run.cut.family).upem
    circle = font.get_nominal_glyph(ord(_DOTTED_CIRCLE)) if _DOTTED_CIRCLE not in run.text else None
    glyphs, x = [], 0.0
    for info, position, track in zip(infos, positions, spaced, strict=True):
        if info.codepoint == 0:
            raise MissingGlyphError(missing_glyph(run.text[info.cluster]))
        if info.codepoint == circle:
            marks = filter(_is_mark, run.text[info.cluster :])
            raise TypesettingError(lone_mark(next(marks, run.text[info.cluster])))
        advance = position.x_advance / upem + run.cut.tracking * track
        glyphs.append(
            ShapedGlyph(
                info.codepoint,
                info.cluster,
                x + position.x_offset / upem,
                position.y_offset / upem,
                advance,
            )
        )
        x += advance
    return tuple(glyphs)


def advance_of(run: Run, language: str) -> float:
    """Return the advance width of a run, in em."""
    return sum(glyph.advance for glyph in shape(run, language))


def ink_width(runs: Sequence[Run], language: str) -> float:
    """Measure the ink of a line, in em.

    Args:
        runs: of the line; at least one.
        language: BCP 47 tag.

    Returns:
        From its first ink to its last; 0 without ink. Of a line with several directions, whose runs
        stand in another order, the advance width.
    """
    if len({run.direction for run in runs}) > 1:
        return sum(advance_of(run, language) + run.cut.tracking for run in runs)
    boxes = ink_boxes(runs, language)
    return max(box[2] for box in boxes) - min(box[0] for box in boxes) if boxes else 0.0


def ink_boxes(runs: Sequence[Run], language: str) -> list[InkBox]:
    """Measure the ink of each glyph of a line.

    Args:
        runs: of the line; at least one.
        language: BCP 47 tag.

    Returns:
        The boxes from left to right, without glyphs that have no ink. Those of a line with several
        directions are as large as they should be, but in another order.
    """
    is_ltr = runs[0].direction == "ltr"
    in_order = runs if is_ltr else runs[::-1]
    gaps = [gap_between(run, following) for run, following in pairwise(runs)]
    boxes, start = [], 0.0
    for run, gap in zip(in_order, [*(gaps if is_ltr else gaps[::-1]), 0.0], strict=True):
        for glyph in shape(run, language):
            left, top, width, height = _ink_of(run.cut, glyph.index)
            if width:
                x0, y0 = start + glyph.x + left, top - glyph.y
                boxes.append((x0, y0, x0 + width, y0 + height))
        start += advance_of(run, language) + gap
    return boxes


@lru_cache(maxsize=4096)
def _ink_of(cut: Cut, index: int) -> InkBox:
    """Return where the ink of a glyph begins, its width and its height, in em; y downwards."""
    extents = _font(cut, _FINE).get_glyph_extents(index)
    if not extents:
        return 0.0, 0.0, 0.0, 0.0
    left, top, width, height = (side / _FINE for side in extents)
    return left, -top, width, -height


def line_advance(runs: Sequence[Run], language: str) -> float:
    """Return the advance width of consecutive runs, in em."""
    gaps = (gap_between(run, following) for run, following in pairwise(runs))
    return sum(advance_of(run, language) for run in runs) + sum(gaps)


def is_nominal(cut: Cut, index: int, text: str) -> bool:
    """Whether a glyph is what the face has for one character alone, and no form of its context."""
    found = _font(cut, _FINE).get_nominal_glyph(ord(text)) if len(text) == 1 else None
    return bool(found == index)


def outline_of(cut: Cut, index: int) -> Curves:
    """Read the outline of a glyph.

    Args:
        cut: a face at its weight.
        index: of the glyph.

    Returns:
        Its curves, in em from its origin, y upwards.
    """
    pen = _SvgPen()
    _font(cut, _FINE).draw_glyph(index, _draw_functions(), pen)
    curves: Curves = read_path(" ".join(pen.commands)) / _FINE
    return curves


class _SvgPen:
    """Collects an outline as the commands of an SVG path."""

    def __init__(self) -> None:
        self.commands: list[str] = []


@cache
def _draw_functions() -> hb.DrawFuncs:
    functions = hb.DrawFuncs()

    def add(letter: str) -> Callable[..., None]:
        def command(*values: float | _SvgPen) -> None:
            *numbers, pen = values
            if isinstance(pen, _SvgPen):
                pen.commands.append(letter + " ".join(map(str, numbers)))

        return command

    functions.set_move_to_func(add("M"))
    functions.set_line_to_func(add("L"))
    functions.set_quadratic_to_func(add("Q"))
    functions.set_cubic_to_func(add("C"))
    functions.set_close_path_func(add("Z"))
    return functions


def gap_between(run: Run, following: Run) -> float:
    """Return the space between two runs, in em.

    Args:
        run: the first in the text's order.
        following: the next.

    Returns:
        The first one's own; else the tracking if both use the same face, and 0 if a space there
        could change the order in which bidirectional text is read.
    """
    if run.space is not None:
        return run.space
    if run.cut != following.cut or not may_part(run.text, following.text):
        return 0.0
    return run.cut.tracking


def letter_height(cut: Cut, script: str) -> float:
    """Measure the height of capitals, or of ordinary letters in scripts without them, in em.

    Args:
        cut: a face at its weight.
        script: ISO 15924 code.

    Returns:
        In em above the baseline.
    """
    letter = _PLAIN_LETTERS.get(script)
    font = _font(cut, _FINE)
    if letter and (index := font.get_nominal_glyph(ord(letter))):
        top: int = font.get_glyph_extents(index).y_bearing
        return top / _FINE
    height: int = font.get_metric_position_with_fallback(hb.OTMetricsTag.CAP_HEIGHT)
    return height / _FINE


def _is_mark(character: str) -> bool:
    return unicodedata.category(character)[0] == "M"


@lru_cache(maxsize=128)
def _font(cut: Cut, units: int) -> hb.Font:
    font = hb.Font(shaping_face(cut.family))
    font.scale = (units, units)
    axes: dict[str, float] = {"wght": cut.weight, "wdth": cut.stretch}
    if cut.optical is not None:
        axes["opsz"] = cut.optical
    font.set_variations(axes)
    return font
