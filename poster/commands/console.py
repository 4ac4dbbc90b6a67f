"""What commands say on a terminal: plain lines, wrapped text, tables, JSON and bars.

Does not know what any command does.
"""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Sequence

FINDINGS = 1
"""Exit code of a command that looked for faults and found some."""

_COLUMNS = 100


def print_line(text: str) -> None:
    """Print one line on stdout."""
    sys.stdout.write(f"{text}\n")


def print_wrapped(text: str, lead: str) -> None:
    """Print a paragraph on stdout, its first line behind a lead and the others as far in."""
    below = " " * len(lead)
    print_line(textwrap.fill(text, _COLUMNS, initial_indent=lead, subsequent_indent=below))


def print_json(value: object) -> None:
    """Print a value as JSON on stdout, and nothing else."""
    print_line(json.dumps(value, indent=2, ensure_ascii=False))


def print_table(rows: Sequence[Sequence[str]]) -> None:
    """Print rows of cells on stdout, in columns as wide as their widest cell."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print_line(f"  {'  '.join(cells).rstrip()}")


def print_count(findings: int) -> None:
    """Print how many findings there are, the last line of a report on stdout."""
    print_line("no findings" if not findings else f"{findings} finding{'s' * (findings > 1)}")


def complain(text: str) -> None:
    """Print what went wrong on stderr, under the program's name."""
    for line in text.splitlines():
        sys.stderr.write(f"poster: {line}\n")
