"""Two versions are measured alike: pictures by the current code, benches alternately."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from bench.before import BENCHES, PICTURES, compare_figures, print_figures, print_pictures
from bench.picture_pairs import compare_pictures, plan_posters
from bench.picture_scores import MEASURES
from bench.title_sets import Title
from tools.earlier import ROOT, Version


def test_the_last_commit_and_this_checkout_are_compared_picture_by_picture(tmp_path: Path) -> None:
    command = [sys.executable, "bench/before.py", "HEAD", "--quick", "--photo", "fig", "--json"]
    done = subprocess.run(
        [*command, "--out", str(tmp_path)],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    *table, last = done.stdout.splitlines()
    result = json.loads(last)
    assert (result["posters"], result["bench"]) == (1, PICTURES)
    assert result["refused"] == {"before": {}, "now": {}}
    for which in ("before", "now"):
        left = sorted(path.name for path in (tmp_path / which / "fig").iterdir())
        assert left == ["cover.png", "envelope.png", "poster.json", "request.json"]
    receipt = json.loads((tmp_path / "now" / "fig" / "poster.json").read_text())
    least = min(block["contrast"] for block in receipt["blocks"])
    assert result["means"]["contrast"]["now"] == pytest.approx(least, abs=0.006)  # it is rounded
    assert sum(line.startswith(tuple(MEASURES)) for line in table) == len(MEASURES)


def test_a_commit_that_does_not_exist_is_reported_in_one_line() -> None:
    command = [sys.executable, "bench/before.py", "nowhere"]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "nowhere is not a commit of this repository\n"


def version_of(folder: Path, file: str, code: str) -> Version:
    path = folder / file
    path.parent.mkdir(parents=True)
    (path.parent / "__init__.py").touch()
    path.write_text(code)
    return Version(folder, Path(sys.executable))


def test_benches_alternate_and_the_ratio_is_of_their_medians(tmp_path: Path) -> None:
    code = """
import json, pathlib, sys
log = pathlib.Path(sys.argv[2])
with log.open("a") as file:
    print(NAME, file=file)
run = log.read_text().split().count(NAME)
print("a table")
print(json.dumps({"sizes": {"small": {"s": SECONDS[run - 1]}}, "ok": True, NAME: 1}))
"""
    log = tmp_path / "log"
    versions = {
        name: version_of(
            tmp_path / name, "bench/tiny.py", f"NAME, SECONDS = {name!r}, {seconds}\n{code}"
        )
        for name, seconds in (("before", [4.0, 2.0, 9.0]), ("now", [1.0, 2.0, 70.0]))
    }
    result = compare_figures(versions, "tiny", [str(log)], 3)
    assert log.read_text().split() == ["before", "now", "now", "before", "before", "now"]
    assert result["figures"] == {"sizes small s": {"ratio": 0.5, "now": 2.0, "before": 4.0}}
    assert result["lacking"] == ["before", "now"]


def test_a_bench_that_fails_is_reported_with_its_last_line(tmp_path: Path) -> None:
    version = version_of(tmp_path, "bench/tiny.py", "raise SystemExit('no such photo')")
    with pytest.raises(SystemExit, match=r"tiny failed in .*: no such photo"):
        compare_figures({"before": version, "now": version}, "tiny", [], 1)


def test_figures_are_printed_with_the_ratio_first(capsys: pytest.CaptureFixture[str]) -> None:
    row = {"ratio": 0.5, "now": 2.0, "before": 4.0}
    none = {"ratio": None, "now": 2.0, "before": 0.0}
    print_figures({"figures": {"warm_s": row, "misses": none}, "lacking": ["cold_s"]})
    head, first, second, last = capsys.readouterr().out.splitlines()
    assert head.split() == ["now/before", "now", "before"]
    assert first.split() == ["0.500", "2.0000", "4.0000", "warm_s"]
    assert second.split() == ["-", "2.0000", "0.0000", "misses"]
    assert last == "in one version only: cold_s"


MAKE = """
import json, pathlib, sys
import cv2, numpy as np
photo, request, out = sys.argv[2], pathlib.Path(sys.argv[4]), pathlib.Path(sys.argv[6])
title = json.loads(request.read_text())["title"]
if len(title) > LONGEST:
    sys.exit(f"title: has no room for {title}")
for name in ("cover", "envelope", "cover_picture"):
    cv2.imwrite(str(out / f"{name}.png"), np.full((30, 20, 3), LEVEL if name == "cover" else 9))
(out / "cover.pdf").touch()
"""


def test_posters_that_differ_or_that_one_version_rejects_are_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def measure(_ruler: object, folder: Path, title: Title, _photo: Path) -> dict[str, float]:
        level = float(np.asarray(cv2.imread(str(folder / "cover.png"))).mean())
        return {"contrast": level} | ({"title read": 1.0} if title.language == "en" else {})

    monkeypatch.setattr("bench.picture_pairs.Ruler.measure", measure)
    wanted = list(plan_posters(None, is_quick=True))[:3]
    longest = len(wanted[2].title.text) - 1
    assert [len(one.title.text) <= longest for one in wanted] == [True, True, False]
    versions = {
        "before": version_of(
            tmp_path / "1", "poster/__main__.py", f"LEVEL, LONGEST = 10, 99\n{MAKE}"
        ),
        "now": version_of(
            tmp_path / "2", "poster/__main__.py", f"LEVEL, LONGEST = 12, {longest}\n{MAKE}"
        ),
    }
    out = tmp_path / "out"
    result = compare_pictures(versions, wanted, out)
    both = [one.name for one in wanted[:2]]
    assert result["differ"] == {"cover": both, "envelope": []}
    assert result["refused"]["now"] == {
        wanted[2].name: f"title: has no room for {wanted[2].title.text}"
    }
    change = {"before": 10, "now": 12, "change": 2, "better": "higher"}
    assert result["means"]["contrast"] == {**change, "n": 2}
    assert result["means"]["title read"]["n"] == 1
    assert (out / "pairs_cover.jpg").is_file()
    assert not (out / "pairs_envelope.jpg").exists()
    print_pictures(result)
    table = capsys.readouterr().out
    assert "covers that differ: 2 of 2, in pairs_cover.jpg" in table
    assert f"not made now: {wanted[2].name}: title: has no room" in table
    assert "title NED: not measured" in table


def test_if_neither_makes_a_poster_the_first_reason_is_reported(tmp_path: Path) -> None:
    code = "raise SystemExit('engine: cannot run here')"
    version = version_of(tmp_path / "1", "poster/__main__.py", code)
    wanted = list(plan_posters(["fig"], is_quick=True))
    reason = "no poster was made by both versions; before: engine: cannot run here"
    with pytest.raises(SystemExit, match=reason):
        compare_pictures({"before": version, "now": version}, wanted, tmp_path / "out")


def test_every_photo_gets_a_title_and_all_scripts_have_their_turn() -> None:
    wanted = list(plan_posters(None, is_quick=False))
    assert len({one.photo for one in wanted}) == len(wanted) == 55
    assert all(one.photo.is_file() for one in wanted)
    languages = [one.title.language for one in wanted]
    assert languages[::2] == ["en"] * 28
    assert len(set(languages)) > 15
    assert [one.name for one in plan_posters(["owl"], is_quick=False)] == ["owl"]
    with pytest.raises(SystemExit, match="bench/photos has no unicorn"):
        list(plan_posters(["unicorn"], is_quick=False))


def test_every_bench_that_can_be_compared_is_there() -> None:
    for name in BENCHES:
        assert name == PICTURES or (ROOT / "bench" / f"{name}.py").is_file()
