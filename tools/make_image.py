"""Dockerfile.runpod -> the worker's image, tested, and the size of each layer.

    make image        or        python -m tools.make_image [--tag TAG] [--base IMAGE]

Builds with Docker if its daemon is running, otherwise with Buildah. Uses the Dockerfile's base
image if it is on this machine or can be pulled, otherwise a substitute made with debootstrap. Then
tests the image: the worker's self-check must pass with studio, the engine that needs a GPU must
refuse to start, and one poster is made. Not part of the tests, because it takes minutes.
"""

from __future__ import annotations

import argparse
import io
import json
import re
import runpy
import shlex
import shutil
import subprocess
import tarfile
import tempfile
import time
from pathlib import Path

from tools.image.builders import Builder, find_builder
from tools.image.mirrors import build_secrets
from tools.image.stand_in import make_stand_in

ROOT = Path(__file__).parents[1]
DOCKERFILE = ROOT / "Dockerfile.runpod"
PHOTO = ROOT / "examples" / "astronaut.jpg"
OUT = ROOT / "out" / "image"
STUDIO = {"POSTER_ENGINE": "studio"}
"""The engine that runs without a GPU, as a Hub test asks for it."""

SELF_CHECK = ("python", "runpod_shim.py", "--test_input", '{"input": {"self_check": true}}')


def main() -> None:
    """Build the image and test it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tag", default="poster-maker", help="tag of the image (%(default)s)")
    parser.add_argument("--base", default=_declared_base(), help="base image (%(default)s)")
    arguments = parser.parse_args()
    try:
        _make(arguments.tag, arguments.base)
    except subprocess.CalledProcessError as error:
        program = Path(error.cmd[0]).name
        raise SystemExit(
            f"{program} failed with exit code {error.returncode}; see its output above"
        ) from None


def _make(tag: str, declared_base: str) -> None:
    step = _Steps(6)
    step.begin("Choosing a builder")
    builder = find_builder()
    print(builder.name)
    step.begin(f"Finding the base image {declared_base}")
    base = _find_base(builder, declared_base)
    step.begin(f"Building {tag}")
    with tempfile.TemporaryDirectory() as folder:
        values = {"BASE": base, "VERSION": _version(), "REVISION": _revision()}
        builder.build(DOCKERFILE, tag, values, build_secrets(Path(folder)))
    step.begin("Running the self-check in the image, with the studio engine")
    _check_itself(builder, tag)
    step.begin("Checking that flux refuses to start without a GPU and weights")
    _check_refusal(builder, tag)
    step.begin("Making a poster in the image")
    _make_poster(builder, tag)
    step.end()
    _print_layers(builder, tag)


class _Steps:
    """Prints the title of each step, and how long the step before it took."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._number = 0
        self._began = 0.0

    def begin(self, title: str) -> None:
        self.end()
        self._number += 1
        print(f"[{self._number}/{self._total}] {title}", flush=True)
        self._began = time.monotonic()

    def end(self) -> None:
        if self._number:
            print(f"      {time.monotonic() - self._began:.0f} s", flush=True)


def _find_base(builder: Builder, base: str) -> str:
    if builder.has(base) or builder.pull(base):
        print(base)
        return base
    match = re.search(r"-slim-([a-z]+)$", base)
    if not match:
        raise SystemExit(
            f"{base} cannot be pulled, and its tag does not name a Debian release to build from"
        )
    print("the base image cannot be pulled; making a substitute, which may have another Python")
    return make_stand_in(builder, match[1])


def _check_itself(builder: Builder, tag: str) -> None:
    output = builder.run(tag, SELF_CHECK, STUDIO)
    print(output.decode(errors="replace").strip())


def _check_refusal(builder: Builder, tag: str) -> None:
    # The traceback on stderr is for the worker's log; the SDK reports the reason on stdout.
    command = ["sh", "-c", f"{shlex.join(SELF_CHECK)} 2>/dev/null"]
    try:
        builder.run(tag, command, {})
    except subprocess.CalledProcessError as error:
        output = error.output.decode(errors="replace").strip()
        print(output)
        if "unhealthy" not in output:
            raise SystemExit("the worker exited, but did not report itself unhealthy") from None
    else:
        raise SystemExit("the worker started without a GPU and weights; it must refuse")


def _make_poster(builder: Builder, tag: str) -> None:
    # The photo and the poster go through pipes: a mount could leave files owned by root.
    script = (
        "cat > /tmp/photo.jpg && poster make /tmp/photo.jpg --title TABASCO --seed 7 "
        "--width 512 --height 736 --out /tmp/out >&2 && tar -C /tmp/out -c ."
    )
    output = builder.run(tag, ["sh", "-c", script], STUDIO, PHOTO.read_bytes())
    with tarfile.open(fileobj=io.BytesIO(output)) as archive:
        archive.extractall(OUT, filter="data")
    receipt = json.loads((OUT / "poster.json").read_text(encoding="utf-8"))
    print(f"{receipt['engine']}, seed {receipt['seed']}: {OUT.relative_to(ROOT)}")


def _print_layers(builder: Builder, tag: str) -> None:
    layers = builder.layers(tag)
    total = sum(layer.size for layer in layers)
    print(f"\n{tag}: {total / 1e6:,.0f} MB, uncompressed")
    last_stage = DOCKERFILE.read_text(encoding="utf-8").rpartition("\nFROM ")[2]
    copies = iter(re.findall(r"^COPY .+$", last_stage, re.MULTILINE))
    for layer in layers:
        made_by = " ".join(layer.made_by.replace("/bin/sh -c", "").replace("#(nop)", "").split())
        # Buildah gives a digest instead of the paths: `COPY dir:5d10... in /`.
        if re.match(r"COPY (dir|file|multi):", made_by):
            made_by = next(copies)
        print(f"{layer.size / 1e6:10,.1f} MB  {made_by[:80]}")


def _declared_base() -> str:
    text = DOCKERFILE.read_text(encoding="utf-8")
    match = re.search(r"^ARG BASE=(\S+)$", text, re.MULTILINE)
    if not match:
        raise SystemExit("Dockerfile.runpod does not declare its base image: add ARG BASE=IMAGE")
    return match[1]


def _version() -> str:
    # Run as a file: importing the package would need its dependencies.
    return str(runpy.run_path(str(ROOT / "poster" / "version.py"))["__version__"])


def _revision() -> str:
    git = shutil.which("git")
    if not git:
        return "unknown"
    command = [git, "-C", str(ROOT), "rev-parse", "HEAD"]
    run = subprocess.run(command, check=False, capture_output=True, text=True)
    return run.stdout.strip() or "unknown"


if __name__ == "__main__":
    main()
