"""Every style keeps type in the safe area, off faces and the photo's edge, or gives a reason."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poster.cover.layout.dummy import CoverText, safe_area
from poster.cover.layout.galley import Galley
from poster.cover.layout.page import fit_field, mount_facts, open_page
from poster.cover.layout.place import lay_out, measure_field, place_masthead
from poster.cover.layout.styles import STYLES, Style
from poster.errors import TextDoesNotFitError
from poster.geometry import Box
from poster.request import SPECS
from poster.typography.block import TypeBlock
from poster.typography.typeset import Typesetter
from poster.typography.voices import VOICES
from tests.support.facts import facts_of

WIDTH, HEIGHT = 1024, 1472
TYPESETTER = Typesetter()
EACH_STYLE = pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
COPY = CoverText(
    "TABASCO", (("A headline", "A deck"), ("Another", ""), ("A third", "d")), "A kicker", "No. 1"
)


def assert_sound(style: Style, text: CoverText, *faces: Box) -> None:
    page = open_page(style, WIDTH, HEIGHT, ())
    painted = page.picture
    photo = facts_of(painted.width, painted.height, *faces, edges=0.01)
    seen = mount_facts(photo, page)
    galley = Galley(text, style, WIDTH, HEIGHT, TYPESETTER)
    slots = lay_out(seen, page, galley)
    safe = safe_area(WIDTH, HEIGHT)
    texts = [
        text.title,
        text.kicker,
        text.folio,
        *(part for line in text.coverlines for part in line),
    ]
    assert sorted(slot.type.text for slot in slots) == sorted(filter(None, texts))
    for index, slot in enumerate(slots):
        assert safe.contains(slot.box), slot.role
        for other in slots[index + 1 :]:
            assert not slot.box.overlaps(other.box), (slot.role, other.role)
        if slot.role != "masthead":
            assert not any(slot.box.overlaps(face) for face in seen.faces), slot.role
            on_photo = page.picture.contains(slot.box)
            assert on_photo or not page.picture.overlaps(slot.box), "type across the photo's edge"


@EACH_STYLE
def test_a_full_cover_is_sound(style: Style) -> None:
    assert_sound(style, COPY, Box(400, 300, 620, 600))


@pytest.mark.parametrize("style", [STYLES["classic"], STYLES["poster"]], ids=["classic", "poster"])
def test_twelve_short_lines_fit(style: Style) -> None:
    lines = tuple((f"Headline {number}", "its deck") for number in range(12))
    assert_sound(style, CoverText("TABASCO", lines), Box(400, 420, 620, 700))


@EACH_STYLE
def test_a_right_to_left_cover_is_mirrored_and_sound(style: Style) -> None:
    text = CoverText("هدوء", (("هندسة الحرارة", "أربعة عشر بيتاً"),), "عدد الحرارة", "العدد ١٤")
    assert_sound(style, text)
    masthead = place_masthead(Galley(text, style, WIDTH, HEIGHT, TYPESETTER))
    assert masthead.box.x1 == safe_area(WIDTH, HEIGHT).x1


WORDS = st.lists(
    st.sampled_from(
        ["Sun", "discipline", "서울의", "밤", "夏", "هدوء", "गर्मी", "ฤดูร้อน", "a", "“x”"]
    ),
    min_size=1,
    max_size=9,
).map(" ".join)


@EACH_STYLE
@given(
    title=WORDS,
    lines=st.lists(st.tuples(WORDS, st.one_of(st.just(""), WORDS)), max_size=4),
    small=st.one_of(st.just(""), WORDS),
    x=st.integers(0, 700),
    y=st.integers(0, 900),
)
@settings(max_examples=15, deadline=None)
def test_random_copy_is_sound_or_refused(
    style: Style, title: str, lines: list[tuple[str, str]], small: str, x: int, y: int
) -> None:
    try:
        assert_sound(
            style, CoverText(title, tuple(lines), small, small), Box(x, y, x + 200, y + 220)
        )
    except TextDoesNotFitError as error:
        assert "shorten" in str(error) or "shorter" in str(error)


def test_a_request_may_name_every_style() -> None:
    assert SPECS["style"].choices == ("auto", *STYLES)


@EACH_STYLE
def test_a_style_uses_only_existing_voices(style: Style) -> None:
    lines = style.lines
    settings_used = (*lines.lead, *lines.rest, style.small)
    voices = {style.masthead.voice, *(setting.voice for setting in settings_used)}
    assert voices <= VOICES.keys()


def test_no_two_styles_are_the_same_design() -> None:
    designs = [(style.picture, style.masthead, style.paper) for style in STYLES.values()]
    assert len(set(designs)) == len(designs)
    assert len({style.masthead.voice for style in STYLES.values()}) == len(designs)


def test_lines_of_a_grid_stand_in_a_row_at_its_columns() -> None:
    style = STYLES["paper"]
    page = open_page(style, WIDTH, HEIGHT, ())
    galley = Galley(COPY, style, WIDTH, HEIGHT, TYPESETTER)
    seen = mount_facts(facts_of(page.picture.width, page.picture.height), page)
    slots = lay_out(seen, page, galley)
    headlines = [slot for slot in slots if slot.role == "headline"]
    safe = safe_area(WIDTH, HEIGHT)
    levels = [slot.y + slot.type.cap_top for slot in headlines]
    assert max(levels) - min(levels) <= 1
    grid = galley.grid
    assert grid is not None
    columns = sorted(slot.x - safe.x0 for slot in headlines)
    assert columns == [round(one.start) for one in grid.columns]
    assert all(slot.y > page.picture.y1 for slot in headlines)


@pytest.mark.parametrize("count", [4, 6])
def test_a_lead_has_a_row_to_itself_if_the_rest_would_leave_a_hole_beside_it(count: int) -> None:
    style = STYLES["swiss"]
    lines = (("The lead that is long enough", "deck"), *((f"No. {n}", "") for n in range(1, count)))
    galley = Galley(CoverText("TABASCO", lines), style, WIDTH, HEIGHT, TYPESETTER)
    page = fit_field(open_page(style, WIDTH, HEIGHT, ()), style, measure_field(galley))
    seen = mount_facts(facts_of(page.picture.width, page.picture.height), page)
    lead, *rest = [slot for slot in lay_out(seen, page, galley) if slot.role == "headline"]
    assert len(lead.type.lines) == 1
    assert lead.type.size_px > 1.1 * style.lines.lead[0].size
    assert all(slot.y > lead.box.y1 for slot in rest)
    assert [slot.x for slot in rest[:3]] == sorted({slot.x for slot in rest})
    assert len({slot.y for slot in rest[:3]}) == 1
    assert lead.x == pytest.approx(rest[0].x, abs=2)
    assert all(slot.y > rest[0].box.y1 for slot in rest[3:])


@pytest.mark.parametrize(
    "lead", ["Die stillen Nachbarn", "The long way home", "Дома, которые ждут", "다시 걷는 사람"]
)
def test_a_lead_in_a_column_breaks_by_sense(lead: str) -> None:
    style = STYLES["swiss"]
    text = CoverText("TABASCO", ((lead, ""), ("Short one", ""), ("Another", "deck")))
    galley = Galley(text, style, WIDTH, HEIGHT, TYPESETTER)
    first = next(galley.groups(1.0))["left"]
    block = first.pieces[0].type
    assert isinstance(block, TypeBlock)
    assert not any(line.endswith(("Die", "The", "которые", "다시")) for line in block.lines)


def test_a_list_beside_the_lead_is_read_row_by_row_and_every_headline_of_a_row_is_level() -> None:
    style = STYLES["paper"]
    lines = (("The lead", "with a deck"), *((f"Line {n}", "deck" * (n % 2)) for n in range(1, 5)))
    galley = Galley(CoverText("TABASCO", lines), style, WIDTH, HEIGHT, TYPESETTER)
    page = fit_field(open_page(style, WIDTH, HEIGHT, ()), style, measure_field(galley))
    seen = mount_facts(facts_of(page.picture.width, page.picture.height), page)
    headlines = [slot for slot in lay_out(seen, page, galley) if slot.role == "headline"]
    lead, *rest = headlines
    assert lead.x < min(slot.x for slot in rest)
    assert len({slot.x for slot in rest}) == 2
    levels = [slot.y + slot.type.cap_top for slot in headlines]
    assert [round(level - levels[0]) for level in levels[:3]] == [0, 0, 0]
    assert levels[3] == pytest.approx(levels[4], abs=1)
    assert levels[1] < levels[3]


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("paper", ""),
        ("swiss", ""),
        *((name, "band") for name in ("classic", "editorial")),
        *((name, "header") for name in ("classic", "editorial", "poster")),
    ],
)
@pytest.mark.parametrize("count", [1, 2, 4, 6])
def test_a_field_is_as_high_as_its_lines_need_and_they_stay_on_it(
    name: str, field: str, count: int
) -> None:
    style = STYLES[name]
    if field:
        changed = style.with_band() if field == "band" else style.with_header("deep")
        assert changed is not None
        style = changed
    lines = tuple((f"Headline number {number}", "and its deck") for number in range(count))
    text = CoverText("TABASCO", lines, kicker="A kicker", folio="May 2027")
    galley = Galley(text, style, WIDTH, HEIGHT, TYPESETTER)
    needed = measure_field(galley)
    page = fit_field(open_page(style, WIDTH, HEIGHT, ()), style, needed)
    seen = mount_facts(facts_of(page.picture.width, page.picture.height), page)
    slots = lay_out(seen, page, galley)
    is_above = name == "swiss" or field == "header"
    paper = page.picture.y0 if is_above else HEIGHT - page.picture.y1
    decks = [slot for slot in slots if slot.role == "deck"]
    if paper == needed:
        assert {slot.type.size_px for slot in decks} <= {24.0, 25.0, 26.0}
    for slot in slots:
        if slot.role in ("headline", "deck"):
            assert not slot.box.overlaps(page.picture)
    assert paper == needed or page.picture.height == round(0.4 * HEIGHT)


@pytest.mark.parametrize(
    ("folio", "kicker"),
    [("Spring 2027", "The travel issue"), ("ฉบับที่ 58 มีนาคม 2570", "ฉบับพิเศษ"), ("עותק 9", "ערים")],
)
@pytest.mark.parametrize("name", ["classic", "poster", "swiss"])
def test_small_lines_are_level_below_a_title_on_a_field(name: str, folio: str, kicker: str) -> None:
    style = STYLES[name].with_header("deep") or STYLES[name]
    text = CoverText("TABASCO", (("The lead", "deck"),), kicker=kicker, folio=folio)
    galley = Galley(text, style, WIDTH, HEIGHT, TYPESETTER)
    page = fit_field(open_page(style, WIDTH, HEIGHT, ()), style, measure_field(galley))
    seen = mount_facts(facts_of(page.picture.width, page.picture.height), page)
    slots = lay_out(seen, page, galley)
    small = [slot for slot in slots if slot.role in ("folio", "kicker")]
    assert len(small) == 2
    assert all(slot.box.y1 < page.picture.y0 for slot in small)
    assert len({slot.y + round(slot.type.cap_top) for slot in small}) == 1


@pytest.mark.parametrize(
    ("folio", "kicker"),
    [
        ("Summer 2027", "Grow, cook, enjoy"),
        ("عدد ٤٢ · ربيع ٢٠٢٧", "عدد خاص"),
        ("06", "Design & up"),
    ],
)
def test_small_lines_at_the_foot_share_a_baseline(folio: str, kicker: str) -> None:
    style = STYLES["classic"].with_band()
    assert style is not None
    text = CoverText("TABASCO", (("The lead", "deck"),), kicker=kicker, folio=folio)
    galley = Galley(text, style, WIDTH, HEIGHT, TYPESETTER)
    page = fit_field(open_page(style, WIDTH, HEIGHT, ()), style, measure_field(galley))
    seen = mount_facts(facts_of(page.picture.width, page.picture.height), page)
    small = [slot for slot in lay_out(seen, page, galley) if slot.role in ("folio", "kicker")]
    assert len({slot.y + round(slot.type.baseline) for slot in small}) == 1
    assert all(slot.box.y1 <= safe_area(WIDTH, HEIGHT).y1 for slot in small)


def test_only_a_full_bleed_style_with_its_title_at_the_top_has_a_band() -> None:
    banded = {name for name, style in STYLES.items() if style.with_band()}
    assert banded == {"classic", "editorial"}
    headed = {name for name, style in STYLES.items() if style.with_header("plain")}
    assert headed == {"classic", "editorial", "poster"}


def test_many_lines_fill_all_columns_evenly() -> None:
    style = STYLES["classic"].with_band()
    assert style is not None
    lines = tuple((f"Headline number {number}", "and its deck") for number in range(12))
    galley = Galley(CoverText("TABASCO", lines), style, WIDTH, HEIGHT, TYPESETTER)
    page = fit_field(open_page(style, WIDTH, HEIGHT, ()), style, measure_field(galley))
    seen = mount_facts(facts_of(page.picture.width, page.picture.height), page)
    headlines = [slot for slot in lay_out(seen, page, galley) if slot.role == "headline"]
    assert [len({slot.x for slot in headlines[row::3]}) for row in range(3)] == [1, 1, 1]
    assert len({slot.x for slot in headlines}) == 3
