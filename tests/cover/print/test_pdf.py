"""The PDF shows the cover: the same type in the same places, live, with a trim box."""

import io
import re
from typing import Any

import cv2
import numpy as np
import pypdfium2 as pdfium  # type: ignore[import-untyped]  # ships no types
import pytest
from numpy.typing import NDArray
from pypdf import PdfReader
from pypdf.generic import ContentStream

from poster.cover.ink.dodge_burn import LocalAdjustment, ToneAdjustment
from poster.cover.ink.layers import Layers
from poster.cover.layout.dummy import Slot
from poster.cover.print.pdf import BLEED_MM, build_pdf
from poster.cover.print.resolution import PrintPicture
from poster.geometry import POINTS_PER_MM, TrimSize
from poster.typography.typeset import Typesetter

TYPESETTER = Typesetter()
WIDTH, HEIGHT = 512, 736
PX_PER_MM = 5
TRIM = TrimSize(WIDTH / PX_PER_MM, HEIGHT / PX_PER_MM)
"""So that a cover pixel is a pixel of the page rendered at PX_PER_MM, including bleed."""
BLEED_PX = round(BLEED_MM * PX_PER_MM)
_FINER = 4

TEXTS = {
    "Latin": ("Élan Žižek", "Office affairs: fi ffl, “quoted”", "A deck — with 2,026 figures…"),
    "Korean": ("서울의 밤", "도시의 가장 늦은 산책", "열두 동네를 걷는 긴 하루의 기록"),
    "Japanese": ("「世界」のコーヒー", "都市の一番遅い散歩、「夜」を歩く", "長い一日の記録です。"),
    "Hebrew": ("שקט 2026", "סיפור של קיץ אחד", "יום ארוך בין העצים"),
    "Devanagari": ("क्षत्रिय", "पहाड़ों की लंबी यात्रा", "एक शांत दिन की कहानी"),
    "Thai": ("ความเงียบ", "เดินเล่นยามค่ำคืน", "เรื่องราวของวันที่ยาวนานในเมือง"),
    "mixed": ("TABASCO 서울", "Ночь в Σεούλ と東京", "A deck"),
}
ARABIC = ("هدوء", "رحلة إلى القمم العالية", "TABASCO ١٤")
HOSTILE = [
    "#set page(fill: red)",
    "*bold* _slanted_ `raw` $x^2$",
    "\"quoted\" 'single' \\n \\u{41}",
    "= @label <tag> // no comment /* at all */",
    '#image("x.png") -- --- ~ ...',
    "</svg> & ${sys.inputs} %{} (Tj) ET",
    "1. + - / [link](x) https://example.com",
]


def set_slots(*texts: str, measure: float = 460) -> tuple[Slot, ...]:
    title, *lines = texts
    block = TYPESETTER.fit_block(
        title, "masthead", measure=measure, max_height=190, max_lines=3, min_size_px=14
    )
    slots = [Slot("masthead", 0, block, 26, 26)]
    for number, text in enumerate(lines, 1):
        role = "headline" if number % 2 else "deck"
        size = 30 if role == "headline" else 17
        line = TYPESETTER.set_block(text, role, size_px=size, measure=measure)
        slots.append(Slot(role, number, line, 26, slots[-1].box.y1 + 14))
    return tuple(slots)


def cover_of(*texts: str, is_behind: bool = False) -> Layers:
    noise = np.random.default_rng(2).standard_normal((HEIGHT, WIDTH, 3), np.float32)
    soft = cv2.GaussianBlur(noise, (0, 0), 12)
    picture = np.clip(200 + 600 * soft, 120, 255).astype(np.uint8)
    matte = np.zeros((HEIGHT, WIDTH), np.float32)
    cv2.circle(matte, (256, 200), 100, 1.0, -1)
    slots = set_slots(*texts)
    colours = tuple((20, 40 * (number % 3), 90) for number in range(len(slots)))
    return Layers(
        picture,
        np.asarray(cv2.GaussianBlur(matte, (0, 0), 2), np.float32),
        slots,
        colours,
        is_behind,
    )


def print_cover(layers: Layers, picture: PrintPicture | None = None) -> bytes:
    return build_pdf(layers, TRIM, TYPESETTER.compiler, title="A title", picture=picture)


def draw(pdf: bytes, *, bleed: bool = False) -> NDArray[np.uint8]:
    """Render the page at one pixel per cover pixel, trimmed or not."""
    [page] = pdfium.PdfDocument(pdf)
    # PDFium stretches a page to whole pixels, rounding up; a finer rendering reduces its hinting.
    scale = _FINER * PX_PER_MM / POINTS_PER_MM * (1 - 1e-5)
    fine = page.render(scale=scale).to_numpy()[..., 2::-1]
    size = tuple(side // _FINER for side in fine.shape[1::-1])
    whole = np.asarray(cv2.resize(fine, size, interpolation=cv2.INTER_AREA), np.uint8)
    inside = slice(BLEED_PX, BLEED_PX + HEIGHT), slice(BLEED_PX, BLEED_PX + WIDTH)
    return whole if bleed else whole[inside]


def lines_of(pdf: bytes) -> list[str]:
    [page] = pdfium.PdfDocument(pdf)
    text: str = page.get_textpage().get_text_range()
    return text.split("\r\n")


def worst_tile(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> float:
    apart = np.abs(first.astype(np.float32) - second).mean(-1)
    rows, columns = (side // 32 for side in apart.shape)
    tiles = apart[: rows * 32, : columns * 32].reshape(rows, 32, columns, 32)
    return float(tiles.mean(axis=(1, 3)).max())


def flat(layers: Layers) -> NDArray[np.uint8]:
    return np.rint(layers.flatten() * 255).astype(np.uint8)


def reader(pdf: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(pdf), strict=True)


def read_aloud(pdf: bytes) -> list[str]:
    """The text of each paragraph for a reader that uses the structure rather than positions."""
    page: Any = reader(pdf).pages[0]
    glyphs: dict[str, dict[bytes, str]] = {}
    for name, font in page["/Resources"]["/Font"].items():
        table = font.get_object()["/ToUnicode"].get_object().get_data()
        pairs = re.findall(rb"^<([0-9A-F]{4})> <([0-9A-F]+)>$", table, re.MULTILINE)
        glyphs[name] = {
            bytes.fromhex(code.decode()): bytes.fromhex(text.decode()).decode("utf-16-be")
            for code, text in pairs
        }
    said: dict[int, str] = {}
    marks: list[Any] = []
    face: dict[bytes, str] = {}
    for operands, operator in ContentStream(page["/Contents"].get_object(), None).operations:
        if operator in {b"BDC", b"BMC"}:
            marks.append(operands[1] if operator == b"BDC" else {})
            if "/ActualText" in marks[-1]:
                mark = int(marks[0]["/MCID"])
                said[mark] = said.get(mark, "") + str(marks[-1]["/ActualText"])
        elif operator == b"EMC":
            marks.pop()
        elif operator == b"Tf":
            face = glyphs[operands[0]]
        elif operator == b"TJ" and not any("/ActualText" in mark for mark in marks):
            strings = b"".join(getattr(part, "original_bytes", b"") for part in operands[0])
            codes = [strings[start : start + 2] for start in range(0, len(strings), 2)]
            mark = int(marks[0]["/MCID"])
            said[mark] = said.get(mark, "") + "".join(face.get(code, "") for code in codes)
    root: Any = reader(pdf).root_object
    [document] = root["/StructTreeRoot"]["/K"]
    paragraphs = [kid.get_object()["/K"] for kid in document.get_object()["/K"]]
    return ["".join(said[int(mark)] for mark in kids) for kids in paragraphs]


@pytest.mark.parametrize("script", sorted({*TEXTS, "Arabic"} - {"Hebrew"}))
def test_the_structure_of_a_page_reads_as_it_was_set_line_by_line(script: str) -> None:
    layers = cover_of(*TEXTS.get(script, ARABIC))
    lines = [line for slot in layers.slots for line in slot.type.lines]
    assert read_aloud(print_cover(layers)) == lines


@pytest.mark.parametrize("script", sorted(set(TEXTS) - {"Japanese"}))
def test_text_copied_by_position_is_the_text_that_was_set(script: str) -> None:
    """PDFium, which interleaves the scripts of lines that are as close as in Japanese mastheads."""
    layers = cover_of(*TEXTS[script])
    lines = [line for slot in layers.slots for line in slot.type.lines]
    assert lines_of(print_cover(layers)) == lines


def test_separate_japanese_lines_are_copied_as_they_were_set() -> None:
    for text in TEXTS["Japanese"][1:]:
        layers = cover_of("A", text)
        assert lines_of(print_cover(layers)) == ["A", *layers.slots[1].type.lines]


@pytest.mark.parametrize("texts", [*TEXTS.values(), ARABIC], ids=[*TEXTS, "Arabic"])
def test_type_is_where_the_raster_cover_has_it(texts: tuple[str, ...]) -> None:
    layers = cover_of(*texts)
    raster, printed = flat(layers), draw(print_cover(layers))
    assert worst_tile(raster, printed) <= 8
    around = np.ones((3, 3), np.uint8)
    for slot in layers.slots:
        box = slot.box.grown(4, 4)
        ground = layers.picture[box.slices].astype(np.float32)
        colour = np.array(layers.colours[layers.slots.index(slot)], np.float32)
        span = (ground - colour).mean(-1)
        first, second = (
            np.clip((ground - image[box.slices]).mean(-1) / span - 0.1, 0, 1)
            for image in (raster, printed)
        )
        solid, other = ((ink > 0.4).astype(np.uint8) for ink in (first, second))
        assert not (other > cv2.dilate(solid, around)).any()
        assert not (solid > cv2.dilate(other, around)).any()
        for axis in (0, 1):
            places = np.arange(first.shape[axis])
            centres = [
                float((ink.sum(1 - axis) * places).sum() / ink.sum()) for ink in (first, second)
            ]
            # Half a pixel is 0.1 mm.
            assert abs(centres[0] - centres[1]) < 0.25


@pytest.mark.parametrize("text", HOSTILE)
def test_markup_stays_text(text: str) -> None:
    layers = cover_of(text, text)
    pdf = print_cover(layers)
    lines = [line for slot in layers.slots for line in slot.type.lines]
    assert lines_of(pdf) == lines
    assert worst_tile(flat(layers), draw(pdf)) <= 8


def test_the_longest_title_is_complete() -> None:
    title = ("Extraordinarily long " * 4)[:80].strip()
    layers = cover_of(title)
    assert " ".join(lines_of(print_cover(layers))) == title


def test_a_document_has_its_title_and_creator() -> None:
    title = 'He said: "(no)" \\ #1 서울 <b>'
    layers = cover_of("TABASCO")
    written = reader(build_pdf(layers, TRIM, TYPESETTER.compiler, title=title, language="ko-KR"))
    assert written.metadata is not None
    assert written.metadata.title == title
    assert written.metadata.creator == "Poster Maker"
    assert str(written.root_object["/Lang"]) == "ko-KR"


@pytest.mark.parametrize("trim", [TrimSize(210, 302), TRIM])
def test_the_boxes_mark_trim_and_bleed(trim: TrimSize) -> None:
    layers = cover_of("TABASCO")
    [page] = reader(build_pdf(layers, trim, TYPESETTER.compiler, title="A")).pages
    width, height = (
        (side + 2 * BLEED_MM) * POINTS_PER_MM for side in (trim.width_mm, trim.height_mm)
    )
    bleed = BLEED_MM * POINTS_PER_MM
    assert [float(edge) for edge in page.mediabox] == pytest.approx([0, 0, width, height], abs=0.01)
    assert "/BleedBox" in page
    assert list(page.bleedbox) == list(page.mediabox)
    inner = [bleed, bleed, width - bleed, height - bleed]
    assert [float(edge) for edge in page.trimbox] == pytest.approx(inner, abs=0.01)


def test_every_font_is_embedded_as_a_subset() -> None:
    layers = cover_of("TABASCO 서울", "「世界」 क्षत्रिय", "A deck")
    pdf = print_cover(layers)
    [page] = reader(pdf).pages
    resources: Any = page["/Resources"]
    fonts = [font.get_object() for font in resources["/Font"].values()]
    names = []
    for font in fonts:
        prefix, name = font["/BaseFont"].removeprefix("/").split("+")
        assert re.fullmatch("[A-Z]{6}", prefix)
        descriptor = font["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
        assert {"/FontFile2", "/FontFile3"} & set(descriptor)
        assert "/ToUnicode" in font
        names.append(name)
    families = {run.cut.family for slot in layers.slots for line in slot.type.runs for run in line}
    for family in families:
        # All faces of a collection are named after the first.
        plain = family.replace(" ", "")[:11]
        assert any(name.startswith(plain) for name in names), family
    assert len(pdf) < 400_000


def test_the_picture_is_mirrored_beyond_the_trim() -> None:
    layers = cover_of("TABASCO")
    page = draw(print_cover(layers), bleed=True)
    assert page.shape == (HEIGHT + 2 * BLEED_PX, WIDTH + 2 * BLEED_PX, 3)
    sides = (BLEED_PX,) * 4
    mirrored = np.asarray(cv2.copyMakeBorder(flat(layers), *sides, cv2.BORDER_REFLECT), np.uint8)
    assert worst_tile(mirrored, page) <= 8
    assert worst_tile(mirrored[-32:], page[-32:]) <= 8
    assert worst_tile(mirrored[:, -32:], page[:, -32:]) <= 8


def test_the_picture_loses_nothing_visible_even_between_two_colours() -> None:
    cells = np.random.default_rng(0).integers(0, 256, (HEIGHT // 4, WIDTH // 4, 3), np.uint8)
    picture = cells.repeat(4, 0).repeat(4, 1)
    bare = Layers(picture, np.zeros((HEIGHT, WIDTH), np.float32), (), (), is_behind=False)
    [image] = reader(print_cover(bare)).pages[0].images
    assert image.name.endswith(".jpg")
    inside = slice(BLEED_PX, -BLEED_PX), slice(BLEED_PX, -BLEED_PX)
    jpeg = cv2.imdecode(np.frombuffer(image.data, np.uint8), cv2.IMREAD_COLOR_RGB)
    assert jpeg is not None
    apart = np.abs(jpeg[inside].astype(int) - picture)
    assert apart.mean() < 4  # of 255, in a picture full of edges


def test_the_subject_is_in_front_of_the_masthead_as_on_the_cover() -> None:
    layers = cover_of("TABASCO", is_behind=True)
    pdf = print_cover(layers)
    assert worst_tile(flat(layers), draw(pdf)) <= 8
    hidden = layers.slots[0].box.slices
    in_front = draw(print_cover(cover_of("TABASCO")))[hidden].astype(float)
    assert np.abs(draw(pdf)[hidden] - in_front).max() > 60
    assert lines_of(pdf) == ["TABASCO"]


def test_a_finer_picture_is_printed_at_its_own_size_and_adjusted_equally() -> None:
    layers = cover_of("TABASCO", is_behind=True)
    mask = np.linspace(1, 0, HEIGHT, dtype=np.float32)[:, None].repeat(WIDTH, axis=1)
    adjustment = LocalAdjustment(mask, ToneAdjustment(0.5, (0, 0, 0)))
    size = (2 * WIDTH, 2 * HEIGHT)
    fine = PrintPicture(
        np.asarray(cv2.resize(layers.picture, size), np.uint8),
        np.asarray(cv2.resize(layers.subject, size), np.float32),
    )
    adjusted = Layers(
        adjustment.over(layers.picture),
        layers.subject,
        layers.slots,
        layers.colours,
        True,
        (adjustment,),
    )
    pdf = print_cover(adjusted, fine)
    assert worst_tile(flat(adjusted), draw(pdf)) <= 8
    widths = [int(found) for found in re.findall(rb"/Subtype /Image\s[^>]*?/Width (\d+)", pdf)]
    assert max(widths) == 2 * (WIDTH + 2 * BLEED_PX)


def test_a_cover_of_another_aspect_extends_evenly_beyond_the_trim() -> None:
    layers = cover_of("TABASCO")
    taller = TrimSize(TRIM.width_mm, TRIM.height_mm + 1)
    pdf = build_pdf(layers, taller, TYPESETTER.compiler, title="A")
    page = draw(pdf, bleed=True)
    # Enlarged by 1/147 about its centre: no white is left, and nothing is out of place.
    grown = 1 + 1 / TRIM.height_mm
    size = (round(WIDTH * grown), round(HEIGHT * grown))
    blown = np.asarray(cv2.resize(flat(layers), size), np.uint8)
    spare = (size[0] - WIDTH) // 2
    trimmed = page[BLEED_PX : BLEED_PX + size[1], BLEED_PX : BLEED_PX + WIDTH]
    assert worst_tile(blown[:, spare : spare + WIDTH], trimmed) <= 12
    assert page.min(axis=(0, 1)).max() < 250
    assert page[[0, -1]].mean() < 250


def test_a_trim_of_another_aspect_is_recognised() -> None:
    assert TrimSize(210, 302).has_aspect_of(1024, 1472)
    assert not TrimSize(210, 297).has_aspect_of(1024, 1472)
    assert not TrimSize(302, 210).has_aspect_of(1024, 1472)


def test_the_same_cover_gives_the_same_bytes() -> None:
    layers = cover_of(*ARABIC, is_behind=True)
    assert print_cover(layers) == print_cover(layers)


def test_a_cover_without_words_is_a_picture_with_trim_and_bleed_boxes() -> None:
    layers = cover_of("A")
    bare = Layers(layers.picture, layers.subject, (), (), is_behind=False)
    pdf = print_cover(bare)
    assert lines_of(pdf) == [""]
    assert worst_tile(bare.picture, draw(pdf)) <= 8
