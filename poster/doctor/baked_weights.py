"""A build's steps, and the scripts that they run -> the weights that end up in the image.

Reads texts only: runs and downloads nothing. Steps that an ARG's default switches off are left out.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from poster.doctor.dockerfile import Build, Instruction, match_path
from poster.doctor.file_finding import FileFinding, find_at
from poster.doctor.located import Located
from poster.doctor.python_downloads import find_python_downloads
from poster.doctor.weight_names import find_weight_urls, is_model_repository, is_weight_file
from poster.printable import shorten

Scripts = Mapping[str, str]
"""Path in the checkout -> text of a script."""

_FETCHERS = re.compile(r"\b(wget|curl|aria2c|pget|axel|gdown|rclone|gsutil|s3 (?:cp|sync)|fetch)\b")
_OPEN_URL = re.compile(r"://[^\s\"']{0,300}\$\{?\w+\}?[\"']?(\s|;|$)")
"""An address that ends with a variable: a loop fills in the names of files."""

_OUTPUT = re.compile(r"\s(?:-[oO]|--output(?:-document)?|--out)[= ]?[\"']?([^\s\"';&|]+)")
_HUB_COMMAND = re.compile(r"\b(?:huggingface-cli|hf|modelscope) download\b([^;&|\n]*)")
_COMFY = re.compile(r"\bcomfy\b[^;&|\n]{0,200}\bmodel download\b([^;&|\n]*)")
_PULL = re.compile(r"\b(?:ollama pull|poster weights download|git lfs pull)\b[^;&|\n]*")
_CLONE = re.compile(r"\bgit clone\b([^;&|\n]*)")
_SKIPS_LFS = re.compile(r"GIT_LFS_SKIP_SMUDGE=[\"']?1")
_PYTHON = re.compile(r"(.*/)?python[\d.]*")
_SHELL = re.compile(r"(.*/)?(ba|da|z)?sh")
_GUARD = re.compile(r"if \[+ ([^\]]+) \]+ *; *then\b")
_FOLDERS = {"models", "checkpoints", "weights", "diffusion_models", "loras", "model_cache"}
_PLAIN_WEIGHTS = re.compile(r".*\.(safetensors|gguf|ckpt)")
"""Files that are always large; a folder may well contain a small .onnx."""

_MAX_NAME = 80
"""Code points of a name that a message repeats."""

_MAX_DEPTH = 3
"""Scripts that start scripts are followed this far."""

RawFinding = tuple[str, int, str]
"""A finding's code, line and message."""


def check_weights_in_image(
    build: Build, files: Sequence[str], scripts: Scripts
) -> Iterator[RawFinding]:
    """Find the steps that put weights into the image.

    Args:
        build: what is built.
        files: paths that COPY can take.
        scripts: the checkout's scripts.

    Yields:
        At most one finding for each step.
    """
    plain = {
        stage.name.lower()
        for stage in build.stages
        if not any(step.keyword in {"RUN", "ADD", "COPY"} for step in stage.steps)
    }
    stages = {stage.name.lower() for stage in build.stages}
    for step in build.steps:
        if step.keyword == "RUN":
            verb, names = "the build downloads", _find_in_run(step, scripts)
        elif step.keyword in {"COPY", "ADD"}:
            verb, names = "the build copies", _find_in_copy(step, files, stages - plain)
        else:
            continue
        if names:
            line = next((line for line, text in step.lines if names[0] in text), step.line)
            yield "weights_in_image", line, f"{verb} {_list(names)}"


def check_weights_in_cog(cog: Located, scripts: Scripts) -> Iterator[FileFinding]:
    """Find the commands in cog.yaml that put weights into the image.

    Args:
        cog: the file.
        scripts: the checkout's scripts.

    Yields:
        At most one finding for each command.
    """
    for item in cog.at("build", "run").listed():
        command = item.at("command") if isinstance(item.value, dict) else item
        names = _find_in_shell(str(command.value), scripts, 0)
        if names:
            yield find_at("weights_in_image", command, f"the build downloads {_list(names)}")


def _list(names: list[str]) -> str:
    """The first of some names, and how many follow."""
    first = shorten(names[0], _MAX_NAME)
    return f"{first} and {len(names) - 1} more" if len(names) > 1 else first


def _find_in_run(step: Instruction, scripts: Scripts) -> list[str]:
    text = shlex.join(step.words()) if step.text.startswith("[") else step.text
    text = re.sub(r"^(--\S+ +)+", "", text)
    if _is_switched_off(text):
        return []
    found = _find_in_shell(text, scripts, 0)
    if step.body:
        words = text.split()
        if any(_PYTHON.fullmatch(word) for word in words):
            found += _find_in_python(step.body, scripts, 0)
        else:
            found += _find_in_shell(step.body, scripts, 0)
    return list(dict.fromkeys(found))


def _is_switched_off(text: str) -> bool:
    """Whether a step is one condition that the defaults of the ARGs do not meet."""
    guard = _GUARD.match(text)
    ends = [*re.finditer(r"\b(?:else|elif|fi)\b", text)]
    if not guard or "$" in guard[1] or len(ends) != 1 or text[ends[0].end() :].strip("; "):
        return False
    match _split(guard[1]):
        case ["-n", value]:
            return not value
        case ["-z", value]:
            return bool(value)
        case [left, "=" | "==" | "!=" as operator, right]:
            return (left == right) is (operator == "!=")
    return False


def _find_in_shell(text: str, scripts: Scripts, depth: int) -> list[str]:
    """Weights that a shell's commands download."""
    bare = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    found = []
    if _FETCHERS.search(bare):
        found += find_weight_urls(bare)
        if not found:
            found += filter(is_weight_file, _OUTPUT.findall(bare))
        if _OPEN_URL.search(bare):
            files = (word.rstrip(";") for word in _split(bare))
            found += [file for file in files if "://" not in file and is_weight_file(file)]
    for arguments in _HUB_COMMAND.findall(bare):
        found += _find_in_hub_command(_split(arguments))
    for arguments in _COMFY.findall(bare):
        words = _split(arguments)
        urls = [word for word in words if "://" in word] or ["a model"]
        found += find_weight_urls(urls[0]) or [urls[0].rpartition("/")[2]]
    found += [command.strip() for command in _PULL.findall(bare)]
    if not _SKIPS_LFS.search(bare):
        for arguments in _CLONE.findall(bare):
            found += [word for word in _split(arguments) if is_model_repository(word)]
    if depth < _MAX_DEPTH:
        found += _find_in_scripts(_split(bare.replace("\n", " ; ")), scripts, depth + 1)
    return found


def _find_in_hub_command(words: list[str]) -> list[str]:
    """Weights that hf download takes: a repository, or some of its files."""
    positional: list[str] = []
    chosen: list[str] = []
    rest = iter(words)
    for word in rest:
        if word in {"--include", "--repo-type"}:
            value = next(rest, "")
            if value in {"dataset", "space"}:
                return []
            if word == "--include":
                chosen.append(value)
        elif word.startswith("--"):
            if "=" not in word and word not in {"--quiet", "--force-download"}:
                next(rest, "")
        else:
            positional.append(word)
    chosen += positional[1:]
    weights = [name for name in chosen if is_weight_file(name) or "." not in name]
    return weights if chosen else positional[:1]


def _find_in_scripts(words: list[str], scripts: Scripts, depth: int) -> list[str]:
    """Weights that scripts and code on a command line download."""
    found: list[str] = []
    for at, word in enumerate(words):
        after = words[at + 1 : at + 5]
        if _PYTHON.fullmatch(word):
            options = [*after[:3]]
            while options and re.fullmatch(r"-[uBIsSEOqx]+", options[0]):
                options.pop(0)
            if options[:1] == ["-c"] and len(options) > 1:
                found += _find_in_python(options[1], scripts, depth)
            elif options[:1] == ["-m"] and len(options) > 1:
                name = options[1].replace(".", "/")
                found += _find_in_python(_script(f"{name}.py", scripts), scripts, depth)
            elif options and options[0].endswith(".py"):
                found += _find_in_python(_script(options[0], scripts), scripts, depth)
        elif word.endswith(".sh") and (at == 0 or words[at - 1] not in {"chmod", "+x", "COPY"}):
            found += _find_in_shell(_script(word, scripts), scripts, depth)
        elif _SHELL.fullmatch(word) and after[:1] in (["-c"], ["-lc"], ["-ec"]):
            found += _find_in_shell(" ".join(after[1:2]), scripts, depth)
    return found


def _find_in_python(source: str, scripts: Scripts, depth: int) -> list[str]:
    found, commands = find_python_downloads(source)
    return found + [
        name for command in commands for name in _find_in_shell(command, scripts, depth)
    ]


def _script(word: str, scripts: Scripts) -> str:
    """The text of the script with the longest common end of its path; empty if there is none."""
    parts = PurePosixPath(word).parts[::-1]
    named = [path for path in scripts if PurePosixPath(path).name == PurePosixPath(word).name]

    def common(path: str) -> int:
        pairs = zip(parts, PurePosixPath(path).parts[::-1], strict=False)
        return sum(ours == theirs for ours, theirs in pairs)

    return scripts[max(named, key=common)] if named else ""


def _find_in_copy(step: Instruction, files: Sequence[str], stages: set[str]) -> list[str]:
    words = step.words()
    origin = next((word[7:].lower() for word in words if word.startswith("--from=")), "")
    sources = [word for word in words if not word.startswith("--")][:-1]
    if origin:
        # What a stage of this file downloads is found there.
        if origin in stages or origin.isdigit():
            return []
        return [source for source in sources if _is_weights(source)]
    found = []
    for source in sources:
        if "://" in source or source.startswith("git@"):
            urls = find_weight_urls(source)
            found += urls or ([source] if is_model_repository(source) else [])
        elif _is_weights(source):
            found.append(source)
        elif not source.startswith("<<"):
            pattern = match_path(source)
            found += [
                file for file in files if _PLAIN_WEIGHTS.fullmatch(file) and pattern.fullmatch(file)
            ]
    return found


def _is_weights(source: str) -> bool:
    return is_weight_file(source) or source.rstrip("/").rpartition("/")[2] in _FOLDERS


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()
