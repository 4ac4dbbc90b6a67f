"""poster schema: predict.py in this folder -> the schema that Cog's server reads."""

from __future__ import annotations

import argparse
from pathlib import Path

from poster.commands.console import FINDINGS, complain
from poster.doors.cog_schema import SCHEMA_PATH, write_schema
from poster.errors import RequestError
from poster.settings import Settings


def add_schema(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of schema.

    Args:
        parser: of `poster schema`; its result carries the command as `run`.
    """
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 where it is stale or missing"
    )
    parser.set_defaults(run=_schema)


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
        complain(f"{SCHEMA_PATH} is missing; run poster schema")
        return FINDINGS
    elif path.read_text(encoding="utf-8") != schema:
        complain(f"{SCHEMA_PATH} is stale; run poster schema")
        return FINDINGS
    return 0
