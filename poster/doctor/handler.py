"""handler.py, where the Hub looks for it -> whether it starts the real worker."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping

from poster.doctor.file_finding import FileFinding, make_file_finding

SHIM = "runpod_shim"
HANDLERS = (".runpod/handler.py", "handler.py")
_OURS = (SHIM, "POSTER_", "poster-maker")
"""One of these stands somewhere in the files of every deployment of Poster Maker."""


def serves_posters(texts: Mapping[str, str], files: Collection[str]) -> bool:
    """Whether a checkout deploys Poster Maker, and not another worker.

    Args:
        texts: path -> text of its deployment files.
        files: paths of all its files.

    Returns:
        False if it has a handler or an image of its own that does not mention Poster Maker.
    """
    is_worker = any(file.endswith((".py", "Dockerfile")) for file in files)
    return not is_worker or any(word in text for text in texts.values() for word in _OURS)


def check_handler(texts: Mapping[str, str]) -> tuple[FileFinding, ...]:
    """Check the handler, without running it.

    Args:
        texts: path -> text.

    Returns:
        A finding if it does not import the worker, or the worker is missing.
    """
    file = next((name for name in HANDLERS if name in texts), "")
    if not file:
        return ()
    try:
        tree = ast.parse(texts[file])
    except (SyntaxError, ValueError) as error:
        line = error.lineno if isinstance(error, SyntaxError) else 1
        return (make_file_finding("stub_handler", file, line, "is not valid Python"),)
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    if SHIM not in names:
        return (make_file_finding("stub_handler", file, 1, f"does not import {SHIM}"),)
    if f"{SHIM}.py" not in texts:
        return (
            make_file_finding(
                "stub_handler", file, 1, f"imports {SHIM}, which is not in the checkout"
            ),
        )
    return ()
