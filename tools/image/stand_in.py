"""Debian's name of a release -> an image with its Python, for a machine that reaches no registry.

Made by debootstrap from the machine's own Debian archive. It stands in for python:*-slim of the
same release; its Python may be another. Knows no Dockerfile.
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
"""python:*-slim has pip, venv, the headers and certificates too."""

LEFT_OUT = ("./dev/*", "./proc/*", "./sys/*", "./var/cache/apt/*", "./var/lib/apt/lists/*")


def make_stand_in(builder: Builder, release: str) -> str:
    """Make the stand-in, unless it is there.

    Args:
        builder: gets the image.
        release: Debian's, such as bookworm.

    Returns:
        The image's tag.

    Raises:
        SystemExit: debootstrap is not installed, or its rights or sources do not do.
    """
    tag = f"localhost/poster-base:{release}"
    if builder.has(tag):
        print(f"{tag} is there")
        return tag
    debootstrap = shutil.which("debootstrap")
    if not debootstrap or os.geteuid() != 0:
        raise SystemExit(
            "no base image is at hand and no registry answers. A stand-in needs root and "
            "debootstrap: apt-get install debootstrap"
        )
    # Not the usual temporary folder: that is often mounted without devices, or in memory.
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
