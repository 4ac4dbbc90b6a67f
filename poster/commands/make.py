"""poster make: a photo and a request's flags -> pictures and poster.json in a folder.

What loads slowly is imported when it is needed: --help shall not wait.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from time import perf_counter

from poster.commands.console import print_line
from poster.doors.request_flags import add_request, read_flags
from poster.errors import RequestError
from poster.paint import Watch
from poster.settings import Settings


def add_make(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of make.

    Args:
        parser: of `poster make`; its result carries the command as `run`.
    """
    parser.add_argument(
        "--out", metavar="DIR", type=Path, default=Path("out"), help="where to write (default: out)"
    )
    parser.add_argument(
        "--json", action="store_true", help="print the receipt and nothing else on stdout"
    )
    add_request(parser)
    parser.set_defaults(run=_make)


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
        print_line(files[RECEIPT_NAME].decode().rstrip())
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
    if receipt.blocks:
        lowest = min(block.contrast for block in receipt.blocks)
        facts.append(f"lowest contrast {lowest:.1f}")
    print_line(", ".join(facts))
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
