"""Terminal output of commands: lines, paragraphs, tables, findings, JSON and progress bars.

Does not know what any command does.
"""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import groupby

from poster.errors import UnavailableError
from poster.finding import Finding, Location
from poster.printable import make_printable

FINDINGS = 1
"""Exit code of a check that has findings."""

Draw = Callable[[float, str], None]
"""Draws a progress bar: the amount done so far, and a short label."""

_COLUMNS = 100


def print_text(text: str) -> None:
    """Print lines of our own on stdout as they are.

    Raises:
        BrokenPipeError: whoever read the output has left.
        UnavailableError: it cannot be written for another reason, such as a full disk.
    """
    with _naming_stdout():
        sys.stdout.write(f"{text}\n")


def print_line(text: str) -> None:
    """Print one line on stdout; what is not printable in it is escaped."""
    print_text(make_printable(text))


def print_wrapped(text: str, lead: str) -> None:
    """Print a paragraph on stdout, its first line after a lead and the others indented to match."""
    below = " " * len(lead)
    text = make_printable(text)
    print_text(textwrap.fill(text, _COLUMNS, initial_indent=lead, subsequent_indent=below))


def print_json(value: object) -> None:
    """Print a value as JSON on stdout, and nothing else.

    Characters that are not printable, or that stdout's encoding lacks, are escaped as in JSON.
    """
    lines = json.dumps(value, indent=2, ensure_ascii=False).split("\n")
    text = "\n".join(make_printable(line, _escape_for_json) for line in lines)
    try:
        text.encode(sys.stdout.encoding)
    except UnicodeEncodeError:
        text = json.dumps(value, indent=2)
    print_text(text)


def print_table(rows: Sequence[Sequence[str]]) -> None:
    """Print rows of cells on stdout, in aligned columns."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print_line(f"  {'  '.join(cells).rstrip()}")


def print_findings(
    findings: Iterable[Finding[Location]], lead: str, describe: Callable[[Finding[Location]], str]
) -> None:
    """Print findings on stdout; consecutive ones with the same reason print it only once.

    Args:
        findings: the findings, in the order to print.
        lead: text before each description.
        describe: describes a finding, with its place if the lines above do not name it.
    """
    for reason, alike in groupby(findings, key=lambda finding: (finding.why, finding.fix)):
        for finding in alike:
            print_wrapped(f"{describe(finding)} [{finding.code}]", lead)
        print_wrapped(reason[0], "    Why: ")
        print_wrapped(reason[1], "    Fix: ")


def print_count(findings: int) -> None:
    """Print the number of findings, as the last line of a report on stdout."""
    print_line("no findings" if not findings else f"{findings} finding{'s' * (findings > 1)}")


def flush_output() -> None:
    """Write what is still buffered for stdout.

    Raises:
        BrokenPipeError, UnavailableError: as print_text.
    """
    with _naming_stdout():
        sys.stdout.flush()


def complain(line: str) -> None:
    """Print a line on stderr, after the program's name; what is not printable in it is escaped."""
    # If nobody can read stderr, the exit code still says it.
    with suppress(OSError):
        sys.stderr.write(f"poster: {make_printable(line)}\n")


@contextmanager
def progress_bar(total: float, done: float = 0, layout: str | None = None) -> Iterator[Draw]:
    """Show a progress bar on stderr if that is a terminal; it is removed at the end.

    Args:
        total: the total amount of work.
        done: the amount that was already done.
        layout: tqdm's bar_format; None counts bytes.

    Yields:
        A function that draws the bar.
    """
    # Imported here to keep --help fast; most commands draw no bar.
    from tqdm import tqdm  # noqa: PLC0415

    with tqdm(
        total=total,
        initial=done,
        unit="B",
        unit_scale=True,
        bar_format=layout,
        leave=False,
        disable=None,
    ) as bar:
        if bar.disable:
            yield lambda _now, _label: None
            return

        def draw(now: float, label: str) -> None:
            is_news = label != bar.desc or now >= total
            bar.set_description_str(label, refresh=False)
            # tqdm skips updates within a tenth of a second. That is fine for bytes, but a new label
            # may stay for long, and the last update must show, or the bar would end half full.
            if not bar.update(now - bar.n) and is_news:
                bar.refresh()

        yield draw


@contextmanager
def _naming_stdout() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise UnavailableError(f"stdout: cannot be written: {error.strerror}") from error


def _escape_for_json(character: str) -> str:
    return json.dumps(character)[1:-1]
