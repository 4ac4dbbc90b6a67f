"""A RunPod job -> its reply: read, made, delivered, and given up when it is cancelled.

One job is made at a time; another may be read or delivered meanwhile. Knows neither the SDK whose
loop brings jobs, nor what a predictor loads.
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
from poster.doors.inbox import read_photo
from poster.errors import PosterError
from poster.jobs import Job, asks_self_check, read_job
from poster.paint import Watch
from poster.poster import Poster
from poster.request import PosterRequest
from poster.runpod.reply import Put, build_reply

REPORT_EVERY_S = 2.0
"""Each report is a thread and a connection of the SDK's; a job that is made sooner sends none."""

QUIET_S = 1.0
"""No reply follows a report sooner: the SDK sends both without order, and RunPod takes a late
report to mean that the job is still at work."""

INTERNAL = "internal error; the worker's log has the traceback"
_ERROR_MAX = 2000

_LOST_GPU = re.compile(r"\b(CUDA|cuBLAS|cuDNN) error|CUBLAS_STATUS_|CUDNN_STATUS_")
"""After such an error every later call of the process fails too. Source: CUDA's runtime API,
cudaErrorIllegalAddress and its like. Running out of memory is none, and is told otherwise."""

Report = Callable[[dict[str, Any], dict[str, Any]], None]
"""Sends, for a job, how far it is; returns at once."""

_Result = TypeVar("_Result")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Worker:
    """All that answers jobs, for the whole life of the process.

    Args:
        make: makes a poster.
        checks: name -> check that raises where this worker is not fit to serve.
        engine: who paints where a job does not say.
        fetch: brings an image by its URL; may be cancelled.
        image_dir: where jobs may name files; None is nowhere.
        put: uploads a picture; None puts pictures into the reply.
        versions: of what this worker is made of, for a self-check.
    """

    make: Callable[[PosterRequest, Watch], Poster]
    checks: Mapping[str, Callable[[], None]]
    engine: str
    fetch: Callable[[str, Watch], bytes]
    image_dir: Path | None = None
    put: Put | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def answer(self, job: dict[str, Any], report: Report) -> dict[str, Any]:
        """Answer one job.

        Args:
            job: RunPod's: an object with id and input.
            report: sends progress to whoever asked.

        Returns:
            The reply; where there is none, `error`, and refresh_worker where this process can make
            no more posters.

        Raises:
            asyncio.CancelledError: the job was cancelled, and nothing works on it any more.
        """
        progress = Progress(partial(report, job))
        try:
            reply = await self._answer(job, progress)
        except PosterError as error:
            log.exception("job %s failed", job.get("id"))
            reply = {"error": _tell(error), **_find_loss(error)}
        except Exception as error:
            log.exception("job %s failed by a fault of ours", job.get("id"))
            reply = {"error": INTERNAL, **_find_loss(error)}
        await asyncio.sleep(progress.quiet_in_s())
        return reply

    async def _answer(self, job: dict[str, Any], progress: Progress) -> dict[str, Any]:
        payload = job.get("input")
        stop = threading.Event()
        quiet = Watch(cancelled=stop.is_set)
        if asks_self_check(payload):
            async with self._turn:
                return await _in_thread(self._check, stop)
        read = await _in_thread(partial(self._read, payload, quiet), stop)
        async with self._turn:
            trim_heaps()
            work = partial(self.make, read.request, Watch(progress, stop.is_set))
            poster = await _in_thread(work, stop)
        folder = re.sub(r"[^\w.-]", "-", f"{job.get('id')}")
        return await _in_thread(partial(build_reply, poster, read, self.put, folder, quiet), stop)

    def _read(self, payload: object, watch: Watch) -> Job:
        def bring(source: str | Path) -> bytes:
            if isinstance(source, Path):
                return read_photo(source)
            return self.fetch(source, watch)

        return read_job(payload, bring, self.image_dir)

    def _check(self) -> dict[str, Any]:
        found = {name: _run_check(name, check) for name, check in self.checks.items()}
        troubles = [f"{name}: {told}" for name, told in found.items() if told != "ok"]
        told = {
            "ok": not troubles,
            "engine": self.engine,
            "checks": found,
            "versions": dict(self.versions),
        }
        # A Hub test and --test_input pass whatever is no error.
        error = {"error": f"self-check failed: {'; '.join(troubles)}"} if troubles else {}
        return {**error, "self_check": told}


class Progress:
    """Reports now and then how far a job is.

    Args:
        send: takes a report and returns at once.
    """

    def __init__(self, send: Callable[[dict[str, Any]], None]) -> None:
        self._send = send
        self._next_at: float | None = None
        self._quiet_until = 0.0

    def __call__(self, fraction: float, label: str) -> None:
        """Send a report, if enough time has gone by and there is still work to do.

        The first call only starts the clock: a job may have waited for its turn until then.

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

    def quiet_in_s(self) -> float:
        """Seconds to wait until the job may be answered."""
        return max(0.0, self._quiet_until - time.monotonic())


def _run_check(name: str, check: Callable[[], None]) -> str:
    try:
        check()
    except PosterError as error:
        return _tell(error)
    except Exception:
        log.exception("check %s failed by a fault of ours", name)
        return INTERNAL
    return "ok"


async def _in_thread(work: Callable[[], _Result], stop: threading.Event) -> _Result:
    """Run work in a thread, so that the loop can hear of a cancellation, and outlast the work.

    Raises:
        asyncio.CancelledError: the job was cancelled; the work has been told, and is over.
    """
    future = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        stop.set()
        while not future.done():
            # However often it is cancelled: two threads must not paint at once.
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait([future])
        if not future.cancelled():
            future.exception()  # Looked at, lest asyncio log it as forgotten.
        raise


def _tell(error: PosterError) -> str:
    """Its message, as JSON can carry it: half a character would never arrive."""
    return str(error)[:_ERROR_MAX].encode("utf-8", "backslashreplace").decode()


def _find_loss(error: BaseException) -> dict[str, bool]:
    """What a reply says where the process has lost its GPU and only another can go on."""
    link: BaseException | None = error
    while link is not None:
        if isinstance(link, RuntimeError) and _LOST_GPU.search(str(link)):
            return {"refresh_worker": True}
        link = link.__cause__ or link.__context__
    return {}
