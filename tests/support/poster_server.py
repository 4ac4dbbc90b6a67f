"""poster serve, a process of its own on loopback, with Cog's real server or with a stand-in."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.ports import free_port

STAND_IN = Path(__file__).parent / "stand_in"
WITHIN_S = 120


@dataclass(frozen=True)
class PosterServer:
    """A running poster serve."""

    process: subprocess.Popen[bytes]
    port: int
    temporary: Path
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def call(
        self, method: str, path: str, body: object = None, **headers: str
    ) -> tuple[int, dict[str, Any]]:
        """One request, and no second try: no answer of poster serve needs one."""
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=body if body is None or isinstance(body, bytes) else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", **headers},
        )
        try:
            with urllib.request.urlopen(request, timeout=WITHIN_S) as reply:
                return reply.status, json.load(reply)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def predict(self, **inputs: Any) -> dict[str, Any]:
        """The reply to a prediction that is accepted."""
        status, reply = self.call("POST", "/predictions", {"input": inputs})
        assert status == 200, (reply, self.log.read_text())
        return reply

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + WITHIN_S
        while time.monotonic() < deadline:
            try:
                if self.call("GET", "/readyz")[0] == 200:
                    return
            except urllib.error.URLError:
                assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.05)
        raise AssertionError(self.log.read_text())

    def wait_for_log(self, text: str, times: int = 1) -> None:
        deadline = time.monotonic() + WITHIN_S
        while self.log.read_text().count(text) < times:
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.02)

    def list_processes(self) -> tuple[int, int]:
        """Cog's server and its worker."""
        (cog,) = self.list_children()
        (worker,) = _list_children(cog)
        return cog, worker

    def list_children(self) -> list[int]:
        """Cog's server, or what takes its place."""
        return _list_children(self.process.pid)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.wait()

    def wait(self) -> int:
        try:
            return self.process.wait(WITHIN_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise


StartPosterServer = Callable[..., PosterServer]


@pytest.fixture(scope="session")
def start_poster_server() -> Iterator[StartPosterServer]:
    """Starts servers, each with a temporary folder and settings of its own; ends them all."""
    servers: list[PosterServer] = []

    def start(
        folder: Path, *options: str, prefix: Sequence[str] = (), **settings: str
    ) -> PosterServer:
        port = free_port()
        temporary = folder / "tmp"
        temporary.mkdir(exist_ok=True)
        log = folder / "server.log"
        environment = {
            **{name: value for name, value in os.environ.items() if "POSTER_" not in name},
            "TMPDIR": str(temporary),
            **settings,
        }
        command = (sys.executable, "-m", "poster", "serve", "--port", str(port), *options)
        with log.open("wb") as output:
            process = subprocess.Popen(
                [*prefix, *command], env=environment, stdout=output, stderr=subprocess.STDOUT
            )
        server = PosterServer(process, port, temporary, log)
        servers.append(server)
        return server

    yield start
    for server in servers:
        if server.process.poll() is None:
            server.stop()


@pytest.fixture(scope="session")
def poster_server(
    start_poster_server: StartPosterServer, tmp_path_factory: pytest.TempPathFactory
) -> PosterServer:
    """One server as people start it, for all tests that leave it able to serve."""
    server = start_poster_server(tmp_path_factory.mktemp("serve"))
    server.wait_until_ready()
    return server


def _list_children(process_id: int) -> list[int]:
    listed = (path.read_text() for path in Path(f"/proc/{process_id}/task").glob("*/children"))
    return [int(word) for words in listed for word in words.split()]
