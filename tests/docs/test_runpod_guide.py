"""docs/runpod.md is true: its commands are run or parsed, and its tables come from the code."""

from __future__ import annotations

import dataclasses
import json
import math
import re
import shlex
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from poster.commands import volume as volume_commands
from poster.commands.main import build_parser
from poster.doctor.reasons import REASONS
from poster.jobs import OLDER_TITLE
from poster.network.bucket import LINK_VALID_S
from poster.network.fetch import TIMEOUTS
from poster.request import LIMITS, PosterRequest
from poster.runpod import endpoint
from poster.runpod.endpoint import CACHE_BYTES, find_needs
from poster.runpod.fitness import fitness_checks
from poster.runpod.reply import REPLY_LIMIT
from poster.settings import BucketSettings, Settings
from poster.weights.manifest import read_manifest
from tests.support.command_line import output_of, run_line
from tests.support.ports import free_port
from tools.klein_size import KLEIN_9B

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "runpod.md").read_text(encoding="utf-8")
COMMANDS: list[str] = [
    line
    for block in re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL)
    for line in block.splitlines()
]
RUNPOD_URL = "https://api.runpod.ai/v2/$ENDPOINT_ID"


def the_command(part: str) -> str:
    found = [line for line in COMMANDS if part in line]
    assert len(found) == 1, found
    return found[0]


def table_under(heading: str) -> list[list[str]]:
    """The cells of the first table after a heading, without its header."""
    section = GUIDE.partition(f"\n## {heading}")[2].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows[2:]]


# Commands


def test_no_command_is_left_out_of_these_tests() -> None:
    known = (
        ".venv/bin/poster ",
        "POSTER_ENGINE=studio .venv/bin/poster worker ",
        "make image",
        "docker ",
        "echo ",
        "curl ",
        "python3 -c ",
    )
    assert COMMANDS
    assert all(command.startswith(known) for command in COMMANDS)


def test_every_poster_command_is_one_that_there_is() -> None:
    lines = [shlex.split(line) for line in COMMANDS if line.startswith(".venv/bin/poster ")]
    assert len(lines) == 4
    for _, *arguments in lines:
        assert build_parser().parse_args(arguments).run


def test_the_doctors_commands_find_nothing_wrong_here() -> None:
    for command in COMMANDS:
        if command.startswith(".venv/bin/poster doctor"):
            line = command.replace(".venv/bin/poster", f"{sys.executable} -m poster")
            done = run_line(line, ROOT)
            assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_make_has_the_target_and_every_command_is_shell() -> None:
    plan = run_line("make --dry-run --old-file=.venv/.made image", ROOT)
    assert "make_image" in plan.stdout
    for command in COMMANDS:
        assert run_line(f"/bin/sh -n -c {shlex.quote(command)}", ROOT).returncode == 0


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that the worker's commands need, in a folder that they may write to."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("predict.py", "runpod_shim.py", "examples/astronaut.jpg"):
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy2(ROOT / name, folder / name)
    (folder / ".venv").symlink_to(sys.prefix)
    return folder


def test_the_workers_self_check_passes(checkout: Path) -> None:
    done = run_line(the_command("--test_input"), checkout)
    assert done.returncode == 0, done.stderr
    assert "'ok': True" in done.stdout + done.stderr


@pytest.fixture
def url(checkout: Path) -> Iterator[str]:
    """The worker's HTTP interface, started with the guide's command, except for the port."""
    port = free_port()
    line = the_command("--rp_serve_api").replace("8000", str(port))
    with (checkout / "server.log").open("wb") as log:
        command = ["/bin/sh", "-c", f"exec env {line}"]
        server = subprocess.Popen(command, cwd=checkout, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 60
        while not is_up(url):
            assert time.monotonic() < deadline, (checkout / "server.log").read_text()
            time.sleep(0.2)
        yield url
    finally:
        server.terminate()
        server.wait(30)


def is_up(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/docs", timeout=5):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def test_the_job_is_answered_as_the_guide_says(checkout: Path, url: str) -> None:
    for part in ("echo ", "curl "):
        output_of(the_command(part).replace(RUNPOD_URL, url), checkout)
    reply = json.loads((checkout / "reply.json").read_text())
    assert reply["status"] == "COMPLETED", reply
    shown = json.loads(GUIDE.partition("```json\n")[2].partition("```")[0])
    output: dict[str, Any] = reply["output"]
    assert set(output) == set(shown)
    assert set(output["images"]) == set(shown["images"])
    assert set(shown["receipt"]) <= set(output["receipt"])
    assert output["delivery"].keys() == shown["delivery"].keys()
    assert output["delivery"] == shown["delivery"]
    assert run_line(the_command("python3 -c "), checkout).returncode == 0
    for name in ("cover.png", "envelope.png"):
        assert (checkout / name).read_bytes().startswith(b"\x89PNG")


# Tables


def test_the_sets_are_those_of_the_manifest() -> None:
    manifest = read_manifest()
    rows = table_under("1.")
    assert [row[0].split("`")[1] for row in rows] == list(manifest.sets)
    for row in rows:
        weight_set = manifest.sets[row[0].split("`")[1]]
        size = sum(file.bytes or 0 for file in weight_set.files)
        least = math.ceil((size + CACHE_BYTES) / 1e9)
        assert weight_set.licence in row[1]
        assert ("gated" in row[1]) == any(file.gated for file in weight_set.files)
        assert row[2:] == [f"{size / 1e9:.1f} GB", f"{least} GB or more"]


def test_what_volume_prepare_prints_is_shown_as_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoint, "POD_MOUNT", tmp_path)
    monkeypatch.setattr(endpoint, "measure_set", lambda *_: KLEIN_9B)
    manifest = read_manifest()
    weight_set = manifest.choose()
    for file in weight_set.files:
        place = file.path_in(tmp_path / "models")
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("wb") as stream:
            stream.truncate(file.bytes)
    volume_commands._print_needs(find_needs(tmp_path / "models", weight_set, manifest))
    assert f"files are present and verified\n{capsys.readouterr().out}```" in GUIDE


def test_every_variable_that_settings_read_is_told() -> None:
    listed = set(re.findall(r"`((?:POSTER|BUCKET)_\w+)`", GUIDE.partition("\n## 4.")[2]))
    read = set(re.findall(r"\b(?:POSTER|BUCKET)_[A-Z_]+\b(?!\*)", Settings.__doc__ or ""))
    read |= {f"BUCKET_{item.name.upper()}" for item in dataclasses.fields(BucketSettings)}
    # The token is that of poster serve, of which docs/serve.md tells.
    assert listed == {name for name in read if not name.endswith("_")} - {"POSTER_TOKEN"}


def test_the_container_disk_is_that_of_the_hubs_form() -> None:
    hub = json.loads((ROOT / ".runpod" / "hub.json").read_text(encoding="utf-8"))
    assert f"| container disk | {hub['config']['containerDiskInGb']} GB |" in GUIDE


def test_the_checks_are_those_that_a_worker_runs() -> None:
    named = [row[0].strip("`") for row in table_under("7.")]
    first = list(fitness_checks(Settings(engine="flux"), None))
    assert named == [*first, "engine", "denoise"]


def findings_table() -> str:
    def row(code: str, *cells: str) -> str:
        # Markdown takes two underscores for bold.
        return " | ".join([f"| `{code}`", *(cell.replace("__", r"\_\_") for cell in cells)]) + " |"

    rows = [row(code, reason.why, reason.fix) for code, reason in REASONS.items()]
    return "\n".join(["| code | why it matters | fix |", "| --- | --- | --- |", *rows])


def test_every_finding_of_the_doctor_is_explained_in_its_own_words() -> None:
    assert findings_table() in GUIDE, f"section 8 must hold\n{findings_table()}"


def test_the_older_contracts_fields_are_told_with_what_they_become() -> None:
    fields = {item.name for item in dataclasses.fields(PosterRequest)}
    for became in ("image", "cover_prompt", "num_inference_steps", "guidance_scale", "stage"):
        assert became in fields
        assert f"`{became}`" in GUIDE.partition("### The older job format")[2]


def test_the_figures_of_jobs_are_the_codes_own() -> None:
    jobs = GUIDE.partition("\n## 5.")[2].partition("\n## ")[0]
    for figure in (
        f"at most {LIMITS.image_bytes / 1e6:.0f} MB within {TIMEOUTS.total_s:.0f} s",
        f"under {REPLY_LIMIT / 1e6:.0f} MB",
        f"valid for {LINK_VALID_S / 86400:.0f} days",
        f"If a job has no title, the title is {OLDER_TITLE}",
    ):
        assert figure in " ".join(jobs.split())
