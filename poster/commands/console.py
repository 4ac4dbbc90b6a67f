"""What commands say on a terminal: lines, paragraphs, tables, findings, JSON and progress bars.

Does not know what any command does.
"""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby

from poster.finding import Finding, Place

FINDINGS = 1
"""Exit code of a command that looked for faults and found some."""

Draw = Callable[[float, str], None]
"""Draws a bar: how much is done now, and a word about it."""

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


def print_findings(
    findings: Iterable[Finding[Place]], lead: str, tell: Callable[[Finding[Place]], str]
) -> None:
    """Print findings on stdout, and what several in a row have in common once.

    Args:
        findings: in the order to print.
        lead: before what was seen.
        tell: says what was seen, and where as far as the lines above do not.
    """
    for reason, alike in groupby(findings, key=lambda finding: (finding.why, finding.fix)):
        for finding in alike:
            print_wrapped(f"{tell(finding)} [{finding.code}]", lead)
        print_wrapped(reason[0], "    Why: ")
        print_wrapped(reason[1], "    Fix: ")


def print_count(findings: int) -> None:
    """Print how many findings there are, the last line of a report on stdout."""
    print_line("no findings" if not findings else f"{findings} finding{'s' * (findings > 1)}")


def complain(text: str) -> None:
    """Print what went wrong on stderr, under the program's name."""
    for line in text.splitlines():
        sys.stderr.write(f"poster: {line}\n")


@contextmanager
def progress_bar(total: float, done: float = 0, layout: str | None = None) -> Iterator[Draw]:
    """A bar on stderr where that is a terminal, and nothing in a pipe; gone at the end.

    Args:
        total: how much there is to do.
        done: how much of it was done before.
        layout: tqdm's bar_format; None counts bytes.

    Yields:
        Draws it.
    """
    # For --help a wait, and most commands draw none.
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
            # tqdm itself skips what comes within a tenth of a second: well for bytes, and not for
            # a new word, which may stand for long, nor for the end: the bar would vanish half full.
            if not bar.update(now - bar.n) and is_news:
                bar.refresh()

        yield draw
