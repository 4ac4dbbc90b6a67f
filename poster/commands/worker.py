"""poster worker: arguments -> RunPod's worker, run from the shim that ships with the package."""

from __future__ import annotations

import argparse
import os
import sys
from importlib.util import find_spec

from poster.commands.console import print_text
from poster.doors.scripts import find_script
from poster.errors import UnavailableError
from poster.settings import Settings

_NEEDED = {"runpod": "RunPod's SDK", "cog": "Cog"}
"""Package -> what people call it. predict.py, which the worker calls, imports Cog."""

_HELP = """\
usage: poster worker [--test_input JSON | --rp_serve_api [--rp_api_port PORT]]

Serves RunPod jobs. On RunPod, no arguments are needed.

arguments of RunPod's SDK, which takes others too:
  --test_input JSON   answer one job, such as '{"input": {"self_check": true}}', and exit
  --rp_serve_api      serve RunPod's API on localhost, for tests
  --rp_api_port PORT  its port (default: 8000)

environment variables:
  POSTER_ENGINE       auto, flux or studio (default: auto)
  POSTER_DEVICE       auto, cuda or cpu (default: auto)
  POSTER_MODELS       the models folder (default: the volume, or the user's cache)
  POSTER_MANIFEST     a weights manifest (default: the package's)
  POSTER_IMAGE_DIR    the only folder that a job's image_path may read from (default: none)
  POSTER_LOG_LEVEL    DEBUG, INFO, WARNING or ERROR (default: INFO)
  BUCKET_ENDPOINT_URL, BUCKET_ACCESS_KEY_ID, BUCKET_SECRET_ACCESS_KEY, BUCKET_NAME, BUCKET_REGION
                      S3 bucket for the pictures (default: pictures are in the reply)"""


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
    if {"-h", "--help"} & set(options.arguments):
        print_text(_HELP)
    elif missing := [name for package, name in _NEEDED.items() if find_spec(package) is None]:
        raise UnavailableError(
            f"worker: {missing[0]} is missing; install the wheel with the [runpod] extra, or run "
            "make test in a checkout"
        )
    else:
        # Replaces this process, so that signals and exit codes are the worker's own.
        script = str(find_script("runpod_shim.py"))
        os.execv(sys.executable, [sys.executable, script, *options.arguments])  # noqa: S606
    return 0
