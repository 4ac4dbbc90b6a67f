"""Keeps one Cog server running: starts it, watches it, and replaces it when it is dead or stuck.

After any of its faults Cog's server stays up and answers 409 for ever, so its health is compared
with what the guard knows of its slot. Does not know what is asked of it.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from poster.errors import UnavailableError
from poster.serve.cog_server import CogServer, NoAnswerError
from poster.serve.slot import RELEASE_WITHIN_S, Slot

POLL_S = 1.0

STUCK_AFTER_S = 5.0
"""How long a server may be busy without a prediction. It is for some milliseconds."""

SILENT_MAX = 2
"""Health checks in a row that may fail: each takes as long as HEALTH_WITHIN_S."""

STARTS_MAX = 3
"""Starts in a row that may fail."""

PROVEN_AFTER_S = 10.0
"""A server that fails sooner, before it had a prediction, has not really started."""

START_WITHIN_S = 900.0
"""How long a server may load models; from a cold network volume that takes minutes."""

_STARTING = ("UNKNOWN", "STARTING")
_WELL = ("READY", "BUSY")

log = logging.getLogger(__name__)


class Supervisor:
    """The server that takes predictions now, if there is one.

    Args:
        folder: for the servers.
        slot: the server's slot.
        job_limit_s: maximum time of a prediction.
    """

    def __init__(self, folder: Path, slot: Slot, job_limit_s: float) -> None:
        self._folder = folder
        self._slot = slot
        self._job_limit_s = job_limit_s
        self._server: CogServer | None = None
        self._ready = asyncio.Event()
        self._lost = asyncio.Event()
        self._reason = ""

    @property
    def trouble(self) -> str:
        """Why there is no server to take predictions; empty if there is one."""
        if self._ready.is_set():
            return ""
        # Not the reason, which can name files of this machine.
        return "the worker failed and is being replaced" if self._reason else "starting"

    @property
    def server(self) -> CogServer | None:
        """The server that is ready; None if none is."""
        return self._server if self._ready.is_set() else None

    async def wait_for_server(self, within_s: float) -> CogServer | None:
        """Wait until a server is ready.

        Args:
            within_s: maximum time to wait.

        Returns:
            The server; None if none became ready in time.
        """
        try:
            async with asyncio.timeout(max(0.0, within_s)):
                await self._ready.wait()
        except TimeoutError:
            return None
        return self._server

    def replace(self, server: CogServer, reason: str) -> None:
        """Have a server replaced; nothing happens if it has been already.

        Args:
            server: the one that failed.
            reason: for the log and for callers.
        """
        if server is self.server:
            self._reason = reason
            self._ready.clear()
            self._lost.set()

    async def run(self, on_loss: Callable[[], None]) -> None:
        """Keep a server running until it is cancelled.

        Args:
            on_loss: called when a server has ended.

        Raises:
            UnavailableError: STARTS_MAX servers in a row did not become ready.
        """
        failed = 0
        while failed < STARTS_MAX:
            self._lost.clear()
            try:
                self._server = server = await CogServer.start(self._folder)
            except OSError as error:
                failed += 1
                self._reason = reason = f"it cannot be started: {os.strerror(error.errno or 0)}"
                log.exception("Cog's server cannot be started")
                await asyncio.sleep(POLL_S)
                continue
            try:
                reason = await self._wait_until_ready(server)
                is_proven = False
                if not reason:
                    log.info("ready")
                    self._ready.set()
                    since = time.monotonic()
                    reason = await self._watch(server)
                    served_s = time.monotonic() - since
                    is_proven = served_s > PROVEN_AFTER_S or self._slot.free_s < served_s
                failed = 0 if is_proven else failed + 1
                self._reason = reason
                log.error("replacing Cog's server: %s", reason)
            finally:
                self._ready.clear()
                await server.stop()
            on_loss()
        trouble = f"serve: Cog's server did not start {failed} times in a row: {reason}"
        raise UnavailableError(trouble)

    async def _wait_until_ready(self, server: CogServer) -> str:
        """Return why the server will not become ready; empty once it is."""
        deadline = time.monotonic() + START_WITHIN_S
        while server.process.returncode is None:
            if time.monotonic() > deadline:
                return f"it was not ready within {START_WITHIN_S:g} s"
            try:
                health = await server.read_health()
            except NoAnswerError:
                health = {"status": "UNKNOWN"}
            if health["status"] in _WELL:
                return ""
            if failure := find_failure(health):
                return failure
            await asyncio.sleep(POLL_S / 10)
        return f"it ended with exit code {server.process.returncode}"

    async def _watch(self, server: CogServer) -> str:
        """Return why the server must be replaced."""
        silent = 0
        while True:
            # A server that did not answer is asked again at once.
            if await self._wait(server, 0.0 if silent else POLL_S):
                return f"it ended with exit code {server.process.returncode}"
            if self._lost.is_set():
                return self._reason
            try:
                health = await server.read_health()
                silent = 0
            except NoAnswerError:
                silent += 1
                health = {"status": "READY"}
            if silent >= SILENT_MAX:
                return "it does not answer"
            if not server.has_folder:
                return "its folder for temporary files is gone"
            if reason := find_failure(health) or self._find_stuck(health["status"]):
                return reason

    async def _wait(self, server: CogServer, within_s: float) -> bool:
        """Wait for the next check; whether the server has ended."""
        events = [asyncio.ensure_future(server.process.wait())]
        events.append(asyncio.ensure_future(self._lost.wait()))
        await asyncio.wait(events, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
        for event in events:
            event.cancel()
        return server.process.returncode is not None

    def _find_stuck(self, status: str) -> str:
        """Find a prediction that does not end, and a slot that is not given back."""
        now = time.monotonic()
        job = self._slot.job
        if job is None:
            is_held = status == "BUSY" and self._slot.free_s > STUCK_AFTER_S
            return "its slot was not given back" if is_held else ""
        is_over = status == "READY" and job.is_detached and job.is_sent
        job.over_since = (job.over_since or now) if is_over else None
        if job.over_since is not None and now - job.over_since > STUCK_AFTER_S:
            return "it did not report the end of a prediction"
        if job.cancelled is not None and now - job.cancelled > RELEASE_WITHIN_S:
            return "a cancelled prediction did not end"
        if now - job.started > self._job_limit_s:
            trouble = f"took more than {self._job_limit_s:g} s"
            job.loss = ("failed", f"the poster {trouble}: use a smaller size or fewer variants")
            return f"a prediction {trouble}"
        return ""


def find_failure(health: dict[str, Any]) -> str:
    """Say why a server cannot serve.

    Args:
        health: Cog's answer about it.

    Returns:
        One line, with the error of its setup if that failed; empty if it can serve or may soon.
    """
    if health["status"] in (*_WELL, *_STARTING):
        return ""
    if health["status"] != "SETUP_FAILED":
        return f"it is {health['status'].lower()}"
    logs = str((health.get("setup") or {}).get("logs", ""))
    error = logs.strip().rpartition("etup failed: ")[2].split("\n")[-1]
    return re.sub(r"^\w+Error: ", "", error) or "its setup failed; its log has the reason"
