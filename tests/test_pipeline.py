"""Whole posters, made as every door makes them, from the photos in examples/."""

import json
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from poster import cover_stage, steps
from poster.cover.framing.grown_strip import GrownStrip
from poster.cover.framing.view import crop_boxes
from poster.cover.ink.contrast_search import LETTER_SHARE
from poster.cover.ink.protection import FURTHEST
from poster.cover.layout.dummy import safe_area
from poster.cover.layout.styles import STYLES
from poster.envelope_stage import seal_cover
from poster.errors import (
    Cancelled,
    MissingGlyphError,
    TextDoesNotFitError,
    TypesettingError,
    UnavailableError,
    UnreadablePhotoError,
)
from poster.geometry import Box
from poster.photo.faces import FaceNet
from poster.pipeline import Pipeline
from poster.progress import ProgressMonitor
from poster.request import MAX_SEED, PosterRequest
from poster.result import Poster
from poster.settings import Settings
from poster.typography.contrast import MASTHEAD_FLOOR, TEXT_FLOOR
from tests.support.signs import draw_sign

pytestmark = pytest.mark.usefixtures("looks_once")

EXAMPLES = Path(__file__).parent.parent / "examples"
REQUESTS = sorted(path.stem for path in EXAMPLES.glob("*.json"))
PORTRAITS = {"astronaut", "grace_hopper"}
SMALL = {"width": 512, "height": 736}

TITLES = {
    "Latn": "Œuvre à façon",
    "Hang": "서울의 밤",
    "Jpan": "夏の終わり",
    "Hans": "骨直角",
    "Arab": "هدوء FLUX الصيف",
    "Deva": "क्षत्रिय की शांति",
    "Thai": "น้ำผึ้งฤดูร้อน",
    "Cyrl": "Тишина",
    "Hebr": "שקט גדול",
}


@cache
def face_net() -> FaceNet:
    return FaceNet()


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    return Pipeline.open(Settings(models_dir=tmp_path_factory.mktemp("no_models")))


def read(name: str, **fields: Any) -> PosterRequest:
    asked = json.loads((EXAMPLES / f"{name}.json").read_text())
    photo = (EXAMPLES / asked["image"]).read_bytes()
    return PosterRequest.from_mapping({**asked, "image": photo, **fields})


def test_there_are_at_least_three_examples_and_one_is_korean() -> None:
    titles = [read(name).title for name in REQUESTS]
    assert len(titles) >= 3
    assert any("가" <= character <= "힣" for title in titles for character in title)


@pytest.mark.parametrize("name", REQUESTS)
def test_an_example_makes_a_sound_cover(pipeline: Pipeline, name: str) -> None:
    request = read(name, stage="cover")
    poster = pipeline.make(request)
    assert poster.cover is not None
    assert poster.cover.shape == (1472, 1024, 3)
    blocks = poster.receipt.blocks
    expected = [request.title, request.kicker, request.issue]
    for line in request.coverlines:
        expected += [part.strip() for part in line.split("|")]
    assert sorted(block.text for block in blocks) == sorted(expected)
    assert_sound(poster)
    if name in PORTRAITS:
        assert face_net().find(poster.cover)


def signed(*place: int) -> tuple[bytes, Box]:
    """The mountains with a sign on them, and the box of its words."""
    photo = Image.open(EXAMPLES / "mountains.jpg").convert("RGB")
    words = draw_sign(photo, (place[0], place[1]), 110)
    _, png = cv2.imencode(".png", np.asarray(photo)[..., ::-1])
    return png.tobytes(), words


@pytest.mark.parametrize("style", ["classic", "poster"])
@pytest.mark.parametrize("place", [(1000, 200), (600, 1150)])
def test_type_and_frame_leave_a_sign_in_the_photo_whole(
    pipeline: Pipeline, style: str, place: tuple[int, int]
) -> None:
    photo, words = signed(*place)
    request = read("mountains", **SMALL, image=photo, style=style, stage="cover", seed=1)
    dummy = pipeline.plan(request).layout.dummy
    shown = dummy.window.intersection(words).area / words.area
    assert shown < 0.05 or shown > 0.95
    on_page = [
        box.shifted(dummy.page.picture.x0, dummy.page.picture.y0)
        for box in crop_boxes((words,), dummy.window, dummy.page.picture)
    ]
    blocks = pipeline.make(request).receipt.blocks
    assert not any(block.box.overlaps(box) for block in blocks for box in on_page)


def test_highlights_avoid_the_words_of_a_finished_cover(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    cover, words = signed(1000, 200)
    middles: list[float] = []

    def note_middles(engine: Any, page: Any, keep_clear: Any, *rest: Any) -> Any:
        middles.extend(area.box.centre[0] / page.shape[1] for area in keep_clear)
        return seal_cover(engine, page, keep_clear, *rest)

    monkeypatch.setattr(steps, "seal_cover", note_middles)
    pipeline.make(PosterRequest(image=cover, stage="envelope", seed=1))
    # The cover is shown as wide as its page.
    assert middles == [pytest.approx(words.centre[0] / 2400, abs=0.01)]


def test_a_prompt_without_a_title_makes_a_cover_without_type(pipeline: Pipeline) -> None:
    request = read("dogs", title="", coverlines=[], kicker="", issue="", cover_prompt="Two dogs")
    poster = pipeline.make(request)
    assert poster.cover is not None
    assert poster.envelope is not None
    assert poster.receipt.blocks == ()
    assert poster.receipt.layout is None


def assert_sound(poster: Poster) -> None:
    assert poster.cover is not None
    height, width = poster.cover.shape[:2]
    faces = [face.box for face in face_net().find(poster.cover)]
    for block in poster.receipt.blocks:
        is_masthead = block.role == "masthead"
        assert safe_area(width, height).contains(block.box), block
        floor = MASTHEAD_FLOOR if is_masthead else TEXT_FLOOR
        assert block.contrast >= floor, block
        assert block.letter_contrast >= floor * LETTER_SHARE, block
        assert block.hidden <= 0.30, block
        assert block.letter_hidden <= 0.40, block
        assert not any(block.box.overlaps(face) for face in faces), block
    for first, second in combinations(poster.receipt.blocks, 2):
        assert not first.box.overlaps(second.box), (first, second)


@pytest.mark.parametrize("script", sorted(TITLES))
def test_a_title_in_any_script_makes_a_sound_cover(pipeline: Pipeline, script: str) -> None:
    asked = read("mountains", title=TITLES[script], coverlines=[], stage="cover", **SMALL)
    poster = pipeline.make(asked)
    assert_sound(poster)
    assert poster.receipt.blocks[0].text == TITLES[script]
    assert poster.receipt.blocks[0].missing_glyphs == 0


def test_a_character_without_a_glyph_is_named(pipeline: Pipeline) -> None:
    with pytest.raises(MissingGlyphError, match=r"U\+1F600"):
        pipeline.make(read("mountains", title="Sun 😀", stage="cover", **SMALL))


STACKED = "\u0301\u0323\u0302\u0308"

TOO_WIDE: dict[str, tuple[str, dict[str, Any]]] = {
    "marks": ("coverlines: line 1, headline", {"coverlines": [f"o{STACKED}" * 110] * 12}),
    "marks in a deck": ("coverlines: line 2, deck", {"coverlines": ["A", f"A | {'w' * 110}"]}),
    "jamo": ("coverlines: line 1, headline", {"coverlines": ["\u1112\u1161\u11ab" * 100] * 12}),
    "conjuncts": ("coverlines: line 1, headline", {"coverlines": ["स्त्र्य" * 80] * 12}),
    "ligatures": ("coverlines: line 1, headline", {"coverlines": ["\ufdfa" * 100] * 12}),
    "spaces": ("coverlines: line 1, headline", {"coverlines": ["a" + "\u00a0" * 110 + "b"] * 12}),
    "a kicker": ("kicker", {"kicker": "\ufdfa" * 60}),
    "an issue": ("issue", {"issue": "\ufdfa" * 60}),
    "a title": ("title", {"title": f"m{STACKED}" * 80}),
    "emoji": ("no bundled font", {"coverlines": ["\U0001f469\u200d\U0001f680" * 50] * 12}),
}


@pytest.mark.parametrize("style", ["auto", "editorial"])
@pytest.mark.parametrize("name", TOO_WIDE)
def test_text_that_fits_on_no_photo_is_refused_before_the_photo_is_read(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch, name: str, style: str
) -> None:
    drawn: list[int] = []
    compiler = pipeline.typesetter.compiler
    monkeypatch.setattr(compiler, "set_glyphs", count_letters(compiler.set_glyphs, drawn))
    named, fields = TOO_WIDE[name]
    asked = {"image": b"not a photo", "title": "ORBIT", "style": style, "variants": 8, **fields}
    with pytest.raises(TypesettingError) as caught:
        pipeline.make(PosterRequest.from_mapping(asked))
    assert named in str(caught.value)
    assert len(str(caught.value)) < 300
    if "coverlines" in fields:
        assert sum(drawn) <= 5 * len("ORBIT") * 4, "cover lines were drawn"


def count_letters(set_glyphs: Any, drawn: list[int]) -> Any:
    def counted(lines: Any, *rest: Any) -> Any:
        drawn.extend(len(run.text) for runs in lines for run in runs)
        return set_glyphs(lines, *rest)

    return counted


def test_sound_text_does_not_hide_what_is_wrong_with_the_photo(pipeline: Pipeline) -> None:
    with pytest.raises(UnreadablePhotoError):
        pipeline.make(PosterRequest.from_mapping({"image": b"not a photo", "title": "ORBIT"}))


def test_a_title_that_cannot_be_legible_says_so(pipeline: Pipeline) -> None:
    with pytest.raises(TextDoesNotFitError, match="80 characters"):
        pipeline.make(read("mountains", title="W" * 80, stage="cover", **SMALL))


@pytest.mark.parametrize("stage", ["cover", "envelope", "both"])
def test_a_stage_makes_the_pictures_that_it_names(pipeline: Pipeline, stage: str) -> None:
    poster = pipeline.make(read("mountains", stage=stage, **SMALL))
    assert (poster.cover is not None) == (stage in ("cover", "both"))
    assert (poster.envelope is not None) == (stage in ("envelope", "both"))
    assert bool(poster.receipt.blocks) == (stage != "envelope")
    has_places = [block.envelope_box is not None for block in poster.receipt.blocks]
    assert all(has_places) == (stage != "cover")


def test_type_is_in_the_envelope_where_the_receipt_says(pipeline: Pipeline) -> None:
    poster = pipeline.make(read("dogs", seed=1))
    assert poster.cover is not None
    assert poster.envelope is not None
    for block in poster.receipt.blocks:
        assert block.envelope_box is not None
        flat = straighten(poster.envelope, block.envelope_box, block.box)
        set_type = poster.cover[block.box.slices]
        assert likeness(set_type, flat) > 0.85, block


def straighten(
    image: np.ndarray[Any, np.dtype[np.uint8]], quad: Any, box: Box
) -> np.ndarray[Any, np.dtype[np.uint8]]:
    corners = np.array(
        [(0, 0), (box.width, 0), (box.width, box.height), (0, box.height)], np.float32
    )
    matrix = cv2.getPerspectiveTransform(np.array(quad, np.float32) - 0.5, corners - 0.5)
    return np.asarray(cv2.warpPerspective(image, matrix, (box.width, box.height)), np.uint8)


def likeness(first: Any, second: Any) -> float:
    a, b = (cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(float) for image in (first, second))
    return float(np.corrcoef(a.ravel(), b.ravel())[0, 1])


def test_the_receipt_names_the_envelope_and_its_glare_over_every_block(pipeline: Pipeline) -> None:
    receipt = pipeline.make(read("dogs", seed=1, **SMALL)).receipt
    assert receipt.envelope_variant
    assert all(block.glare is not None and 0 <= block.glare < 0.2 for block in receipt.blocks)
    clear = pipeline.make(read("dogs", seed=1, glare=0.0, **SMALL)).receipt
    for block, without in zip(receipt.blocks, clear.blocks, strict=True):
        assert block.glare is not None
        assert without.glare is not None
        assert without.glare < block.glare
    alone = pipeline.make(read("dogs", seed=1, stage="cover", **SMALL)).receipt
    assert alone.envelope_variant == ""
    assert all(block.glare is None for block in alone.blocks)


def test_another_seed_can_select_another_envelope_and_the_same_does_not(pipeline: Pipeline) -> None:
    def taken(seed: int) -> str:
        asked = read("mountains", stage="envelope", seed=seed, **SMALL)
        return pipeline.make(asked).receipt.envelope_variant

    names = [taken(seed) for seed in range(6)]
    assert len(set(names)) > 1
    assert taken(0) == names[0]


def test_a_background_shows_around_the_envelope(pipeline: Pipeline) -> None:
    for background, colour in (("white", 255), ("grey", 119), ("#1E2A5A", (30, 42, 90))):
        poster = pipeline.make(read("dogs", seed=1, background=background, **SMALL))
        assert poster.envelope is not None
        assert (poster.envelope[0] == colour).all()
    clear = pipeline.make(read("dogs", seed=1, background="transparent", **SMALL)).envelope
    assert clear is not None
    assert clear.shape == (736, 512, 4)
    assert (clear[0] == 0).all()
    assert clear[400, 250, 3] == 255


def test_the_same_request_makes_the_same_pixels(pipeline: Pipeline) -> None:
    first, second, other = (
        pipeline.make(read("mountains", seed=seed, **SMALL)) for seed in (7, 7, 8)
    )
    assert np.array_equal(first.cover, second.cover)  # type: ignore[arg-type]
    assert np.array_equal(first.envelope, second.envelope)  # type: ignore[arg-type]
    assert not np.array_equal(first.cover, other.cover)  # type: ignore[arg-type]
    assert first.receipt.stable_json() == second.receipt.stable_json()


def test_an_omitted_seed_is_random_and_recorded_in_the_receipt(pipeline: Pipeline) -> None:
    seeds = {
        pipeline.make(read("mountains", seed=None, stage="envelope", **SMALL)).receipt.seed
        for _ in range(3)
    }
    assert len(seeds) > 1
    assert all(seed % 2 for seed in seeds)  # which takes the best layout


def test_a_finished_cover_is_sealed_whole_whatever_its_shape(pipeline: Pipeline) -> None:
    wide = np.full((600, 1200, 3), (200, 30, 30), np.uint8)
    wide[250:350, 550:650] = 0
    _, png = cv2.imencode(".png", wide[..., ::-1])
    request = PosterRequest(image=png.tobytes(), stage="envelope", seed=1)
    envelope = pipeline.make(request).envelope
    assert envelope is not None
    red = envelope[..., 0].astype(int) - envelope[..., 1] > 70
    rows, columns = np.nonzero(red)
    shown_aspect = (columns.max() - columns.min()) / (rows.max() - rows.min())
    assert shown_aspect == pytest.approx(2.0, rel=0.05)


def test_paper_shows_through_a_finished_cover_that_is_transparent(pipeline: Pipeline) -> None:
    clear = np.zeros((736, 512, 4), np.uint8)
    clear[300:400, 200:300] = (30, 30, 200, 255)
    _, png = cv2.imencode(".png", clear)
    envelope = pipeline.make(
        PosterRequest(image=png.tobytes(), stage="envelope", seed=1, width=512, height=736)
    ).envelope
    assert envelope is not None
    red, green, blue = (int(level) for level in envelope[550, 250])
    assert 220 < blue < green < red


@pytest.mark.parametrize("size", [(480, 480), (480, 1600), (3000, 4312), (4000, 500)])
def test_a_finished_cover_of_any_size_is_sealed(pipeline: Pipeline, size: tuple[int, int]) -> None:
    width, height = size
    cover = np.full((height, width, 3), (40, 160, 60), np.uint8)
    cover[: height // 8] = 250
    _, png = cv2.imencode(".png", cover[..., ::-1])
    envelope = pipeline.make(
        PosterRequest(image=png.tobytes(), stage="envelope", seed=1, width=512, height=736)
    ).envelope
    assert envelope is not None
    assert envelope.shape == (736, 512, 3)
    middle = envelope[400, 250].astype(int)
    assert middle[1] > middle[0] + 60


@pytest.mark.parametrize(("width", "height"), [(512, 512), (512, 1024), (1408, 2048)])
def test_the_requested_size_applies_to_both_stages(
    pipeline: Pipeline, width: int, height: int
) -> None:
    poster = pipeline.make(read("dogs", width=width, height=height))
    for picture in (poster.cover, poster.envelope):
        assert picture is not None
        assert picture.shape == (height, width, 3)


def test_progress_rises_to_one_and_has_labels(pipeline: Pipeline) -> None:
    seen: list[tuple[float, str]] = []
    monitor = ProgressMonitor(on_progress=lambda fraction, label: seen.append((fraction, label)))
    pipeline.make(read("mountains", **SMALL), monitor)
    fractions = [fraction for fraction, _ in seen]
    assert fractions == sorted(fractions)
    assert (fractions[0], fractions[-1]) == (0.0, 1.0)
    assert all(label for _, label in seen)


def test_a_cancelled_request_stops_at_the_next_step(pipeline: Pipeline) -> None:
    reports: list[str] = []
    monitor = ProgressMonitor(
        on_progress=lambda _, label: reports.append(label), cancelled=lambda: len(reports) >= 2
    )
    with pytest.raises(Cancelled):
        pipeline.make(read("mountains", **SMALL), monitor)
    assert len(reports) == 2


def test_an_unavailable_engine_is_refused_with_the_reason(pipeline: Pipeline) -> None:
    with pytest.raises(UnavailableError, match=r"flux cannot run here: .*missing"):
        pipeline.make(read("mountains", engine="flux"))
    with pytest.raises(UnavailableError, match="flux cannot run here: "):
        pipeline.make(read("mountains", envelope_engine="flux"))


def photo_of(width: int, height: int) -> bytes:
    _, png = cv2.imencode(
        ".png", np.repeat(np.linspace(40, 140, height), width).reshape(height, -1)
    )
    return png.tobytes()


@pytest.mark.parametrize("photo", [(320, 320), (320, 600), (600, 320), (2000, 320)])
def test_a_photo_of_320_pixels_is_accepted_and_noted_to_look_soft(
    pipeline: Pipeline, photo: tuple[int, int]
) -> None:
    poster = pipeline.make(
        PosterRequest(
            image=photo_of(*photo),
            title="X",
            style="classic",
            width=512,
            height=1024,
            stage="cover",
            seed=1,
        )
    )
    assert poster.cover is not None
    (note,) = (note for note in poster.receipt.notes if "enlarged" in note)
    times = float(note.split(" times")[0].split()[-1])
    width = int(note.split()[0])
    assert times == pytest.approx(512 / width, abs=0.05)
    assert width <= photo[0]


def test_a_photo_with_enough_pixels_is_not_noted(pipeline: Pipeline) -> None:
    request = PosterRequest(
        image=photo_of(600, 860), title="X", stage="cover", seed=1, width=512, height=736
    )
    assert pipeline.make(request).receipt.notes == ()


def test_a_finished_cover_with_few_pixels_is_noted(pipeline: Pipeline) -> None:
    request = PosterRequest(image=photo_of(320, 460), stage="envelope", seed=1)
    (note,) = pipeline.make(request).receipt.notes
    assert note.startswith("320 x 460 pixels of the cover are enlarged 2.6 times")


def test_a_style_that_shows_enough_pixels_is_preferred(pipeline: Pipeline) -> None:
    request = PosterRequest(
        image=photo_of(2000, 520), title="X", width=512, height=1024, stage="cover", seed=1
    )
    receipt = pipeline.make(request).receipt
    assert receipt.style in {"paper", "swiss"}
    assert receipt.style_why.startswith(f"{receipt.style}: ")
    other = ({"paper", "swiss"} - {receipt.style}).pop()
    assert f"; {other} came second, because " in receipt.style_why


def test_letterbox_bars_are_cut_off_and_noted(pipeline: Pipeline) -> None:
    photo = cv2.imread(str(EXAMPLES / "dogs.jpg"))
    assert photo is not None
    photo = cv2.resize(photo, (600, 900), interpolation=cv2.INTER_AREA)
    barred = cv2.copyMakeBorder(photo, 0, 0, 40, 30, cv2.BORDER_CONSTANT, value=(0, 0, 0))
    covers = []
    for picture in (photo, barred):
        _, png = cv2.imencode(".png", picture)
        request = PosterRequest(
            image=png.tobytes(), title="ORBIT", width=512, height=736, stage="cover", seed=1
        )
        covers.append(pipeline.make(request))
    plain, trimmed = covers
    assert "image: its flat border was cut off: 40 px at the left, 30 px at the right" in (
        trimmed.receipt.notes
    )
    assert plain.cover is not None
    assert trimmed.cover is not None
    assert np.array_equal(plain.cover, trimmed.cover)


def test_headroom_is_recorded_and_given_up_where_it_shows(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = PosterRequest(
        image=photo_of(900, 330), title="ORBIT", style="classic", width=512, height=736,
        stage="cover", seed=1,
    )  # fmt: skip
    grown = pipeline.make(request).receipt.headroom
    assert grown
    assert 0.05 < grown.share <= 0.3
    assert 0 <= grown.score <= 1
    shows = GrownStrip(step=2.0, energy=0.0, streaks=0.0, foreign=0.0, drift=0.0)
    monkeypatch.setattr(cover_stage, "measure_strip", lambda *_: shows)
    assert pipeline.make(request).receipt.headroom is None


def test_the_receipt_says_how_far_the_picture_was_changed_for_the_type(pipeline: Pipeline) -> None:
    eased, plain = (
        pipeline.make(read("mountains", **SMALL, style=style, stage="cover", seed=3)).receipt
        for style in ("poster", "paper")
    )
    assert eased.easing
    assert 0 < eased.easing.mean < 10
    assert 5 < eased.easing.largest <= FURTHEST.title
    assert plain.easing is None
    assert eased.as_json()["easing"] == eased.easing.as_json()


def test_variants_are_different_covers_and_a_sheet_shows_all(pipeline: Pipeline) -> None:
    poster = pipeline.make(read("dogs", **SMALL, stage="cover", variants=7, seed=MAX_SEED))
    covers = [poster.cover, *poster.variants]
    assert len(covers) == 7
    for first, second in combinations(covers, 2):
        assert first is not None
        assert second is not None
        assert np.abs(first.astype(int) - second).mean() > 3
    notes = poster.receipt.variants
    assert len({poster.receipt.style, *(note.style for note in notes)}) == len(STYLES)
    assert [note.seed for note in notes] == [0, 1, 2, 3, 4, 5]
    assert "came second, because" in poster.receipt.style_why
    # One that looks like another waits for the others, and keeps its place among the choices.
    starts = {note.style_why.partition(":")[0].removeprefix(note.style) for note in notes[:4]}
    assert starts == {f", choice {place} of 5" for place in (2, 3, 4, 5)}
    for note in notes[4:]:
        assert note.style_why.startswith(f"{note.style} again, in layout 2: ")
    sheet = poster.contact_sheet
    assert sheet is not None
    assert sheet.shape[1] > 4 * 400
    assert list(poster.pictures) == ["cover", *(f"cover_{n}" for n in range(2, 8)), "contact_sheet"]


def test_the_first_variant_equals_the_cover_without_variants(pipeline: Pipeline) -> None:
    alone, first = (
        pipeline.make(read("fig", **SMALL, stage="cover", variants=count, seed=5)).cover
        for count in (1, 2)
    )
    assert alone is not None
    assert first is not None
    assert np.array_equal(alone, first)


@pytest.mark.parametrize("style", STYLES)
def test_every_style_makes_a_sound_cover_of_a_real_photo(pipeline: Pipeline, style: str) -> None:
    poster = pipeline.make(read("astronaut", style=style, stage="cover", seed=3))
    assert poster.receipt.style == style
    assert poster.receipt.style_why == f"{style}: the request chose it"
    assert_sound(poster)


def test_a_face_that_fills_the_photo_still_makes_a_sound_cover(pipeline: Pipeline) -> None:
    portrait = cv2.imread(str(EXAMPLES / "grace_hopper.jpg"))
    assert portrait is not None
    close = cv2.resize(portrait[110:430, 110:430], None, fx=3, fy=3)
    _, png = cv2.imencode(".png", close)
    lines = ("A headline | and its deck", "Another one")
    request = PosterRequest(
        image=png.tobytes(), title="Eyes", coverlines=lines, issue="No. 1", stage="cover", seed=1
    )
    assert_sound(pipeline.make(request))


def test_a_photo_without_any_subject_works(pipeline: Pipeline) -> None:
    ramp = np.broadcast_to(np.linspace(40, 200, 900, dtype=np.uint8)[:, None, None], (900, 700, 3))
    _, png = cv2.imencode(".png", ramp)
    request = PosterRequest(
        image=png.tobytes(), title="Nothing", coverlines=("A line | and a deck",), seed=1
    )
    assert_sound(pipeline.make(request))
