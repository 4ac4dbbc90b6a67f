"""poster comfy export | import | check: arguments -> JSON or findings on stdout, an exit code.

Does not know a workflow's format, nor what can be wrong with one.
"""

from __future__ import annotations

import argparse
import secrets
from dataclasses import asdict, replace
from pathlib import Path

from poster.comfy.check import Report, check_workflow
from poster.comfy.mapping import read_mapping
from poster.comfy.workflow import read_workflow
from poster.commands.arguments import (
    add_commands,
    add_json,
    add_root,
    add_set,
    read_root,
    writing,
)
from poster.commands.console import (
    FINDINGS,
    complain,
    print_count,
    print_findings,
    print_json,
    print_line,
)
from poster.doors.photo_file import is_url, read_photo
from poster.doors.request_flags import add_request, parse_flags
from poster.errors import RequestError
from poster.request import MAX_SEED, PosterRequest
from poster.settings import Settings
from poster.weights.manifest import read_manifest
from poster.whole_files import write_files


def add_comfy(parser: argparse.ArgumentParser) -> None:
    """Add the comfy commands.

    Args:
        parser: of `poster comfy`; its result carries the command as `run`.
    """
    add = add_commands(parser)

    export = add("export", _export, "print a request as a workflow in ComfyUI's API format")
    add_set(export)
    export.add_argument(
        "--cover",
        metavar="FILE",
        type=Path,
        help="a finished cover, such as one from poster make, to paint the envelope around",
    )
    export.add_argument(
        "--inputs",
        metavar="DIR",
        type=Path,
        help="folder to write the workflow's input images to (ComfyUI's input folder)",
    )
    add_request(export)

    text = "print a workflow, in the API's or the editor's format, as a request for poster make"
    read = add("import", _import, text)
    read.add_argument(
        "workflow",
        metavar="WORKFLOW",
        type=Path,
        help="JSON file, or a PNG file that ComfyUI saved",
    )

    text = "check a workflow and a handler's mapping onto its nodes; exits 1 if anything is found"
    check = add("check", _check, text)
    check.add_argument(
        "workflow",
        metavar="WORKFLOW",
        type=Path,
        help="JSON file, or a PNG file that ComfyUI saved",
    )
    check.add_argument(
        "--mapping",
        metavar="FILE",
        type=Path,
        help="JSON file: a list of objects with id, class and input, or an object that maps names "
        "to them",
    )
    add_root(check)
    add_json(check)


def _export(options: argparse.Namespace, settings: Settings) -> int:
    request = parse_flags(options)
    weight_set = read_manifest(settings.manifest).choose(options.set)
    cover = _read_cover(options.cover) if options.cover else None

    # numpy, OpenCV and Typst take longer to import than everything above.
    from poster.comfy.export import export_workflow  # noqa: PLC0415

    workflow = export_workflow(
        request,
        weight_set,
        seed=secrets.randbelow(MAX_SEED + 1) if request.seed is None else request.seed,
        own_prompts=_find_prompts(request, settings),
        cover=cover,
    )
    if options.inputs:
        with writing("inputs"):
            write_files(dict(workflow.images), options.inputs)
    print_json(workflow.nodes)
    return 0


def _import(options: argparse.Namespace, settings: Settings) -> int:
    graph = read_workflow(options.workflow)
    manifest = read_manifest(settings.manifest)

    from poster.comfy.import_request import import_request  # noqa: PLC0415 - as above

    reading = import_request(graph, manifest)
    for note in reading.notes:
        complain(f"note: {note}")
    print_json(reading.fields)
    return 0


def _check(options: argparse.Namespace, settings: Settings) -> int:
    graph = read_workflow(options.workflow)
    targets = read_mapping(options.mapping) if options.mapping else ()
    root = read_root(options, settings)
    report = check_workflow(graph, targets, root)
    if options.json:
        print_json(
            {
                "passed": not report.findings,
                "nodes": len(graph.nodes),
                "findings": [finding.as_json() for finding in report.findings],
                "notes": [note.as_json() for note in report.notes],
                "lacking": [asdict(file) for file in report.missing_files],
            }
        )
    else:
        _print_report(report, root)
    return FINDINGS if report.findings else 0


def _read_cover(path: Path) -> bytes:
    if is_url(str(path)):
        raise RequestError("cover", "is a URL; download it and name the file")
    try:
        return read_photo(path, str(path))
    except RequestError as error:
        raise RequestError("cover", str(error).removeprefix(f"{error.field}: ")) from error


def _find_prompts(request: PosterRequest, settings: Settings) -> dict[str, str]:
    """The flux engine's own prompts, for stages that have none in the request."""
    from poster.engines.flux.prompts import cover_prompt, envelope_prompt  # noqa: PLC0415

    prompts = {"envelope": envelope_prompt()}
    if request.stage != "envelope" and not request.cover_prompt:
        from poster.pipeline import Pipeline  # noqa: PLC0415 - as above

        # The position of the type depends only on the photo; it needs no weights.
        plan = Pipeline.open(replace(settings, engine="studio")).plan(request)
        prompts["cover"] = cover_prompt(plan.layout.dummy)
    return prompts


def _print_report(report: Report, root: Path) -> None:
    print_findings(report.findings, "", lambda finding: finding.trouble)
    print_findings(report.notes, "Note: ", lambda note: note.trouble)
    if report.missing_files:
        print_line(f"Missing from {root}:")
        for name in dict.fromkeys(f"{file.folder}/{file.name}" for file in report.missing_files):
            print_line(f"  {name:.120}")
    print_count(len(report.findings))
