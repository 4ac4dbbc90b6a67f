"""Set lines read in the order of UAX #9 at any tracking, as another program orders them."""

# ruff: noqa: RUF001  # the letters, digits and dashes of other scripts are meant

from __future__ import annotations

import re
from dataclasses import replace

import pypdfium2  # type: ignore[import-untyped]  # ships no types
import pypdfium2.raw as pdfium  # type: ignore[import-untyped]
import pytest
from bidi import get_display
from hypothesis import given
from hypothesis import strategies as st

from poster.typography.as_typed import isolate_numbers
from poster.typography.bidi import in_numbers, may_part
from poster.typography.itemise import Run, clean, itemise
from poster.typography.scripts import direction
from poster.typography.shape import gap_between
from poster.typography.typeset import Typesetter
from poster.typography.typst_compiler import TypstCompiler, runs_data, subtags

COMPILER = TypstCompiler()

WORDS = (
    *("מחיר", "תאריך", 'ש"ח', "עמ׳", "ב"),  # Hebrew
    *("سعر", "وصل", "و", "گرم", "ٹھوس", "عدد"),  # Arabic, Persian, Urdu
    *("Price", "km", "A", "5G", "B2B", "iPhone"),
)
NUMBERS = (
    *("1,299.90", "31.12.2025", "31/12/2025", "18:30", "24/7", "3.5", "12-15", "12–15", "2+2"),
    *("050-123-4567", "+972-3-123", "(03) 123", "1 000", "50%", "$5", "€1.299", "₪99", "99₪", "5°"),
    *("١٢٬٣٤٥٫٦٧", "٣٠٪", "۱۲/۳", "۱٬۲۹۹", "۵۰٪", "#7", "[3]", "v1.2.3", "10x", "−5"),
    *("https://example.com/a-1?b=2", "a@b.example", "12:30–14:00"),
)
JOINTS = (" ", " ", " ", "–", ", ", ". ", ": ", "/", " (", ") ", "|", " & ", " - ", "·", "")


def visual_order(text: str, language: str, tracking: float) -> str:
    """The characters of a set line from left to right, without spaces, read from its PDF."""
    lang, region = subtags(language)
    runs = [
        replace(run, cut=replace(run.cut, tracking=tracking))
        for run in itemise(text, "small", language)
    ]
    base = direction(text, language)
    line = {"x": 10.0, "y": 50.0, "runs": runs_data(runs, base)}
    tags = {"lang": lang, "region": region}
    is_rtl = base == "rtl"
    item = {"size": 20.0, "colour": "#000", "rtl": is_rtl, "lines": [line], **tags}
    page = {"title": "", "width": 3000.0, "height": 100.0, "bleed": 0.0, "items": [item], **tags}
    document = pypdfium2.PdfDocument(COMPILER.print_page(page))
    characters = document[0].get_textpage()
    placed = []
    for index in range(characters.count_chars()):
        left, _, right, _ = characters.get_charbox(index)
        placed.append(((left + right) / 2, chr(pdfium.FPDFText_GetUnicode(characters, index))))
    return comparable("".join(character for _, character in sorted(placed)))


def comparable(text: str) -> str:
    """Without spaces and the sides of mirrored signs; a letter drawn in parts counts once."""
    text = re.sub(
        r"[()\[\]<>≤≥]", "|", re.sub(r"[\s\u061c\u200e\u200f\u202c\u202d\u2066\u2069]", "", text)
    )
    return re.sub(r"([\u0600-\u06ff])\1+", r"\1", text)


def right_order(text: str, language: str) -> str:
    base = direction(text, language)
    marked = "".join(isolate_numbers(text, base))
    return comparable(get_display(marked, base_dir="R" if base == "rtl" else "L"))


@st.composite
def mixed_texts(draw: st.DrawFn) -> str:
    parts = st.tuples(st.sampled_from((*WORDS, *NUMBERS)), st.sampled_from(JOINTS))
    drawn = draw(st.lists(parts, min_size=2, max_size=6))
    return clean("".join(part + joint for part, joint in drawn))


@given(
    mixed_texts(),
    st.sampled_from(("he", "ar", "fa", "ur", "en")),
    st.sampled_from((0.05, 0.2, -0.02)),
)
def test_a_line_of_mixed_directions_is_set_in_the_order_of_uax_9(
    text: str, language: str, tracking: float
) -> None:
    assert visual_order(text, language, tracking) == right_order(text, language)


@pytest.mark.parametrize(
    ("text", "language", "order"),
    [
        ('מחיר: 1,299.90 ש"ח', "he", 'ח"ש1,299.90:ריחמ'),
        ("תאריך 31.12.2025", "he", "31.12.2025ךיראת"),
        ("טלפון 050-123-4567", "he", "050-123-4567ןופלט"),
        ("הנחה 50% עד 18:30", "he", "18:30דע50%החנה"),
        ("שלב 5G", "he", "5Gבלש"),
        ("Price 1,299.90 ב-50% off", "en", "Price1,299.9050%-בoff"),
        ("سعر ١٢٬٣٤٥٫٦٧", "ar", "١٢٬٣٤٥٫٦٧رعس"),
    ],
)
def test_a_number_keeps_its_order_in_right_to_left_text(
    text: str, language: str, order: str
) -> None:
    assert visual_order(text, language, 0.08) == order


AS_TYPED = (
    *(
        "18.5 g",
        "4,693 m",
        "20 °C",
        "-20%",
        "120 km/h",
        "18+",
        ">5%",
        "≥18",
        "5G",
        "2.4 GHz",
        "70 m²",
    ),
    *(
        "+971 4 555-0123",
        "050 123 4567",
        "(03) 123-4567",
        "+1 (212) 555-0100",
        "*6050",
        "1-800-555-0199",
    ),
    *("35%", "12.5%", "+18.5%", "−5°", "-3", "±2", "~40", "#7", "12.5\u00a0%"),
    *("1898–1931", "09:30–14:45", "12-15", "12—15", "$5–$10", "10%–15%", "2+2", "1920×1080"),
    *("1 299 000", "1 299,90", "€1.299", "₪99", "99₪", "$1,299.90", "1,299.90", "31/12/2025"),
    # Letters, fractions and names are part of it.
    *("2026-03-09T07:45", "-5°C", "10–15°C", "98.6°F", "4.1-beta", "7.50/kg", "90km/h", "2^10"),
    *("3+4=7", "2001:db8::7", "3 1/2", "6 3/4", "@studio_9", "@north.pier", "#summer", "#Sale2026"),
    *("8 (800) 555-01-02", "1 (212) 555-0100", "5-day"),
)


@pytest.mark.parametrize("number", AS_TYPED)
@pytest.mark.parametrize(
    "frame", ["מחיר {} ועוד", "{} שלום", "سعر {} وصل", "عدد {}", "گرم ({}) پنج"]
)
def test_a_number_with_its_signs_reads_as_typed_in_right_to_left_text(
    number: str, frame: str
) -> None:
    language = "he" if "א" <= frame.replace("{} ", "")[0] <= "ת" else "ar"
    assert comparable(number) in visual_order(frame.format(number), language, 0.06)


@pytest.mark.parametrize(
    ("text", "language", "order"),
    [
        # In an English line, the number stays in the Hebrew words that it belongs to.
        ("See עמ׳ 12–15 of it", "en", "See12–15׳מעofit"),
        ("Call שרה 050 123 4567 now", "en", "Call0501234567הרשnow"),
        # After a Latin word, it is part of that.
        ("דגם iPhone 15-16 חדש", "he", "שדחiPhone15-16םגד"),
        # Two numbers, a hyphenated prefix, and a range that Arabs read from right to left.
        ("גיליון 12 2025", "he", "202512ןויליג"),
        ("ב-12 ימים", "he", "םימי12-ב"),
        # What is not part of a number: a Hebrew suffix, and words after a comma or a dash.
        ("ערך 12-ג", "he", "ג-12ךרע"),
        ("פרק 5–Tel", "he", "Tel–5קרפ"),
        ("לוח 5,Tel", "he", "Tel,5חול"),
        ("עמוד 5 1/2/2026", "he", "1/2/20265דומע"),
        ("من ١٨٩٨–١٩٣١", "ar", "١٩٣١–١٨٩٨نم"),
    ],
)
def test_a_number_stays_with_the_words_that_it_belongs_to(
    text: str, language: str, order: str
) -> None:
    assert visual_order(text, language, 0.05) == order


def test_an_authors_own_isolates_are_left_alone() -> None:
    isolated = "מחיר \u206612–15\u2069"
    for text, base in ((isolated, "rtl"), ("Price 12–15", "ltr"), ("מחיר 12.15", "rtl")):
        assert "".join(isolate_numbers(text, base)) == text
    marked = "".join(isolate_numbers("מחיר 12–15", "rtl"))
    assert marked == f"{isolated}\u200f"


def test_a_mark_elsewhere_in_the_line_changes_nothing_for_a_number() -> None:
    assert "8:00-16:30" in visual_order("من 8:00-16:30 أو \u200e800 متر", "ar", 0.05)
    # After the author's own mark, the number is left-to-right text already.
    assert "".join(isolate_numbers("מחיר \u200e12–15", "rtl")) == "מחיר \u200e12–15"


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("تخفیف ۲۵٪ و Apple ۴۰٪", "٪۴۰Appleو٪۲۵فیفخت"),
        ("Kiarostami، ۱۳۱۹–۱۳۹۵", "۱۳۹۵–۱۳۱۹،Kiarostami"),
        ("۱۲–۱۸ سال", "لاس۱۸–۱۲"),
        ("٣٠٪ خصم", "مصخ٪٣٠"),
        ("دما -۳°C امشب", "بشما-۳°Cامد"),
        ("بين ٢٥°-٣٠°C نهارا", "اراهن٢٥°-٣٠°Cنيب"),
        ("تلفن ۰۲۱-۴۵۶۷۱۲۳۸", "۰۲۱-۴۵۶۷۱۲۳۸نفلت"),
        ("هاتف +٩٧١ ٤ ٥٦٧-٠١٢٣ الآن", "نآلا+٩٧١٤٥٦٧-٠١٢٣فتاه"),
    ],
)
def test_a_range_or_a_percentage_in_arabic_digits_is_read_alike_everywhere(
    text: str, order: str
) -> None:
    assert visual_order(text, "fa", 0.05) == order


def test_a_sign_of_a_number_does_not_hang_where_the_line_does_not_begin() -> None:
    typesetter = Typesetter()
    plain, signed = (
        typesetter.set_block(text, "headline", size_px=100, measure=900)
        for text in ("20% שלום", "-20% שלום")
    )
    assert (signed.hang_left, signed.hang_right) == (plain.hang_left, plain.hang_right)


def test_a_line_never_ends_inside_such_a_number() -> None:
    text = "תל אביב +972 3 555-0123 או 1 299 000"
    typesetter = Typesetter()
    for measure in range(260, 700, 20):
        block = typesetter.set_block(text, "deck", size_px=30, measure=measure)
        for number in ("+972 3 555-0123", "1 299 000"):
            assert any(number in line for line in block.lines)


def test_a_number_is_one_run_and_so_tracked_evenly() -> None:
    for number in ("1,299.90", "31/12/2025", "050-123-4567", "50%", "₪99", "١٢٬٣٤٥٫٦٧"):
        text = f"מחיר {number} או"
        runs = [run for run in itemise(text, "small", "he") if number[-1] in run.text]
        assert number in runs[0].text


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("1,299.90", "1,299.90"),
        ("ב-50%", "50%"),
        ("12–15", "1215"),
        ("1..2", "12"),
        ("a, 5", "5"),
        ("$5-", "$5"),
        ("24/7!", "24/7"),
        ("٣٬٥", "٣٬٥"),
        ("שלום", ""),
    ],
)
def test_the_parts_of_a_number_are_found(text: str, inside: str) -> None:
    pieces = list(text)
    found = zip(pieces, in_numbers(pieces), strict=True)
    assert "".join(piece for piece, is_inside in found if is_inside) == inside


@given(mixed_texts(), st.integers(1, 20), st.sampled_from(("R", "L")))
def test_a_space_put_where_texts_may_part_changes_no_order(
    text: str, place: int, base: str
) -> None:
    before, after = text[:place], text[place:]
    if after and may_part(before, after):
        parted = comparable(get_display(f"{before} {after}", base_dir=base))
        assert parted == comparable(get_display(text, base_dir=base))


def test_tracking_between_two_runs_gives_way_to_their_order() -> None:
    cut = replace(itemise("a", "small", "en")[0].cut, tracking=0.1)
    five, letter, hebrew = (
        Run("5", cut, "Hebr", "ltr"),
        Run("G", cut, "Latn", "ltr"),
        Run("ב", cut, "Hebr", "rtl"),
    )
    assert gap_between(hebrew, five) == 0.1
    assert gap_between(five, letter) == 0
    assert gap_between(five, Run("5", replace(cut, weight=900), "Latn", "ltr")) == 0
