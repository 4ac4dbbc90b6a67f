"""A folder with predict.py and its schema -> one running Cog HTTP server on loopback.

It listens where only this machine can reach it. Does not know when it should be replaced:
poster.serve.supervisor does.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import socket
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx2

from poster.doors.cog_folders import PREDICTIONS
from poster.doors.cog_schema import SCHEMA_PATH, format_schema
from poster.doors.scripts import find_script
from poster.errors import UnavailableError
from poster.serve.slot import LOST
from poster.settings import child_environment

HEALTH_WITHIN_S = 2.5
"""How long the server may take to say how it is."""

END_WITHIN_S = 1.0
"""How long the server may take to end after SIGTERM."""

_CRASHED = "Worker crashed"
"""Cog's words for that. Source: Cog 0.23.1, crates/coglet/src/orchestrator.rs."""

# At INFO, it logs every health check.
logging.getLogger("httpx2").setLevel(logging.WARNING)

_PREDICTOR = "predict.py"
_HOST = "127.0.0.1"
_CONNECT_WITHIN_S = 5.0


class NoAnswerError(Exception):
    """A server did not say how it is."""


def prepare_folder(folder: Path) -> None:
    """Put what Cog's server reads into its working folder.

    Args:
        folder: created if it does not exist.

    Raises:
        AssetError: predict.py is missing from the package.
    """
    folder.mkdir(parents=True, exist_ok=True)
    source = find_script(_PREDICTOR).read_text(encoding="utf-8")
    (folder / _PREDICTOR).write_text(source, encoding="utf-8")
    schema = folder / SCHEMA_PATH
    schema.parent.mkdir(exist_ok=True)
    schema.write_text(format_schema(source), encoding="utf-8")


def explain_crash(answer: bytes) -> bytes:
    """Replace Cog's words about a crash by ours.

    Args:
        answer: JSON about a prediction.

    Returns:
        The same, unless the worker crashed.
    """
    return answer.replace(f'"error":"{_CRASHED}"'.encode(), f'"error":{json.dumps(LOST)}'.encode())


class CogServer:
    """A running server: a process group of its own, and a client to talk to it.

    Args:
        process: the server; its worker is its child.
        port: where it listens.
        temporary: what its worker writes into; a killed one leaves its last poster there.
    """

    def __init__(
        self, process: asyncio.subprocess.Process, port: int, temporary: TemporaryDirectory[str]
    ) -> None:
        self.process = process
        self._temporary = temporary
        # No limit on a prediction's time: the supervisor has one.
        timeout = httpx2.Timeout(None, connect=_CONNECT_WITHIN_S)
        self.client = httpx2.AsyncClient(
            base_url=f"http://{_HOST}:{port}",
            timeout=timeout,
            trust_env=False,
            # A connection that was kept could be one that the server has just closed.
            limits=httpx2.Limits(max_connections=None, max_keepalive_connections=0),
        )

    @classmethod
    async def start(cls, folder: Path) -> CogServer:
        """Start a server; it is not ready yet.

        Args:
            folder: for what the server reads and writes; it is prepared, also if it was removed.

        Returns:
            The server.

        Raises:
            AssetError: predict.py is missing from the package.
            OSError: the folder cannot be written to, or no process can be started.
        """
        prepare_folder(folder)
        port = _find_free_port()
        temporary = TemporaryDirectory(dir=folder)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "poster.serve.cog_child", "--host", _HOST),
            cwd=folder,
            env=_reached_directly(
                child_environment(
                    PORT=str(port),
                    COG_PREDICT_TYPE_STUB="predict.py:Predictor",
                    TMPDIR=temporary.name,
                    POSTER_TOKEN="",  # the guard's
                )
            ),
            stdin=asyncio.subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for the guard, which lets a poster be finished
        )
        return cls(process, port, temporary)

    @property
    def has_folder(self) -> bool:
        """Whether its worker has a place for temporary files."""
        return Path(self._temporary.name).is_dir()

    async def read_health(self) -> dict[str, Any]:
        """Ask the server how it is.

        Returns:
            Cog's answer to GET /health-check.

        Raises:
            NoAnswerError: no answer came within HEALTH_WITHIN_S, or none that Cog would give.
        """
        try:
            async with asyncio.timeout(HEALTH_WITHIN_S):
                reply = await self.client.get("/health-check")
            health = reply.json()
        except (httpx2.HTTPError, TimeoutError, ValueError) as error:
            raise NoAnswerError from error
        if not isinstance(health, dict) or "status" not in health:
            raise NoAnswerError
        return health

    async def stop(self) -> None:
        """End the server and its worker: with SIGTERM, and then with SIGKILL."""
        with contextlib.suppress(TimeoutError, ProcessLookupError):
            self.process.terminate()
            async with asyncio.timeout(END_WITHIN_S):
                await self.process.wait()
        # A worker that is stuck does not notice that its server has ended.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        await self.process.wait()
        await self.client.aclose()
        with contextlib.suppress(OSError):  # somebody may have removed it
            self._temporary.cleanup()


def check_predictions_folder() -> None:
    """Check that Cog can write where it puts predictions, whatever TMPDIR says.

    Raises:
        UnavailableError: it cannot.
    """
    try:
        PREDICTIONS.mkdir(parents=True, exist_ok=True)
        TemporaryDirectory(dir=PREDICTIONS).cleanup()
    except OSError as error:
        trouble = f"Cog cannot write to {PREDICTIONS}: {os.strerror(error.errno or 0)}"
        raise UnavailableError(f"serve: {trouble}") from error


def _reached_directly(environment: dict[str, str]) -> dict[str, str]:
    """Have Cog report to the guard without the proxy that a machine may have."""
    direct = {
        name: ",".join(filter(None, (environment.get(name), _HOST, "localhost")))
        for name in ("NO_PROXY", "no_proxy")
    }
    return environment | direct


def _find_free_port() -> int:
    with socket.create_server((_HOST, 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
