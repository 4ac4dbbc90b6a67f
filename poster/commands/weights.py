"""poster weights list | download | verify | status: arguments -> tables on stdout, an exit code.

Does not know how files are fetched or judged; it draws what poster.weights finds.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

from poster.commands.console import FINDINGS, print_json, print_line, print_table
from poster.settings import Settings
from poster.weights.manifest import WeightFile, WeightSet, read_manifest
from poster.weights.places import default_root
from poster.weights.record import Progress
from poster.weights.verify import Finding, verify_file, verify_set

UNVERIFIED = "unverified"
_BAR: dict[str, Any] = {"unit": "B", "unit_scale": True, "leave": False, "disable": None}
"""How bars are drawn; disable=None draws them on a terminal alone."""


def add_weights(parser: argparse.ArgumentParser) -> None:
    """Add the weights commands.

    Args:
        parser: of `poster weights`; its result carries the command as `run`.
    """
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def add(
        name: str, run: Callable[[argparse.Namespace, Settings], int], text: str
    ) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text, allow_abbrev=False)
        command.add_argument("--json", action="store_true", help="print one JSON object")
        command.set_defaults(run=run)
        return command

    add("list", _list, "what weight sets there are, and what they are made of")
    for name, run, text in (
        ("download", _download, "fetch what a set lacks; an interrupted download is gone on with"),
        ("verify", _verify, "whether every file is whole and the right one; exit 1 where not"),
        ("status", _status, "what is here"),
    ):
        command = add(name, run, text)
        command.add_argument("--set", metavar="NAME", help="a name of poster weights list")
        command.add_argument(
            "--root",
            metavar="DIR",
            type=Path,
            help="folder of models (default: POSTER_MODELS, the volume, or the user's cache)",
        )
        if name == "verify":
            command.add_argument(
                "--full", action="store_true", help="hash every byte, and record what is whole"
            )


def _list(options: argparse.Namespace, settings: Settings) -> int:
    manifest = read_manifest(settings.manifest)
    if options.json:
        print_json(
            {
                "default": manifest.default,
                "sets": [_describe(weight_set) for weight_set in manifest.sets.values()],
            }
        )
        return 0
    for name, weight_set in manifest.sets.items():
        mark = " (default)" if name == manifest.default else ""
        guidance = f"{weight_set.num_inference_steps} steps, guidance {weight_set.guidance_scale}"
        print_line(f"{name}{mark}: {weight_set.title}; {guidance}; {weight_set.licence}")
        head = ("role", "file", "size", "sha256", "licence", "source")
        print_table([head, *map(_row_of, weight_set.files)])
        print_line("")
    return 0


def _download(options: argparse.Namespace, settings: Settings) -> int:
    weight_set, root = _choose(options, settings)
    # huggingface_hub takes longer to import than everything above.
    from poster.weights.download import download_set  # noqa: PLC0415

    with _file_bars() as report:
        fetched = download_set(root, weight_set, report)
    names = [f"{file.folder}/{file.file}" for file in fetched]
    if options.json:
        print_json({"set": weight_set.name, "root": str(root), "fetched": names})
        return 0
    for name in names:
        print_line(f"fetched {name}")
    print_line(f"{weight_set.name}: all {len(weight_set.files)} files are here and verified")
    return 0


def _verify(options: argparse.Namespace, settings: Settings) -> int:
    weight_set, root = _choose(options, settings)
    with _hash_bar(root, weight_set if options.full else None) as progress:
        findings = verify_set(root, weight_set, full=options.full, progress=progress)
    if options.json:
        print_json(
            {
                "set": weight_set.name,
                "root": str(root),
                "full": options.full,
                "verified": not findings,
                "findings": [
                    {**asdict(finding), "fatal": finding.is_fatal} for finding in findings
                ],
            }
        )
    elif findings:
        for finding in findings:
            print_line(str(finding))
    else:
        print_line(f"{weight_set.name}: all {len(weight_set.files)} files are verified")
    return FINDINGS if findings else 0


def _status(options: argparse.Namespace, settings: Settings) -> int:
    weight_set, root = _choose(options, settings)
    found = [(file, verify_file(root, file, weight_set)) for file in weight_set.files]
    if options.json:
        files = [
            {
                "role": file.role,
                "file": f"{file.folder}/{file.file}",
                "state": finding.code if finding else "verified",
                "bytes": _size_here(root, file),
            }
            for file, finding in found
        ]
        ready = not any(finding and finding.is_fatal for _, finding in found)
        print_json({"set": weight_set.name, "root": str(root), "ready": ready, "files": files})
        return 0
    print_line(f"{weight_set.name} in {root}")
    rows = [("role", "file", "state", "size")]
    rows += [
        (file.role, f"{file.folder}/{file.file}", _state(finding), _size(_size_here(root, file)))
        for file, finding in found
    ]
    print_table(rows)
    return 0


def _choose(options: argparse.Namespace, settings: Settings) -> tuple[WeightSet, Path]:
    weight_set = read_manifest(settings.manifest).choose(options.set)
    return weight_set, options.root or default_root(settings.models_dir)


def _describe(weight_set: WeightSet) -> dict[str, object]:
    files = [{**asdict(file), "unverified": list(file.unverified)} for file in weight_set.files]
    return {**asdict(weight_set), "files": files}


def _row_of(file: WeightFile) -> tuple[str, ...]:
    gate = ", gated" if file.gated else ""
    source = f"{file.repo}@{file.revision:.7}" if file.repo and file.revision else UNVERIFIED
    return (
        file.role,
        f"{file.folder}/{file.file}",
        _size(file.bytes) or UNVERIFIED,
        f"{file.sha256:.12}..." if file.sha256 else UNVERIFIED,
        f"{file.licence or UNVERIFIED}{gate}",
        source,
    )


def _state(finding: Finding | None) -> str:
    return finding.trouble if finding else "verified"


def _size_here(root: Path, file: WeightFile) -> int | None:
    path = file.place(root)
    return path.stat().st_size if path.is_file() else None


def _size(count: int | None) -> str:
    """Bytes as people read them, in powers of a thousand."""
    if count is None:
        return ""
    for unit, bound in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= bound:
            return f"{count / bound:.2f} {unit}"
    return f"{count} B"


@contextmanager
def _file_bars() -> Iterator[Callable[[WeightFile, int, int], None]]:
    """A bar for each file in turn on a terminal, and nothing in a pipe."""
    from tqdm import tqdm  # noqa: PLC0415

    bars: dict[str, tqdm[NoReturn]] = {}

    def report(file: WeightFile, here: int, size: int) -> None:
        if file.file not in bars:
            for bar in bars.values():
                bar.close()
            bars[file.file] = tqdm(desc=file.file, total=size, initial=here, **_BAR)
        bars[file.file].update(here - bars[file.file].n)

    try:
        yield report
    finally:
        for bar in bars.values():
            bar.close()


@contextmanager
def _hash_bar(root: Path, weight_set: WeightSet | None) -> Iterator[Progress]:
    """A bar for all bytes that a full look hashes, on a terminal; without a set none."""
    from tqdm import tqdm  # noqa: PLC0415

    sizes = [_size_here(root, file) or 0 for file in weight_set.files] if weight_set else []
    with tqdm(total=sum(sizes), **_BAR) as bar:
        yield bar.update if weight_set else lambda _: None
