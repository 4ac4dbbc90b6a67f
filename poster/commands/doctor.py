"""poster doctor: arguments -> findings on stdout, an exit code.

Does not know what is looked at; draws what poster.doctor.examine finds.
"""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from poster.commands.console import FINDINGS, print_count, print_json, print_line, print_wrapped
from poster.doctor.finding import Finding
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
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "--root",
        metavar="DIR",
        type=Path,
        help="folder of models (default: POSTER_MODELS, the volume, or the user's cache)",
    )
    parser.add_argument(
        "--online",
        action="store_true",
        help="ask Hugging Face whether the token may read the gated files that are not here",
    )
    parser.add_argument(
        "--explain",
        metavar="CODE",
        nargs="?",
        const="",
        help="say why a finding matters and how it is mended; without CODE, of all",
    )
    parser.set_defaults(run=_doctor)


def _doctor(options: argparse.Namespace, settings: Settings) -> int:
    if options.explain is not None:
        return _explain(options.explain, as_json=options.json)
    # The checks read YAML, weights and jobs: --help shall not wait for them.
    from poster.doctor.examine import Senses, ask_hugging_face, examine  # noqa: PLC0415

    senses = Senses(ask=ask_hugging_face if options.online else None)
    report = examine(Path(), settings, options.root, senses)
    if options.json:
        print_json(
            {
                "healthy": not report.findings,
                "findings": [asdict(finding) for finding in report.findings],
                "notes": [asdict(note) for note in report.notes],
            }
        )
    else:
        _print_report(report)
    return FINDINGS if report.findings else 0


def _explain(code: str, *, as_json: bool) -> int:
    if code and code not in REASONS:
        near = difflib.get_close_matches(code, REASONS, n=1)
        guess = f"; did you mean {near[0]}?" if near else "; --explain alone lists them"
        raise RequestError("explain", f"there is no finding {code!r:.60}{guess}")
    asked = {code: REASONS[code]} if code else REASONS
    if as_json:
        print_json({name: asdict(reason) for name, reason in asked.items()})
        return 0
    for name, reason in asked.items():
        print_line(name)
        print_wrapped(reason.why, "  ")
        print_wrapped(reason.mend, "  Mend: ")
        print_line("")
    return 0


def _print_report(report: Report) -> None:
    _print_findings(report.findings)
    if report.notes:
        print_line("Not looked at here:")
        for note in report.notes:
            print_wrapped(f"{note.file}: {note.trouble}", "  ")
        print_line("")
    print_count(len(report.findings))


def _print_findings(findings: Sequence[Finding]) -> None:
    files = list(dict.fromkeys(finding.file for finding in findings))
    grouped = sorted(findings, key=lambda finding: files.index(finding.file))
    for file, of_file in groupby(grouped, key=lambda finding: finding.file):
        print_line(file)
        # What several findings in a row have in common is said once.
        for reason, of_reason in groupby(of_file, key=lambda finding: (finding.why, finding.mend)):
            for finding in of_reason:
                place = f"line {finding.line}: " if finding.line else ""
                print_wrapped(f"{place}{finding.trouble} [{finding.code}]", "  ")
            print_wrapped(reason[0], "    Why: ")
            print_wrapped(reason[1], "    Mend: ")
        print_line("")
