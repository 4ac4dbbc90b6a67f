"""The command line: arguments -> a poster in a folder, or the schema that Cog's server reads.

What loads slowly is imported by the command that needs it: --help shall not wait.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import NoReturn

import poster
from poster.deploy.cog_schema import SCHEMA_PATH, write_schema
from poster.deploy.comfy.commands import add_comfy
from poster.deploy.doctor.commands import add_doctor
from poster.deploy.request_flags import add_request, read_flags
from poster.deploy.volume_commands import add_volume
from poster.deploy.weights_commands import add_weights
from poster.errors import PosterError, RequestError
from poster.paint import Watch
from poster.settings import Settings

log = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: without the program's name; None takes the process's.

    Returns:
        0 done, 1 a fault of ours or a finding, 2 bad input, 3 not able.

    Raises:
        KeyboardInterrupt: whoever owns the process answers Ctrl-C.
    """
    options = build_parser().parse_args(arguments)
    try:
        settings = Settings.from_environment()
        # What a server tells its log, a person at a terminal is told by the summary.
        level = "WARNING" if settings.log_level == "INFO" else settings.log_level
        logging.basicConfig(level=level)
        run: Callable[[argparse.Namespace, Settings], int] = options.run
        return run(options, settings)
    except PosterError as error:
        log.debug("the command failed", exc_info=True)
        _complain(str(error))
        return error.exit_code
    except Exception as error:
        # Whatever it is, a person gets one line.
        log.debug("the command failed by a fault of ours", exc_info=True)
        kind = type(error).__name__
        _complain(f"internal error ({kind}); POSTER_LOG_LEVEL=DEBUG shows the traceback")
        return 1


def build_parser() -> argparse.ArgumentParser:
    """Build the parser of all commands.

    Returns:
        A parser whose result carries the command as `run`.
    """
    parser = _Parser(prog="poster", description=poster.__doc__, allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"poster {poster.__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_make(commands.add_parser("make", help="make a poster from a photo", allow_abbrev=False))
    _add_schema(commands.add_parser("schema", help="write the schema that Cog's server reads"))
    add_weights(commands.add_parser("weights", help="fetch and verify the flux engine's models"))
    text = "what would keep a deployment from serving, why, and the mend; exit 1 with findings"
    add_doctor(commands.add_parser("doctor", help=text, description=text, allow_abbrev=False))
    add_comfy(commands.add_parser("comfy", help="workflows of ComfyUI: export, import, check"))
    add_volume(commands.add_parser("volume", help="prepare a network volume for RunPod"))
    return parser


def _add_make(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--out", metavar="DIR", type=Path, default=Path("out"), help="where to write (default: out)"
    )
    parser.add_argument(
        "--json", action="store_true", help="print the receipt and nothing else on stdout"
    )
    add_request(parser)
    parser.set_defaults(run=_make)


def _add_schema(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 where it is stale or missing"
    )
    parser.set_defaults(run=_schema)


def _make(options: argparse.Namespace, settings: Settings) -> int:
    started = perf_counter()
    request = read_flags(options)

    # numpy, OpenCV and Typst take longer to import than everything above.
    from poster.encode import RECEIPT_NAME, encode_files, write_files  # noqa: PLC0415
    from poster.maker import Maker  # noqa: PLC0415

    asked = {request.engine, request.envelope_engine}
    if settings.engine == "auto" and asked <= {"studio", "auto"} and request.engine != "auto":
        # Weights take a while to load, and this one poster does not ask for them.
        settings = replace(settings, engine="studio")
    with _progress_bar() as watch:
        made = Maker.open(settings).make(request, watch)
        files = encode_files(made, request.output_format, request.output_quality)
    try:
        paths = write_files(files, options.out)
    except OSError as error:
        raise RequestError("out", f"cannot be written: {error.strerror}") from error
    if options.json:
        _print(files[RECEIPT_NAME].decode().rstrip())
        return 0
    for path in paths:
        _print(str(path))
    receipt = made.receipt
    facts = [
        f"{receipt.width} x {receipt.height}",
        receipt.engine,
        f"seed {receipt.seed}",
        f"{perf_counter() - started:.1f} s",
    ]
    if receipt.blocks:
        lowest = min(block.contrast for block in receipt.blocks)
        facts.append(f"lowest contrast {lowest:.1f}")
    _print(", ".join(facts))
    return 0


def _schema(options: argparse.Namespace, _settings: Settings) -> int:
    try:
        source = Path("predict.py").read_text(encoding="utf-8")
    except FileNotFoundError:
        trouble = "is not in this folder; run it in the root of a checkout"
        raise RequestError("predict.py", trouble) from None
    schema = write_schema(source)
    path = Path(SCHEMA_PATH)
    if not options.check:
        path.parent.mkdir(exist_ok=True)
        path.write_text(schema, encoding="utf-8")
    elif not path.is_file():
        _complain(f"{SCHEMA_PATH} is missing; run poster schema")
        return 1
    elif path.read_text(encoding="utf-8") != schema:
        _complain(f"{SCHEMA_PATH} is stale; run poster schema")
        return 1
    return 0


@contextmanager
def _progress_bar() -> Iterator[Watch]:
    """A watch that draws a bar on a terminal, and nothing in a pipe."""
    from tqdm import tqdm  # noqa: PLC0415

    layout = "{desc:<10.10} {bar} {percentage:3.0f} %"
    with tqdm(total=1.0, bar_format=layout, leave=False, disable=None, file=sys.stderr) as bar:

        def report(fraction: float, label: str) -> None:
            # Drawn each time: tqdm's own update() skips what comes within a tenth of a second, the
            # last state among it, and the bar would vanish half full.
            bar.n = fraction
            bar.set_description_str(label)

        yield Watch(report)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"poster: {message}; see {self.prog} --help\n")


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _complain(text: str) -> None:
    for line in text.splitlines():
        sys.stderr.write(f"poster: {line}\n")
