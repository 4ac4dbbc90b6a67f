"""Cog's real HTTP server with the real predictor, a process of its own on loopback."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.http_process import WITHIN_S, HttpProcess, environment
from tests.support.ports import free_port

ROOT = Path(__file__).parents[2]
PUBLIC_LOOPBACK = """from poster.network import public_network

public_network.is_public = lambda address: True

from predict import Predictor
"""


class CogServer(HttpProcess):
    """Cog's HTTP server with the real predictor, a process of its own."""

    def call(
        self, method: str, path: str, body: object = None, **headers: str
    ) -> tuple[int, dict[str, Any]]:
        """One request; asked again while Cog says that it is at capacity.

        Cog may say so for a moment after a prediction has been answered.
        """
        for _ in range(100):
            status, reply = super().call(method, path, body, **headers)
            if status != 409:
                break
            time.sleep(0.05)
        return status, reply

    def wait_until_ready(self) -> None:
        self.wait_for(lambda: self.call("GET", "/health-check")[1]["status"] == "READY")

    def wait_for_log(self, text: str, after: int) -> None:
        """Wait until the log has a text behind so many of its characters."""
        deadline = time.monotonic() + WITHIN_S
        while text not in self.log.read_text()[after:]:
            assert time.monotonic() < deadline, self.log.read_text()[after:]
            time.sleep(0.02)


StartServer = Callable[..., CogServer]


@pytest.fixture(scope="session")
def start_cog_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartServer]:
    """Starts servers, each with a temporary folder and settings of its own; ends them all."""
    # Not the checkout itself: there another process of these tests may be writing the schema.
    checkout = tmp_path_factory.mktemp("checkout")
    for name in ("predict.py", "examples"):
        (checkout / name).symlink_to(ROOT / name)
    (checkout / "public_loopback.py").write_text(PUBLIC_LOOPBACK)
    schema = [sys.executable, "-m", "poster", "schema"]
    subprocess.run(schema, cwd=checkout, check=True, timeout=WITHIN_S)
    servers: list[CogServer] = []

    def start(folder: Path, **settings: str) -> CogServer:
        port = free_port()
        temporary = folder / "tmp"
        temporary.mkdir()
        log = folder / "server.log"
        own = {
            # Cog starts its worker as whatever python comes first.
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PORT": str(port),
            "COG_PREDICT_TYPE_STUB": "predict.py:Predictor",
        }
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "cog.server.http", "--host", "127.0.0.1"],
                cwd=checkout,
                env=environment(temporary, **{**own, **settings}),
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        server = CogServer(process, port, temporary, log)
        servers.append(server)
        server.wait_until_ready()
        return server

    yield start
    for server in servers:
        if server.process.poll() is None:
            server.stop()


@pytest.fixture(scope="session")
def cog_server(
    start_cog_server: StartServer, tmp_path_factory: pytest.TempPathFactory
) -> CogServer:
    """One server for all tests that leave it as they found it; its log tells how far each is."""
    return start_cog_server(tmp_path_factory.mktemp("cog"), POSTER_LOG_LEVEL="DEBUG")
