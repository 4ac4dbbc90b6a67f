"""An earlier version runs as it was, in an environment that holds its pins, and leaves nothing."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from tools.earlier import ROOT, Version, check_out, current, find_commit


def git(root: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=Nobody", "-c", "user.email=nobody@example.com")
    command = ["git", "-C", str(root), *identity, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def commit(root: Path, says: str, dependencies: str = "", extra: str = "") -> None:
    """A version of a package named like ours, which says one word."""
    (root / "poster").mkdir(exist_ok=True)
    (root / "poster" / "__init__.py").touch()
    (root / "poster" / "__main__.py").write_text(f"print({says!r})\n")
    project = f'[project]\nname = "tiny"\ndependencies = [{dependencies}]\n'
    optional = f"[project.optional-dependencies]\nmore = [{extra}]\n"
    (root / "pyproject.toml").write_text(project + optional)
    git(root, "add", ".")
    git(root, "commit", "--quiet", "--message", says)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Two versions: `first` and `second`."""
    root = tmp_path / "repository"
    root.mkdir()
    git(root, "init", "--quiet")
    commit(root, "first", f'"numpy=={np.__version__}"')
    commit(root, "second", f'"numpy=={np.__version__}"')
    return root


def said_by(version: Version) -> str:
    return version.run(["-m", "poster"]).stdout.strip()


def test_an_earlier_version_runs_its_own_code(repository: Path) -> None:
    with check_out("HEAD~1", root=repository) as earlier, check_out("HEAD", root=repository) as now:
        assert (said_by(earlier), said_by(now)) == ("first", "second")


def test_the_checkout_is_the_commit_and_not_what_lies_in_the_working_tree(repository: Path) -> None:
    (repository / "poster" / "__main__.py").write_text("print('unsaved')\n")
    with check_out("HEAD", root=repository) as head:
        assert said_by(head) == "second"


def test_todays_environment_serves_where_it_holds_the_commits_pins(repository: Path) -> None:
    with check_out("HEAD", root=repository) as head:
        assert head.python == Path(sys.executable)


def make_wheel(folder: Path, version: str) -> Path:
    """A package that nobody has installed, and that needs no network."""
    path = folder / f"onlythen-{version}-py3-none-any.whl"
    about = f"onlythen-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: onlythen\nVersion: {version}"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("onlythen.py", f"WORD = 'then {version}'\n")
        archive.writestr(f"{about}/METADATA", metadata)
        archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{about}/RECORD", "")
    return path


@pytest.fixture
def wheel(tmp_path: Path) -> str:
    """A requirement of that package."""
    return f'"onlythen @ {make_wheel(tmp_path, "1.0").as_uri()}"'


def test_other_pins_get_an_environment_of_their_own(repository: Path, wheel: str) -> None:
    commit(repository, "pinned", wheel)
    with check_out("HEAD", root=repository) as head:
        assert head.python != Path(sys.executable)
        assert head.run(["-c", "import onlythen; print(onlythen.WORD)"]).stdout == "then 1.0\n"
        assert said_by(head) == "pinned"
        assert head.run(["-c", "import numpy"]).returncode == 1


def test_a_range_gets_the_version_that_the_commit_locked(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for version in ("1.0", "1.1"):
        make_wheel(tmp_path, version)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    (repository / "requirements").mkdir()
    (repository / "requirements" / "test.lock").write_text("onlythen==1.0 \\\n    --hash=x\n")
    commit(repository, "locked", '"onlythen>=0.1,<2"')
    with check_out("HEAD", root=repository) as head:
        assert head.run(["-c", "import onlythen; print(onlythen.WORD)"]).stdout == "then 1.0\n"


def test_an_extra_is_installed_where_it_is_asked_for(repository: Path, wheel: str) -> None:
    commit(repository, "pinned", extra=wheel)
    with check_out("HEAD", ["more", "not-yet"], repository) as head:
        assert head.run(["-c", "import onlythen"]).returncode == 0
    with check_out("HEAD", ["not-yet"], repository) as head:
        assert head.python == Path(sys.executable)


def test_pins_that_pip_cannot_install_are_told(repository: Path, tmp_path: Path) -> None:
    commit(repository, "pinned", f'"onlythen @ {(tmp_path / "absent.whl").as_uri()}"')
    refused = pytest.raises(SystemExit, match="pip could not install")
    with refused, check_out("HEAD", root=repository):
        pass
    assert_nothing_is_left(repository)


def assert_nothing_is_left(repository: Path) -> None:
    assert len(git(repository, "worktree", "list").splitlines()) == 1


def test_nothing_is_left_when_the_work_is_done_or_fails(repository: Path) -> None:
    with check_out("HEAD~1", root=repository) as done:
        assert done.folder.is_dir()
    with pytest.raises(ZeroDivisionError), check_out("HEAD~1", root=repository) as failed:
        raise ZeroDivisionError
    assert not done.folder.parent.exists()
    assert not failed.folder.parent.exists()
    assert_nothing_is_left(repository)


def test_ctrl_c_leaves_nothing(repository: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from tools.earlier import check_out\n"
        "with check_out('HEAD~1', root=Path(sys.argv[1])) as version:\n"
        "    print(version.folder, flush=True)\n"
        "    sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", script, str(repository)]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        folder = Path(process.stdout.readline().strip())
        assert folder.is_dir()
        process.send_signal(signal.SIGINT)
        _, trouble = process.communicate(timeout=60)
    assert "KeyboardInterrupt" in trouble
    assert not folder.exists()
    assert_nothing_is_left(repository)


def test_what_is_no_commit_is_told(repository: Path) -> None:
    with pytest.raises(SystemExit, match=r"^nowhere is not a commit of this repository$"):
        find_commit("nowhere", repository)


def test_a_shallow_clone_says_how_to_get_the_commit(repository: Path, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--depth", "1", repository.as_uri(), str(clone))
    with pytest.raises(
        SystemExit, match=r"^HEAD~1 is not in this shallow clone: run git fetch --unsh"
    ):
        find_commit("HEAD~1", clone)
    assert find_commit("HEAD", clone) == git(repository, "rev-parse", "HEAD")


def test_a_folder_without_history_is_told(repository: Path) -> None:
    shutil.rmtree(repository / ".git")
    with pytest.raises(SystemExit, match="is not a git repository"):
        find_commit("HEAD", repository)


def test_the_current_version_is_this_checkout() -> None:
    found = current().run(["-c", "import poster; print(poster.__file__)"])
    assert Path(found.stdout.strip()) == ROOT / "poster" / "__init__.py"
