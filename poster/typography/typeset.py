"""Text, a voice and a measure (line width) -> a block of type, broken into lines and set by Typst.

Does not know colours, pictures or the block's place on a page.
"""

from __future__ import annotations

import math
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate, islice, pairwise
from typing import TypedDict, TypeVar

import numpy as np
from numpy.typing import NDArray

from poster.errors import TextDoesNotFitError, TypesettingError
from poster.graphemes import graphemes
from poster.typography.as_typed import numbers_as_typed
from poster.typography.block import (
    Align,
    BlockMeasures,
    Breakable,
    Line,
    MeasuredLine,
    TypeBlock,
    draw_block,
    filling_sizes,
    largest_size,
    line_extents,
    measure_block,
    spread,
)
from poster.typography.breaks import Piece, balance, fewest_lines, narrowest
from poster.typography.collisions import join_parted, part_touching
from poster.typography.itemise import (
    SOFT_HYPHEN,
    ZERO_WIDTH_SPACE,
    Run,
    clean,
    cut_runs,
    itemise,
    line_ends,
    without_hyphens,
)
from poster.typography.optical import POINTS_PER_PIXEL, sized_runs
from poster.typography.phrases import phrase_ends, splits_phrase
from poster.typography.scripts import Direction, direction, guess_language
from poster.typography.shape import advance_of, ink_boxes, ink_width, line_advance
from poster.typography.typst_compiler import TypstCompiler
from poster.typography.words import inside_syllables, inside_words


@dataclass(frozen=True, slots=True)
class FitTradeOffs:
    """Trade-offs between type size and good line breaks when a text is fitted; none was measured.

    Args:
        more_lines_gain: factor by which another line must enlarge the type. A smaller gain is not
            visible and not worth the extra line: 1.2, a minor third, is the usual step between two
            type sizes.
        splits_gain: factor by which a break inside a word must enlarge a title: a split word has
            to be read twice.
        rag: width allowed for better breaks, as a multiple of the narrowest measure; the loss of
            size is invisible.
    """

    more_lines_gain: float = 1.2
    splits_gain: float = 2.5
    rag: float = 1.06


TRADE_OFFS = FitTradeOffs()

_ATTEMPTS = 4
"""Maximum number of attempts to rebreak lines whose ink exceeds the measure; each is shorter by the
excess. Also the maximum number of times a fitted text is set again because its new size changes its
tracking."""

_WIDTHS = 64
"""Steps of a cut's width range: one is about four pixels of a masthead's line, half a percent."""


_UNCERTAIN_EM = 0.5
"""How much narrower a word may be than HarfBuzz measures it: by side bearings, where letters of
several directions meet."""

_SHOWN = 80
"""How many code points of a text a message quotes at most."""

_KEPT_TEXTS = 128
"""Size of the caches of texts: a cover that is tried in every style needs each of its 27 texts in
up to three voices. Texts without tracking, such as decks in Chinese, are even measured only once.
"""


class BlockSettings(TypedDict):
    """How set_block() sets a text, except for its alignment."""

    size_px: float
    measure: float
    language: str | None
    points_per_px: float


class Typesetter:
    """Sets blocks of type; one Typst compiler serves them all.

    Raises:
        AssetError: a font package is missing or damaged.
    """

    def __init__(self) -> None:
        self.compiler = TypstCompiler()
        self._prepare = lru_cache(_KEPT_TEXTS)(self._read_text)

    def set_block(
        self,
        text: str,
        voice: str,
        *,
        size_px: float,
        measure: float,
        align: Align = "left",
        language: str | None = None,
        points_per_px: float = POINTS_PER_PIXEL,
    ) -> TypeBlock:
        """Set a text at a given size, in as few balanced lines as the measure allows.

        Args:
            text: any text; line breaks count as spaces.
            voice: one of voices.VOICE_NAMES.
            size_px: pixels per em.
            measure: maximum width of the block's ink, in pixels.
            align: alignment of the lines.
            language: BCP 47 tag; None guesses it from the script.
            points_per_px: points at the trim size per pixel; small type is tracked wider.

        Returns:
            The block; its ink is no wider than the measure.

        Raises:
            TypesettingError: the text contains characters that cannot be set.
            MissingGlyphError: no face has one of its characters.
            TextDoesNotFitError: a single word is wider than the measure; the message says how much
                of it fits.
        """
        settings = BlockSettings(
            size_px=size_px, measure=measure, language=language, points_per_px=points_per_px
        )
        paragraph = self._measure(text, voice, settings)
        lines, excess = _break_lines(paragraph, settings, align, self._set_lines)
        if excess <= 0:
            return draw_block(paragraph, lines, size_px, align)
        raise TextDoesNotFitError(_too_wide(paragraph, size_px, math.floor(measure)))

    def measure_block(
        self, text: str, voice: str, align: Align, settings: BlockSettings
    ) -> BlockMeasures:
        """Find what set_block() would make of a text, without drawing it, in a tenth of the time.

        HarfBuzz's extents of a line differ from what Typst draws by at most 0.12 em, in tracked
        Hebrew and in serif faces for Chinese; in most other faces by less than 0.01 em. Source:
        measured with bench/titles in every voice.

        Args:
            text: any text.
            voice: one of voices.VOICE_NAMES.
            align: alignment of the lines.
            settings: of the block.

        Returns:
            The measures of the block; it may be slightly wider than the measure.

        Raises:
            TypesettingError: the text contains characters that cannot be set.
            MissingGlyphError: no face has one of its characters.
            TextDoesNotFitError: a single word is surely wider than the measure.
        """
        paragraph = self._measure(text, voice, settings)
        lines, _ = _break_lines(paragraph, settings, align, _measure_lines)
        return measure_block(paragraph, lines, settings["size_px"], align)

    def check_block(self, text: str, voice: str, settings: BlockSettings) -> None:
        """Refuse a text that set_block() cannot set, without breaking it into lines.

        Args:
            text: any text.
            voice: one of voices.VOICE_NAMES.
            settings: of the block.

        Raises:
            TypesettingError: the text contains characters that cannot be set.
            MissingGlyphError: no face has one of its characters.
            TextDoesNotFitError: a single word is surely wider than the measure.
        """
        self._measure(text, voice, settings)

    def comfortable_measures(
        self, text: str, voice: str, settings: BlockSettings
    ) -> tuple[float, ...]:
        """Find the measures at which a text takes one line, and two that end where phrases do.

        Args:
            text: any text.
            voice: one of voices.VOICE_NAMES.
            settings: of the block; its measure does not matter.

        Returns:
            In pixels, the wider one first, by advance widths: ink may be a little wider. Only one
            for a text that should not be divided.

        Raises:
            TypesettingError: the text contains characters that cannot be set.
            MissingGlyphError: no face has one of its characters.
        """
        size_px = settings["size_px"]
        whole = self._prepare(text, voice, settings["language"], breakable=True)
        paragraph = _spaced(whole, size_px * settings["points_per_px"])
        strong = _phrase_breaks(paragraph)
        between = paragraph.widths[np.ix_(strong[:-1], strong)]
        return tuple(width * size_px for width in islice(narrowest(between), 2))

    def draw_ahead(self, blocks: Iterable[tuple[str, str, BlockSettings]]) -> None:
        """Draw the lines of several blocks together, so that set_block() finds them drawn.

        Drawing a page takes longer than drawing a line on it.

        Args:
            blocks: text, voice and settings of each; those that cannot be set are left out.
        """
        pages: dict[tuple[str, Direction], list[tuple[Run, ...]]] = {}
        for text, voice, settings in blocks:
            try:
                paragraph = self._measure(text, voice, settings)
            except TypesettingError:
                continue  # set_block() will raise it again
            page = pages.setdefault((paragraph.language, paragraph.direction), [])
            limit = math.floor(settings["measure"]) / settings["size_px"]
            page += [paragraph.line_runs(*line) for line in _fewest_lines(paragraph, limit)]
        for language_and_direction, lines in pages.items():
            self.compiler.set_lines(lines, *language_and_direction)

    def _measure(self, text: str, voice: str, settings: BlockSettings) -> Breakable:
        """Find faces, legal breaks and widths, and refuse a word that is surely too wide."""
        size_px = settings["size_px"]
        whole = self._prepare(text, voice, settings["language"], breakable=True)
        paragraph = _spaced(whole, size_px * settings["points_per_px"])
        broken = whole.breaking_words()
        if broken and paragraph.widest * size_px > math.floor(settings["measure"]):
            paragraph = _spaced(broken, size_px * settings["points_per_px"])
        _check_widest(paragraph, size_px, math.floor(settings["measure"]))
        return paragraph

    def fit_block(
        self,
        text: str,
        voice: str,
        *,
        measure: float,
        max_height: float,
        max_lines: int,
        min_size_px: float,
        align: Align = "left",
        language: str | None = None,
        points_per_px: float = POINTS_PER_PIXEL,
    ) -> TypeBlock:
        """Set a text as large as it fits, in one to max_lines balanced lines.

        If the voice allows a face to vary in width, the width is chosen that fills the measure at
        full height, or comes closest.

        Args:
            text: any text; its line breaks are kept if max_lines allows them, and otherwise count
                as spaces.
            voice: one of voices.VOICE_NAMES.
            measure: maximum width of the ink, in pixels.
            max_height: maximum height of the ink, in pixels.
            max_lines: 1 or more; another line is used if it makes the type a fifth larger.
            min_size_px: the smallest legible size.
            align: alignment of the lines.
            language: BCP 47 tag; None guesses it from the script.
            points_per_px: points at the trim size per pixel; small type is tracked wider.

        Returns:
            The block: exactly as wide as the measure, or as high as max_height (several lines may
            be a few rows shorter, since baselines are on whole pixels).

        Raises:
            TypesettingError: the text contains characters that cannot be set.
            MissingGlyphError: no face has one of its characters.
            TextDoesNotFitError: it would have to be smaller than min_size_px; the message says how
                much of it fits.
        """
        room = _Room(math.floor(measure), math.floor(max_height), max_lines, align, points_per_px)
        ends = line_ends(text) if max_lines > 1 else ()
        paragraph = self._prepare(text, voice, language, breakable=max_lines > 1, ends=ends)
        fitted = self._fit(paragraph, room, min_size_px)
        broken = paragraph.breaking_words()
        if fitted.size < min_size_px and broken:
            paragraph, fitted = broken, self._fit(broken, room, min_size_px)
        if fitted.size < min_size_px:
            raise TextDoesNotFitError(self._too_long(paragraph, room, fitted.size, min_size_px))
        return draw_block(fitted.paragraph, fitted.lines, fitted.size, align)

    def _fit(self, paragraph: Breakable, room: _Room, min_size: float) -> _Fitted:
        """Set a text as large as the room allows, with tracking for that size."""
        spaced = _spaced(paragraph, math.inf)
        for _ in range(_ATTEMPTS):
            fitted = self._fill(spaced, room, min_size, TRADE_OFFS.rag)
            if fitted.size < min_size:
                fitted = self._fill(spaced, room, min_size, 1.0)
            respaced = _spaced(paragraph, fitted.size * room.points_per_px)
            if respaced.runs == spaced.runs:
                break
            spaced = respaced
        return fitted

    def _fill(self, paragraph: Breakable, room: _Room, min_size: float, rag: float) -> _Fitted:
        """Choose the number of lines, and the width of the face, that make the type largest."""
        ways = _ways_to_break(paragraph, room.max_lines, rag)
        best = None
        for way, lines in zip(ways, self._set_ways(paragraph, ways), strict=True):
            drawn = self._draw_to_measure(paragraph, way, lines, room)
            size = largest_size(*drawn, room.align, room.width, room.height)
            worth = size / (TRADE_OFFS.splits_gain if _splits_words(paragraph, way) else 1)
            gain = TRADE_OFFS.more_lines_gain if best and best.size >= min_size else 1
            if best is None or worth > best.worth * gain:
                best = _Fitted(size, worth, *drawn)
        if best is None:
            raise AssertionError("a text has at least one way to break")
        return best

    def _draw_to_measure(
        self,
        paragraph: Breakable,
        way: Sequence[tuple[int, int]],
        lines: Sequence[Line],
        room: _Room,
    ) -> tuple[Breakable, Sequence[Line]]:
        """Vary the width of the faces, within their range, to fill both measure and height."""
        if all(run.cut.width_range is None for run in paragraph.runs):
            return paragraph, lines
        by_width, by_height = filling_sizes(paragraph, lines, room.align, room.width, room.height)
        # Which letters would touch depends on that width; parting them makes little difference.
        texts = [join_parted(paragraph.line_runs(first, last)) for first, last in way]
        wanted = _widest(texts, paragraph.language) * by_width / by_height
        # The first step that is wide enough fills the measure, slightly below the full height.
        low, high = -1, _WIDTHS
        while high - low > 1:
            middle = (low + high) // 2
            drawn = [_drawn(runs, middle / _WIDTHS) for runs in texts]
            low, high = (
                (middle, high) if _widest(drawn, paragraph.language) < wanted else (low, middle)
            )
        runs = _drawn(join_parted(paragraph.runs), high / _WIDTHS)
        paragraph = replace(paragraph, runs=part_touching(runs, paragraph.language))
        return paragraph, self._set_ways(paragraph, [way])[0]

    def _read_text(
        self,
        text: str,
        voice: str,
        language: str | None,
        *,
        breakable: bool,
        ends: tuple[int, ...] = (),
    ) -> Breakable:
        """Find faces and legal breaks."""
        text = clean(text)
        language = language or guess_language(text)
        runs = itemise(text, voice, language)
        break_points = self.compiler.legal_breaks(text, language) if breakable else (0, len(text))
        base = direction(text, language)
        # A number that reads as typed must not begin on one line and end on the next.
        whole = numbers_as_typed(text, base)
        inside = {index for start, end in whole for index in range(start + 1, end)}
        within = tuple(sorted({*break_points, *ends} - inside - inside_syllables(text)))
        break_points = tuple(sorted({*within} - inside_words(text)))
        within = within if within != break_points else ()
        return Breakable(text, voice, language, base, runs, break_points, (), ends, within)

    def _set_lines(self, paragraph: Breakable, way: Sequence[tuple[int, int]]) -> list[Line]:
        return self._set_ways(paragraph, [way])[0]

    def _set_ways(
        self, paragraph: Breakable, ways: Sequence[Sequence[tuple[int, int]]]
    ) -> list[list[Line]]:
        """Draw every line of several ways to break a text, all on one page."""
        texts = [paragraph.line_runs(first, last) for way in ways for first, last in way]
        remaining = iter(self.compiler.set_lines(texts, paragraph.language, paragraph.direction))
        return [[next(remaining) for _ in way] for way in ways]

    def _too_long(self, paragraph: Breakable, room: _Room, size: float, min_size: float) -> str:
        """Return the message that says how much of a text fits at the smallest size."""
        clusters = graphemes(paragraph.text)

        def fits(count: int) -> bool:
            part = _beginning(paragraph, len("".join(clusters[:count]).rstrip()))
            spaced = _spaced(part, min_size * room.points_per_px)
            return not part.runs or self._fill(spaced, room, min_size, 1.0).size >= min_size

        longest, beyond = 0, len(clusters)
        # The size usually shrinks in proportion to the length.
        guess = int(beyond * size / min_size)
        guesses = [guess + 1, guess]
        while beyond - longest > 1:
            middle = guesses.pop(0) if guesses else (longest + beyond) // 2
            if longest < middle < beyond:
                longest, beyond = (middle, beyond) if fits(middle) else (longest, middle)
        lines = "one line" if room.max_lines == 1 else f"{room.max_lines} lines"
        return (
            f"“{_shown(paragraph.text)}” has {len(clusters)} characters; to fit in {lines} it "
            f"would have to be set at {size:.1f} px, below the smallest legible size of "
            f"{min_size:g} px: shorten it (its first {longest} characters would fit)"
        )


@dataclass(frozen=True, slots=True)
class _Room:
    """The bounds that a text must fit."""

    width: int
    height: int
    max_lines: int
    align: Align
    points_per_px: float


@dataclass(frozen=True, slots=True)
class _Fitted:
    """A text at the largest size that fits.

    Args:
        size: pixels per em.
        worth: the size, reduced if a word is split.
        paragraph: with tracking for the size.
        lines: as drawn.
    """

    size: float
    worth: float
    paragraph: Breakable
    lines: Sequence[Line]


_AnyLine = TypeVar("_AnyLine", bound=MeasuredLine)


def _break_lines(
    paragraph: Breakable,
    settings: BlockSettings,
    align: Align,
    set_lines: Callable[[Breakable, Sequence[tuple[int, int]]], list[_AnyLine]],
) -> tuple[list[_AnyLine], float]:
    """Break a text so that its ink fits a measure; return the lines, and by how much they do not.

    Both in em.
    """
    limit, widest = math.floor(settings["measure"]) / settings["size_px"], paragraph.widest
    # Ink may exceed the advance widths; then the lines are rebroken, a little shorter.
    bound = limit
    for _ in range(_ATTEMPTS):
        # The ink of a single word may also be narrower than its advance, so ink decides.
        bound = max(bound, widest)
        lines = set_lines(paragraph, _fewest_lines(paragraph, bound))
        excess = _ink_width(lines, align) - limit
        if excess <= 0:
            return lines, excess
        if bound == widest:
            break
        bound -= excess
    # As a last resort, do not let punctuation hang.
    lines = [replace(line, edges=(line.left, line.right)) for line in lines]
    return lines, _ink_width(lines, align) - limit


def _measure_lines(paragraph: Breakable, way: Sequence[tuple[int, int]]) -> list[MeasuredLine]:
    """Measure lines, which HarfBuzz has shaped already to measure their pieces."""
    texts = [paragraph.line_runs(first, last) for first, last in way]
    return [
        MeasuredLine(
            runs,
            *line_extents(runs, ink_boxes(runs, paragraph.language), paragraph.direction),
        )
        for runs in texts
    ]


def _fewest_lines(paragraph: Breakable, measure: float) -> list[tuple[int, int]]:
    """Break a text into as few balanced lines as a measure in em allows, or its widest piece."""
    measure = max(measure, paragraph.widest)
    count = fewest_lines(paragraph.widths, measure)
    return balance(paragraph.pieces, paragraph.widths, count, measure)


def _check_widest(paragraph: Breakable, size_px: float, measure: int) -> None:
    """Refuse a text with a word that is surely too wide, before anything is drawn."""
    if paragraph.widest * size_px <= measure:
        return
    start, stop = _widest_piece(paragraph)
    width = ink_width(cut_runs(paragraph.runs, start, stop), paragraph.language)
    if any(map(_is_squeezed, paragraph.text[start:stop])):
        width /= 2
    if (width - _UNCERTAIN_EM) * size_px > measure:
        raise TextDoesNotFitError(_too_wide(paragraph, size_px, measure))


def _is_squeezed(character: str) -> bool:
    """Whether Typst may set a character in half of its width: punctuation of Chinese and alike."""
    is_wide = unicodedata.east_asian_width(character) in {"F", "W", "A"}
    return is_wide and unicodedata.category(character)[0] in "PS"


def _widest_piece(paragraph: Breakable) -> tuple[int, int]:
    """Return where the widest piece begins and ends in the text, without its trailing space."""
    index = max(range(len(paragraph.pieces)), key=lambda number: paragraph.pieces[number].width)
    start = paragraph.break_points[index]
    return start, start + len(paragraph.pieces[index].text.rstrip())


def _too_wide(paragraph: Breakable, size_px: float, measure: int) -> str:
    """Return the message that names the word that is too wide, and how much of it fits."""
    start, stop = _widest_piece(paragraph)
    word = paragraph.text[start:stop]
    clusters = graphemes(word)
    ends = [start, *(start + end for end in accumulate(map(len, clusters)))]

    def wide(count: int) -> float:
        runs = cut_runs(paragraph.runs, start, ends[count])
        return ink_width(runs, paragraph.language) * size_px

    parts = range(1, len(clusters))
    longest = bisect_left(parts, True, key=lambda count: wide(count) > measure)
    return (
        f"“{_shown(word)}” is {math.ceil(wide(len(clusters)))} px wide at a type size of "
        f"{size_px:.1f} px, but a line is only {measure} px wide: use a shorter word (the first "
        f"{longest} of its {len(clusters)} characters would fit)"
    )


def _shown(text: str) -> str:
    """Return a text for a message, without the end of a long one."""
    text = text.strip()
    if len(text) <= _SHOWN:
        return text
    clusters = graphemes(text)
    count = sum(length < _SHOWN for length in accumulate(map(len, clusters)))
    return "".join(clusters[:count]) + "…"


def _spaced(paragraph: Breakable, points: float) -> Breakable:
    """Track and measure a text for a size in points."""
    runs = part_touching(sized_runs(paragraph.runs, points), paragraph.language)
    return _measured(replace(paragraph, runs=runs, pieces=()))


@lru_cache(_KEPT_TEXTS)
def _measured(paragraph: Breakable) -> Breakable:
    """Measure the pieces of a text between its break points."""
    runs = paragraph.runs
    pieces = []
    ends = phrase_ends(paragraph.text, paragraph.language)
    for start, stop in pairwise(paragraph.break_points):
        words = start + len(paragraph.text[start:stop].rstrip())
        advance, space = (
            line_advance(cut_runs(runs, first, stop), paragraph.language)
            for first in (start, words)
        )
        if paragraph.text[stop - 1] == SOFT_HYPHEN:
            [*_, last] = cut_runs(runs, start, stop)
            hyphen = without_hyphens(replace(last, text=SOFT_HYPHEN), ends_line=True)
            space = -advance_of(hyphen, paragraph.language) if hyphen.text else 0.0
        parted = _parts_phrases(paragraph.text[stop - 1], paragraph.text[stop : stop + 1])
        clings = space > 0 and splits_phrase(paragraph.text[:stop], paragraph.text[stop:])
        weak = clings or (not parted and stop not in ends)
        pieces.append(Piece(paragraph.text[start:stop], advance, space, weak))
    return replace(paragraph, pieces=tuple(pieces))


def _beginning(paragraph: Breakable, length: int) -> Breakable:
    """Return the first characters of a text, as a text."""
    break_points = (*(stop for stop in paragraph.break_points if stop < length), length)
    ends = tuple(end for end in paragraph.line_ends if end < length)
    return replace(
        paragraph,
        text=paragraph.text[:length],
        runs=cut_runs(paragraph.runs, 0, length),
        break_points=break_points,
        line_ends=ends,
    )


def _ink_width(lines: Sequence[MeasuredLine], align: Align) -> float:
    left, right = spread(lines, align)
    return right - left


def _drawn(runs: Sequence[Run], share: float) -> tuple[Run, ...]:
    return tuple(replace(run, cut=run.cut.drawn(share)) for run in runs)


def _widest(lines: Sequence[Sequence[Run]], language: str) -> float:
    return max(line_advance(runs, language) for runs in lines)


def _ways_to_break(paragraph: Breakable, max_lines: int, rag: float) -> list[list[tuple[int, int]]]:
    """Return the best breaks into each number of lines: between phrases, and at any legal break.

    If the caller broke the text into no more lines than allowed, those are the only way.
    """
    pieces = paragraph.pieces
    if paragraph.line_ends and len(paragraph.line_ends) < max_lines:
        numbers = map(paragraph.break_points.index, paragraph.line_ends)
        return [list(pairwise([0, *numbers, len(pieces)]))]
    widths, strong = paragraph.widths, _phrase_breaks(paragraph)
    phrases = tuple(replace(pieces[end - 1], weak=False) for end in strong[1:])
    between = widths[np.ix_(strong[:-1], strong)]
    ways = [
        [(strong[first], strong[last]) for first, last in way]
        for way in _balanced(phrases, between, max_lines, rag)
    ]
    return ways + [way for way in _balanced(pieces, widths, max_lines, rag) if way not in ways]


def _phrase_breaks(paragraph: Breakable) -> list[int]:
    """Return the numbers of the pieces at which phrases begin, and the number of all."""
    pieces = paragraph.pieces
    ends = [number for number, piece in enumerate(pieces, 1) if not piece.weak]
    return [0, *ends] if ends[-1:] == [len(pieces)] else [0, *ends, len(pieces)]


def _balanced(
    pieces: tuple[Piece, ...], widths: NDArray[np.float64], max_lines: int, rag: float
) -> list[list[tuple[int, int]]]:
    return [
        balance(pieces, widths, count, narrow * rag)
        for count, narrow in enumerate(islice(narrowest(widths), max_lines), 1)
    ]


def _splits_words(paragraph: Breakable, way: Sequence[tuple[int, int]]) -> bool:
    """Whether a line ends inside a word: at a soft hyphen, or in Japanese and Chinese."""
    split = [piece for _, last in way[:-1] if (piece := paragraph.pieces[last - 1]).weak]
    if any(piece.text.endswith(SOFT_HYPHEN) for piece in split):
        return True
    return bool(split) and bool(phrase_ends(paragraph.text, paragraph.language))


def _parts_phrases(before: str, after: str) -> bool:
    """Whether a space, punctuation or the author separates two characters."""
    closed = unicodedata.category(before)[0] in "PZ" or before == ZERO_WIDTH_SPACE
    opened = bool(after) and unicodedata.category(after) in {"Ps", "Pi"}
    return closed or opened
