"""docs/serve.md is true: its commands are run, and its tables and figures are the code's own."""

from __future__ import annotations

import argparse
import json
import re
import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from poster.commands.serve import add_serve
from poster.network.fetch import TIMEOUTS
from poster.request import ALIASES, LIMITS
from poster.serve import body, exchange, http_server, relay, supervisor
from poster.serve.admission import PROBES
from poster.serve.prediction import EVENTS
from tests.support.command_line import output_of, run_line
from tests.support.poster_server import STAND_IN

if TYPE_CHECKING:
    from tests.support.hooks import Hooks
    from tests.support.poster_server import PosterServer, StartPosterServer

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "serve.md").read_text(encoding="utf-8")
PROSE = " ".join(GUIDE.split())
COMMANDS: list[str] = [
    line
    for block in re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL)
    for line in block.splitlines()
]
URL = "http://127.0.0.1:5000"
TOKEN = "tomato"  # noqa: S105 - the guide's example


def section(number: int) -> str:
    return GUIDE.partition(f"\n## {number}.")[2].partition("\n## ")[0]


def first_cells(number: int) -> list[str]:
    """The first cell of each row of a section's table, without its header."""
    rows = [line for line in section(number).splitlines() if line.startswith("| ")]
    return [row.split(" | ")[0].strip("| `") for row in rows[2:]]


def the_command(part: str) -> str:
    found = [line for line in COMMANDS if part in line]
    assert len(found) == 1, found
    return found[0]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A reader's current folder."""
    folder = tmp_path_factory.mktemp("reader")
    (folder / "examples").mkdir()
    shutil.copy2(ROOT / "examples" / "astronaut.jpg", folder / "examples")
    (folder / ".venv").symlink_to(sys.prefix)
    return folder


@pytest.fixture(scope="module")
def server(
    start_poster_server: StartPosterServer, tmp_path_factory: pytest.TempPathFactory
) -> PosterServer:
    server = start_poster_server(tmp_path_factory.mktemp("guide"), "--allow-private-webhooks")
    server.wait_until_ready()
    return server


# Commands


def test_no_command_is_left_out_of_these_tests() -> None:
    known = ("make serve", "curl ", "echo ", "python3 -c ", f"POSTER_TOKEN={TOKEN} ", "docker ")
    assert COMMANDS
    assert all(command.startswith(known) for command in COMMANDS)
    for command in COMMANDS:
        assert run_line(f"/bin/sh -n -c {shlex.quote(command)}", ROOT).returncode == 0


def test_make_serve_runs_poster_serve() -> None:
    plan = output_of("make --dry-run --old-file=.venv/.made --old-file=.venv/.cog serve", ROOT)
    assert ".venv/bin/poster serve" in plan.splitlines()


def test_the_request_is_answered_with_the_files_that_the_guide_names(
    folder: Path, server: PosterServer
) -> None:
    lines = re.findall(r"```sh\n(.*?)```", section(2), re.DOTALL)[0].splitlines()
    for line in lines:
        output_of(line.replace(URL, server.url), folder)
    for name in ("cover.png", "envelope.png"):
        assert (folder / name).read_bytes().startswith(b"\x89PNG")
    assert json.loads((folder / "poster.json").read_text())["blocks"]
    # The size of a result, as told in section 3.
    assert (folder / "reply.json").stat().st_size > 5e6


def test_an_asynchronous_poster_is_reported_and_can_be_cancelled(
    folder: Path, server: PosterServer, hooks: Hooks
) -> None:
    output_of(the_command("> request.json"), folder)
    write = the_command("> job.json").replace("https://hooks.example.com/poster", hooks.url)
    output_of(write, folder)
    put, cancel = (
        the_command(part).replace(URL, server.url) for part in ("-X PUT", "/my-poster/cancel")
    )
    started = json.loads(output_of(put, folder))
    assert started["id"] == "my-poster"
    again = json.loads(output_of(put, folder))
    assert again == {"id": "my-poster", "status": "processing"}
    assert output_of(cancel, folder) == "{}"
    hooks.wait_for("canceled")
    assert len(hooks.received) == 1


def test_the_token_of_the_guide_is_the_one_that_its_request_sends(
    folder: Path, start_poster_server: StartPosterServer, tmp_path: Path
) -> None:
    start = the_command("poster serve").split()
    settings = dict(word.split("=") for word in start if "=" in word)
    options = start[start.index("serve") + 1 :]
    server = start_poster_server(tmp_path, *options, PYTHONPATH=str(STAND_IN), **settings)
    server.wait_until_ready()
    output_of(the_command("> request.json"), folder)
    output_of(the_command("Bearer").replace(URL, server.url), folder)
    assert json.loads((folder / "reply.json").read_text())["status"] == "succeeded"
    assert server.call("GET", "/")[0] == 401
    server.stop()


@pytest.mark.parametrize(
    ("settings", "statuses"),
    [({}, [404, 404, 429]), ({"FORWARDED_ALLOW_IPS": "192.0.2.1"}, [404, 429, 429])],
    ids=["proxy on 127.0.0.1", "proxy elsewhere"],
)
def test_the_address_that_a_proxy_names_counts_only_if_the_proxy_is_trusted(
    start_poster_server: StartPosterServer,
    tmp_path: Path,
    settings: dict[str, str],
    statuses: list[int],
) -> None:
    server = start_poster_server(tmp_path, "--rate", "1/hour", PYTHONPATH=str(STAND_IN), **settings)
    server.wait_until_ready()
    answers = [
        server.call("GET", "/nothing", **{"X-Forwarded-For": f"198.51.100.{client}"})[0]
        for client in (1, 2, 1)
    ]
    assert answers == statuses
    server.stop()


# Tables and figures


def test_every_flag_is_told_with_its_default() -> None:
    parser = argparse.ArgumentParser(add_help=False)
    add_serve(parser)
    flags = {action.option_strings[0]: action.default for action in parser._actions}
    rows = [row for row in section(4).splitlines() if row.startswith("| `--")]
    told = {row.split("`")[1]: row.rsplit(" | ", 1)[1].strip(" |") for row in rows}
    words = {None: "any number", False: "off"}
    assert told == {flag: words.get(default, str(default)) for flag, default in flags.items()}


def test_the_probes_are_those_that_need_no_token() -> None:
    assert first_cells(5) == [name.strip("`") for name in PROBES]


def test_every_status_with_which_the_code_refuses_is_told() -> None:
    code = "\n".join(path.read_text() for path in (ROOT / "poster" / "serve").glob("*.py"))
    raised = set(re.findall(r"HTTPException\((\d+),", code))
    raised.add("406")  # Cog's own
    raised |= set(re.findall(r"JSONResponse\(.+, (4\d\d|5\d\d)[,)]", code))
    assert len(raised) >= 8
    assert raised <= set(re.findall(r"\d+", " ".join(first_cells(6))))


def test_the_figures_are_the_codes_own() -> None:
    for figure in (
        f"at most {LIMITS.image_bytes / 1e6:.0f} MB within {TIMEOUTS.total_s:.0f} s",
        f"tried again for {relay.TRY_FOR_S:g} s",
        f"did not arrive within {body.RECEIVE_WITHIN_S:g} s",
        f"no worker became ready within {exchange.READY_WITHIN_S:g} s",
        f"not complete within {http_server.HEADERS_WITHIN_S:g} s",
    ):
        assert figure in PROSE
    assert supervisor.STARTS_MAX == 3
    assert "If three starts in a row fail" in PROSE


def test_events_and_other_spellings_are_told() -> None:
    for name in (*EVENTS, *ALIASES):
        assert f"`{name}`" in GUIDE


def test_the_memory_limit_and_the_measured_figures_fit() -> None:
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    limit = compose["services"]["poster"]["mem_limit"]
    assert f"The limit is {limit.removesuffix('g')} GB" in PROSE
    usual, *_ = (float(figure) for figure in re.findall(r"\| ([\d.]+) GB \|", section(9)))
    assert usual < float(limit.removesuffix("g"))
