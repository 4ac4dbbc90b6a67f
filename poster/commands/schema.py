"""poster schema: predict.py in this folder -> the schema that Cog's server reads.

With --write predict.py's inputs are written first, from the request's specs.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from poster.commands.console import FINDINGS, complain
from poster.doors.cog_literals import write_inputs
from poster.doors.cog_schema import SCHEMA_PATH, write_schema
from poster.errors import RequestError
from poster.request import DEFAULTS, SPECS
from poster.settings import Settings

_PREDICTOR = Path("predict.py")
_SCHEMA = Path(SCHEMA_PATH)


def add_schema(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of schema.

    Args:
        parser: of `poster schema`; its result carries the command as `run`.
    """
    either = parser.add_mutually_exclusive_group()
    either.add_argument(
        "--write",
        action="store_true",
        help="before that, write predict.py's inputs as the request's fields are declared",
    )
    either.add_argument(
        "--check",
        action="store_true",
        help="write nothing; exit 1 where predict.py's inputs or the schema are stale or missing",
    )
    parser.set_defaults(run=_schema)


def _schema(options: argparse.Namespace, _settings: Settings) -> int:
    try:
        source = _PREDICTOR.read_text(encoding="utf-8")
    except FileNotFoundError:
        trouble = "is not in this folder; run it in the root of a checkout"
        raise RequestError(str(_PREDICTOR), trouble) from None
    declared = write_inputs(source, SPECS, DEFAULTS)
    if options.check:
        findings = list(_examine(source, declared))
        for finding in findings:
            complain(finding)
        return FINDINGS if findings else 0
    if options.write:
        source = declared
    # First, so that nothing is written where Cog would misread it.
    schema = write_schema(source)
    if options.write:
        _PREDICTOR.write_text(source, encoding="utf-8")
    _SCHEMA.parent.mkdir(exist_ok=True)
    _SCHEMA.write_text(schema, encoding="utf-8")
    return 0


def _examine(source: str, declared: str) -> Iterator[str]:
    """What is not as it would be written."""
    schema = write_schema(source)
    if source != declared:
        yield f"{_PREDICTOR}: its inputs are not the request's fields; run poster schema --write"
    if not _SCHEMA.is_file():
        yield f"{SCHEMA_PATH} is missing; run poster schema"
    elif _SCHEMA.read_text(encoding="utf-8") != schema:
        yield f"{SCHEMA_PATH} is stale; run poster schema"
