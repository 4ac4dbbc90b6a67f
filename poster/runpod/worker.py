"""A RunPod job -> its reply: parse, make and deliver it, and stop when it is cancelled.

One poster is made at a time; meanwhile other jobs may be parsed or delivered. Does not know the
SDK, whose loop brings the jobs, or what a predictor loads.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from poster.doors.heap import trim_heaps
from poster.doors.photo_file import read_photo
from poster.errors import InputError, PosterError
from poster.jobs import Job, asks_for_self_check, parse_job
from poster.progress import ProgressMonitor
from poster.request import PosterRequest
from poster.result import Poster
from poster.runpod.reply import Put, build_reply

REPORT_EVERY_S = 2.0
"""Each report costs the SDK a thread and a connection; a job that ends sooner sends none."""

QUIET_S = 1.0
"""Minimum time between a report and the reply. The SDK sends both without a fixed order, and RunPod
takes a late report to mean that the job is still running."""

INTERNAL = "internal error; the worker's log has the traceback"

_LOST_GPU = re.compile(r"\b(CUDA|cuBLAS|cuDNN) error|CUBLAS_STATUS_|CUDNN_STATUS_")
"""After such an error every later CUDA call of the process fails. Source: CUDA's runtime API,
cudaErrorIllegalAddress and similar. Running out of memory is not one, and has another message."""

Report = Callable[[dict[str, Any], dict[str, Any]], None]
"""Sends the progress of a job; returns immediately."""

_Result = TypeVar("_Result")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Worker:
    """Answers jobs, for the whole life of the process.

    Args:
        make: makes a poster.
        checks: name -> check, which raises if this worker cannot serve.
        engine: the engine to use if a job names none.
        fetch: downloads an image from a URL; may be cancelled.
        image_dir: the folder in which jobs may name files; None allows none.
        put: uploads a picture; None puts pictures in the reply.
        versions: of this worker's components, for a self-check.
    """

    make: Callable[[PosterRequest, ProgressMonitor], Poster]
    checks: Mapping[str, Callable[[], None]]
    engine: str
    fetch: Callable[[str, ProgressMonitor], bytes]
    image_dir: Path | None = None
    put: Put | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def answer(self, job: dict[str, Any], report: Report) -> dict[str, Any]:
        """Answer one job.

        Args:
            job: RunPod's object, with id and input.
            report: sends progress to the caller.

        Returns:
            The reply; if the job failed, `error`, and refresh_worker if this process can make no
            more posters.

        Raises:
            asyncio.CancelledError: the job was cancelled, and all work on it has stopped.
        """
        progress = Progress(partial(report, job))
        try:
            reply = await self._answer(job, progress)
        except InputError as error:
            # The caller's mistake, not a crash: one line.
            log.warning("job %s failed: %s", job.get("id"), error)
            log.debug("job %s failed", job.get("id"), exc_info=True)
            reply = {"error": str(error), **_find_loss(error)}
        except PosterError as error:
            log.exception("job %s failed", job.get("id"))
            reply = {"error": str(error), **_find_loss(error)}
        except Exception as error:
            log.exception("job %s failed with an internal error", job.get("id"))
            reply = {"error": INTERNAL, **_find_loss(error)}
        await asyncio.sleep(progress.seconds_until_reply())
        return reply

    async def _answer(self, job: dict[str, Any], progress: Progress) -> dict[str, Any]:
        payload = job.get("input")
        stop = threading.Event()
        silent = ProgressMonitor(cancelled=stop.is_set)
        if asks_for_self_check(payload):
            async with self._turn:
                return await _in_thread(self._check, stop)
        read = await _in_thread(partial(self._read, payload, silent), stop)
        async with self._turn:
            trim_heaps()
            work = partial(self.make, read.request, ProgressMonitor(progress, stop.is_set))
            poster = await _in_thread(work, stop)
        folder = re.sub(r"[^\w.-]", "-", f"{job.get('id')}")
        return await _in_thread(partial(build_reply, poster, read, self.put, folder, silent), stop)

    def _read(self, payload: object, monitor: ProgressMonitor) -> Job:
        def load(source: str | Path) -> bytes:
            if isinstance(source, Path):
                return read_photo(source)
            return self.fetch(source, monitor)

        return parse_job(payload, load, self.image_dir)

    def _check(self) -> dict[str, Any]:
        found = {name: _run_check(name, check) for name, check in self.checks.items()}
        troubles = [f"{name}: {result}" for name, result in found.items() if result != "ok"]
        report = {
            "ok": not troubles,
            "engine": self.engine,
            "checks": found,
            "versions": dict(self.versions),
        }
        # A Hub test and --test_input pass any reply without an error.
        error = {"error": f"self-check failed: {'; '.join(troubles)}"} if troubles else {}
        return {**error, "self_check": report}


class Progress:
    """Reports a job's progress from time to time.

    Args:
        send: takes a report and returns immediately.
    """

    def __init__(self, send: Callable[[dict[str, Any]], None]) -> None:
        self._send = send
        self._next_at: float | None = None
        self._quiet_until = 0.0

    def __call__(self, fraction: float, label: str) -> None:
        """Send a report, if enough time has passed and there is still work to do.

        The first call only starts the clock: until then the job may have waited for its turn.

        Args:
            fraction: of the work, in [0, 1].
            label: what is being done.
        """
        now = time.monotonic()
        if self._next_at is None:
            self._next_at = now + REPORT_EVERY_S
        elif fraction < 1.0 and now >= self._next_at:
            self._next_at, self._quiet_until = now + REPORT_EVERY_S, now + QUIET_S
            self._send({"progress": round(fraction, 2), "label": label})

    def seconds_until_reply(self) -> float:
        """Seconds to wait until the job may be answered."""
        return max(0.0, self._quiet_until - time.monotonic())


def _run_check(name: str, check: Callable[[], None]) -> str:
    try:
        check()
    except PosterError as error:
        return str(error)
    except Exception:
        log.exception("check %s failed with an internal error", name)
        return INTERNAL
    return "ok"


async def _in_thread(work: Callable[[], _Result], stop: threading.Event) -> _Result:
    """Run work in a thread, so that the event loop can receive a cancellation; wait for its end.

    Raises:
        asyncio.CancelledError: the job was cancelled; the work was told to stop and has ended.
    """
    future = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        stop.set()
        while not future.done():
            # Even if it is cancelled again: two threads must not paint at once.
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait([future])
        if not future.cancelled():
            future.exception()  # Retrieved, so that asyncio does not log it as never retrieved.
        raise


def _find_loss(error: BaseException) -> dict[str, bool]:
    """refresh_worker, if the process has lost its GPU and must be replaced."""
    link: BaseException | None = error
    while link is not None:
        if isinstance(link, RuntimeError) and _LOST_GPU.search(str(link)):
            return {"refresh_worker": True}
        link = link.__cause__ or link.__context__
    return {}
