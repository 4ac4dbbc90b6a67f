"""poster serve and poster worker when they do not start; tests/test_wheel.py starts both."""

from __future__ import annotations

import re
from dataclasses import fields

import pytest

from poster.doors.scripts import find_script
from poster.errors import AssetError
from poster.settings import BucketSettings
from tests.support.command_line import RunCli


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


@pytest.mark.parametrize("port", ["0", "65536", "http", "٣", "²"])
def test_an_invalid_port_is_refused(run: RunCli, port: str) -> None:
    code, _, err = run("serve", "--port", port)
    assert code == 2
    assert err.startswith("poster: port: must be between 1 and 65535, not ")
    assert len(err) < 200


@pytest.mark.parametrize("host", ["999.1.1.1", "localhost", "127.0.0.1:80", "fe80::1%eth0"])
def test_what_is_not_an_address_is_refused_before_anything_starts(run: RunCli, host: str) -> None:
    trouble = f"must be an IP address such as 127.0.0.1 or 0.0.0.0, not {host!r}"
    assert run("serve", "--host", host) == (2, "", f"poster: host: {trouble}\n")


@pytest.mark.parametrize(
    ("host", "passed"),
    [("0.0.0.0", "0.0.0.0"), ("::1", "[::1]"), ("[::1]", "[::1]")],  # noqa: S104
)
def test_an_address_is_passed_on_as_the_server_reads_it(
    run: RunCli, monkeypatch: pytest.MonkeyPatch, host: str, passed: str
) -> None:
    served: list[object] = []
    monkeypatch.setattr("poster.commands.serve.find_spec", lambda _: True)

    def serve(*given: object) -> int:
        served.extend(given)
        return 0

    monkeypatch.setattr("poster.commands.serve.serve", serve)
    code, out, _ = run("serve", "--host", host)
    assert (code, served) == (0, [passed, 5000])
    assert out == f"starting http://{passed}:5000/predictions; press Ctrl-C to stop\n"


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
