"""The pages to grade are from requests as customers write them, and grades are counted by kind."""

import json
import re
import subprocess
import sys
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest

from bench import grading
from bench.grading import (
    FAULTS,
    FOLDER,
    find_faults,
    format_faults,
    format_table,
    make_pages,
    plan_pages,
    read_grades,
)
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


def block(role: str, y: int, size: float, **fields: object) -> dict[str, object]:
    usual = {"box": [46, y, 400, y + 20], "colour": "#FFFFFF", "contrast": 7.0, "script": "Latn"}
    return {"role": role, "size_px": size, **usual, **fields}


SOUND = [
    block("masthead", 46, 200, colour="#D6222A", contrast=3.2),
    block("kicker", 260, 20),
    block("headline", 330, 60),
    block("deck", 395, 24),
    block("headline", 470, 38),
]


def test_a_sound_cover_has_no_faults() -> None:
    assert find_faults(SOUND) == set()
    assert find_faults(SOUND[:1]) == set()


@pytest.mark.parametrize(
    ("place", "changed", "fault"),
    [
        (4, {"colour": "#000000"}, "lines in two inks"),
        (4, {"size_px": 60}, "lead not the largest line"),
        (4, {"box": [500, 300, 800, 320]}, "lead not the highest line"),
        (1, {"box": [46, 290, 300, 312]}, "kicker or issue glued to a line"),
        (3, {"size_px": 18}, "a deck below 20 px"),
        (0, {"contrast": 2.9}, "type below its contrast floor"),
    ],
)
def test_each_fault_is_found(place: int, changed: dict[str, object], fault: str) -> None:
    blocks = [{**one, **(changed if number == place else {})} for number, one in enumerate(SOUND)]
    assert find_faults(blocks) == {fault}
    assert fault in FAULTS


def test_faults_are_counted_by_folder(tmp_path: Path) -> None:
    faulty = [{**one, "colour": f"#00000{n}"} for n, one in enumerate(SOUND)]
    for version, blocks in (("before", faulty), ("now", SOUND)):
        for page in ("one", "two"):
            (tmp_path / version / page).mkdir(parents=True)
            receipt = json.dumps({"blocks": blocks})
            (tmp_path / version / page / "poster.json").write_text(receipt)
    heads, pages, inks, *_ = format_faults([tmp_path / "before", tmp_path / "now"]).splitlines()
    assert heads.split() == ["before", "now"]
    assert pages.split() == ["pages", "2", "2"]
    assert inks.split()[-2:] == ["2", "0"]


def test_pages_are_made_and_shown_at_three_sizes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grading, "OUT", tmp_path)
    monkeypatch.setattr(grading, "ROOT", tmp_path)
    [page] = plan_pages(REQUESTS, "tuning", 1)[:1]
    small = replace(page, fields={**page.fields, "width": 512, "height": 736})
    refused = replace(page, name="refused", fields={**page.fields, "title": "\ufffe"})
    make_pages([small, refused], "tuning", None)
    shown = (tmp_path / "tuning-now" / "index.html").read_text(encoding="utf-8")
    assert shown.count("<img ") == 3
    assert "was refused" in shown
    for picture in ("cover", "envelope"):
        assert (tmp_path / "tuning-now" / page.name / f"{picture}.png").is_file()


@pytest.mark.parametrize("page", ["grading.md", "grading.ko.md"])
def test_the_guide_shows_the_grades_on_file(page: str) -> None:
    text = (grading.ROOT / "docs" / page).read_text(encoding="utf-8")
    assert format_table(read_grades()) in text


def test_the_commands_of_the_guide_work() -> None:
    guide = (grading.ROOT / "docs" / "grading.md").read_text(encoding="utf-8")
    commands = re.findall(r"^\.venv/bin/python (bench/grading\.py .*)$", guide, re.MULTILINE)
    assert len(commands) == 2
    for command in commands:
        done = subprocess.run(
            [sys.executable, *command.split()],
            cwd=grading.ROOT,
            check=True,
            capture_output=True,
            text=True,
        )
        assert done.stdout
