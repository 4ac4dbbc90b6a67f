"""Every command in the README is run here, and does what the README says."""

import json
import re
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from poster.request import SPECS
from tests.support.command_line import output_of
from tests.support.ports import free_port

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = [match.splitlines() for match in re.findall(r"```sh\n(.*?)```", README, re.DOTALL)]
COMMANDS = [line for block in BLOCKS for line in block]
SERVE = "make serve"
SKIPPED = "--no-print-directory --old-file=.venv/.made --old-file=.venv/.base --old-file=.venv/.cog"
"""For make: what these stamps stand for is installed where the tests run."""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree as a clone has it, with this environment in place of the one that make sets up."""
    folder = tmp_path_factory.mktemp("checkout")
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in listed.stdout.splitlines():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name)
    (folder / ".venv").symlink_to(sys.prefix)
    return folder


def test_the_readme_shows_its_two_commands_first() -> None:
    assert COMMANDS[:2] == ["make poster", "make test"]


def test_make_poster_makes_the_files_that_the_readme_names(checkout: Path) -> None:
    output_of(f"make {SKIPPED} poster", checkout)
    for name in ("cover.png", "envelope.png", "poster.json"):
        assert (checkout / "out" / name).stat().st_size > 1000


def test_make_test_runs_lint_types_contracts_and_tests(checkout: Path) -> None:
    plan = output_of("make --dry-run test", checkout)
    for tool in ("ruff check", "ruff format --check", "mypy", "lint-imports", "pytest"):
        assert tool in plan


def test_make_image_builds_with_the_tool_that_tries_the_image_out(checkout: Path) -> None:
    assert "tools.make_image" in output_of("make --dry-run image", checkout)


def test_the_poster_commands_run_in_their_order(checkout: Path) -> None:
    posters = [line for line in COMMANDS if line.startswith(".venv/bin/poster")]
    assert len(posters) == 8
    for command in posters:
        output_of(command, checkout)
    assert (checkout / "out" / "dogs" / "envelope.png").exists()
    assert not (checkout / "out" / "mountains" / "envelope.png").exists()
    assert (checkout / "out" / "print" / "cover.pdf").exists()
    for layer in ("picture", "masthead", "subject", "lines"):
        assert (checkout / "out" / "print" / f"cover_{layer}.png").exists()
    assert (checkout / "out" / "sealed" / "envelope.png").exists()
    first, second = (checkout / "out" / name for name in ("first", "second"))
    assert (first / "cover.png").read_bytes() != (second / "cover.png").read_bytes()
    changed = _requests(first, second)
    assert changed == {"background": ("black", "white")}


def _requests(*folders: Path) -> dict[str, tuple[Any, ...]]:
    """The fields in which the requests of receipts differ."""
    asked = [json.loads((folder / "poster.json").read_text())["request"] for folder in folders]
    values = {name: tuple(request[name] for request in asked) for name in asked[0]}
    return {name: pair for name, pair in values.items() if len(set(map(str, pair))) > 1}


@pytest.fixture
def url(checkout: Path) -> Iterator[str]:
    """The server, started by what the README's own line runs, but for the port."""
    assert SERVE in COMMANDS
    command = output_of(f"make --dry-run {SKIPPED} serve", checkout).strip()
    assert command == ".venv/bin/poster serve"
    port = free_port()
    with (checkout / "server.log").open("wb") as log:
        shell = ["/bin/sh", "-c", f"exec {command} --port {port}"]
        server = subprocess.Popen(shell, cwd=checkout, stdout=log, stderr=log)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(30)


def test_the_server_answers_the_requests_that_the_readme_sends(checkout: Path, url: str) -> None:
    ready, predict = (
        line.replace("http://127.0.0.1:5000", url) for line in COMMANDS if "curl" in line
    )
    deadline = time.monotonic() + 60
    while json.loads(output_of(f"{ready} || echo '{{}}'", checkout)).get("status") != "ready":
        assert time.monotonic() < deadline, (checkout / "server.log").read_text()
        time.sleep(0.2)
    output_of(predict, checkout)
    reply = json.loads((checkout / "reply.json").read_text())
    assert reply["status"] == "succeeded"
    assert len(reply["output"]) == 3


def test_the_package_is_installed_from_its_wheel(checkout: Path) -> None:
    build, create, install, run = BLOCKS[-2]
    output_of(build.replace("make", f"make {SKIPPED}"), checkout)
    output_of(create, checkout)
    # Its dependencies take minutes to install; those of this environment serve instead.
    site = next((checkout / "elsewhere" / "lib").glob("python*/site-packages"))
    (site / "these.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    output_of(f"{install} --no-deps --no-index --quiet", checkout)
    assert "127.0.0.1" in output_of(run, checkout)
    where = "bin/python -c 'import poster; print(poster.__file__)'"
    assert "/elsewhere/" in output_of(where, checkout / "elsewhere")


def test_no_command_is_left_out_of_these_tests() -> None:
    known = ("make ", ".venv/bin/poster ", "curl ", "echo ", "python3 -m venv ", "elsewhere/bin/")
    assert all(command.startswith(known) for command in COMMANDS)


def test_the_readme_tells_of_every_field_and_its_default() -> None:
    for name in ("image", *SPECS):
        assert f"`{name}`" in README


def test_every_picture_and_file_that_the_readme_links_exists() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).exists(), target
