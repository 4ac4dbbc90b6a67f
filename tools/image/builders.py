"""Docker or Buildah -> the few operations needed to make and test an image.

Independent of what the Dockerfile does and where packages come from.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

PULL_TIMEOUT_S = 300
"""python:*-slim is 45 MB; if a firewall drops packets, nothing else ends the wait."""


@dataclass(frozen=True)
class Layer:
    """One layer of an image.

    Args:
        size: uncompressed size in bytes.
        made_by: the instruction that made it.
    """

    size: int
    made_by: str


class Builder(Protocol):
    """Builds, runs and measures images."""

    name: str

    def has(self, tag: str) -> bool:
        """Whether the image is on this machine."""
        ...

    def pull(self, tag: str) -> bool:
        """Pull an image from its registry; return False if that fails."""
        ...

    def import_root(self, archive: Path, tag: str) -> None:
        """Make an image with one layer from a tar file of a root folder."""
        ...

    def build(
        self, dockerfile: Path, tag: str, arguments: Mapping[str, str], secrets: Mapping[str, Path]
    ) -> None:
        """Build an image; the build context is the Dockerfile's folder."""
        ...

    def run(
        self, tag: str, command: Sequence[str], environment: Mapping[str, str], stdin: bytes = b""
    ) -> bytes:
        """Run a command in a container that is removed afterwards; its stderr is shown.

        Returns:
            Its stdout.

        Raises:
            subprocess.CalledProcessError: the command failed.
        """
        ...

    def layers(self, tag: str) -> list[Layer]:
        """The image's layers, lowest first, without empty ones."""
        ...


class Docker:
    """The docker command; needs its daemon."""

    name = "docker"

    def __init__(self, program: str) -> None:
        self._program = program

    def has(self, tag: str) -> bool:
        """Whether the image is on this machine."""
        return _succeeds([self._program, "image", "inspect", tag])

    def pull(self, tag: str) -> bool:
        """Pull an image from its registry; return False if that fails."""
        return _succeeds([self._program, "pull", tag], PULL_TIMEOUT_S)

    def import_root(self, archive: Path, tag: str) -> None:
        """Make an image with one layer from a tar file of a root folder."""
        subprocess.run([self._program, "import", str(archive), tag], check=True)

    def build(
        self, dockerfile: Path, tag: str, arguments: Mapping[str, str], secrets: Mapping[str, Path]
    ) -> None:
        """Build an image; the build context is the Dockerfile's folder."""
        options = _build_options(dockerfile, tag, arguments, secrets)
        command = [self._program, "build", "--progress=plain", *options, str(dockerfile.parent)]
        environment = {**os.environ, "DOCKER_BUILDKIT": "1"}  # RUN --mount needs it
        subprocess.run(command, check=True, env=environment)

    def run(
        self, tag: str, command: Sequence[str], environment: Mapping[str, str], stdin: bytes = b""
    ) -> bytes:
        """Run a command in a container that is removed afterwards."""
        variables = [f"--env={name}={value}" for name, value in environment.items()]
        run = [self._program, "run", "--rm", "--interactive", *variables, tag, *command]
        return subprocess.run(run, check=True, input=stdin, stdout=subprocess.PIPE).stdout

    def layers(self, tag: str) -> list[Layer]:
        """The image's layers, lowest first, without empty ones."""
        form = "{{.Size}}\t{{.CreatedBy}}"
        history = [self._program, "history", "--no-trunc", "--human=false", f"--format={form}", tag]
        rows = [line.split("\t", 1) for line in reversed(_output(history).splitlines())]
        return [Layer(int(size), made_by) for size, made_by in rows if int(size)]


class Buildah:
    """The buildah command, as root; needs no daemon and, with chroot isolation, no runtime."""

    name = "buildah"

    def __init__(self, program: str) -> None:
        self._program = program

    def has(self, tag: str) -> bool:
        """Whether the image is on this machine."""
        return _succeeds([self._program, "inspect", "--type=image", tag])

    def pull(self, tag: str) -> bool:
        """Pull an image from its registry; return False if that fails."""
        return _succeeds([self._program, "pull", "--quiet", f"docker://{tag}"], PULL_TIMEOUT_S)

    def import_root(self, archive: Path, tag: str) -> None:
        """Make an image with one layer from a tar file of a root folder."""
        container = _output([self._program, "from", "scratch"]).strip()
        try:
            subprocess.run(
                [self._program, "add", "--quiet", container, str(archive), "/"],
                check=True,
                stdout=subprocess.DEVNULL,
            )
            commit = [self._program, "commit", "--quiet", "--format=docker", container, tag]
            subprocess.run(commit, check=True, stdout=subprocess.DEVNULL)
        finally:
            self._remove(container)

    def build(
        self, dockerfile: Path, tag: str, arguments: Mapping[str, str], secrets: Mapping[str, Path]
    ) -> None:
        """Build an image; the build context is the Dockerfile's folder."""
        options = _build_options(dockerfile, tag, arguments, secrets)
        # Without --layers, the whole last stage becomes one layer.
        layout = ["--layers", "--format=docker", "--isolation=chroot", "--network=host"]
        subprocess.run(
            [self._program, "build", *layout, *options, str(dockerfile.parent)], check=True
        )

    def run(
        self, tag: str, command: Sequence[str], environment: Mapping[str, str], stdin: bytes = b""
    ) -> bytes:
        """Run a command in a container that is removed afterwards."""
        container = _output([self._program, "from", "--pull-never", tag]).strip()
        variables = [f"--env={name}={value}" for name, value in environment.items()]
        run = [self._program, "run", "--isolation=chroot", "--network=host", "--terminal=false"]
        try:
            return subprocess.run(
                [*run, *variables, container, "--", *command],
                check=True,
                input=stdin,
                stdout=subprocess.PIPE,
            ).stdout
        finally:
            self._remove(container)

    def layers(self, tag: str) -> list[Layer]:
        """The image's layers, lowest first, without empty ones."""
        image = json.loads(_output([self._program, "inspect", "--type=image", tag]))["OCIv1"]
        store = json.loads(_output([self._program, "info"]))["store"]
        # No command of Buildah lists the layers' sizes; its store's index does.
        index = Path(store["GraphRoot"]) / f"{store['GraphDriverName']}-layers" / "layers.json"
        entries = json.loads(index.read_text(encoding="utf-8"))
        sizes = {entry.get("diff-digest"): entry.get("diff-size", 0) for entry in entries}
        steps = [step["created_by"] for step in image["history"] if not step.get("empty_layer")]
        layers = zip(image["rootfs"]["diff_ids"], steps, strict=True)
        return [Layer(sizes[digest], made_by) for digest, made_by in layers if sizes[digest]]

    def _remove(self, container: str) -> None:
        subprocess.run([self._program, "rm", container], check=True, stdout=subprocess.DEVNULL)


def find_builder() -> Builder:
    """Find a builder on this machine.

    Returns:
        Docker if its daemon answers, otherwise Buildah.

    Raises:
        SystemExit: neither is available.
    """
    docker = shutil.which("docker")
    if docker and _succeeds([docker, "info"], 20):
        return Docker(docker)
    buildah = shutil.which("buildah")
    if buildah:
        return Buildah(buildah)
    raise SystemExit(
        "building an image needs docker with a running daemon, or buildah; on Debian: apt-get "
        "install --no-install-recommends buildah crun debootstrap fuse-overlayfs netavark uidmap"
    )


def _build_options(
    dockerfile: Path, tag: str, arguments: Mapping[str, str], secrets: Mapping[str, Path]
) -> list[str]:
    values = [f"--build-arg={name}={value}" for name, value in arguments.items()]
    files = [f"--secret=id={name},src={path}" for name, path in secrets.items()]
    return [f"--file={dockerfile}", f"--tag={tag}", *values, *files]


def _succeeds(command: Sequence[str], timeout_s: float | None = None) -> bool:
    quiet = subprocess.DEVNULL
    try:
        run = subprocess.run(command, check=False, stdout=quiet, stderr=quiet, timeout=timeout_s)
    except subprocess.TimeoutExpired:
        return False
    return run.returncode == 0


def _output(command: Sequence[str]) -> str:
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
