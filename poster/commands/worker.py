"""poster worker: RunPod's worker, with the shim that came with the package."""

from __future__ import annotations

import argparse
import os
import sys
from importlib.util import find_spec

from poster.doors.scripts import find_script
from poster.errors import UnavailableError
from poster.settings import Settings


def add_worker(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of worker.

    Args:
        parser: of `poster worker`; its result carries the command as `run`.
    """
    parser.add_argument(
        "arguments",
        nargs=argparse.REMAINDER,
        help="for RunPod's SDK, such as --test_input JSON or --rp_serve_api",
    )
    parser.set_defaults(run=_work)


def _work(options: argparse.Namespace, _settings: Settings) -> int:
    if find_spec("runpod") is None:
        raise UnavailableError("worker needs RunPod's SDK: install poster-maker[runpod]")
    # In place of this process: signals and exit codes are then the worker's own.
    script = str(find_script("runpod_shim.py"))
    os.execv(sys.executable, [sys.executable, script, *options.arguments])  # noqa: S606
