"""RunPod's door: a job -> the predictor that Cog's door has -> the reply to the job.

The worker loop is the SDK's, and what becomes of one job is poster.runpod.worker's: here are the
handler, and what is loaded, checked and reported before the first job. The SDK takes 1.5 s to
import, and starts its heartbeat as a process that may import this file anew: nothing slow is
imported, and nothing done, before main() is called.

    python runpod_shim.py --test_input '{"input": {...}}'     one job
    python runpod_shim.py --rp_serve_api                      RunPod's API on localhost:8000
    python runpod_shim.py                                     the worker, on RunPod
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import platform
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from poster.errors import PosterError
from poster.settings import Settings

if TYPE_CHECKING:
    from poster.runpod.worker import Worker

STUDIO_JOBS = 2
"""Jobs that a worker of studio holds at once. They are made one at a time: the other is read or
delivered meanwhile, and hides the second that the SDK may wait before it asks for more. A diffusion
engine's jobs take so long that one taken early had better go to another worker."""

SEND_WITHIN_S = 600
"""An answer is sent until RunPod takes it. Source: its default limit on a job's execution, after
which nobody waits for it."""

TRY_AGAIN_S = 1.0

TOO_MANY_REQUESTS = 429

log = logging.getLogger("poster.runpod")

Send = Callable[..., Awaitable[Any]]


@cache
def open_worker() -> Worker:
    """Load everything that is loaded once.

    Returns:
        The worker, the same at every call.

    Raises:
        SettingsError: a POSTER_ or BUCKET_ variable holds what it must not.
        UnavailableError: this machine cannot run the engine asked for.
    """
    from poster.network.fetch import fetch_image  # noqa: PLC0415
    from poster.receipt import read_versions  # noqa: PLC0415
    from poster.runpod.fitness import fitness_checks  # noqa: PLC0415
    from poster.runpod.worker import Worker  # noqa: PLC0415
    from predict import Predictor  # noqa: PLC0415

    settings = Settings.from_environment()
    put = None
    if settings.bucket:
        from poster.network.bucket import Bucket  # noqa: PLC0415

        put = Bucket(settings.bucket).put
    predictor = Predictor()
    predictor.setup()
    pipeline = predictor.pipeline
    return Worker(
        make=predictor.make,
        checks=fitness_checks(settings, pipeline),
        engine=pipeline.engines.default,
        fetch=lambda url, watch: fetch_image(url, watch=watch),
        image_dir=settings.image_dir,
        put=put,
        versions={
            **read_versions(),
            "python": platform.python_version(),
            "runpod": version("runpod"),
        },
    )


async def handler(job: dict[str, Any]) -> dict[str, Any]:
    """Answer one job, for a program that has a loop of its own.

    Args:
        job: an object with id and input.

    Returns:
        The reply.
    """
    return await open_worker().answer(job, _tell_nobody)


def main() -> None:
    """Serve jobs, as the command line and the environment say."""
    # Its default is to print what handlers return.
    os.environ.setdefault("RUNPOD_DEBUG_LEVEL", "INFO")
    try:
        # Before the SDK is imported, which would have the log its own way.
        worker = open_worker()
    except Exception as error:
        log.exception("the worker cannot start")
        _end_unfit(error)
        raise
    import runpod  # noqa: PLC0415

    for check in _name_checks(worker.checks):
        runpod.serverless.register_fitness_check(check)
    report = _tell_nobody
    if "RUNPOD_WEBHOOK_POST_OUTPUT" in os.environ:
        report = runpod.serverless.progress_update
        _lend_patience()

    async def handle(job: dict[str, Any]) -> dict[str, Any]:
        reply = await worker.answer(job, report)
        if "refresh_worker" in reply:
            # RunPod replaces the worker; until it does, the loop must take no other job.
            config["refresh_worker"] = True
        return reply

    config: dict[str, Any] = {
        "handler": handle,
        "concurrency_modifier": lambda _: STUDIO_JOBS if worker.engine == "studio" else 1,
    }
    runpod.serverless.start(config)


def _end_unfit(error: Exception) -> None:
    """Report why this worker cannot start, as the SDK reports a check that fails; then end.

    The checks that can be made without an engine come first: they know the cause.
    """
    import runpod  # noqa: PLC0415
    from runpod.serverless.modules.rp_fitness import run_fitness_checks  # noqa: PLC0415

    from poster.runpod.fitness import fitness_checks  # noqa: PLC0415

    def setup() -> None:
        raise error

    checks: dict[str, Callable[[], None]] = {}
    with contextlib.suppress(PosterError):
        checks.update(fitness_checks(Settings.from_environment(), None))
    for check in _name_checks({**checks, "setup": setup}):
        runpod.serverless.register_fitness_check(check)
    # Not start(): with --test_input or --rp_serve_api it would leave the checks out, and serve.
    asyncio.run(run_fitness_checks())


def _lend_patience() -> None:
    """Have the SDK's loop outlast a control plane that fails or is away.

    By itself it gives an answer up at the first connection that is refused or the third error 500,
    and asks a control plane that is away for jobs as often as it can.

    Source: runpod 1.12.0, rp_http._transmit and rp_scale.JobScaler.get_jobs, which have no setting
    for either.
    """
    from aiohttp import ClientError  # noqa: PLC0415
    from runpod.serverless.modules import rp_http, rp_scale  # noqa: PLC0415

    troubles = (ClientError, TimeoutError)
    rp_http._transmit = send_until_taken(rp_http._transmit, troubles)  # noqa: SLF001
    take = rp_scale.get_job

    async def take_calmly(*arguments: object) -> object:
        try:
            return await take(*arguments)
        except ClientError:
            await asyncio.sleep(TRY_AGAIN_S)
            raise

    rp_scale.get_job = take_calmly


def send_until_taken(send: Send, troubles: tuple[type[Exception], ...]) -> Send:
    """Let a way of sending try again.

    Args:
        send: takes a session, a URL and the JSON text of an answer or of a report of progress.
        troubles: what it raises where it fails; `status` is HTTP's, if it came to that.

    Returns:
        The same, but an answer is sent until it is taken, found to be wrong, or too old. A report
        is not: it would only come late.
    """

    async def send_patiently(session: object, url: str, data: str) -> None:
        deadline = time.monotonic() + SEND_WITHIN_S
        while True:
            try:
                await send(session, url, data)
            except troubles as error:
                status = getattr(error, "status", None)
                is_wrong = status in range(400, 500) and status != TOO_MANY_REQUESTS
                is_report = data.startswith('{"status": "IN_PROGRESS"')
                if is_wrong or is_report or time.monotonic() > deadline:
                    raise
                kind = type(error).__name__
                log.warning("an answer was not taken (%s %s): trying again", kind, status or "")
                await asyncio.sleep(TRY_AGAIN_S)
            else:
                return

    return send_patiently


def _name_checks(checks: Mapping[str, Callable[[], None]]) -> Iterable[Callable[[], None]]:
    """Functions of the checks' names: the SDK reports a check by its function's."""
    for name, check in checks.items():

        def named(check: Callable[[], None] = check) -> None:
            check()

        named.__name__ = name
        yield named


def _tell_nobody(_job: dict[str, Any], _progress: dict[str, Any]) -> None:
    """Take a report where there is nobody to be told."""


if __name__ == "__main__":
    main()
