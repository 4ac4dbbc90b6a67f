"""docs/comfy.md is true: its commands are run in order, and its tables come from the code."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
import pytest

from poster.comfy.node_finding import NOTE_REASONS, REASONS
from poster.comfy.nodes import read_table
from poster.finding import Reason
from poster.request import SPECS
from tests.support.command_line import output_of

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "comfy.md").read_text(encoding="utf-8")
COMMANDS = [
    line
    for block in re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL)
    for line in block.splitlines()
]
MAPPING = GUIDE.partition("```json\n")[2].partition("```")[0]


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Each command's output, run as a reader would; the empty key has the folder."""
    folder = tmp_path_factory.mktemp("guide")
    (folder / ".venv").symlink_to(sys.prefix)
    (folder / "examples").symlink_to(ROOT / "examples")
    (folder / "out").mkdir()
    (folder / "out" / "mapping.json").write_text(MAPPING, encoding="utf-8")
    return {"": str(folder)} | {command: output_of(command, folder) for command in COMMANDS}


def test_every_command_runs_in_its_order(ran: dict[str, str]) -> None:
    out = Path(ran[""]) / "out"
    assert len(COMMANDS) == 8
    for name in ("workflow.json", "sealed.json"):
        assert "SaveImage" in (out / name).read_text()
    assert len(list((out / "input").iterdir())) == 3


def test_what_comes_back_makes_the_same_cover(ran: dict[str, str]) -> None:
    out = Path(ran[""]) / "out"
    one, two = (cv2.imread(str(out / name / "cover.png")) for name in ("dogs", "again"))
    assert one is not None
    assert two is not None
    assert np.array_equal(one, two)


def test_the_checks_pass_and_tell_what_is_lacking(ran: dict[str, str]) -> None:
    plain, with_mapping = (ran[line] for line in COMMANDS if "comfy check" in line)
    assert plain.endswith("no findings\n")
    assert json.loads(with_mapping)["passed"] is True


def test_the_version_is_the_tables() -> None:
    table = read_table()
    said = f"the {len(table.declared)} classes that ComfyUI {table.version} has"
    assert said in " ".join(GUIDE.split())


def test_every_field_that_is_told_is_one() -> None:
    rows = re.findall(r"^\| (`[^|]+`) \| [^|]+ \|$", GUIDE, re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", " ".join(rows))) <= {"image", *SPECS}
    assert len(rows) == 7


@pytest.mark.parametrize(
    ("head", "reasons"),
    [
        ("| code | why it matters | fix |", REASONS),
        ("| note | why it may matter | what to do |", NOTE_REASONS),
    ],
)
def test_every_finding_is_explained_in_its_own_words(
    head: str, reasons: Mapping[str, Reason]
) -> None:
    rows = [f"| `{code}` | {reason.why} | {reason.fix} |" for code, reason in reasons.items()]
    table = "\n".join([head, "| --- | --- | --- |", *rows])
    assert table in GUIDE, f"the guide must hold\n{table}"
