"""Importing a door is fast: a process that only prints help must not load models."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROBE = "import json, sys, {door}; print(json.dumps(sorted(sys.modules)))"


@pytest.mark.parametrize(
    ("door", "absent"),
    [
        ("predict", {"torch", "diffusers", "transformers", "runpod", "typst", "poster.pipeline"}),
        (
            "poster.commands.main",
            {"torch", "runpod", "cog", "numpy", "cv2", "typst", "poster.pipeline"},
        ),
    ],
)
def test_importing_a_door_loads_nothing_heavy(door: str, absent: set[str]) -> None:
    probe = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROBE.format(door=door)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    loaded = set(json.loads(probe.stdout))
    assert door in loaded
    assert not absent & loaded
