"""Covers of the benchmark photos match the accepted baseline."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tools.baseline.covers import Record, Studio
from tools.baseline.page import write_page
from tools.baseline.photos import LOOKS, Analyser, read_look, read_names
from tools.baseline.record import describe, find_changes, read_records


def test_no_cover_changed_unintentionally() -> None:
    studio = Studio()
    changes = find_changes(read_records(), {name: studio.make(name)[1] for name in read_names()})
    assert not changes, (
        f"{describe(changes)}\n"
        "python -m tools.baseline shows them beside what they were; if they are right, "
        "python -m tools.baseline --accept stores them"
    )


def test_every_photo_has_a_record_and_a_look_and_nothing_else_has() -> None:
    assert list(read_records()) == read_names()
    assert {path.stem for path in LOOKS.glob("*.png")} == set(read_names())


@pytest.mark.parametrize("name", ["astronaut", "oath_two_men", "mountains"])
def test_stored_looks_equal_the_networks_results(name: str) -> None:
    (stored, *stored_boxes), (seen, *boxes) = read_look(name), Analyser().analyse(name)
    apart = np.abs(stored.astype(int) - seen).mean()
    assert apart < 1, "python -m tools.baseline --look-again stores what they see now"
    for found, expected in zip(boxes, stored_boxes, strict=True):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            assert one.edges == pytest.approx(other.edges, abs=2)


def record(**parts: object) -> Record:
    return {
        "style": "classic",
        "costs": {"classic": 0.5, "poster": 40.0},
        "window": [0, -100, 1000, 1337],
        "scores": {"occlusion": 0.01},
        "type": {"masthead": {"box": [17, 17, 367, 110], "ink": "#F0C040", "contrast": 6.0}},
        **parts,
    }


def test_rounding_on_another_cpu_is_tolerated() -> None:
    now = record(
        costs={"classic": 0.504, "poster": 40.05},
        window=[0, -101, 1000, 1336],
        scores={"occlusion": 0.0103},
        type={"masthead": {"box": [17, 17, 367, 111], "ink": "#F0C141", "contrast": 6.04}},
    )
    assert find_changes({"fig": record()}, {"fig": now}) == {}


@pytest.mark.parametrize(
    ("part", "value", "line"),
    [
        ("style", "paper", "style: classic -> paper"),
        ("costs", {"classic": 0.52, "poster": 40.0}, "costs classic: 0.5 -> 0.52"),
        ("costs", {"classic": 0.5}, "costs poster: 40.0 -> nothing"),
        ("window", [0, -90, 1000, 1347], "window: [0, -100, 1000, 1337] -> [0, -90, 1000, 1347]"),
        ("scores", {"occlusion": 0.02}, "scores occlusion: 0.01 -> 0.02"),
    ],
)
def test_a_change_is_reported_with_both_values(part: str, value: object, line: str) -> None:
    changes = find_changes({"fig": record()}, {"fig": record(**{part: value})})
    assert changes == {"fig": [line]}
    assert line in describe(changes)


@pytest.mark.parametrize(
    "change", [{"box": [17, 20, 367, 113]}, {"ink": "#FFFFFF"}, {"contrast": 5.0}]
)
def test_type_that_changes_place_ink_or_contrast_counts(change: dict[str, object]) -> None:
    masthead = {**record()["type"]["masthead"], **change}
    [line] = find_changes({"fig": record()}, {"fig": record(type={"masthead": masthead})})["fig"]
    assert line.startswith(f"type masthead {next(iter(change))}: ")


def test_added_and_removed_type_and_covers_count() -> None:
    deck = {"box": [17, 200, 60, 210], "ink": "#FFFFFF", "contrast": 6.0}
    before, now = {"fig": record()}, {"fig": record(type={**record()["type"], "deck": deck})}
    assert find_changes(before, now) == {"fig": ["type deck: nothing -> something"]}
    assert find_changes(now, before) == {"fig": ["type deck: something -> nothing"]}
    assert find_changes(before, {}) == {"fig": ["cover: something -> nothing"]}


def test_the_page_shows_each_changed_cover_before_and_now(tmp_path: Path) -> None:
    cover = np.zeros((8, 6, 3), np.uint8)
    page = tmp_path / "out" / "page.html"
    changes = {"fig": ["style: classic -> <paper>"], "owl": ["costs classic: 1 -> 2"]}
    write_page(page, changes, {"fig": cover}, {"fig": cover, "owl": cover})
    html = page.read_text(encoding="utf-8")
    assert html.count("data:image/jpeg;base64,") == 3
    assert "style: classic -&gt; &lt;paper&gt;" in html
    assert "before: nothing to show" in html
