"""METADATA files of torch's Linux wheels -> the CUDA of each version.

The CUDA of a wheel is that of the runtime library which it requires.
"""

from __future__ import annotations

import re
from email.parser import HeaderParser
from pathlib import Path
from typing import Any

from packaging.version import Version

from tools.lists.runpod_docs import SourceError

_RUNTIME = re.compile(r"(?:nvidia-cuda-runtime(?:-cu\d+)?|cuda-toolkit\S*?)\s*==\s*(\d+\.\d+)")


def read_torch_wheels(folder: Path) -> dict[str, Any]:
    """Read the CUDA of each wheel.

    Args:
        folder: contains METADATA files of any name.

    Returns:
        cuda: torch's version -> CUDA, such as 12.8.

    Raises:
        SourceError: there are no files, or one names no torch or no CUDA.
    """
    cuda: dict[str, str] = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        metadata = HeaderParser().parsestr(path.read_text(encoding="utf-8"))
        required = "\n".join(metadata.get_all("Requires-Dist", []))
        runtime = _RUNTIME.search(required.replace("(", "").replace("[cudart]", ""))
        if metadata["Name"] != "torch" or not runtime:
            raise SourceError(f"{path.name} is not the metadata of a torch with CUDA")
        cuda[metadata["Version"]] = runtime[1]
    if not cuda:
        raise SourceError(f"{folder} contains no METADATA")
    return {"cuda": dict(sorted(cuda.items(), key=lambda item: Version(item[0])))}
