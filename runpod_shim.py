"""RunPod's door: a job -> the same predictor as Cog's door -> the reply to the job.

The SDK runs the worker loop, and poster.runpod.worker handles each job; this file has the handler,
and loads, checks and reports everything before the first job. The SDK takes 1.5 s to import, and
starts its heartbeat as a process that may import this file again: nothing slow is imported, and
nothing is run, before main() is called.

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
from collections.abc import Callable, Iterable, Mapping
from functools import cache, partialmethod
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from poster.errors import PosterError
from poster.settings import Settings

if TYPE_CHECKING:
    from poster.runpod.worker import Worker

STUDIO_JOBS = 2
"""Jobs that a studio worker holds at once. Posters are made one at a time, while the other job is
read or delivered; this hides the second that the SDK can wait before it asks for more jobs. Jobs of
a diffusion engine take so long that a second job is better left for another worker."""

log = logging.getLogger("poster.runpod")


@cache
def open_worker() -> Worker:
    """Load models, fonts and engine once.

    Returns:
        The worker; every call returns the same one.

    Raises:
        SettingsError: a POSTER_ or BUCKET_ variable has an invalid value.
        UnavailableError: this machine cannot run the engine that the settings name.
    """
    from poster.network.fetch import fetch_image  # noqa: PLC0415
    from poster.receipt.build import collect_versions  # noqa: PLC0415
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
        fetch=lambda url, monitor: fetch_image(url, monitor=monitor),
        image_dir=settings.image_dir,
        put=put,
        versions={
            **collect_versions(),
            "python": platform.python_version(),
            "runpod": version("runpod"),
        },
    )


async def handler(job: dict[str, Any]) -> dict[str, Any]:
    """Answer one job, for a program that has its own loop.

    Args:
        job: an object with id and input.

    Returns:
        The reply.
    """
    return await open_worker().answer(job, _ignore_progress)


def main() -> None:
    """Serve jobs, as the command line and the environment specify."""
    # By default the SDK prints what handlers return.
    os.environ.setdefault("RUNPOD_DEBUG_LEVEL", "INFO")
    try:
        # Before the import of the SDK, which would configure logging itself.
        worker = open_worker()
    except Exception as error:
        log.exception("the worker cannot start")
        _report_unfit(error)
        raise
    import runpod  # noqa: PLC0415

    for check in _name_checks(worker.checks):
        runpod.serverless.register_fitness_check(check)
    report = _ignore_progress
    if "RUNPOD_WEBHOOK_POST_OUTPUT" in os.environ:
        from aiohttp import ClientError, ClientResponse  # noqa: PLC0415
        from runpod.serverless.modules import rp_http, rp_scale  # noqa: PLC0415

        from poster.runpod.job_text import parse_jobs  # noqa: PLC0415
        from poster.runpod.sdk_loop import make_reliable  # noqa: PLC0415

        report = runpod.serverless.progress_update
        make_reliable(rp_http, rp_scale, (ClientError, TimeoutError))
        # The SDK offers no other way to parse its replies.
        parse = partialmethod(ClientResponse.json, loads=parse_jobs)
        ClientResponse.json = parse  # type: ignore[method-assign, assignment]

    async def handle(job: dict[str, Any]) -> dict[str, Any]:
        reply = await worker.answer(job, report)
        if "refresh_worker" in reply:
            # RunPod replaces the worker; until then, the loop must not take another job.
            config["refresh_worker"] = True
        return reply

    config: dict[str, Any] = {
        "handler": handle,
        "concurrency_modifier": lambda _: STUDIO_JOBS if worker.engine == "studio" else 1,
    }
    runpod.serverless.start(config)


def _report_unfit(error: Exception) -> None:
    """Report why this worker cannot start, as the SDK reports a failed check; then end the process.

    The checks that need no engine run first: they can name the cause.
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
    # Not start(): with --test_input or --rp_serve_api it would skip the checks and serve.
    asyncio.run(run_fitness_checks())


def _name_checks(checks: Mapping[str, Callable[[], None]]) -> Iterable[Callable[[], None]]:
    """Give each check's function the check's name, which the SDK reports."""
    for name, check in checks.items():

        def named(check: Callable[[], None] = check) -> None:
            check()

        named.__name__ = name
        yield named


def _ignore_progress(_job: dict[str, Any], _progress: dict[str, Any]) -> None:
    """Receive progress and do nothing."""


if __name__ == "__main__":
    main()
