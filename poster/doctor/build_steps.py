"""A Dockerfile's RUN instructions -> what they install, clone or download but should not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from poster.doctor.dockerfile import Instruction

RawFinding = tuple[str, int, str]
"""A finding's code, line and message."""

_QUOTED = re.compile(r"'[^']*'|\"(?:\\.|[^\"\\])*\"")
_REDIRECT = re.compile(r"[A-Za-z][\w.\-\[\],]*[<>]=?\s?\d[\d.]*|>=")
_COMMIT = re.compile(r"\b[0-9a-f]{40}\b|(?:--branch[= ]|-b )[\"']?v?\d")
_GIT_INSTALL = re.compile(r"git\+\S+")
_WEIGHTS = re.compile(r"\.safetensors\b|huggingface-cli download|\bhf download|weights download")
_INSTALL = re.compile(r"\bpip3?(?: --\S+ [^-\s]\S*)* install\b([^;&|]*)")
_REQUIREMENT = re.compile(r"(?!.*\.(whl|gz|zip)$)[A-Za-z][\w.-]*(\[[\w,-]+\])?([<>~!].*)?")
_STANDS_ALONE = re.compile(
    r"-[Uqv]+|--(upgrade|quiet|verbose|pre|user|system|require-hashes|no-.*|.*-reinstall"
    r"|ignore-installed|break-system-packages|disable-pip-version-check|.*=.*)"
)
"""Options of pip install that take no value or include it; any other option takes the next word."""
_ARCH_GATE = ("_cuda_getArchFlags", "torch_build")


def check_build_steps(instructions: Sequence[Instruction]) -> Iterator[RawFinding]:
    """Check what a build runs.

    Args:
        instructions: of a Dockerfile.

    Yields:
        Code, line and message of each finding.
    """
    runs = [instruction for instruction in instructions if instruction.keyword == "RUN"]
    for run in runs:
        yield from _check_redirects(run)
        yield from _check_sources(run)
        yield from _check_installs(run)
    text = "".join(f"{run.text}{run.body}" for run in runs)
    if instructions and not any(word in text for word in _ARCH_GATE):
        line = instructions[-1].line
        yield "no_arch_gate", line, "no build step checks torch's CUDA and architectures"


def _check_redirects(run: Instruction) -> Iterator[RawFinding]:
    text = "\n".join(text for _, text in run.lines)
    # Quoted text may span lines: blank it, but keep the line breaks.
    bare = _QUOTED.sub(lambda quoted: re.sub(r".", " ", quoted[0]), text).split("\n")
    for (line, _), rest in zip(run.lines, bare, strict=True):
        redirect = _REDIRECT.search(rest)
        if redirect:
            yield "shell_redirect", line, f"{redirect[0]} is not quoted"


def _check_sources(run: Instruction) -> Iterator[RawFinding]:
    for line, text in run.lines:
        if "git clone" in text and not _COMMIT.search(run.text):
            yield "unpinned_clone", line, "git clone without checking out a commit"
        for source in _GIT_INSTALL.findall(text):
            if "@" not in source.rpartition("/")[2]:
                yield "unpinned_clone", line, f"{source} does not name a commit"
        if _WEIGHTS.search(text):
            yield "weights_in_image", line, "the build downloads weights"


def _check_installs(run: Instruction) -> Iterator[RawFinding]:
    for install in _INSTALL.finditer(run.text):
        words = iter(re.sub(r"[\"']", "", install[1]).split())
        for word in words:
            if word.startswith("-"):
                if not _STANDS_ALONE.fullmatch(word):
                    next(words, "")
            elif _REQUIREMENT.fullmatch(word):
                line = next((line for line, text in run.lines if word in text), run.line)
                yield "unpinned_install", line, f"{word} is installed without =="
