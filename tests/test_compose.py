"""compose.yaml and Dockerfile.serve name what exists, and a shutdown fits into their times."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import yaml

from poster.commands.main import build_parser
from poster.serve import cog_server, exchange, http_server, run
from poster.settings import Settings

ROOT = Path(__file__).parents[1]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
SERVICE: dict[str, Any] = COMPOSE["services"]["poster"]
DOCKERFILE = (ROOT / SERVICE["build"]["dockerfile"]).read_text(encoding="utf-8")
JOINED = re.sub(r"\\\n\s*", " ", DOCKERFILE)

KEYS = {
    *("build", "cap_drop", "environment", "healthcheck", "init", "mem_limit", "ports", "read_only"),
    *("restart", "security_opt", "stop_grace_period", "volumes"),
}
"""Source: compose-spec, 05-services.md."""


def command() -> list[str]:
    [words] = re.findall(r"^CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)
    listed: list[str] = yaml.safe_load(words)
    return listed


def seconds(text: str) -> float:
    assert text.endswith("s")
    return float(text[:-1])


def test_every_key_is_one_of_compose() -> None:
    assert set(COMPOSE) == {"services"}
    assert set(SERVICE) <= KEYS
    assert set(SERVICE["build"]) <= {"context", "dockerfile"}
    assert set(SERVICE["healthcheck"]) <= {"interval", "retries", "start_period", "test", "timeout"}


def test_the_container_has_no_more_rights_than_it_needs() -> None:
    assert SERVICE["read_only"] is True
    assert SERVICE["cap_drop"] == ["ALL"]
    [volume] = SERVICE["volumes"]
    assert (volume["type"], volume["target"]) == ("tmpfs", "/tmp")  # noqa: S108 - the container's
    assert JOINED.rpartition("\nUSER ")[2].startswith("poster\n")


def test_the_command_is_one_that_there_is_and_listens_where_compose_publishes() -> None:
    program, *arguments = command()
    options = build_parser().parse_args(arguments)
    assert (program, options.host) == ("poster", "0.0.0.0")  # noqa: S104 - in a container
    [published] = SERVICE["ports"]
    assert published == f"127.0.0.1:{options.port}:{options.port}"
    assert f"EXPOSE {options.port}\n" in DOCKERFILE


def test_the_longest_shutdown_fits_into_the_time_that_compose_gives_it() -> None:
    options = build_parser().parse_args(command()[1:])
    longest = (
        options.grace
        + exchange.CANCEL_WITHIN_S
        + cog_server.END_WITHIN_S
        + run.DELIVER_WITHIN_S
        + http_server.END_WITHIN_S
    )
    assert longest < seconds(SERVICE["stop_grace_period"])


def test_every_variable_is_one_that_settings_read() -> None:
    names = {*SERVICE["environment"], *re.findall(r"\bPOSTER_[A-Z]+", DOCKERFILE)}
    assert names <= set(re.findall(r"\bPOSTER_[A-Z_]+", Settings.__doc__ or ""))
    values = dict(re.findall(r"(POSTER_[A-Z]+)=(\S+)", DOCKERFILE))
    assert Settings.from_environment(values).engine == "studio"


def test_the_base_is_that_of_the_workers_image() -> None:
    worker = (ROOT / "Dockerfile.runpod").read_text(encoding="utf-8")
    bases = [re.findall(r"^ARG BASE=(\S+)$", text, re.MULTILINE) for text in (worker, DOCKERFILE)]
    assert bases[0] == bases[1]


def test_what_is_copied_exists() -> None:
    copies = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    sources = [source for line in copies for source in line.split()]
    assert {"requirements/cog.lock", "poster", "predict.py"} <= set(sources)
    assert [source for source in sources if not (ROOT / source).exists()] == []


def test_every_requirement_comes_from_a_lock_by_its_hash() -> None:
    steps = [step for step in read_steps() if "pip" in step and "--requirement" in step]
    assert len(steps) == 2
    for step in steps:
        assert {"--no-deps", "--require-hashes", "--only-binary"} <= set(step)
        lock = step[step.index("--requirement") + 1]
        assert f"requirements{lock}" in JOINED
    others = [step for step in read_steps() if "pip" in " ".join(step) and step not in steps]
    assert all("--no-index" in step for step in others if {"install", "wheel"} & set(step))


def read_steps() -> list[list[str]]:
    """The words of each command that the build runs; pip without its folder."""
    lines = re.findall(r"^RUN (.+)$", JOINED, re.MULTILINE)
    commands = [part for line in lines for part in line.split("&&")]
    return [[word.rpartition("/tools/bin/")[2] for word in shlex.split(one)] for one in commands]


class Probe(BaseHTTPRequestHandler):
    """Answers with the status that its server has."""

    def do_GET(self) -> None:
        assert self.path == "/readyz"
        self.send_response(self.server.status)  # type: ignore[attr-defined]
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1), (None, 1)])
def test_the_health_check_asks_whether_the_server_is_ready(status: int | None, code: int) -> None:
    kind, python, flag, script = SERVICE["healthcheck"]["test"]
    assert (kind, python, flag) == ("CMD", "python", "-c")
    with HTTPServer(("127.0.0.1", 0), Probe) as server:
        server.status = status  # type: ignore[attr-defined]
        port = server.server_port
        if status is None:
            server.server_close()
        else:
            Thread(target=server.handle_request, daemon=True).start()
        moved = script.replace("5000", str(port))
        assert moved != script
        done = subprocess.run([sys.executable, "-c", moved], capture_output=True, check=False)
    assert done.returncode == code, done.stderr
