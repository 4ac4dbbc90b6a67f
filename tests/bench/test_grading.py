"""The pages to grade are from requests as customers write them, and grades are counted by kind."""

import json
from itertools import combinations
from pathlib import Path

import pytest

from bench import grading
from bench.grading import FOLDER, format_table, plan_pages, read_grades
from bench.picture_pairs import PHOTOS
from poster.request import PosterRequest

REQUESTS = json.loads((FOLDER / "requests.json").read_text(encoding="utf-8"))
SETS = REQUESTS["photos"]


def test_every_photo_is_in_one_set() -> None:
    known = {photo["name"] for photo in json.loads((PHOTOS / "photos.json").read_text())}
    for one, other in combinations(SETS.values(), 2):
        assert not set(one) & set(other)
    assert {name for names in SETS.values() for name in names} == known


def test_a_grading_set_has_60_pages_of_every_kind_in_20_languages() -> None:
    for chosen in ("cover", "newsstand"):
        pages = plan_pages(REQUESTS, chosen, 4)
        assert len({page.name for page in pages}) == 60
        assert {page.kind for page in pages} == set(REQUESTS["about"])
        assert len({page.name.partition("-")[2] for page in pages}) >= 20


@pytest.mark.parametrize("chosen", SETS)
def test_every_page_is_a_valid_request(chosen: str) -> None:
    for page in plan_pages(REQUESTS, chosen, 4):
        request = PosterRequest(image=page.photo.read_bytes(), **page.fields)
        assert request.title == page.fields["title"]


def test_grades_are_counted_by_commit_kind_and_style() -> None:
    page = {"commit": "abc", "set": "cover", "why": "-"}
    grades = [
        {**page, "kind": kind, "style": style, "grade": grade}
        for kind, style, grade in (
            ("food", "paper", "A"),
            ("food", "swiss", "B"),
            ("place", "paper", "A"),
            ("place", "paper", "C"),
        )
    ]
    counts = {line.split()[0]: line.split()[-4:] for line in format_table(grades).splitlines()[1:]}
    assert counts == {
        "abc": ["2", "1", "1", "50"],
        "food": ["1", "1", "0", "50"],
        "place": ["1", "0", "1", "50"],
        "paper": ["2", "0", "1", "67"],
        "swiss": ["0", "1", "0", "0"],
    }


def test_the_grades_on_file_have_reasons() -> None:
    read_grades()


@pytest.mark.parametrize(("grade", "why"), [("D", "odd"), ("B", "")])
def test_a_grade_without_a_reason_is_refused(
    grade: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grading, "FOLDER", tmp_path)
    rows = [{"page": "fig-english", "grade": grade, "why": why}]
    (tmp_path / "grades.json").write_text(json.dumps(rows))
    with pytest.raises(SystemExit, match="fig-english"):
        read_grades()
