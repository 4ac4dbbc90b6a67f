# ruff: noqa: RUF001  # letters that look alike are the matter here
"""Typst must draw the glyphs that HarfBuzz selects for the same text, outline by outline."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import uharfbuzz as hb  # type: ignore[import-untyped]  # ships no types
from numpy.typing import NDArray

from poster.typography.fonts import FACES, covered, shaping_face
from poster.typography.optical import sized_runs
from poster.typography.outlines import Glyph
from poster.typography.typeset import Typesetter
from poster.typography.typst_compiler import subtags

SUBPIXEL = 0.05
"""In 1/1000 em: Typst writes numbers with three decimals."""


ROUNDED = 1.05
"""In 1/1000 em: anchors and kerning that vary with the weight are rounded by each shaper in
its own way. Typst 0.15 also keeps the default weight's kerning for some pairs (AV of Playfair
at 500 is 8 off), so none of those is used here."""


@dataclass(frozen=True)
class Part:
    """A run as it is on the page, left to right, specified by hand."""

    text: str
    family: str
    weight: int
    script: str
    direction: str = "ltr"
    stretch: float = 100
    tracking: float = 0
    optical: float | None = None


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
    axes = {"wght": part.weight, "wdth": part.stretch}
    font.set_variations(axes | ({} if part.optical is None else {"opsz": part.optical}))
    return font


def outline(part: Part, index: int) -> NDArray[np.float64]:
    """1/1000 em, in steps so fine that rounding does not matter."""
    pen = Pen()
    font_of(part, 1000 * 256).draw_glyph_with_pen(index, pen)
    return np.array(pen.curves, np.float64).reshape(-1, 4, 2) / 256


def without_specks(curves: NDArray[np.float64]) -> NDArray[np.float64]:
    """Leave out segments that only close a contour by a rounding error."""
    kept: NDArray[np.float64] = curves[np.ptp(curves, axis=1).max(axis=1) > SUBPIXEL]
    return kept


def shaped(part: Part, language: str) -> list[tuple[int, int, float, float]]:
    """Glyph, cluster, x and y, in 1/1000 em."""
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
    runs = sized_runs(copy.runs, math.inf)
    [glyphs] = typesetter.compiler.set_glyphs([runs], language, copy.direction)
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
            assert glyph.x - x == pytest.approx(origin, abs=ROUNDED), "moved within its run"
            assert -glyph.y == pytest.approx(y, abs=ROUNDED), "raised or lowered"


def anton(text: str) -> Part:
    return Part(text, "Anton", 400, "Latn", tracking=-0.01)


def noto(text: str, name: str, script: str, direction: str = "ltr") -> Part:
    return Part(text, f"Noto Sans {name}", 900, script, direction, stretch=70)


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
            noto("السلام عليكم", "Arabic", "Arab", "rtl"),
        ]),
        ("هدوء TABASCO", "ar", [
            anton("TABASCO"),
            noto("هدوء ", "Arabic", "Arab", "rtl"),
        ]),
        ("هدوء TABASCO بيت", "ar", [
            noto(" بيت", "Arabic", "Arab", "rtl"),
            anton("TABASCO"),
            noto("هدوء ", "Arabic", "Arab", "rtl"),
        ]),
        ("بَيْتٌ", "ar", [noto("بَيْتٌ", "Arabic", "Arab", "rtl")]),
        ("שָׁל", "he", [noto("שָׁל", "Hebrew", "Hebr", "rtl")]),
        ("क्षत्रिय", "hi", [noto("क्षत्रिय", "Devanagari", "Deva")]),
        ("हिन्दी र्कि", "hi", [noto("हिन्दी र्कि", "Devanagari", "Deva")]),
        ("ที่นี่ น้ำ", "th", [noto("ที่นี่ น้ำ", "Thai", "Thai")]),
        ("ខ្មែរ", "km", [noto("ខ្មែរ", "Khmer", "Khmr")]),
        ("மொழி", "ta", [noto("மொழி", "Tamil", "Taml")]),
        ("Тишина", "ru", [Part("Тишина", "Oswald", 700, "Cyrl", tracking=-0.015)]),
        ("Σιωπή", "el", [
            Part("Σιωπή", "Roboto Flex", 720, "Grek", stretch=50, tracking=0.005, optical=60),
        ]),
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
        ("deck", Part("Waffle “Wo” AV", "Archivo", 500, "Latn", tracking=-0.01)),
        ("small", Part("Waffle “Wo” AV", "Archivo", 500, "Latn", tracking=-0.01)),
        ("grotesque", Part("Waffle AV", "Archivo", 700, "Latn", tracking=-0.02)),
        ("serif", Part("Waffle “on”", "Playfair Display", 500, "Latn", tracking=-0.02)),
        ("didone", Part("Waffle AV", "Bodoni Moda", 600, "Latn", tracking=-0.02, optical=40)),
    ],
)
def test_weights_and_widths_are_those_of_the_voice(
    typesetter: Typesetter, voice: str, part: Part
) -> None:
    assert_set_as_shaped(set_line(typesetter, part.text, voice, "en"), [part], "en")


@pytest.mark.parametrize(
    ("language", "part"),
    [
        ("ru", Part("Тишина", "Playfair Display", 500, "Cyrl", tracking=-0.02)),
        ("el", Part("Σιωπή", "Source Serif 4", 500, "Grek", tracking=-0.02, optical=60)),
        ("ko", Part("서울의", "Noto Serif KR", 400, "Hang", tracking=-0.03)),
        ("ja", Part("コーヒー", "Noto Serif JP", 400, "Kana", tracking=-0.03)),
        ("zh", Part("色彩与沉默", "Noto Serif SC", 400, "Hani", tracking=-0.03)),
        ("zh-Hant", Part("臺灣的夜", "Noto Serif TC", 400, "Hani", tracking=-0.03)),
        ("zh-Hant-HK", Part("香港的夜", "Noto Serif TC", 400, "Hani", tracking=-0.03)),
        ("ar", Part("بَيْتٌ", "Noto Naskh Arabic", 400, "Arab", "rtl")),
        ("he", Part("שָׁלוֹם", "Frank Ruhl Libre", 400, "Hebr", "rtl")),
        ("hi", Part("क्षत्रिय", "Noto Serif Devanagari", 400, "Deva")),
        ("th", Part("ที่นี่ น้ำ", "Noto Serif Thai", 400, "Thai")),
    ],
)
def test_a_serif_voice_uses_a_serif_in_every_script_that_has_one(
    typesetter: Typesetter, language: str, part: Part
) -> None:
    assert_set_as_shaped(set_line(typesetter, part.text, "serif", language), [part], language)


@pytest.mark.parametrize(
    ("language", "part"),
    [
        ("ar", Part("بَيْتٌ", "Noto Sans Arabic", 500, "Arab", "rtl")),
        ("he", Part("שָׁלוֹם", "Noto Sans Hebrew", 500, "Hebr", "rtl")),
        ("hi", Part("क्षत्रिय", "Noto Sans Devanagari", 500, "Deva")),
        ("th", Part("ที่นี่ น้ำ", "Noto Sans Thai", 500, "Thai")),
    ],
)
def test_text_of_normal_width_is_set_in_the_same_faces_as_titles(
    typesetter: Typesetter, language: str, part: Part
) -> None:
    # Two packages contain a family of each of these names.
    assert_set_as_shaped(set_line(typesetter, part.text, "deck", language), [part], language)


@pytest.mark.parametrize(("size", "optical"), [(30, 6), (150, 17), (1000, 40)])
def test_hairlines_are_drawn_for_the_size_and_both_agree(
    typesetter: Typesetter, size: float, optical: float
) -> None:
    block = typesetter.set_block("HAH", "didone", size_px=size, measure=4000)
    [glyphs] = typesetter.compiler.set_glyphs(block.runs, "en", "ltr")
    [[run]] = block.runs
    assert run.cut.optical == optical
    part = Part("HAH", "Bodoni Moda", 600, "Latn", tracking=run.cut.tracking, optical=optical)
    assert_set_as_shaped(glyphs, [part], "en")


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
    part = Part(text, "Archivo", 500, "Latn", tracking=-0.01)
    assert_set_as_shaped(set_line(typesetter, text, "deck", "en"), [part], "en")


def test_han_has_the_forms_of_the_language(typesetter: Typesetter) -> None:
    def forms(language: str) -> list[str]:
        return [glyph.shape for glyph in set_line(typesetter, "骨直角", "headline", language)]

    simplified, traditional, japanese = forms("zh"), forms("zh-Hant"), forms("ja")
    assert simplified[0] != traditional[0]
    assert all(a != b for a, b in zip(simplified[:2], japanese[:2], strict=True))
    assert traditional[2] != japanese[2]


def test_arabic_letters_join() -> None:
    part = noto("سلام", "Arabic", "Arab", "rtl")
    found = [glyph for glyph, *_ in shaped(part, "ar")]
    isolated = [font_of(part, 1000).get_nominal_glyph(ord(letter)) for letter in "ملاس"]
    # seen, a lam-alef ligature, meem; only the meem, after an alef, is isolated
    assert len(set(found) & set(isolated)) == 1
    assert next(cluster for _, cluster, *_ in shaped(part, "ar")) == 3


def test_devanagari_reorders_and_conjoins() -> None:
    part = noto("कि", "Devanagari", "Deva")
    sign, letter = (glyph for glyph, *_ in shaped(part, "hi"))
    assert letter == font_of(part, 1000).get_nominal_glyph(ord("क"))
    assert sign != letter
    conjunct = noto("क्ष", "Devanagari", "Deva")
    assert len(shaped(conjunct, "hi")) == 1


def test_thai_marks_stack_on_their_consonant() -> None:
    part = noto("ที่", "Thai", "Thai")
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


def test_digits_have_the_forms_of_the_language(typesetter: Typesetter) -> None:
    def forms(language: str) -> list[str]:
        return [glyph.shape for glyph in set_line(typesetter, "۴۵۶۷", "deck", language)]

    assert [a != b for a, b in zip(forms("fa"), forms("ur"), strict=True)] == [
        True,
        False,
        True,
        True,
    ]


def test_cyrillic_has_the_forms_of_the_language(typesetter: Typesetter) -> None:
    def forms(text: str, voice: str, language: str) -> list[str]:
        return [glyph.shape for glyph in set_line(typesetter, text, voice, language)]

    assert forms("б", "deck", "sr") != forms("б", "deck", "ru")
    assert forms("вдк", "serif", "bg") != forms("вдк", "serif", "ru")
    part = Part("вдк", "Source Serif 4", 500, "Cyrl", tracking=-0.02, optical=60)
    assert_set_as_shaped(set_line(typesetter, "вдк", "serif", "bg"), [part], "bg")


def test_traditional_chinese_without_a_region_takes_the_forms_of_taiwan() -> None:
    assert subtags("zh-Hant") == ("zh", "TW")
    assert subtags("zh-Hant-HK") == ("zh", "HK")
    assert subtags("zh-Hans") == ("zh", None)
