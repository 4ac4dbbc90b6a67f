"""poster serve and poster worker when they do not start; tests/test_wheel.py starts both."""

from __future__ import annotations

import ast
import re
import socket
import sys
import tomllib
from dataclasses import fields
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from poster.doors.scripts import find_script
from poster.errors import AssetError
from poster.serve.run import ServeOptions
from poster.settings import BucketSettings
from tests.support.command_line import RunCli

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("command", "finder", "message"),
    [
        (
            "serve",
            "poster.commands.serve.find_spec",
            (
                "serve: Cog is missing; install the wheel with the [cog] extra, or run make serve "
                "in a checkout"
            ),
        ),
        (
            "worker",
            "poster.commands.worker.find_spec",
            (
                "worker: RunPod's SDK is missing; install the wheel with the [runpod] extra, or "
                "run make test in a checkout"
            ),
        ),
    ],
)
def test_a_missing_package_is_named(
    run: RunCli, monkeypatch: pytest.MonkeyPatch, command: str, finder: str, message: str
) -> None:
    monkeypatch.setattr(finder, lambda _: None)
    assert run(command) == (3, "", f"poster: {message}\n")


def test_the_worker_names_cog_if_only_cog_is_missing(
    run: RunCli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "poster.commands.worker.find_spec", lambda name: None if name == "cog" else name
    )
    message = (
        "worker: Cog is missing; install the wheel with the [runpod] extra, or run make test in a "
        "checkout"
    )
    assert run("worker") == (3, "", f"poster: {message}\n")


@pytest.mark.parametrize(
    ("extra", "files"),
    [("cog", ("predict.py", "poster/serve/*.py")), ("runpod", ("predict.py", "runpod_shim.py"))],
)
def test_an_extra_has_every_package_that_its_command_imports(
    extra: str, files: tuple[str, ...]
) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    installed = close([*project["dependencies"], *project["optional-dependencies"][extra]])
    needed = {name for pattern in files for path in ROOT.glob(pattern) for name in imports_of(path)}
    distributions = packages_distributions()
    missing = {
        name
        for name in needed - sys.stdlib_module_names - {"poster", "predict"}
        if not {canonicalize_name(each) for each in distributions[name]} & installed
    }
    assert "cog" in needed
    assert missing == set()


def close(requirements: list[str]) -> set[str]:
    """The names of what is required, and of what that requires in turn."""
    found: set[str] = set()
    waiting = requirements[:]
    while waiting:
        required = Requirement(waiting.pop())
        name = canonicalize_name(required.name)
        if name not in found and (not required.marker or required.marker.evaluate({"extra": ""})):
            found.add(name)
            waiting += requires(name) or []
    return found


def imports_of(path: Path) -> set[str]:
    """The packages that a file imports, anywhere in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return names


@pytest.mark.parametrize(
    ("flag", "value", "message"),
    [
        ("--port", "0", "port: must be a whole number between 1 and 65535, not 0"),
        ("--port", "65536", "port: must be a whole number between 1 and 65535, not 65536"),
        ("--port", "http", "port: must be a whole number between 1 and 65535, not http"),
        ("--port", "\u0663", "port: must be a whole number between 1 and 65535, not \u0663"),
        ("--port", "9" * 5000, f"port: must be a whole number between 1 and 65535, not {'9' * 20}"),
        ("--max-body", "0", "max_body: must be a whole number between 1 and 100, not 0"),
        ("--max-body", "101", "max_body: must be a whole number between 1 and 100, not 101"),
        ("--max-body", "\u00b2", "max_body: must be a whole number between 1 and 100, not \u00b2"),
        ("--grace", "-1", "grace: must be a whole number between 0 and 3600, not -1"),
        ("--job-limit", "9", "job_limit: must be a whole number between 10 and 86400, not 9"),
        ("--rate", "30", "rate: must be a number and a unit such as 30/minute, not '30'"),
        ("--rate", "0/hour", "rate: must be a number and a unit such as 30/minute, not '0/hour'"),
        ("--rate", "5/week", "rate: must be a number and a unit such as 30/minute, not '5/week'"),
        (
            "--host",
            "localhost",
            "host: must be an IP address such as 127.0.0.1 or 0.0.0.0, not 'localhost'",
        ),
        (
            "--host",
            "127.0.0.1:80",
            "host: must be an IP address such as 127.0.0.1 or 0.0.0.0, not '127.0.0.1:80'",
        ),
        (
            "--host",
            "fe80::1%eth0",
            "host: must be an IP address such as 127.0.0.1 or 0.0.0.0, not 'fe80::1%eth0'",
        ),
    ],
)
def test_an_invalid_option_is_refused_before_anything_starts(
    run: RunCli, flag: str, value: str, message: str
) -> None:
    assert run("serve", f"{flag}={value}") == (2, "", f"poster: {message}\n")


@pytest.mark.parametrize(
    ("host", "shown"),
    [("0.0.0.0", "0.0.0.0"), ("::1", "[::1]"), ("[::1]", "[::1]")],  # noqa: S104
)
def test_options_and_the_token_reach_the_server(
    run: RunCli, monkeypatch: pytest.MonkeyPatch, host: str, shown: str
) -> None:
    served: list[ServeOptions] = []
    monkeypatch.setattr("poster.serve.run.serve", served.append)
    monkeypatch.setenv("POSTER_TOKEN", "abc-123")

    code, out, err = run("serve", "--host", host, "--rate", "30/minute", "--max-body", "10")

    assert (code, err) == (0, "")
    assert out == f"starting http://{shown}:5000/predictions; press Ctrl-C to stop\n"
    assert served == [
        ServeOptions(
            host=host.strip("[]"),
            port=5000,
            token="abc-123",  # noqa: S106
            max_body=10_000_000,
            rate=(30, "minute"),
            private_webhooks=False,
            job_limit_s=900,
            grace_s=8,
        )
    ]


def test_a_port_in_use_is_one_line(run: RunCli) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, _, err = run("serve", "--port", str(port))

    trouble = f"serve: port {port} is in use; choose another one with --port"
    assert (code, err) == (3, f"poster: {trouble}\n")


def test_a_token_that_no_header_can_carry_is_refused(
    run: RunCli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POSTER_TOKEN", "two words")

    code, _, err = run("serve")

    assert code == 2
    assert err.startswith("poster: POSTER_TOKEN contains SPACE (U+0020)")


def test_a_missing_script_is_named() -> None:
    with pytest.raises(AssetError, match=r"no_such\.py: missing"):
        find_script("no_such.py")


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_the_workers_help_names_its_variables_and_starts_nothing(
    run: RunCli, monkeypatch: pytest.MonkeyPatch, flag: str
) -> None:
    monkeypatch.setattr("poster.commands.worker.find_spec", lambda _: None)
    code, out, err = run("worker", flag)
    assert (code, err) == (0, "")
    assert out.startswith("usage: poster worker ")
    own = {f"POSTER_{name.upper()}" for name in ("engine", "device", "log_level", "manifest")}
    own |= {"POSTER_MODELS", "POSTER_IMAGE_DIR"}
    bucket = {f"BUCKET_{item.name.upper()}" for item in fields(BucketSettings)}
    assert set(re.findall(r"(?:POSTER|BUCKET)_[A-Z_]+", out)) == own | bucket
