"""What a repository's own files name is there: hooks, workflows, targets, links."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

import poster
from poster.request import SPECS

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def read_yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def test_make_help_lists_every_target() -> None:
    done = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    listed = set(re.findall(r"^  make (\w+)", done.stdout, re.MULTILINE))
    [phony] = re.findall(r"^\.PHONY: (.+)$", MAKEFILE, re.MULTILINE)
    assert listed == set(phony.split())


def test_every_hook_runs_a_program_that_make_test_installs() -> None:
    hooks = [
        hook
        for repo in read_yaml(ROOT / ".pre-commit-config.yaml")["repos"]
        for hook in repo["hooks"]
    ]
    assert len(hooks) >= 4
    for hook in hooks:
        program = hook["entry"].split()[0]
        assert program.startswith(".venv/bin/")
        assert (Path(sys.prefix) / program.removeprefix(".venv/")).exists()


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_runs_what_is_here(path: Path) -> None:
    steps = [step for job in read_yaml(path)["jobs"].values() for step in job["steps"]]
    lines = [step["run"] for step in steps if "run" in step]
    assert lines
    for line in lines:
        for target in re.findall(r"\bmake (\w+)", line.removeprefix("poster make")):
            assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE), line
        for file in re.findall(r"[\w./-]+\.(?:lock|json)|\.ci/run", line):
            assert (ROOT / file).exists(), line


def test_llms_txt_links_to_what_is_here_and_names_real_fields() -> None:
    text = (ROOT / "llms.txt").read_text(encoding="utf-8")
    assert text.startswith("# Poster Maker\n\n> ")
    links = re.findall(r"\]\(([^)]+)\)", text)
    assert len(links) >= 10
    assert [link for link in links if not (ROOT / link).exists()] == []
    named = re.findall(r"--([a-z-]+)", text)
    fields = {name.replace("_", "-") for name in SPECS} | {"coverline", "out"}
    assert set(named) <= fields
    assert callable(poster.make)


def test_the_upgrade_notes_are_those_of_this_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    [newest] = re.findall(r"^## (\S+)", changelog, re.MULTILINE)[:1]
    assert newest == poster.__version__
