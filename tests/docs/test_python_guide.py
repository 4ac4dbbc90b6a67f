"""docs/python.md is correct: its Python runs from top to bottom."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import poster
from poster import library

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)


@pytest.mark.usefixtures("looks_once")
def test_its_lines_run_in_their_order_and_do_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made: list[poster.Poster] = []

    def make(*arguments: Any, **fields: Any) -> poster.Poster:
        made.append(library.make(*arguments, **fields))
        return made[-1]

    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(poster, "make", make)
    names: dict[str, Any] = {}
    assert len(BLOCKS) == 6
    for block in BLOCKS:
        exec(block, names)  # noqa: S102 - the guide is ours

    told = capsys.readouterr().out
    for folder in ("out", "out/dogs", "out/fig"):
        for file in ("cover.png", "envelope.png", "poster.json"):
            assert (tmp_path / folder / file).stat().st_size > 1000
    assert list(names["files"]) == ["cover.png", "envelope.png", "poster.json"]
    assert made[0].receipt.seed == 7
    first, *others = [one.cover for one in made[1:6]]
    assert all(np.array_equal(cover, first) for cover in others)  # type: ignore[arg-type]
    assert [one.receipt.blocks[0].text for one in made[6:]] == ["GOOD BOYS", "BAD BOYS"]
    assert told.count("100% done\n") == 2
    [error] = [line for line in told.splitlines() if line.startswith("bad_request")]
    assert f"`{error}`" in GUIDE
