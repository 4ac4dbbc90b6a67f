"""The text of a Python script -> the weights that it downloads when it runs.

Reads calls, runs nothing. Does not know how a build starts the script.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator

from poster.doctor.weight_names import find_weight_urls, is_weight_file

_REPOSITORY_CALLS = {
    "snapshot_download",
    "hf_hub_download",
    "cached_download",
    "model_file_download",
}
"""Functions that take a repository; those that also take a file are named *_download."""

_LOADERS = {"from_pretrained", "from_single_file", "load_state_dict_from_url", "download_model"}
_CLASSES = {"SentenceTransformer", "CrossEncoder", "WhisperModel"}
"""Classes whose constructor downloads the model that it names."""

_NOT_WEIGHTS = re.compile(r"(Tokenizer(Fast)?|Processor|Config|FeatureExtractor|Scheduler)$")
_LOADS = {("whisper", "load_model"), ("whisperx", "load_model"), ("hub", "load")}
_URL_CALLS = {"urlretrieve", "urlopen", "get", "download_url_to_file"}
_SHELL_CALLS = {"run", "system", "call", "check_call", "check_output", "Popen"}


def find_python_downloads(source: str) -> tuple[list[str], list[str]]:
    """Find what a script downloads.

    Args:
        source: its text.

    Returns:
        Names of weights: files, repositories or models; and shell commands that it runs.
    """
    try:
        tree = ast.parse(textwrap.dedent(source).strip())
    except (SyntaxError, ValueError):
        # Such as code with a shell's variables in it.
        calls = re.findall(r"\b(\w+)\(([^()]*)", source)
        downloads = _REPOSITORY_CALLS | _LOADERS | _CLASSES
        return [f"weights by {name}" for name, _ in calls if name in downloads][:1], []
    names: list[str] = []
    commands: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            names += _downloads(node)
            commands += _commands(node)
    return names, commands


def _downloads(call: ast.Call) -> Iterator[str]:
    owner, name = _callee(call)
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    texts = [text for node in given for text in _texts(node)]
    options = {keyword.arg: _texts(keyword.value) for keyword in call.keywords}
    if name in _REPOSITORY_CALLS:
        file = options.get("filename", texts[1:2] if name.startswith("hf_") else [])
        patterns = options.get("allow_patterns", [])
        chosen = [*file, *patterns]
        if not chosen or any(map(_may_be_weights, chosen)):
            yield next(iter([*file, *options.get("repo_id", []), *texts]), f"weights by {name}")
    elif name in _LOADERS | _CLASSES or (owner, name) in _LOADS:
        model = next(iter(texts), "")
        is_local = model.startswith(("/", "./", "../")) or _is_true(call, "local_files_only")
        if not is_local and not _NOT_WEIGHTS.search(owner):
            yield model or f"weights by {name}"
    elif _is_true(call, "pretrained"):
        yield name
    elif name == "pipeline" and options.get("model"):
        yield options["model"][0]
    elif name in _URL_CALLS:
        yield from find_weight_urls(" ".join(texts))


def _commands(call: ast.Call) -> Iterator[str]:
    if _callee(call)[1] in _SHELL_CALLS and call.args:
        yield " ".join(_texts(call.args[0]))


def _callee(call: ast.Call) -> tuple[str, str]:
    """The last two names of what is called, such as hub and load of torch.hub.load."""
    function = call.func
    if isinstance(function, ast.Name):
        return "", function.id
    if isinstance(function, ast.Attribute):
        owner = function.value
        if isinstance(owner, ast.Attribute):
            return owner.attr, function.attr
        return owner.id if isinstance(owner, ast.Name) else "", function.attr
    return "", ""


def _texts(node: ast.AST) -> list[str]:
    """The constant texts in an expression, in order."""
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else []
    return [text for below in ast.iter_child_nodes(node) for text in _texts(below)]


def _may_be_weights(pattern: str) -> bool:
    return is_weight_file(pattern) or pattern.endswith("*") or "." not in pattern


def _is_true(call: ast.Call, option: str) -> bool:
    return any(
        keyword.arg == option
        and isinstance(keyword.value, ast.Constant)
        and keyword.value.value is True
        for keyword in call.keywords
    )
