"""poster serve, a process of its own on loopback, with Cog's real server or with a stand-in."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from tests.support.http_process import WITHIN_S, HttpProcess, environment
from tests.support.ports import free_port

STAND_IN = Path(__file__).parent / "stand_in"


class PosterServer(HttpProcess):
    """A running poster serve; none of its answers needs a second try."""

    def wait_until_ready(self) -> None:
        self.wait_for(lambda: self.call("GET", "/readyz")[0] == 200)

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
        command = (sys.executable, "-m", "poster", "serve", "--port", str(port), *options)
        with log.open("wb") as output:
            process = subprocess.Popen(
                [*prefix, *command],
                env=environment(temporary, **settings),
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        server = PosterServer(process, port, temporary, log)
        servers.append(server)
        return server

    yield start
    for server in servers:
        if server.process.poll() is None:
            server.stop()


def _list_children(process_id: int) -> list[int]:
    listed = (path.read_text() for path in Path(f"/proc/{process_id}/task").glob("*/children"))
    return [int(word) for words in listed for word in words.split()]
