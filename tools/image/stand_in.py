"""A Debian release -> a base image with its Python, for a machine that cannot reach a registry.

Made by debootstrap from the machine's own Debian archive. It replaces python:*-slim of the same
release, possibly with another version of Python. Independent of the Dockerfile.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from tools.image.builders import Builder
from tools.image.mirrors import debian_mirror

PACKAGES = ("ca-certificates", "libpython3-dev", "python3", "python3-venv")
"""python:*-slim also has pip, venv, the headers and certificates."""

LEFT_OUT = ("./dev/*", "./proc/*", "./sys/*", "./var/cache/apt/*", "./var/lib/apt/lists/*")


def make_stand_in(builder: Builder, release: str) -> str:
    """Make the substitute base image, unless it exists.

    Args:
        builder: imports the image.
        release: name of a Debian release, such as bookworm.

    Returns:
        The image's tag.

    Raises:
        SystemExit: debootstrap is not installed, or it lacks root or a usable package source.
    """
    tag = f"localhost/poster-base:{release}"
    if builder.has(tag):
        print(f"{tag} already exists")
        return tag
    debootstrap = shutil.which("debootstrap")
    if not debootstrap or os.geteuid() != 0:
        raise SystemExit(
            "the base image is not on this machine and cannot be pulled, and making a substitute "
            "needs root and debootstrap: apt-get install debootstrap"
        )
    # The usual temporary folder is often mounted without devices, or in memory.
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        root = Path(folder) / "root"
        subprocess.run(
            [
                *(debootstrap, "--variant=minbase", f"--include={','.join(PACKAGES)}"),
                *(release, str(root), debian_mirror()),
            ],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        archive = Path(folder) / "root.tar"
        excludes = [f"--exclude={pattern}" for pattern in LEFT_OUT]
        command = ["tar", "--numeric-owner", *excludes, "-C", str(root), "-cf", str(archive), "."]
        subprocess.run(command, check=True)
        builder.import_root(archive, tag)
    return tag
