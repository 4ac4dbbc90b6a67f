"""A Dockerfile and the names of a checkout's files -> what would fail, or differ in a later build.

Reads only texts: builds nothing, and contacts no registry.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from poster.doctor.baked_weights import RawFinding, check_weights_in_image
from poster.doctor.build_steps import check_build_steps
from poster.doctor.dockerfile import (
    Build,
    Ignored,
    Instruction,
    match_path,
    read_build,
    read_dockerfile,
)
from poster.doctor.file_finding import FileFinding, FileLocation, make_file_finding
from poster.doctor.hub_env import SECRET_NAME
from poster.doctor.names import Vocabulary, judge_name
from poster.runpod.published import read_published

DOCKERFILE = "Dockerfile.runpod"
HUB_DOCKERFILE = ".runpod/Dockerfile"
DOCKERFILES = (HUB_DOCKERFILE, "Dockerfile", DOCKERFILE)
"""Those that may be deployed; the Hub builds the first of them that exists."""

IGNORE = ".dockerignore"

_COMPOSE = re.compile(r"(docker-)?compose\.ya?ml")
_COMPOSED = re.compile(r"^[ \t-]*dockerfile:[ \t]*[\"']?(?:\./)?([\w./-]+)", re.MULTILINE)
"""A Dockerfile that a service is built from. Source: compose-spec, build.md."""

_PUBLISHED = read_published("image_owners")
_OWNERS = Vocabulary(
    "image owner", {"library", "localhost", *_PUBLISHED.content["owners"]}, _PUBLISHED
)
"""Namespaces of projects; an image without a namespace is Docker's own."""

_SECRET_VALUE = re.compile(r"\bhf_[A-Za-z0-9]{20,}|\bAKIA[0-9A-Z]{16}\b|\brpa_[A-Za-z0-9]{20,}")


@dataclass(frozen=True, slots=True)
class Context:
    """A build's context.

    Args:
        files: paths of the checkout's files.
        ignored: which of them are excluded.
        texts: path -> text of those that were read, scripts among them.
    """

    files: frozenset[str]
    ignored: Ignored
    texts: Mapping[str, str] = field(default_factory=dict)


def choose_dockerfiles(
    texts: Mapping[str, str], *, is_listing: bool
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Choose the Dockerfiles that are deployed.

    Args:
        texts: path -> text.
        is_listing: whether the Hub builds the checkout: then only the one that it builds, and
            Dockerfile.runpod, which people build.

    Returns:
        Paths of those to check, without copies, and of the others, without those of compose files:
        these are for machines of one's own.
    """
    files = [name for name in texts if re.fullmatch(r"(\.runpod/)?Dockerfile(\.\w+)?", name)]
    built = [name for name in (HUB_DOCKERFILE, "Dockerfile") if name in files][:1]
    if is_listing and (built or DOCKERFILE in files):
        deployed = [name for name in files if name == DOCKERFILE or name in built]
    else:
        deployed = files
    # A copy is checked once, under the name that people see.
    by_text = {texts[name]: name for name in sorted(deployed)}
    composes = (text for name, text in texts.items() if _COMPOSE.fullmatch(name))
    composed = {name for text in composes for name in _COMPOSED.findall(text)}
    others = [name for name in files if texts[name] not in by_text and name not in composed]
    return tuple(by_text.values()), tuple(others)


def check_dockerfile(file: str, text: str, context: Context) -> tuple[FileFinding, ...]:
    """Check one Dockerfile.

    Args:
        file: its path.
        text: of the file.
        context: where COPY takes files from.

    Returns:
        What is wrong with it.
    """
    build = read_build(text)
    visible = sorted(name for name in context.files if not context.ignored.hides(name))
    requirements = (
        content for name, content in context.texts.items() if name.endswith((".txt", ".toml"))
    )
    has_torch = any(re.search(r"^[\s\"']*torch\b", part, re.MULTILINE) for part in requirements)
    found = [
        *_check_secrets(build, read_dockerfile(text)),
        *check_build_steps(build, has_torch=has_torch),
        *check_weights_in_image(build, visible, context.texts),
        *_check_copies(build, context),
        *_check_entry(build),
    ]
    findings = [make_file_finding(code, file, line, trouble) for code, line, trouble in found]
    findings += _check_bases(file, build)
    return tuple(sorted(findings, key=lambda finding: finding.location.line or 0))


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


def _check_bases(file: str, build: Build) -> Iterator[FileFinding]:
    stages = {"scratch", *(stage.name.lower() for stage in build.stages)}
    seen: set[str] = set()
    for stage in build.stages:
        bases = [(stage.base, stage.origin.line)] if stage.origin else []
        for base, line in [*bases, *stage.sources()]:
            if base.lower() not in stages | seen and not base.isdigit():
                seen.add(base.lower())
                yield from _check_base(base, FileLocation(file, line))


def _check_base(image: str, place: FileLocation) -> Iterator[FileFinding]:
    name, _, digest = image.partition("@")
    folders, _, last = name.rpartition("/")
    plain, _, tag = last.partition(":")
    version = re.search(r"\d+(\.\d+)*", tag)
    # python:3.12-slim moves with every patch release of Python.
    is_full = version and (plain != "python" or version[0].count(".") == 2)
    if not (digest or is_full):
        trouble = f"the image {image} has no full version" if image else "FROM names no base"
        yield make_file_finding("unpinned_base", place.file, place.line, trouble)
    namespace = folders.rpartition("/")[2]
    is_host = "/" not in folders and ("." in folders or ":" in folders)
    if namespace and not is_host and "$" not in namespace and namespace not in _OWNERS.names:
        yield judge_name("misspelt_base", place, namespace, _OWNERS)


def _check_secrets(build: Build, instructions: tuple[Instruction, ...]) -> Iterator[RawFinding]:
    for instruction in (step for stage in build.image for step in stage.steps):
        if instruction.keyword in {"ARG", "ENV"}:
            words = instruction.words()
            pairs = [word.partition("=") for word in words if "=" in word] or [
                (words[0] if words else "", " ", " ".join(words[1:]))
            ]
            for name, _, value in pairs:
                # An ENV without a value only names the variable that an operator sets.
                if SECRET_NAME.search(name) and (value or instruction.keyword == "ARG"):
                    trouble = f"{instruction.keyword} {name} puts a secret into the image"
                    yield "secret_shipped", instruction.line, trouble
    for instruction in instructions:
        for line, text in instruction.lines:
            if _SECRET_VALUE.search(text):
                yield "secret_shipped", line, "the line contains an access token"


def _check_copies(build: Build, context: Context) -> Iterator[RawFinding]:
    for copy in build.steps:
        words = copy.words()
        if copy.keyword not in {"COPY", "ADD"} or any(word.startswith("--from") for word in words):
            continue
        for source in [word for word in words if not word.startswith("--")][:-1]:
            # Docker accepts a pattern that matches nothing, and a variable may be set from outside.
            if not re.match(r"<<|\w+://|git@", source) and not re.search(r"[$*?\[]", source):
                yield from _check_source(source, copy.line, context)


def _check_source(source: str, line: int, context: Context) -> Iterator[RawFinding]:
    pattern = match_path(source)
    matching = [file for file in context.files if pattern.fullmatch(file)]
    if not matching:
        yield "copy_missing", line, f"{source} is not in the checkout"
    elif all(map(context.ignored.hides, matching)):
        yield "copy_hidden", line, f"{source} is hidden by {IGNORE}"


def _check_entry(build: Build) -> Iterator[RawFinding]:
    last: dict[str, Instruction] = {}
    for step in (step for stage in build.image for step in stage.steps):
        if step.keyword in {"CMD", "ENTRYPOINT"}:
            last[step.keyword] = step  # a later one replaces it
    for entry in last.values():
        words = entry.words()
        is_shell = not entry.text.startswith("[") or any(
            re.fullmatch(r"(.*/)?(ba|da|z)?sh|.*\.sh", word) for word in words
        )
        if is_shell:
            yield "shell_entry", entry.line, f"{entry.keyword} starts a shell"
