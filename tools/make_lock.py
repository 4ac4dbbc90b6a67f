"""pyproject.toml's pins -> requirements.lock and requirements-build.lock, with hashes, by uv.

    python tools/make_lock.py [--upgrade]

Keeps what the locks hold already where it still fits, unless told to upgrade. Installs nothing but
uv itself, for the time of the run; knows no package index: uv's own settings say which.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
UV = "uv==0.13.8"
EXTRAS = ("cog", "flux", "runpod")
"""What the image installs beside the base dependencies: predict.py imports cog, the shim runpod."""

COMMAND = (
    *("pip", "compile", "--universal", "--python-version", "3.11", "--generate-hashes"),
    *("--no-header", "--quiet"),
)
HEAD = """\
# {what}
# Made from the pins of pyproject.toml, on any machine, by: python tools/make_lock.py
# which runs: {uv} {command}
"""


def compile_lock(uv: Path, name: str, what: str, sources: list[str], text: str = "") -> None:
    """Write one lock beside pyproject.toml.

    Args:
        uv: the program.
        name: of the lock.
        what: the lock is for, for its first line.
        sources: arguments that name the requirements; `-` is text.
        text: requirements, one a line.

    Raises:
        SystemExit: uv found no set of versions, or could not ask the index.
    """
    lock = ROOT / name
    command = [*COMMAND, *sources]
    # Given the lock as its output, uv prefers what it holds.
    run = subprocess.run(
        [str(uv), *command, "--output-file", name],
        cwd=ROOT,
        input=text,
        text=True,
        check=False,
        stdout=subprocess.DEVNULL,
    )
    if run.returncode:
        raise SystemExit(f"{name}: not made, for the reason above")
    head = HEAD.format(what=what, uv=UV, command=" ".join(command))
    lock.write_text(head + "\n" + lock.read_text(encoding="utf-8"), encoding="utf-8")
    print(name)


def main() -> None:
    """Write both locks."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--upgrade", action="store_true", help="take the newest that fits")
    upgrade = ["--upgrade"] if parser.parse_args().upgrade else []
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = [word for extra in EXTRAS for word in ("--extra", extra)]
    with tempfile.TemporaryDirectory() as folder:
        print(f"Fetching {UV}")
        install = [sys.executable, "-m", "pip", "install", "--quiet", "--target", folder, UV]
        subprocess.run(install, check=True)
        uv = Path(folder) / "bin" / "uv"
        compile_lock(
            uv,
            "requirements.lock",
            "What the worker's image installs: the base dependencies and the extras named below.",
            ["pyproject.toml", *extras, *upgrade],
        )
        compile_lock(
            uv,
            "requirements-build.lock",
            "What builds the package for the image: pyproject.toml's build-system.requires.",
            ["-", *upgrade],
            "\n".join(project["build-system"]["requires"]),
        )


if __name__ == "__main__":
    main()
