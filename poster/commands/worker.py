"""poster worker: arguments -> RunPod's worker, run from the shim that ships with the package."""

from __future__ import annotations

import argparse
import os
import sys
from importlib.util import find_spec

from poster.doors.scripts import find_script
from poster.errors import UnavailableError
from poster.settings import Settings


def add_worker(parser: argparse.ArgumentParser) -> None:
    """Add the worker's arguments.

    Args:
        parser: of `poster worker`; its result carries the command as `run`.
    """
    parser.add_argument(
        "arguments",
        nargs=argparse.REMAINDER,
        help="passed on to RunPod's SDK, such as --test_input JSON or --rp_serve_api",
    )
    parser.set_defaults(run=_work)


def _work(options: argparse.Namespace, _settings: Settings) -> int:
    if find_spec("runpod") is None:
        raise UnavailableError("worker: RunPod's SDK is missing; install poster-maker[runpod]")
    # Replaces this process, so that signals and exit codes are the worker's own.
    script = str(find_script("runpod_shim.py"))
    os.execv(sys.executable, [sys.executable, script, *options.arguments])  # noqa: S606
