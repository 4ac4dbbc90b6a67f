"""poster serve and poster worker when they do not start; tests/test_wheel.py starts both."""

from __future__ import annotations

import pytest

from poster.doors.scripts import find_script
from poster.errors import AssetError
from tests.support.command_line import RunCli


@pytest.mark.parametrize(
    ("command", "finder", "message"),
    [
        (
            "serve",
            "poster.commands.serve.find_spec",
            "serve: Cog is missing; install poster-maker[cog]",
        ),
        (
            "worker",
            "poster.commands.worker.find_spec",
            "worker: RunPod's SDK is missing; install poster-maker[runpod]",
        ),
    ],
)
def test_a_missing_package_is_named(
    run: RunCli, monkeypatch: pytest.MonkeyPatch, command: str, finder: str, message: str
) -> None:
    monkeypatch.setattr(finder, lambda _: None)
    assert run(command) == (3, "", f"poster: {message}\n")


@pytest.mark.parametrize("port", ["0", "65536", "http"])
def test_an_invalid_port_is_refused(run: RunCli, port: str) -> None:
    code, _, err = run("serve", "--port", port)
    assert code == 2
    assert "--port" in err
    assert len(err) < 200


def test_a_missing_script_is_named() -> None:
    with pytest.raises(AssetError, match=r"no_such\.py: missing"):
        find_script("no_such.py")
