"""A build's RUN steps -> what they install or clone that differs in a later build."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from poster.doctor.baked_weights import RawFinding
from poster.doctor.dockerfile import Build, Instruction
from poster.doctor.weight_names import is_model_repository

_QUOTED = re.compile(r"'[^']*'|\"(?:\\.|[^\"\\])*\"")
_REDIRECT = re.compile(r"[A-Za-z][\w.\-\[\],]*[<>]=?\s?\d[\d.]*|>=")
_FIXED = r"(?:[0-9a-f]{7,40}|(?:refs/|tags/)*(?:[vb]?\d|[A-Za-z_-]+\d+\.\d)[\w.+-]*)"
"""A commit, or the name of a release's tag."""

_CLONE = re.compile(r"\bgit(?: -\S+(?: \S+)?)*? clone\b(?P<arguments>[^;&|\n]*)")
_FIXED_BRANCH = re.compile(rf"(?:--branch|--revision|-b)[= ][\"']?{_FIXED}(?=[\"'\s]|$)")
_CHECKOUT = re.compile(
    r"\bgit(?: -C \S+)? (?:checkout|reset|switch|fetch)\b[^;&|\n]*?"
    rf"[\s/\"']{_FIXED}(?=[\"'\s;&|)]|$)"
)
_GIT_INSTALL = re.compile(r"git\+[^\s\"';&|]+")
_INSTALL = re.compile(r"\bpip3?(?: --\S+ [^-\s]\S*)* install\b([^;&|]*)")
_REQUIREMENT = re.compile(r"(?!.*\.(whl|gz|zip)$)[A-Za-z][\w.-]*(\[[\w,-]+\])?([<>~!].*)?")
_DIRECT = re.compile(r"\S+\s*@\s*(?:git\+|https?:|file:)\S+")
_STANDS_ALONE = re.compile(
    r"-[Uqv]+|--(upgrade|quiet|verbose|pre|user|system|require-hashes|no-.*|.*-reinstall"
    r"|ignore-installed|break-system-packages|disable-pip-version-check|.*=.*)"
)
"""Options of pip install that take no value or include it; any other option takes the next word."""
_ARCH_GATE = ("_cuda_getArchFlags", "torch_build")


def check_build_steps(build: Build, *, has_torch: bool) -> Iterator[RawFinding]:
    """Check what a build runs.

    Args:
        build: of a Dockerfile.
        has_torch: whether the checkout's requirements name torch.

    Yields:
        Code, line and message of each finding; at most one of a code for each step.
    """
    for stage in build.stages:
        runs = [step for step in stage.steps if step.keyword == "RUN"]
        yield from _check_clones(runs)
        for run in runs:
            redirected = list(_find_redirects(run))
            if redirected:
                line = redirected[0][0]
                yield "shell_redirect", line, _count([word for _, word in redirected], "quoted")
            yield from _check_git_installs(run)
            yield from _check_installs(run, {word for _, word in redirected})
    bases = " ".join(stage.base for stage in build.stages)
    text = "".join(f"{step.text}{step.body}" for step in build.steps if step.keyword == "RUN")
    has_cuda_torch = (has_torch or "torch" in text + bases) and "rocm" not in bases
    if has_cuda_torch and not any(word in text for word in _ARCH_GATE):
        line = build.steps[-1].line if build.steps else 1
        yield "no_arch_gate", line, "no build step checks torch's CUDA and architectures"


def _count(words: Sequence[str], what: str) -> str:
    are = "is" if len(words) == 1 else "are"
    return f"{', '.join(words[:4])}{_more(words, 4)} {are} not {what}"


def _more(words: Sequence[str], shown: int) -> str:
    return f" and {len(words) - shown} more" if len(words) > shown else ""


def _find_redirects(run: Instruction) -> Iterator[tuple[int, str]]:
    text = "\n".join(text for _, text in run.lines)
    # Quoted text may span lines: blank it, but keep the line breaks.
    bare = _QUOTED.sub(lambda quoted: re.sub(r".", " ", quoted[0]), text).split("\n")
    for (line, _), rest in zip(run.lines, bare, strict=True):
        for redirect in _REDIRECT.findall(rest):
            yield line, redirect


def _check_clones(runs: Sequence[Instruction]) -> Iterator[RawFinding]:
    """Find clones whose commit no later step of the stage checks out."""
    moving: list[tuple[Instruction, str]] = []
    seen: set[str] = set()
    for run in runs:
        text = f"{run.text}\n{run.body}"
        events = sorted(
            [*_CLONE.finditer(text), *_CHECKOUT.finditer(text)], key=lambda e: e.start()
        )
        for event in events:
            if "clone" in event[0]:
                url = _url(event["arguments"])
                if not _FIXED_BRANCH.search(event["arguments"]) and not is_model_repository(url):
                    moving.append((run, url))
            elif moving and event[0].split()[-1] not in seen:
                seen.add(event[0].split()[-1])
                moving.pop()
    for run in dict.fromkeys(run for run, _ in moving):
        urls = [url for of, url in moving if of is run]
        names = [re.sub(r"\.git$", "", url.rstrip("/")).rpartition("/")[2] for url in urls]
        line = next((line for line, text in run.lines if urls[0] and urls[0] in text), run.line)
        what = f"{', '.join(names[:3])}{_more(names, 3)}"
        yield "unpinned_clone", line, f"git clone of {what} without checking out a commit"


def _url(arguments: str) -> str:
    words = arguments.replace('"', " ").replace("'", " ").split()
    return next((word for word in words if ":" in word or "$" in word or "/" in word), "")


def _check_git_installs(run: Instruction) -> Iterator[RawFinding]:
    moving = []
    for source in _GIT_INSTALL.findall(run.text):
        reference = re.split(r"[#?]", source.rpartition("/")[2])[0].partition("@")[2]
        if "$" not in reference and not re.fullmatch(_FIXED, reference):
            moving.append(source)
    if moving:
        line = next((line for line, text in run.lines if moving[0] in text), run.line)
        yield "unpinned_clone", line, f"{moving[0]}{_more(moving, 1)} is installed without a commit"


def _check_installs(run: Instruction, redirected: set[str]) -> Iterator[RawFinding]:
    unpinned = []
    for install in _INSTALL.finditer(_DIRECT.sub("", run.text)):
        # A comment ends the command, wherever its line ends: Docker joins the lines.
        arguments = re.split(r"\s#", install[1])[0]
        words = iter(re.sub(r"[\"']", "", arguments).split())
        for word in words:
            if word.startswith("-"):
                if not _STANDS_ALONE.fullmatch(word):
                    next(words, "")
            elif _REQUIREMENT.fullmatch(word) and word not in redirected:
                unpinned.append(word)
    if unpinned:
        line = next((line for line, text in run.lines if unpinned[0] in text), run.line)
        words_once = list(dict.fromkeys(unpinned))
        are = "is" if len(words_once) == 1 else "are"
        what = f"{', '.join(words_once[:6])}{_more(words_once, 6)}"
        yield "unpinned_install", line, f"{what} {are} installed without =="
