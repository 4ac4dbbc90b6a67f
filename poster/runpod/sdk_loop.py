"""The modules of RunPod's SDK that run its worker loop -> the same loop, which loses no job.

Does not import the SDK, which only the shim does, or know what a job is.

Source: runpod 1.12.0, serverless/modules: rp_http._transmit and rp_scale.JobScaler, which have no
settings for any of this.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

SEND_WITHIN_S = 600
"""How long an answer is retried until RunPod accepts it. Source: RunPod's default limit on a job's
execution time, after which nobody waits for the answer."""

RETRY_AFTER_S = 1.0

POLL_S = 0.1
"""Maximum delay before the end of the worker is noticed; the SDK's own loop has the same."""

TOO_MANY_REQUESTS = 429

Send = Callable[..., Awaitable[Any]]
Failures = tuple[type[Exception], ...]

log = logging.getLogger("poster.runpod")


def make_reliable(rp_http: Any, rp_scale: Any, failures: Failures) -> None:  # noqa: ANN401
    """Replace the parts of the SDK's loop that lose jobs; call it before the loop starts.

    Unpatched, the SDK drops an answer at the first refused connection or the third error 500, and
    polls an unreachable control plane for jobs without pause. After SIGTERM it waits up to 90 s
    for its last request for jobs, and never starts the job that this request brings.

    Args:
        rp_http: the SDK's module that sends answers.
        rp_scale: the SDK's module that has the loop.
        failures: exceptions of its HTTP client; their `status`, if any, is the HTTP status.
    """
    rp_http._transmit = send_with_retries(rp_http._transmit, failures)  # noqa: SLF001
    rp_scale.get_job = _wait_after(failures, rp_scale.get_job)
    scaler = rp_scale.JobScaler
    get_jobs, monitor_stop_signals = scaler.get_jobs, scaler.monitor_stop_signals

    async def get_jobs_until_the_end(loop: Any, session: object) -> None:  # noqa: ANN401
        await _run_while(loop.is_alive, get_jobs(loop, session))
        # The loop that starts jobs may have ended before the last request brought one.
        await loop.run_jobs(session)

    async def monitor_until_the_last_job(loop: Any, session: object) -> None:  # noqa: ANN401
        def has_work() -> bool:
            return bool(loop.is_alive() or loop.current_occupancy())

        await _run_while(has_work, monitor_stop_signals(loop, session))

    scaler.get_jobs = get_jobs_until_the_end
    scaler.monitor_stop_signals = monitor_until_the_last_job


def send_with_retries(send: Send, failures: Failures) -> Send:
    """Add retries to a function that sends.

    Args:
        send: takes a session, a URL, and the JSON text of an answer or a progress report.
        failures: exceptions that it raises; their `status`, if any, is the HTTP status.

    Returns:
        The same function, but it sends an answer until it is accepted, rejected, or older than
        SEND_WITHIN_S. A progress report is not retried: it would only arrive late.
    """

    async def send_again(session: object, url: str, data: str) -> None:
        deadline = time.monotonic() + SEND_WITHIN_S
        while True:
            try:
                await send(session, url, data)
            except failures as error:
                status = getattr(error, "status", None)
                is_rejected = status in range(400, 500) and status != TOO_MANY_REQUESTS
                is_report = data.startswith('{"status": "IN_PROGRESS"')
                if is_rejected or is_report or time.monotonic() > deadline:
                    raise
                kind = type(error).__name__
                log.warning("sending an answer failed (%s %s); retrying", kind, status or "")
                await asyncio.sleep(RETRY_AFTER_S)
            else:
                return

    return send_again


def _wait_after(failures: Failures, ask: Send) -> Send:
    """The same request for jobs, but a failed one is not followed by another at once."""

    async def ask_slowly(*arguments: object) -> object:
        try:
            return await ask(*arguments)
        except failures:
            await asyncio.sleep(RETRY_AFTER_S)
            raise

    return ask_slowly


async def _run_while(goes_on: Callable[[], bool], work: Coroutine[Any, Any, None]) -> None:
    """Run work until it ends, or cancel it once it no longer goes on."""
    task = asyncio.create_task(work)
    while goes_on() and not task.done():
        await asyncio.wait([task], timeout=POLL_S)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
