"""What Typst drew must be what HarfBuzz picks for the same text: outline by outline, in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import uharfbuzz as hb  # type: ignore[import-untyped]  # ships no types
from numpy.typing import NDArray

from poster.typography.fonts import FACES, covered, shaping_face
from poster.typography.outlines import Glyph
from poster.typography.typeset import Typesetter

SUBPIXEL = 0.05
"""Of 1000 to the em: Typst writes its numbers to three places."""


@dataclass(frozen=True)
class Part:
    """A run as it stands on the page, left to right, said by hand."""

    text: str
    family: str
    weight: int
    script: str
    direction: str = "ltr"
    stretch: float = 100
    tracking: float = 0


class Pen:
    """Collects what HarfBuzz draws as cubic curves."""

    def __init__(self) -> None:
        self.curves: list[list[tuple[float, float]]] = []
        self.start = self.pen = (0.0, 0.0)

    def moveTo(self, point: tuple[float, float]) -> None:  # noqa: N802  # the pen protocol's name
        self.start = self.pen = point

    def lineTo(self, point: tuple[float, float]) -> None:  # noqa: N802  # the pen protocol's name
        self._cubic([self._between(1 / 3, point), self._between(2 / 3, point), point])

    def qCurveTo(  # noqa: N802  # the pen protocol's name
        self, handle: tuple[float, float], end: tuple[float, float]
    ) -> None:
        first = self._between(2 / 3, handle)
        second = tuple(e + (h - e) * 2 / 3 for h, e in zip(handle, end, strict=True))
        self._cubic([first, (second[0], second[1]), end])

    def curveTo(self, *points: tuple[float, float]) -> None:  # noqa: N802  # the pen protocol's name
        self._cubic(list(points))

    def closePath(self) -> None:  # noqa: N802  # the pen protocol's name
        if self.pen != self.start:
            self.lineTo(self.start)

    def _between(self, share: float, end: tuple[float, float]) -> tuple[float, float]:
        (x0, y0), (x1, y1) = self.pen, end
        return x0 + (x1 - x0) * share, y0 + (y1 - y0) * share

    def _cubic(self, points: list[tuple[float, float]]) -> None:
        self.curves.append([self.pen, *points])
        self.pen = points[-1]


def font_of(part: Part, units: int) -> Any:
    font = hb.Font(shaping_face(part.family))
    font.scale = (units, units)
    font.set_variations({"wght": part.weight, "wdth": part.stretch})
    return font


def outline(part: Part, index: int) -> NDArray[np.float64]:
    """1000 to the em, in steps so fine that rounding does not show."""
    pen = Pen()
    font_of(part, 1000 * 256).draw_glyph_with_pen(index, pen)
    return np.array(pen.curves, np.float64).reshape(-1, 4, 2) / 256


def without_specks(curves: NDArray[np.float64]) -> NDArray[np.float64]:
    """Leave out what only closes a contour by a rounding error."""
    kept: NDArray[np.float64] = curves[np.ptp(curves, axis=1).max(axis=1) > SUBPIXEL]
    return kept


def shaped(part: Part, language: str) -> list[tuple[int, int, float, float]]:
    """Glyph, cluster, x and y, 1000 to the em."""
    upem = shaping_face(part.family).upem
    buffer = hb.Buffer()
    buffer.add_str(part.text)
    buffer.direction, buffer.script, buffer.language = part.direction, part.script, language
    hb.shape(font_of(part, upem), buffer)
    x = 0.0
    found = []
    infos, positions = buffer.glyph_infos, buffer.glyph_positions
    for index, (info, position) in enumerate(zip(infos, positions, strict=True)):
        scale = 1000 / upem
        place = (x + position.x_offset * scale, position.y_offset * scale)
        found.append((info.codepoint, info.cluster, *place))
        x += position.x_advance * scale
        if index + 1 < len(infos) and infos[index + 1].cluster != info.cluster:
            x += part.tracking * 1000
    return found


def set_line(typesetter: Typesetter, text: str, voice: str, language: str) -> list[Glyph]:
    copy = typesetter._prepare(text, voice, language, breakable=False)
    [glyphs] = typesetter._set_glyphs(copy, [copy.runs])
    return sorted(glyphs, key=lambda glyph: glyph.x)


def assert_set_as_shaped(glyphs: list[Glyph], parts: list[Part], language: str) -> None:
    expected = []
    for part in parts:
        run = shaped(part, language)
        inked = [(glyph, x, y) for glyph, _, x, y in run if len(outline(part, glyph))]
        assert all(glyph != 0 for glyph, *_ in run), "HarfBuzz itself has no glyph"
        expected.append((part, sorted(inked, key=lambda item: item[1])))
    drawn = [glyph for glyph in glyphs if len(glyph.curves)]
    assert len(drawn) == sum(len(inked) for _, inked in expected)
    remaining = iter(drawn)
    for part, inked in expected:
        origin = None
        for index, x, y in inked:
            glyph = next(remaining)
            wanted, drawn_here = without_specks(outline(part, index)), without_specks(glyph.curves)
            assert drawn_here.shape == wanted.shape, (part.text, index)
            np.testing.assert_allclose(drawn_here, wanted, atol=SUBPIXEL)
            origin = glyph.x - x if origin is None else origin
            assert glyph.x - x == pytest.approx(origin, abs=SUBPIXEL), "moved within its run"
            assert -glyph.y == pytest.approx(y, abs=SUBPIXEL), "raised or lowered"


def anton(text: str) -> Part:
    return Part(text, "Anton", 400, "Latn", tracking=-0.01)


def black(text: str, region: str, script: str) -> Part:
    return Part(text, f"Noto Sans CJK {region}", 900, script, tracking=-0.04)


@pytest.mark.parametrize(
    ("text", "language", "parts"),
    [
        ("AVATAR To Ty", "en", [anton("AVATAR To Ty")]),
        ("Žižek Ångström", "sv", [anton("Žižek Ångström")]),
        ("Đường Phố", "vi", [anton("Đường Phố")]),
        ("office fflag", "en", [anton("office fflag")]),
        ("서울의 밤", "ko", [black("서울의 밤", "KR", "Hang")]),
        ("静か", "ja", [
            black("静", "JP", "Hani"),
            black("か", "JP", "Hira"),
        ]),
        ("コーヒー", "ja", [black("コーヒー", "JP", "Kana")]),
        ("色彩与沉默", "zh", [black("色彩与沉默", "SC", "Hani")]),
        ("臺灣的夜", "zh-Hant", [black("臺灣的夜", "TC", "Hani")]),
        ("السلام عليكم", "ar", [
            Part("السلام عليكم", "Noto Sans Arabic", 700, "Arab", "rtl"),
        ]),
        ("هدوء TABASCO", "ar", [
            anton("TABASCO"),
            Part("هدوء ", "Noto Sans Arabic", 700, "Arab", "rtl"),
        ]),
        ("هدوء TABASCO بيت", "ar", [
            Part(" بيت", "Noto Sans Arabic", 700, "Arab", "rtl"),
            anton("TABASCO"),
            Part("هدوء ", "Noto Sans Arabic", 700, "Arab", "rtl"),
        ]),
        ("بَيْتٌ", "ar", [Part("بَيْتٌ", "Noto Sans Arabic", 700, "Arab", "rtl")]),
        ("שָׁלוֹם", "he", [Part("שָׁלוֹם", "Noto Sans Hebrew", 700, "Hebr", "rtl")]),
        ("क्षत्रिय", "hi", [Part("क्षत्रिय", "Noto Sans Devanagari", 700, "Deva")]),
        ("हिन्दी र्कि", "hi", [Part("हिन्दी र्कि", "Noto Sans Devanagari", 700, "Deva")]),
        ("ที่นี่ น้ำ", "th", [Part("ที่นี่ น้ำ", "Noto Sans Thai", 700, "Thai")]),
        ("ខ្មែរ", "km", [Part("ខ្មែរ", "Noto Sans Khmer", 700, "Khmr")]),
        ("மொழி", "ta", [Part("மொழி", "Noto Sans Tamil", 700, "Taml")]),
        ("Тишина", "ru", [Part("Тишина", "Oswald", 700, "Cyrl", tracking=-0.015)]),
        ("Σιωπή", "el", [Part("Σιωπή", "Noto Sans", 700, "Grek", tracking=-0.02)]),
    ],
)  # fmt: skip
def test_a_masthead_is_set_as_harfbuzz_shapes_it(
    typesetter: Typesetter, text: str, language: str, parts: list[Part]
) -> None:
    glyphs = set_line(typesetter, text, "masthead", language)
    assert_set_as_shaped(glyphs, parts, language)


@pytest.mark.parametrize(
    ("voice", "part"),
    [
        ("headline", Part("Waffle “Wo” AV", "Archivo", 800, "Latn", stretch=75, tracking=-0.005)),
        ("deck", Part("Waffle “Wo” AV", "Archivo", 500, "Latn")),
        ("small", Part("Waffle “Wo” AV", "Archivo", 500, "Latn")),
    ],
)
def test_weights_and_widths_are_those_of_the_voice(
    typesetter: Typesetter, voice: str, part: Part
) -> None:
    assert_set_as_shaped(set_line(typesetter, part.text, voice, "en"), [part], "en")


@pytest.mark.parametrize(
    "text",
    [
        "#let x = 1 #x #set",
        "*bold* _emph_ `raw` $x^2$",
        "back\\slash \\u{41} \\n",
        "\"double\" 'single' ... -- ---",
        "// gone? /* gone? */ <label> @ref",
        "= Heading - item + item / term: x",
        "~ [x] {y} (z) #[w] ; | ^ % & ~~",
        "http://example.org/a_b?c=d&e=#f",
        '")#panic("',
    ],
)
def test_markup_comes_out_verbatim(typesetter: Typesetter, text: str) -> None:
    part = Part(text, "Archivo", 500, "Latn")
    assert_set_as_shaped(set_line(typesetter, text, "deck", "en"), [part], "en")


def test_han_has_the_forms_of_the_language(typesetter: Typesetter) -> None:
    def forms(language: str) -> list[str]:
        return [glyph.shape for glyph in set_line(typesetter, "骨直角", "headline", language)]

    simplified, traditional, japanese = forms("zh"), forms("zh-Hant"), forms("ja")
    assert simplified[0] != traditional[0]
    assert all(a != b for a, b in zip(simplified[:2], japanese[:2], strict=True))
    assert traditional[2] != japanese[2]


def test_arabic_letters_join() -> None:
    part = Part("سلام", "Noto Sans Arabic", 700, "Arab", "rtl")
    found = [glyph for glyph, *_ in shaped(part, "ar")]
    isolated = [font_of(part, 1000).get_nominal_glyph(ord(letter)) for letter in "ملاس"]
    # seen, lam-alef as one, meem: and of these only the meem, after an alef, stands alone
    assert len(set(found) & set(isolated)) == 1
    assert next(cluster for _, cluster, *_ in shaped(part, "ar")) == 3


def test_devanagari_reorders_and_conjoins() -> None:
    part = Part("कि", "Noto Sans Devanagari", 700, "Deva")
    sign, letter = (glyph for glyph, *_ in shaped(part, "hi"))
    assert letter == font_of(part, 1000).get_nominal_glyph(ord("क"))
    assert sign != letter
    conjunct = Part("क्ष", "Noto Sans Devanagari", 700, "Deva")
    assert len(shaped(conjunct, "hi")) == 1


def test_thai_marks_stack_on_their_consonant() -> None:
    part = Part("ที่", "Noto Sans Thai", 700, "Thai")
    assert [cluster for _, cluster, *_ in shaped(part, "th")] == [0, 0, 0]


def test_the_comparison_catches_a_wrong_letter(typesetter: Typesetter) -> None:
    glyphs = set_line(typesetter, "TABASCO", "masthead", "en")
    with pytest.raises(AssertionError):
        assert_set_as_shaped(glyphs, [anton("TARASCO")], "en")


def test_the_comparison_catches_a_shifted_letter(typesetter: Typesetter) -> None:
    glyphs = set_line(typesetter, "AVA", "masthead", "en")
    loose = Part("AVA", "Anton", 400, "Latn")
    with pytest.raises(AssertionError, match="moved within its run"):
        assert_set_as_shaped(glyphs, [loose], "en")


def test_every_face_of_the_voices_maps_what_it_covers() -> None:
    for family in FACES:
        assert 0x20 in covered(family)
