"""A Dockerfile and the names of a checkout's files -> what would fail, or differ in a later build.

Reads only texts: builds nothing, and contacts no registry.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from poster.doctor.build_steps import RawFinding, check_build_steps
from poster.doctor.dockerfile import (
    Ignored,
    Instruction,
    expand,
    match_path,
    read_arguments,
    read_dockerfile,
)
from poster.doctor.file_finding import FileFinding, make_file_finding
from poster.doctor.hub_env import SECRET_NAME

DOCKERFILE = "Dockerfile.runpod"
HUB_DOCKERFILE = ".runpod/Dockerfile"
IGNORE = ".dockerignore"

_OFFICIAL = {"library", "nvidia", "runpod", "pytorch", "astral-sh", "distroless", "localhost"}
"""Namespaces that do not belong to one person; an image without a namespace is Docker's own."""

_SECRET_VALUE = re.compile(r"\bhf_[A-Za-z0-9]{20,}|\bAKIA[0-9A-Z]{16}\b|\brpa_[A-Za-z0-9]{20,}")


@dataclass(frozen=True, slots=True)
class Context:
    """A build's context.

    Args:
        files: paths of the checkout's files.
        ignored: which of them are excluded.
    """

    files: frozenset[str]
    ignored: Ignored


def check_dockerfile(file: str, text: str, context: Context) -> tuple[FileFinding, ...]:
    """Check one Dockerfile.

    Args:
        file: its path.
        text: of the file.
        context: where COPY takes files from.

    Returns:
        What is wrong with it.
    """
    instructions = read_dockerfile(text)
    found = [
        *_check_bases(instructions),
        *_check_secrets(instructions),
        *check_build_steps(instructions),
        *_check_copies(instructions, context),
        *_check_entry(instructions),
    ]
    ordered = sorted(found, key=lambda item: item[1])
    return tuple(make_file_finding(code, file, line, trouble) for code, line, trouble in ordered)


def check_dockerfiles_agree(texts: Mapping[str, str]) -> tuple[FileFinding, ...]:
    """Check that the two Dockerfiles are identical.

    Args:
        texts: path -> text.

    Returns:
        A finding at the first line that differs.
    """
    if DOCKERFILE not in texts or HUB_DOCKERFILE not in texts:
        return ()
    ours, theirs = texts[DOCKERFILE].split("\n"), texts[HUB_DOCKERFILE].split("\n")
    if ours == theirs:
        return ()
    pairs = enumerate(zip(ours, theirs, strict=False), start=1)
    shorter = min(len(ours), len(theirs))
    line = next((number for number, (our, their) in pairs if our != their), shorter + 1)
    trouble = f"differs from {DOCKERFILE} from this line on"
    return (make_file_finding("dockerfiles_differ", HUB_DOCKERFILE, line, trouble),)


def check_line_ends(texts: Mapping[str, str]) -> tuple[FileFinding, ...]:
    """Find carriage returns in files that a shell or a build reads.

    Args:
        texts: path -> text, with its original line endings.

    Returns:
        A finding for each file, at its first carriage return.
    """
    return tuple(
        make_file_finding(
            "crlf", file, text.count("\n", 0, text.index("\r")) + 1, "the line ends with CRLF"
        )
        for file, text in texts.items()
        if "\r" in text
    )


def _check_bases(instructions: Sequence[Instruction]) -> Iterator[RawFinding]:
    arguments, stages = read_arguments(instructions), {"scratch"}
    for instruction in instructions:
        if instruction.keyword != "FROM":
            continue
        words = [word for word in instruction.words() if not word.startswith("--")]
        image = expand(words[0], arguments) if words else ""
        if image not in stages:
            yield from _check_base(image, instruction.line)
        if len(words) == 3:
            stages.add(words[2])


def _check_base(image: str, line: int) -> Iterator[RawFinding]:
    name, _, digest = image.partition("@")
    folders, _, last = name.rpartition("/")
    plain, _, tag = last.partition(":")
    version = re.search(r"\d+(\.\d+)*", tag)
    # python:3.12-slim moves with every patch release of Python.
    is_full = version and (plain != "python" or version[0].count(".") == 2)
    if not (digest or is_full):
        yield "unpinned_base", line, f"the base is {image}" if image else "FROM names no base"
    namespace = folders.rpartition("/")[2]
    is_host = "/" not in folders and ("." in folders or ":" in folders)
    if namespace and not is_host and namespace not in _OFFICIAL:
        yield "personal_base", line, f"the base {image} belongs to {namespace}"


def _check_secrets(instructions: Sequence[Instruction]) -> Iterator[RawFinding]:
    for instruction in instructions:
        if instruction.keyword in {"ARG", "ENV"}:
            words = instruction.words()
            names = [word.partition("=")[0] for word in words if "=" in word] or words[:1]
            for name in names:
                if SECRET_NAME.search(name):
                    trouble = f"{instruction.keyword} {name} puts a secret into the image"
                    yield "secret_shipped", instruction.line, trouble
        for line, text in instruction.lines:
            if _SECRET_VALUE.search(text):
                yield "secret_shipped", line, "the line contains an access token"


def _check_copies(instructions: Sequence[Instruction], context: Context) -> Iterator[RawFinding]:
    arguments = read_arguments(instructions)
    for copy in instructions:
        words = copy.words()
        if copy.keyword not in {"COPY", "ADD"} or any(word.startswith("--from") for word in words):
            continue
        sources = [word for word in words if not word.startswith("--")][:-1]
        for source in (expand(word, arguments) for word in sources):
            if source.endswith(".safetensors") or source.strip("./") == "models":
                yield "weights_in_image", copy.line, f"{source} is copied into the image"
            elif not source.startswith(("<<", "http:", "https:", "git@")):
                yield from _check_source(source, copy.line, context)


def _check_source(source: str, line: int, context: Context) -> Iterator[RawFinding]:
    pattern = match_path(source)
    matching = [file for file in context.files if pattern.fullmatch(file)]
    if not matching:
        yield "copy_missing", line, f"{source} is not in the checkout"
    elif all(map(context.ignored.hides, matching)):
        yield "copy_hidden", line, f"{source} is hidden by {IGNORE}"


def _check_entry(instructions: Sequence[Instruction]) -> Iterator[RawFinding]:
    for entry in instructions:
        if entry.keyword in {"CMD", "ENTRYPOINT"}:
            words = entry.words()
            is_shell = not entry.text.startswith("[") or any(
                re.fullmatch(r"(.*/)?(ba|da|z)?sh|.*\.sh", word) for word in words
            )
            if is_shell:
                yield "shell_entry", entry.line, f"{entry.keyword} starts a shell"
