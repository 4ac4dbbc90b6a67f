"""The name of a door's own script -> where it lies, in a checkout or beside an installed package.

Cog and RunPod want their doors as files, predict.py and runpod_shim.py, not as modules.
"""

from __future__ import annotations

from pathlib import Path

from poster.errors import AssetError

_PACKAGE = Path(__file__).parents[1]


def find_script(name: str) -> Path:
    """Find a door's script.

    Args:
        name: predict.py or runpod_shim.py.

    Returns:
        Its path.

    Raises:
        AssetError: it did not come with the package.
    """
    # A wheel has them in a folder of its own, so that nothing of theirs lies loose beside others'.
    for folder in (_PACKAGE / "scripts", _PACKAGE.parent):
        if (folder / name).is_file():
            return folder / name
    raise AssetError(f"{name}: missing; install the package again")
