"""poster weights list | download | verify | status: arguments -> tables on stdout, an exit code.

Does not know how files are downloaded or verified; it prints what poster.weights finds.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import asdict
from pathlib import Path

from poster.commands.arguments import (
    add_commands,
    add_json,
    add_root,
    add_set,
    read_root,
    root_option,
)
from poster.commands.console import (
    FINDINGS,
    Draw,
    print_json,
    print_line,
    print_table,
    progress_bar,
)
from poster.settings import Settings
from poster.weights.manifest import WeightFile, WeightSet, read_manifest
from poster.weights.record import Progress
from poster.weights.verify import WeightFinding, find_folder_trouble, verify_file, verify_set

UNVERIFIED = "unverified"


def add_weights(parser: argparse.ArgumentParser) -> None:
    """Add the weights commands.

    Args:
        parser: of `poster weights`; its result carries the command as `run`.
    """
    add = add_commands(parser)
    add_json(add("list", _list, "list the weight sets and their files"))
    for name, run, text in (
        ("download", _download, "download a set's missing files, or resume a download"),
        ("verify", _verify, "check that every file is complete and correct; exits 1 if not"),
        ("status", _status, "show the state of a set's files; exits 1 if one cannot be used"),
    ):
        command = add(name, run, text)
        add_json(command)
        add_set(command)
        add_root(command)
        if name == "verify":
            command.add_argument(
                "--full",
                action="store_true",
                help="hash every byte, and record the files that are right",
            )


def fetch(root: Path, weight_set: WeightSet) -> list[str]:
    """Download a set's missing files, with a progress bar for each file on a terminal.

    Args:
        root: the models folder.
        weight_set: the set.

    Returns:
        Folder and name of each file that was downloaded.

    Raises:
        PosterError: as poster.weights.download.download_set.
    """
    # huggingface_hub takes longer to import than everything above.
    from poster.weights.download import download_set  # noqa: PLC0415

    with _file_bars() as report:
        return [file.label for file in download_set(root, weight_set, report)]


def print_fetched(weight_set: WeightSet, names: list[str]) -> None:
    """Print the files that were downloaded; the set is now complete."""
    for name in names:
        print_line(f"downloaded {name}")
    print_line(f"{weight_set.name}: all {len(weight_set.files)} files are present and verified")


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
    names = fetch(root, weight_set)
    if options.json:
        print_json({"set": weight_set.name, "root": str(root), "fetched": names})
    else:
        print_fetched(weight_set, names)
    return 0


def _verify(options: argparse.Namespace, settings: Settings) -> int:
    weight_set, root = _choose(options, settings)
    with _hash_bar(root, weight_set) if options.full else nullcontext() as progress:
        findings = verify_set(
            root,
            weight_set,
            full=options.full,
            progress=progress,
            options=root_option(options),
        )
    if options.json:
        print_json(
            {
                "set": weight_set.name,
                "root": str(root),
                "full": options.full,
                "verified": not findings,
                "findings": [finding.as_json() for finding in findings],
            }
        )
    elif findings:
        _note_missing(root)
        for finding in findings:
            print_line(str(finding))
    else:
        print_line(f"{weight_set.name}: all {len(weight_set.files)} files are verified")
    return FINDINGS if findings else 0


def _status(options: argparse.Namespace, settings: Settings) -> int:
    weight_set, root = _choose(options, settings)
    found = [(file, verify_file(root, file, weight_set)) for file in weight_set.files]
    ready = not any(finding and finding.is_fatal for _, finding in found)
    code = 0 if ready else FINDINGS
    if options.json:
        files = [
            {
                "role": file.role,
                "file": file.label,
                "state": finding.code if finding else "verified",
                "bytes": _size_here(root, file),
            }
            for file, finding in found
        ]
        print_json({"set": weight_set.name, "root": str(root), "ready": ready, "files": files})
        return code
    _note_missing(root)
    print_line(f"{weight_set.name} in {root}")
    rows = [("role", "file", "state", "size")]
    rows += [
        (file.role, file.label, _state(finding), _size(_size_here(root, file)))
        for file, finding in found
    ]
    print_table(rows)
    return code


def _choose(options: argparse.Namespace, settings: Settings) -> tuple[WeightSet, Path]:
    weight_set = read_manifest(settings.manifest).choose(options.set)
    return weight_set, read_root(options, settings)


def _note_missing(root: Path) -> None:
    if trouble := find_folder_trouble(root):
        print_line(f"models folder: {root} {trouble}")


def _describe(weight_set: WeightSet) -> dict[str, object]:
    files = [{**asdict(file), "unverified": list(file.unverified)} for file in weight_set.files]
    return {**asdict(weight_set), "files": files}


def _row_of(file: WeightFile) -> tuple[str, ...]:
    gate = ", gated" if file.gated else ""
    source = f"{file.repo}@{file.revision:.7}" if file.repo and file.revision else UNVERIFIED
    return (
        file.role,
        file.label,
        _size(file.bytes) or UNVERIFIED,
        f"{file.sha256:.12}..." if file.sha256 else UNVERIFIED,
        f"{file.licence or UNVERIFIED}{gate}",
        source,
    )


def _state(finding: WeightFinding | None) -> str:
    return finding.trouble if finding else "verified"


def _size_here(root: Path, file: WeightFile) -> int | None:
    try:
        return file.path_in(root).stat().st_size
    except OSError:  # missing, or verify_file says why it cannot be read
        return None


def _size(count: int | None) -> str:
    """A size in GB, MB, kB or B, in powers of 1000."""
    if count is None:
        return ""
    for unit, bound in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= bound:
            return f"{count / bound:.2f} {unit}"
    return f"{count} B"


@contextmanager
def _file_bars() -> Iterator[Callable[[WeightFile, int, int], None]]:
    """Show a progress bar for each file in turn."""
    bars: dict[str, Draw] = {}
    with ExitStack() as shown:

        def report(file: WeightFile, here: int, size: int) -> None:
            if file.file not in bars:
                shown.close()
                bars[file.file] = shown.enter_context(progress_bar(size, here))
            bars[file.file](here, file.file)

        yield report


@contextmanager
def _hash_bar(root: Path, weight_set: WeightSet) -> Iterator[Progress]:
    """Show one progress bar for all bytes that a full check hashes."""
    hashed = 0
    with progress_bar(sum(_size_here(root, file) or 0 for file in weight_set.files)) as draw:

        def report(count: int) -> None:
            nonlocal hashed
            hashed += count
            draw(hashed, "")

        yield report
