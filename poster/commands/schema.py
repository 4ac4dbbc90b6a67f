"""poster schema: predict.py in the current folder -> the schema that Cog's server needs.

With --write, predict.py's inputs are first rewritten from the request's specs.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from poster.commands.arguments import writing
from poster.commands.console import FINDINGS, complain
from poster.doors.cog_literals import write_inputs
from poster.doors.cog_schema import SCHEMA_PATH, format_schema
from poster.errors import RequestError
from poster.request import DEFAULTS, SPECS
from poster.settings import Settings
from poster.whole_files import write_file

_PREDICTOR = Path("predict.py")
_SCHEMA = Path(SCHEMA_PATH)


def add_schema(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of schema.

    Args:
        parser: parser of `poster schema`; its result gets the command's function as `run`.
    """
    either = parser.add_mutually_exclusive_group()
    either.add_argument(
        "--write",
        action="store_true",
        help="rewrite the inputs in predict.py from the request's fields, then write the schema",
    )
    either.add_argument(
        "--check",
        action="store_true",
        help="only check; exits 1 if predict.py's inputs or the schema are missing or out of date",
    )
    parser.set_defaults(run=_schema)


def _schema(options: argparse.Namespace, _settings: Settings) -> int:
    source = _read_predictor()
    declared = write_inputs(source, SPECS, DEFAULTS)
    if options.check:
        findings = list(_examine(source, declared))
        for finding in findings:
            complain(finding)
        return FINDINGS if findings else 0
    if options.write:
        source = declared
    # Before writing anything: this raises if Cog would misread the source.
    schema = format_schema(source)
    with writing("schema"):
        if options.write:
            write_file(_PREDICTOR, source.encode())
        write_file(_SCHEMA, schema.encode())
    return 0


def _read_predictor() -> str:
    try:
        return _PREDICTOR.read_text(encoding="utf-8")
    except FileNotFoundError:
        trouble = "is not in the current folder; run this in the root of a checkout"
        raise RequestError(str(_PREDICTOR), trouble) from None
    except OSError as error:
        raise RequestError(str(_PREDICTOR), f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise RequestError(str(_PREDICTOR), "is not UTF-8 text") from error


def _examine(source: str, declared: str) -> Iterator[str]:
    """Describe every difference from what would be written."""
    schema = format_schema(source)
    if source != declared:
        yield f"{_PREDICTOR}: inputs differ from the request's fields; run poster schema --write"
    try:
        written = _SCHEMA.read_bytes()
    except OSError:
        yield f"{SCHEMA_PATH} is missing; run poster schema"
        return
    if written != schema.encode():
        yield f"{SCHEMA_PATH} is out of date; run poster schema"
