"""The command line: arguments -> a poster in a folder, or the schema that Cog's server reads.

Every field of a request is a flag of its own name, made from its Spec; its bounds are checked where
the request is. What loads slowly is imported by the command that needs it: --help shall not wait.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any, NoReturn

import poster
from poster.deploy.cog_schema import SCHEMA_PATH, write_schema
from poster.deploy.doctor.commands import add_doctor
from poster.deploy.inbox import decode_data_uri, read_photo
from poster.deploy.volume_commands import add_volume
from poster.deploy.weights_commands import add_weights
from poster.errors import PosterError, RequestError
from poster.paint import Watch
from poster.request import DEFAULTS, SPECS, PosterRequest
from poster.settings import Settings
from poster.spec import Spec

INTERRUPTED = 130
"""Exit code after Ctrl-C: 128 and the number of SIGINT, as shells count."""

_METAVARS = {str: "TEXT", int: "N", float: "X", tuple: "LINE"}

log = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: without the program's name; None takes the process's.

    Returns:
        0 done, 1 a fault of ours or a finding, 2 bad input, 3 not able, 130 interrupted.
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
    except KeyboardInterrupt:
        _complain("interrupted")
        return INTERRUPTED
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
    add_volume(commands.add_parser("volume", help="prepare a network volume for RunPod"))
    return parser


def _add_make(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("photo", metavar="PHOTO", nargs="?", help="photo, or cover to seal")
    parser.add_argument(
        "--request",
        metavar="FILE",
        type=Path,
        help="a request as JSON, its image a path beside it or a data URI; the rest overrides it",
    )
    parser.add_argument(
        "--out", metavar="DIR", type=Path, default=Path("out"), help="where to write (default: out)"
    )
    parser.add_argument(
        "--json", action="store_true", help="print the receipt and nothing else on stdout"
    )
    fields = parser.add_argument_group("fields of the request")
    for name, spec in SPECS.items():
        _add_field(fields, name, spec)
    parser.set_defaults(run=_make)


def _add_schema(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 where it is stale or missing"
    )
    parser.set_defaults(run=_schema)


def _add_field(fields: argparse._ArgumentGroup, name: str, spec: Spec) -> None:
    kinds = {int: _whole_number, float: _number}
    metavar = f"{{{','.join(spec.choices)}}}" if spec.choices else _METAVARS[spec.kind]
    text = spec.help.replace("%", "%%")
    if spec.kind is tuple:
        flag, action = f"--{name.removesuffix('s')}", "append"
        text += " Repeat the flag for each."
    else:
        flag, action = f"--{name.replace('_', '-')}", "store"
    if spec.kind in kinds:
        text += f" {spec.low} to {spec.high}."
    if DEFAULTS[name]:
        text += f" Default: {DEFAULTS[name]}."
    fields.add_argument(
        flag,
        dest=name,
        action=action,
        type=kinds.get(spec.kind, str),
        metavar=metavar,
        default=argparse.SUPPRESS,
        help=text,
    )


def _make(options: argparse.Namespace, settings: Settings) -> int:
    started = perf_counter()
    request = PosterRequest.from_mapping(_read_values(options))

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


def _read_values(options: argparse.Namespace) -> dict[str, Any]:
    """The request's fields: from the file, then from the flags."""
    values = _read_request_file(options.request) if options.request else {}
    values |= {name: value for name, value in vars(options).items() if name in SPECS}
    if options.photo is not None:
        values["image"] = Path(options.photo)
    if isinstance(values.get("image"), Path):
        values["image"] = read_photo(values["image"])
    return values


def _read_request_file(path: Path) -> dict[str, Any]:
    """A request as JSON, its image either a path or already decoded."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RequestError("request", f"cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise RequestError("request", f"is not JSON: {error}") from error
    if not isinstance(values, dict):
        raise RequestError("request", "must be a JSON object with the request's fields")
    image = values.get("image")
    if isinstance(image, str):
        is_data = image.startswith("data:")
        values["image"] = decode_data_uri(image) if is_data else path.parent / image
    return values


@contextmanager
def _progress_bar() -> Iterator[Watch]:
    """A watch that draws a bar on a terminal, and nothing in a pipe."""
    from tqdm import tqdm  # noqa: PLC0415

    layout = "{desc:<10.10} {bar} {percentage:3.0f} %"
    with tqdm(total=1.0, bar_format=layout, leave=False, disable=None, file=sys.stderr) as bar:

        def report(fraction: float, label: str) -> None:
            bar.set_description_str(label, refresh=False)
            bar.update(fraction - bar.n)

        yield Watch(report)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"poster: {message}; see {self.prog} --help\n")


def _whole_number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be a whole number, not {text[:40]!r}") from None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be a number, not {text[:40]!r}") from None


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _complain(text: str) -> None:
    for line in text.splitlines():
        sys.stderr.write(f"poster: {line}\n")
