"""Who has Cog's one slot, and since when.

Cog makes one poster at a time. Does not know how a poster is made or delivered.
"""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field

from poster.serve.prediction import Prediction

RELEASE_WITHIN_S = 8.0
"""Maximum wait for a slot whose prediction was cancelled: a call into a C library ends first."""

LOST = (
    "the worker stopped before the poster was done, and is being replaced: try again; if this "
    "happens again, use a smaller size"
)


@dataclass(eq=False)
class Job:
    """A prediction that has the slot, or had it.

    Args:
        prediction: what to make.
        is_detached: nobody waits for its end: it is asynchronous, or an event stream.
        is_sent: Cog may know of it.
        started: time.monotonic() at its start.
        cancelled: time.monotonic() at its cancellation; None if it was not cancelled.
        ended: set when Cog has ended it, or was replaced.
        over_since: time.monotonic() since which Cog has ended it, as its health says, without
            reporting that; None if it has not.
        loss: the state, failed or canceled, and the error that its caller is told if Cog does not
            end it.
    """

    prediction: Prediction
    is_detached: bool = False
    is_sent: bool = False
    started: float = field(default_factory=time.monotonic)
    cancelled: float | None = None
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    over_since: float | None = None
    loss: tuple[str, str] = ("failed", LOST)

    def cancel(self) -> None:
        """Remember that it is no longer wanted, whatever becomes of its worker."""
        self.cancelled = self.cancelled or time.monotonic()
        if self.loss == ("failed", LOST):
            self.loss = ("canceled", "")

    async def wait(self, within_s: float) -> bool:
        """Wait for its end.

        Args:
            within_s: maximum time to wait.

        Returns:
            Whether it has ended.
        """
        try:
            async with asyncio.timeout(within_s):
                await self.ended.wait()
        except TimeoutError:
            return False
        return True


def describe_end(job: Job, state: str, error: str = "") -> bytes:
    """Write what Cog would say about the end of a job, where it does not.

    Args:
        job: the job.
        state: failed or canceled.
        error: why; empty if there is no reason.

    Returns:
        JSON.
    """
    told = {"id": job.prediction.id, "status": state, "logs": ""}
    return json.dumps(told | ({"error": error} if error else {})).encode()


class Slot:
    """Cog's slot; to be used in one event loop."""

    def __init__(self) -> None:
        self.job: Job | None = None
        self._free_since = time.monotonic()

    @property
    def free_s(self) -> float:
        """Seconds since its last job ended; 0 while it has one."""
        return 0.0 if self.job else time.monotonic() - self._free_since

    async def take(self, job: Job) -> bool:
        """Take the slot, if it is free or about to be.

        Args:
            job: what to make.

        Returns:
            False if another job has it.
        """
        if self.job is not None and self.job.cancelled is not None:
            await self.job.wait(RELEASE_WITHIN_S)
        if self.job is not None:
            return False
        self.job = job
        return True

    def release(self, job: Job) -> None:
        """Give the slot back; nothing happens if the job does not have it.

        Args:
            job: has ended.
        """
        job.ended.set()
        if self.job is job:
            self.job = None
            self._free_since = time.monotonic()
