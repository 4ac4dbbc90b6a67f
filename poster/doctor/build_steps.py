"""A build's RUN steps -> what they install or clone that differs in a later build."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from poster.doctor.baked_weights import RawFinding
from poster.doctor.dockerfile import Build, Instruction
from poster.doctor.weight_names import is_model_repository

_QUOTED = re.compile(r"'[^']*'|\"(?:\\.|[^\"\\])*\"")
_REDIRECT = re.compile(r"(?<![\w.\-\[\],])[A-Za-z][\w.\-\[\],]*[<>]=?\s?\d[\d.]*|>=")
_FIXED = r"(?:[0-9a-f]{7,40}|(?:refs/|tags/)*(?:[vb]?\d|[A-Za-z_-]+\d+\.\d)[\w.+-]*|\$\S+)"
"""A commit, the name of a release's tag, or a variable that is set from outside."""

_CLONE = re.compile(r"\bgit(?: -[cC] \S+| --?\S+)* clone\b(?P<arguments>[^;&|\n]*)")
_FIXED_BRANCH = re.compile(rf"(?:--branch|--revision|-b)[= ][\"']?{_FIXED}(?=[\"'\s]|$)")
_CHECKOUT = re.compile(
    r"\bgit(?: -C \S+)? (?:checkout|reset|switch|fetch)\b[^;&|\n]{0,200}?"
    rf"[\s/\"']{_FIXED}(?=[\"'\s;&|)]|$)"
)
_GIT_INSTALL = re.compile(r"git\+[^\s\"';&|]+")
_INSTALL = re.compile(r"\bpip3?(?: --\S+ [^-\s]\S*)* install\b([^;&|]*)")
_REQUIREMENT = re.compile(r"(?!.*\.(whl|gz|zip)$)[A-Za-z][\w.-]*(\[[\w,-]+\])?([<>~!].*)?")
_DIRECT = re.compile(r"(?<!\S)\S+\s*@\s*(?:git\+|https?:|file:)\S+")
_STANDS_ALONE = re.compile(
    r"-[Uqv]+|--(upgrade|quiet|verbose|pre|user|system|require-hashes|no-.*|.*-reinstall"
    r"|ignore-installed|break-system-packages|disable-pip-version-check|.*=.*)"
)
"""Options of pip install that take no value or include it; any other option takes the next word."""
_SHOWN = 4
"""Names that a message repeats."""

_ARCH_GATE = ("_cuda_getArchFlags", "torch_build")


def check_build_steps(build: Build, *, has_torch: bool) -> Iterator[RawFinding]:
    """Check what a build runs.

    Args:
        build: of a Dockerfile.
        has_torch: whether the checkout's requirements name torch.

    Yields:
        Code, line and message of each finding; at most one of a code for each step.
    """
    yield from _check_added_repositories(build)
    for stage in build.stages:
        runs = [step for step in stage.steps if step.keyword == "RUN"]
        yield from _check_clones(runs)
        for run in runs:
            redirected = list(_find_redirects(run))
            if redirected:
                trouble = f"{_name([word for _, word in redirected])} not quoted"
                yield "shell_redirect", redirected[0][0], trouble
            yield from _check_git_installs(run)
            yield from _check_installs(run, {word for _, word in redirected})
    bases = " ".join(stage.base for stage in build.stages)
    text = "".join(f"{step.text}{step.body}" for step in build.steps if step.keyword == "RUN")
    has_cuda_torch = (has_torch or "torch" in text + bases) and "rocm" not in bases
    if has_cuda_torch and not any(word in text for word in _ARCH_GATE):
        line = build.steps[-1].line if build.steps else 1
        yield "no_arch_gate", line, "no build step checks torch's CUDA and architectures"


def _list(words: Sequence[str]) -> str:
    """The first words of a list, and how many follow."""
    more = f" and {len(words) - _SHOWN} more" if len(words) > _SHOWN else ""
    return f"{', '.join(words[:_SHOWN])}{more}"


def _name(words: Sequence[str]) -> str:
    """The subject of a sentence about some words."""
    return f"{_list(words)} {'is' if len(words) == 1 else 'are'}"


def _line_of(run: Instruction, word: str) -> int:
    return next((line for line, text in run.lines if word and word in text), run.line)


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
        trouble = f"git clone of {_list(names)} without checking out a commit"
        yield "unpinned_clone", _line_of(run, urls[0]), trouble


def _check_added_repositories(build: Build) -> Iterator[RawFinding]:
    for step in build.steps:
        sources = step.words()[:-1] if step.keyword == "ADD" else []
        for source in sources:
            url, _, reference = source.partition("#")
            is_moving = not re.fullmatch(_FIXED, reference.partition(":")[0])
            if re.search(r"(://|^git@).*\.git$", url) and is_moving:
                yield "unpinned_clone", step.line, f"{source} is added without a commit"


def _url(arguments: str) -> str:
    words = arguments.replace('"', " ").replace("'", " ").split()
    return next((word for word in words if ":" in word or "$" in word or "/" in word), "")


def _check_git_installs(run: Instruction) -> Iterator[RawFinding]:
    moving = []
    for source in _GIT_INSTALL.findall(run.text):
        reference = re.split(r"[#?]", source.rpartition("/")[2])[0].partition("@")[2]
        if not re.fullmatch(_FIXED, reference):
            moving.append(source)
    if moving:
        trouble = f"{_name(moving)} installed without a commit"
        yield "unpinned_clone", _line_of(run, moving[0]), trouble


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
        trouble = f"{_name(list(dict.fromkeys(unpinned)))} installed without =="
        yield "unpinned_install", _line_of(run, unpinned[0]), trouble
