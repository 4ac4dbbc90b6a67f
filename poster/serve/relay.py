"""What Cog reports about a job -> the caller's webhook, in order.

Cog reports to this relay, on loopback. So the guard learns when a job ends for which nobody waits,
Cog calls no other host, and a webhook is told even if Cog dies. Does not know how Cog is reached.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from poster.network.deliver import UndeliveredError, deliver
from poster.serve.cog_server import explain_crash
from poster.serve.prediction import EVENTS
from poster.serve.slot import Job, describe_end

TRY_FOR_S = 120.0
"""How long the last message about a job is tried."""

WAITING_MAX = 256_000_000
"""Bytes of messages that may wait, so that dead webhooks do not fill the memory."""

_ENDED = ("succeeded", "failed", "canceled")
_FIRST_PAUSE_S = 0.2
_PASSED_ON = ("authorization", "content-type", "traceparent", "tracestate", "user-agent")
_JSON = {"content-type": "application/json"}

log = logging.getLogger(__name__)


@dataclass(eq=False)
class _Report:
    """The messages about one job.

    Args:
        job: the job.
        secret: names it to the relay; only Cog is told.
        messages: to be delivered, with their headers.
        arrived: set when there is something to do.
        is_complete: nothing more will come.
        is_failing: only the last message is still tried.
    """

    job: Job
    secret: str = field(default_factory=lambda: uuid4().hex)
    messages: deque[tuple[bytes, Mapping[str, str]]] = field(default_factory=deque)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    is_complete: bool = False
    is_failing: bool = False


class Relay:
    """Takes Cog's messages and delivers them; to be used in one event loop.

    Args:
        private: deliver to hosts that are not on the public internet, too.
    """

    def __init__(self, *, private: bool) -> None:
        self._private = private
        self._by_job: dict[Job, _Report] = {}
        self._by_secret: dict[str, _Report] = {}
        self._deliveries: set[asyncio.Task[None]] = set()
        self._waiting = 0

    def open(self, job: Job) -> tuple[str, tuple[str, ...]]:
        """Expect messages about a job.

        Args:
            job: not known to Cog yet.

        Returns:
            The path for Cog to report to, and the events to report: those that the caller wants,
            and the end.
        """
        report = _Report(job)
        self._by_job[job] = self._by_secret[report.secret] = report
        wanted = {"completed"}
        if job.prediction.webhook:
            wanted.update(job.prediction.events)
            delivery = asyncio.create_task(self._deliver(report))
            self._deliveries.add(delivery)
            delivery.add_done_callback(self._deliveries.discard)
        return report.secret, tuple(event for event in EVENTS if event in wanted)

    def expects(self, secret: str) -> bool:
        """Whether a message may come to a path.

        Args:
            secret: the path.
        """
        return secret in self._by_secret

    def take(self, secret: str, message: bytes, headers: Mapping[str, str]) -> Job | None:
        """Take a message from Cog.

        Args:
            secret: the path that it was sent to.
            message: JSON.
            headers: of Cog's request, with names in lower case.

        Returns:
            The job, if the message is about its end.
        """
        report = self._by_secret.get(secret)
        if report is None:
            return None
        # Without a webhook, Cog reports the end only, and a message of many megabytes is not read.
        has_ended = not report.job.prediction.webhook or _has_ended(message)
        if not has_ended or "completed" in report.job.prediction.events:
            passed_on = {name: value for name, value in headers.items() if name in _PASSED_ON}
            self._put(report, explain_crash(message), passed_on)
        if not has_ended:
            return None
        self.close(report.job)
        return report.job

    def give_up(self, job: Job, state: str, error: str = "") -> None:
        """Report the end of a job that Cog does not report; nothing happens if it has.

        Args:
            job: the job.
            state: failed or canceled.
            error: why; empty if there is no reason.
        """
        report = self._by_job.get(job)
        if report is None:
            return
        if "completed" in job.prediction.events:
            self._put(report, describe_end(job, state, error), _JSON)
        self.close(job)

    def close(self, job: Job) -> None:
        """Expect no more messages about a job.

        Args:
            job: the job; can be closed already, or never have been opened.
        """
        report = self._by_job.pop(job, None)
        if report is not None:
            del self._by_secret[report.secret]
            report.is_complete = True
            report.arrived.set()

    def list_open(self) -> list[Job]:
        """List the jobs about which messages are expected."""
        return list(self._by_job)

    async def drain(self, within_s: float) -> None:
        """Deliver what waits, and stop.

        Args:
            within_s: maximum time for it.
        """
        if self._deliveries:
            await asyncio.wait(self._deliveries, timeout=within_s)
        for delivery in self._deliveries:
            delivery.cancel()

    def _put(self, report: _Report, message: bytes, headers: Mapping[str, str]) -> None:
        if not report.job.prediction.webhook:
            return
        if self._waiting + len(message) > WAITING_MAX:
            log.error("a message about %s was dropped: too many wait", report.job.prediction.id)
            return
        self._waiting += len(message)
        report.messages.append((message, headers))
        report.arrived.set()

    async def _deliver(self, report: _Report) -> None:
        try:
            while report.messages or not report.is_complete:
                await report.arrived.wait()
                report.arrived.clear()
                while report.messages:
                    if report.is_complete and len(report.messages) == 1:
                        await self._send_last(report)
                    elif not report.is_failing:
                        trouble, _ = await self._send(report)
                        report.is_failing = bool(trouble)
                    self._waiting -= len(report.messages.popleft()[0])
        finally:
            self._waiting -= sum(len(message) for message, _ in report.messages)

    async def _send_last(self, report: _Report) -> None:
        deadline = time.monotonic() + TRY_FOR_S
        pause = _FIRST_PAUSE_S
        while True:
            trouble, may_pass = await self._send(report)
            if not trouble:
                return
            if not may_pass or time.monotonic() + pause > deadline:
                log.error("the webhook of %s was not told: %s", report.job.prediction.id, trouble)
                return
            await asyncio.sleep(pause)
            pause *= 2

    async def _send(self, report: _Report) -> tuple[str, bool]:
        """Send the next message once; what went wrong, and whether that may pass."""
        message, headers = report.messages[0]
        url = report.job.prediction.webhook
        try:
            status = await deliver(url, message, headers, private=self._private)
        except UndeliveredError as error:
            return str(error), True
        if 200 <= status < 300:
            return "", False
        return f"it answered with status {status}", status == 429 or status >= 500


def _has_ended(message: bytes) -> bool:
    try:
        value: Any = json.loads(message)
    except ValueError:
        return False
    return isinstance(value, dict) and value.get("status") in _ENDED
