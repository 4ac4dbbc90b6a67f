"""A job that has the slot -> Cog's answer to it, whatever happens to Cog meanwhile.

Gives the slot back when Cog has really ended the job. Does not know what a caller may ask for.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

import httpx2

from poster.doors.cog_folders import PREDICTIONS
from poster.serve.cog_server import CogServer, NoAnswerError, explain_crash
from poster.serve.relay import Relay
from poster.serve.slot import LOST, Job, Slot, describe_end
from poster.serve.supervisor import Supervisor, find_failure

READY_WITHIN_S = 20.0
"""How long a job waits for a server that is being replaced."""

CLAIM_WITHIN_S = 3.0
"""How long Cog may say that it is busy when it should not be: it does for some milliseconds after
each prediction."""

CANCEL_WITHIN_S = 2.0
"""How long a job may be unknown to Cog after it was sent."""

SHUTTING_DOWN = "the server is shutting down: try again"

_PAUSE_S = 0.01
_IDLE_PAUSE_S = 0.05

_ACCEPTED, _NOT_FOUND = 202, 404

_SHORT = 4096
"""Bytes; an answer that contains a poster has more."""

_HOP_BY_HOP = {
    *("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer"),
    *("transfer-encoding", "upgrade"),
}
"""Source: RFC 2616, 13.5.1."""

_NOT_ANSWERED = {*_HOP_BY_HOP, "date", "server"}  # the guard's own server adds them

log = logging.getLogger(__name__)


class NoServerError(Exception):
    """No server can take a job; the message says why."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to a caller.

    Args:
        status: HTTP status.
        body: all of it, or in parts as Cog sends it.
        headers: without those that concern only one connection.
    """

    status: int
    body: bytes | AsyncIterator[bytes]
    headers: Mapping[str, str] = field(default_factory=lambda: {"content-type": "application/json"})


class Exchange:
    """Talks with Cog about jobs; to be used in one event loop.

    Args:
        slot: Cog's slot.
        relay: takes what Cog reports.
        relay_url: where Cog reaches it.
        supervisor: knows the server.
    """

    def __init__(self, slot: Slot, relay: Relay, relay_url: str, supervisor: Supervisor) -> None:
        self._slot = slot
        self._relay = relay
        self._relay_url = relay_url
        self._supervisor = supervisor
        self._left: set[asyncio.Task[None]] = set()

    async def make(self, job: Job, method: str, headers: Mapping[str, str]) -> Answer:
        """Have Cog make a poster.

        Args:
            job: has the slot, until Cog has ended the job.
            method: POST or PUT.
            headers: for Cog's request.

        Returns:
            The answer for the caller; if the job is detached, it comes before the poster.

        Raises:
            NoServerError: no server became ready in time.
            asyncio.CancelledError: the caller has left; Cog is told to stop.
        """
        try:
            answer = await self._ask(job, method, headers)
        except Exception as error:
            # Also after an error of our own, which must not hold the slot for ever.
            self.end(job, "failed", str(error) if isinstance(error, NoServerError) else LOST)
            raise
        except asyncio.CancelledError:
            job.cancel()
            task = asyncio.create_task(self._end_when_idle(job))
            self._left.add(task)
            task.add_done_callback(self._left.discard)
            raise
        if not (job.is_detached and answer.status in (200, _ACCEPTED)):
            if answer.status != 200:
                self._relay.close(job)  # Cog has rejected it, and reports nothing
            self.end(job)
        return answer

    async def cancel(self, job: Job) -> Answer:
        """Have Cog stop a job.

        Args:
            job: has the slot.

        Returns:
            The answer for the caller.
        """
        job.cancel()
        deadline = time.monotonic() + CANCEL_WITHIN_S
        while job.is_sent and not job.ended.is_set() and time.monotonic() < deadline:
            server = self._supervisor.server
            if server is None:
                break
            try:
                reply = await server.client.post(f"/predictions/{job.prediction.id}/cancel")
            except httpx2.HTTPError:
                break
            if reply.status_code != _NOT_FOUND:
                return Answer(reply.status_code, reply.content)
            await asyncio.sleep(_PAUSE_S)
        return Answer(_NOT_FOUND if job.is_sent else 200, b"{}")

    def end(self, job: Job, state: str = "", error: str = "") -> None:
        """Give a job's slot back, and remove what Cog leaves behind for it.

        Args:
            job: Cog has ended it, or never will.
            state: failed or canceled, if Cog reports its end to nobody; else empty.
            error: why, for its webhook; empty if there is no reason.
        """
        if job.ended.is_set():
            return
        if state:
            self._relay.give_up(job, state, error)
        shutil.rmtree(PREDICTIONS / job.prediction.id, ignore_errors=True)
        self._slot.release(job)
        log.info("prediction %s took %.2f s", job.prediction.id, time.monotonic() - job.started)

    def end_lost(self) -> None:
        """End the jobs for which nobody waits, because their server has gone."""
        for job in self._relay.list_open():
            if (job.is_detached and job.is_sent) or job.ended.is_set():
                self._relay.give_up(job, *job.loss)
                self.end(job)

    async def drain(self, within_s: float) -> None:
        """Let the current job be finished, or else cancel it.

        Args:
            within_s: maximum time to finish it.
        """
        job = self._slot.job
        if job is None:
            return
        job.loss = ("canceled", SHUTTING_DOWN)
        if not await job.wait(within_s):
            await self.cancel(job)
            if not await job.wait(CANCEL_WITHIN_S):
                self.end(job, *job.loss)

    async def _ask(self, job: Job, method: str, headers: Mapping[str, str]) -> Answer:
        relay = ""
        events: tuple[str, ...] = ()
        if job.is_detached or job.prediction.webhook:
            path, events = self._relay.open(job)
            relay = f"{self._relay_url}/{path}"
        path = "/predictions" if method == "POST" else f"/predictions/{job.prediction.id}"
        content = job.prediction.encode(relay, events)
        deadline = time.monotonic() + READY_WITHIN_S
        busy_since: float | None = None
        while job.cancelled is None:
            server = await self._supervisor.wait_for_server(deadline - time.monotonic())
            if server is None or time.monotonic() > deadline:
                raise NoServerError(self._supervisor.trouble or "busy")
            if not await self._is_free(server):
                busy_since = busy_since or time.monotonic()
                if time.monotonic() - busy_since > CLAIM_WITHIN_S:
                    self._supervisor.replace(server, "its slot was not given back")
                    busy_since = None
                await asyncio.sleep(_PAUSE_S)
                continue
            job.is_sent = True
            request = server.client.build_request(method, path, content=content, headers=headers)
            try:
                reply = await server.client.send(request, stream=True)
            except httpx2.HTTPError:
                return self._give_up(job, *job.loss)
            return await self._read(job, server, reply)
        return self._give_up(job, "canceled")

    def _give_up(self, job: Job, state: str, error: str = "") -> Answer:
        """Tell the webhook of an end that Cog does not report, and answer the caller the same."""
        self._relay.give_up(job, state, error)
        return Answer(200, describe_end(job, state, error))

    async def _is_free(self, server: CogServer) -> bool:
        """Whether a server can take a job now; asked first, since a dead worker fails any job."""
        try:
            health = await server.read_health()
        except NoAnswerError:
            return False
        if failure := find_failure(health):
            self._supervisor.replace(server, failure)
        return bool(health["status"] == "READY")

    async def _read(self, job: Job, server: CogServer, reply: httpx2.Response) -> Answer:
        headers = {k: v for k, v in reply.headers.items() if k not in _NOT_ANSWERED}
        if int(headers.get("content-length", _SHORT)) >= _SHORT:
            return Answer(reply.status_code, self._stream(job, reply), headers)
        try:
            body = await reply.aread()
        finally:
            await reply.aclose()
        headers.pop("content-length", None)
        explained = explain_crash(body)
        if explained != body:
            self._supervisor.replace(server, "its worker crashed")
        return Answer(reply.status_code, explained, headers)

    async def _stream(self, job: Job, reply: httpx2.Response) -> AsyncIterator[bytes]:
        try:
            async for chunk in reply.aiter_raw():
                yield chunk
        finally:
            await reply.aclose()
            self.end(job)  # an event stream lasts as long as its job

    async def _end_when_idle(self, job: Job) -> None:
        """End a job whose caller has left, as soon as Cog is no longer busy with it."""
        while (server := self._supervisor.server) is not None:
            try:
                health = await server.read_health()
            except NoAnswerError:
                break
            if health["status"] != "BUSY":
                break
            await asyncio.sleep(_IDLE_PAUSE_S)
        self.end(job, "canceled")
