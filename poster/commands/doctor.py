"""poster doctor: arguments -> findings on stdout, an exit code.

Does not know what is checked; prints what poster.doctor.examine finds.
"""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from poster.commands.arguments import add_json, add_root
from poster.commands.console import (
    FINDINGS,
    print_count,
    print_findings,
    print_json,
    print_line,
    print_wrapped,
)
from poster.doctor.file_finding import FileFinding
from poster.doctor.reasons import REASONS
from poster.errors import RequestError
from poster.settings import Settings

if TYPE_CHECKING:
    from poster.doctor.examine import Report


def add_doctor(parser: argparse.ArgumentParser) -> None:
    """Add the doctor's arguments.

    Args:
        parser: of `poster doctor`; its result carries the command as `run`.
    """
    add_json(parser)
    add_root(parser)
    parser.add_argument(
        "--online",
        action="store_true",
        help="ask Hugging Face whether HF_TOKEN can download the gated files that are missing here",
    )
    parser.add_argument(
        "--explain",
        metavar="CODE",
        nargs="?",
        const="",
        help="explain why a finding matters and how to fix it; without CODE, explain all",
    )
    parser.set_defaults(run=_doctor)


def _doctor(options: argparse.Namespace, settings: Settings) -> int:
    if options.explain is not None:
        return _explain(options.explain, as_json=options.json)
    # The checks import YAML, weights and jobs, which --help should not wait for.
    from poster.doctor.examine import Probes, ask_hugging_face, examine  # noqa: PLC0415

    if options.root and not options.root.is_dir():
        trouble = "is not a folder" if options.root.exists() else "does not exist"
        raise RequestError("root", f"{options.root} {trouble}; name the models folder")
    probes = Probes(ask=ask_hugging_face if options.online else None)
    report = examine(Path(), settings, options.root, probes)
    if options.json:
        print_json(
            {
                "healthy": not report.findings,
                "findings": [finding.as_json() for finding in report.findings],
                "notes": [note.as_json() for note in report.notes],
            }
        )
    else:
        _print_report(report)
    return FINDINGS if report.findings else 0


def _explain(code: str, *, as_json: bool) -> int:
    if code and code not in REASONS:
        near = difflib.get_close_matches(code, REASONS, n=1)
        guess = f"; did you mean {near[0]}?" if near else "; --explain without CODE lists all"
        raise RequestError("explain", f"unknown finding {code!r:.60}{guess}")
    chosen = {code: REASONS[code]} if code else REASONS
    if as_json:
        print_json({name: asdict(reason) for name, reason in chosen.items()})
        return 0
    for name, reason in chosen.items():
        print_line(name)
        print_wrapped(reason.why, "  ")
        print_wrapped(reason.fix, "  Fix: ")
        print_line("")
    return 0


def _print_report(report: Report) -> None:
    _print_by_file(report.findings)
    if report.notes:
        print_line("Not checked here:")
        for note in report.notes:
            print_wrapped(f"{note.location.file}: {note.trouble}", "  ")
        print_line("")
    print_count(len(report.findings))


def _print_by_file(findings: Sequence[FileFinding]) -> None:
    files = list(dict.fromkeys(finding.location.file for finding in findings))
    grouped = sorted(findings, key=lambda finding: files.index(finding.location.file))
    for file, of_file in groupby(grouped, key=lambda finding: finding.location.file):
        print_line(file)
        print_findings(of_file, "  ", _describe)
        print_line("")


def _describe(finding: FileFinding) -> str:
    line = finding.location.line
    return f"line {line}: {finding.trouble}" if line else finding.trouble
