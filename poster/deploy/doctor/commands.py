"""poster doctor: arguments -> findings on stdout, an exit code.

Does not know what is looked at; draws what poster.deploy.doctor.examine finds.
"""

from __future__ import annotations

import argparse
import difflib
import json
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from poster.deploy.doctor.finding import Finding
from poster.deploy.doctor.reasons import REASONS
from poster.errors import RequestError
from poster.settings import Settings

if TYPE_CHECKING:
    from poster.deploy.doctor.examine import Report

FINDINGS = 1
"""Exit code where something is wrong."""

_COLUMNS = 100


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
    from poster.deploy.doctor.examine import Senses, ask_hugging_face, examine  # noqa: PLC0415

    senses = Senses(ask=ask_hugging_face if options.online else None)
    report = examine(Path(), settings, options.root, senses)
    if options.json:
        _print_json(
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
        _print_json({name: asdict(reason) for name, reason in asked.items()})
        return 0
    for name, reason in asked.items():
        _print(name)
        _print_wrapped(reason.why, "  ")
        _print_wrapped(reason.mend, "  Mend: ")
        _print("")
    return 0


def _print_report(report: Report) -> None:
    _print_findings(report.findings)
    if report.notes:
        _print("Not looked at here:")
        for note in report.notes:
            _print_wrapped(f"{note.file}: {note.trouble}", "  ")
        _print("")
    count = len(report.findings)
    _print("no findings" if not count else f"{count} finding{'s' * (count > 1)}")


def _print_findings(findings: Sequence[Finding]) -> None:
    files = list(dict.fromkeys(finding.file for finding in findings))
    grouped = sorted(findings, key=lambda finding: files.index(finding.file))
    for file, of_file in groupby(grouped, key=lambda finding: finding.file):
        _print(file)
        # What several findings in a row have in common is said once.
        for reason, of_reason in groupby(of_file, key=lambda finding: (finding.why, finding.mend)):
            for finding in of_reason:
                place = f"line {finding.line}: " if finding.line else ""
                _print_wrapped(f"{place}{finding.trouble} [{finding.code}]", "  ")
            _print_wrapped(reason[0], "    Why: ")
            _print_wrapped(reason[1], "    Mend: ")
        _print("")


def _print_wrapped(text: str, lead: str) -> None:
    below = " " * len(lead)
    _print(textwrap.fill(text, _COLUMNS, initial_indent=lead, subsequent_indent=below))


def _print_json(value: object) -> None:
    _print(json.dumps(value, indent=2, ensure_ascii=False))


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
