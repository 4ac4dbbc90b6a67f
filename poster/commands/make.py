"""poster make: a photo and a request's flags -> pictures and poster.json in a folder.

Slow modules are imported only when needed, so that --help is fast.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from poster.commands.arguments import writing
from poster.commands.console import complain, print_json, print_line, progress_bar
from poster.doors.request_flags import add_request, parse_flags
from poster.progress import ProgressMonitor
from poster.settings import Settings
from poster.whole_files import check_folder, write_files

if TYPE_CHECKING:
    from poster.result import Block

_LAYOUT = "{desc:<20.20} {bar} {percentage:3.0f} %"


def add_make(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of make.

    Args:
        parser: parser of `poster make`; its result gets the command's function as `run`.
    """
    parser.add_argument(
        "--out", metavar="DIR", type=Path, default=Path("out"), help="output folder (default: out)"
    )
    parser.add_argument(
        "--json", action="store_true", help="print only the receipt, as JSON, on stdout"
    )
    add_request(parser)
    parser.set_defaults(run=_make)


def _make(options: argparse.Namespace, settings: Settings) -> int:
    started = perf_counter()
    request = parse_flags(options)

    # numpy, OpenCV and Typst take longer to import than everything above.
    from poster.encode import RECEIPT_NAME  # noqa: PLC0415
    from poster.pipeline import Pipeline  # noqa: PLC0415

    with writing("out"):
        # Before the work, which would be lost.
        check_folder(options.out)
    asked = {request.engine, request.envelope_engine}
    if settings.engine == "auto" and asked <= {"studio", "auto"} and request.engine != "auto":
        # Skip loading weights, which takes a while: this request does not need them.
        settings = replace(settings, engine="studio")
    with progress_bar(total=1.0, layout=_LAYOUT) as draw:
        made = Pipeline.open(settings).make(request, ProgressMonitor(draw))
        files = made.encode()
    with writing("out"):
        paths = write_files(files, options.out)
    for note in made.receipt.notes:
        complain(f"note: {note}")
    if options.json:
        print_json(json.loads(files[RECEIPT_NAME]))
        return 0
    for path in paths:
        print_line(str(path))
    receipt = made.receipt
    facts = [
        f"{receipt.width} x {receipt.height}",
        receipt.engine,
        f"seed {receipt.seed}",
        f"{perf_counter() - started:.1f} s",
    ]
    print_line(", ".join([*facts, *_describe_contrast(receipt.blocks)]))
    return 0


def _describe_contrast(blocks: Sequence[Block]) -> Iterator[str]:
    """Describe the lowest contrast of large and small type, each with its floor."""
    from poster.typography.contrast import MASTHEAD_FLOOR, TEXT_FLOOR  # noqa: PLC0415 - as above

    for name, floor, is_large in (
        ("masthead", MASTHEAD_FLOOR, True),
        ("small type", TEXT_FLOOR, False),
    ):
        contrasts = [block.contrast for block in blocks if (block.role == "masthead") == is_large]
        if contrasts:
            yield f"{name} contrast {min(contrasts):.1f}:1 (at least {floor})"
