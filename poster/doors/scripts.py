"""The name of a door's script -> its path, in a checkout or in an installed package.

Cog and RunPod need their doors as files, predict.py and runpod_shim.py, not as modules.
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
        AssetError: it is missing from the package.
    """
    # A wheel keeps them in a folder of the package, so that they do not pollute site-packages.
    for folder in (_PACKAGE / "scripts", _PACKAGE.parent):
        if (folder / name).is_file():
            return folder / name
    raise AssetError(f"{name}: missing; reinstall the package")
