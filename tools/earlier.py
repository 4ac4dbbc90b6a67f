"""A commit of this repository -> a temporary checkout, and a Python with its dependencies.

Does not know what is run there. Uses the current environment if it has the versions that the commit
pins; otherwise makes another with pip. The checkout and the environment are removed when the block
ends.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from tools.make_lock import LOCK, collect_versions

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Version:
    """A version of the code that can be run.

    Args:
        folder: its checkout.
        python: an interpreter whose environment has its dependencies.
    """

    folder: Path
    python: Path

    def run(self, arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
        """Run this version's code only, in its folder.

        Args:
            arguments: for Python: `-m poster make ...`, or a script's path and its arguments.

        Returns:
            The completed process with its output, whatever its exit code.
        """
        return subprocess.run(
            [str(self.python), *arguments],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(self.folder)},
            check=False,
            capture_output=True,
            text=True,
        )


def last_line(ended: subprocess.CompletedProcess[str]) -> str:
    """The last line that a process printed on stderr; if it failed, the reason.

    Args:
        ended: from Version.run.

    Returns:
        The line.
    """
    return (ended.stderr.strip().splitlines() or ["no error message"])[-1]


def current() -> Version:
    """This checkout, including uncommitted changes, in the current environment."""
    return Version(ROOT, Path(sys.executable))


@contextmanager
def check_out(commit: str, extras: Sequence[str] = (), root: Path = ROOT) -> Iterator[Version]:
    """Check out a version for the duration of the block; even after Ctrl-C, nothing is left behind.

    Args:
        commit: any name of a commit: a hash, a branch, `HEAD~3`.
        extras: extras of pyproject.toml that are needed in addition to the base dependencies; one
            that the commit does not have is ignored.
        root: the repository.

    Yields:
        The version.

    Raises:
        SystemExit: the repository has no such commit, or pip could not install what it pins.
    """
    found = find_commit(commit, root)
    with tempfile.TemporaryDirectory(prefix="poster-earlier-") as parent:
        folder = Path(parent) / found[:12]
        try:
            added = _git(root, "worktree", "add", "--quiet", "--detach", str(folder), found)
            if added.returncode:
                raise SystemExit(f"{commit} cannot be checked out: {added.stderr.strip()}")
            yield Version(folder, _find_python(_requirements(folder, extras), Path(parent)))
        finally:
            _git(root, "worktree", "remove", "--force", str(folder))


def find_commit(commit: str, root: Path = ROOT) -> str:
    """Find a commit's hash.

    Args:
        commit: any name of a commit.
        root: the repository.

    Returns:
        The full hash.

    Raises:
        SystemExit: the repository does not have it; the message says why.
    """
    if not shutil.which("git"):
        raise SystemExit("git is not installed, so no earlier version can be checked out")
    if _git(root, "rev-parse", "--git-dir").returncode:
        raise SystemExit(f"{root} is not a git repository, so it has no earlier versions")
    asked = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{commit}^{{commit}}")
    found = _git(root, *asked)
    if not found.returncode:
        return found.stdout.strip()
    if _git(root, "rev-parse", "--is-shallow-repository").stdout.strip() == "true":
        raise SystemExit(f"{commit} is not in this shallow clone: run git fetch --unshallow")
    raise SystemExit(f"{commit} is not a commit of this repository")


def _git(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["git", "-C", str(root), *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True)


def _requirements(folder: Path, extras: Sequence[str]) -> list[Requirement]:
    """The commit's dependencies, at the versions of its lock; without a lock, of pyproject.toml."""
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    optional = project.get("optional-dependencies", {})
    wanted = [project["dependencies"], *(optional.get(extra, []) for extra in extras)]
    requirements = [Requirement(text) for texts in wanted for text in texts]
    lock = folder / LOCK
    locked = collect_versions(lock) if lock.is_file() else {}
    for requirement in requirements:
        name = canonicalize_name(requirement.name)
        if name in locked:
            requirement.specifier = SpecifierSet(f"=={locked[name]}")
    return requirements


def _find_python(requirements: Sequence[Requirement], parent: Path) -> Path:
    if all(map(_is_installed, requirements)):
        return Path(sys.executable)
    environment = parent / "environment"
    # With the current pip: installing pip into the new environment takes longer than making it.
    make = [sys.executable, "-m", "venv", "--without-pip", str(environment)]
    subprocess.run(make, check=True)
    pip = [sys.executable, "-m", "pip", "--python", str(environment), "install", "--quiet"]
    wanted = ["--disable-pip-version-check", *map(str, requirements)]
    if subprocess.run([*pip, *wanted], check=False, stdout=2).returncode:
        raise SystemExit("pip could not install what the commit pins; see its output above")
    return environment / "bin" / "python"


def _is_installed(requirement: Requirement) -> bool:
    if requirement.marker and not requirement.marker.evaluate():
        return True
    try:
        installed = version(requirement.name)
    except PackageNotFoundError:
        return False
    return not requirement.url and requirement.specifier.contains(installed, prereleases=True)
