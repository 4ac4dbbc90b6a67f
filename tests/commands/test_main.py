"""The command line as a whole: help, version, and how a command that fails ends."""

import re
import tomllib
from pathlib import Path

import pytest

from poster.errors import UnavailableError
from poster.pipeline import Pipeline
from tests.support.command_line import RunCli, start_poster

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_bad_setting_is_exit_2(
    run: RunCli, portrait: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POSTER_ENGINE", "dalle")

    code, _, err = run("make", portrait, "--title", "ORBIT")

    assert (code, err.partition(" must")[0]) == (2, "poster: POSTER_ENGINE")


@pytest.mark.parametrize(
    ("fault", "code", "complaint"),
    [
        (KeyError("/etc/secret"), 1, "internal error (KeyError); set POSTER_LOG_LEVEL=DEBUG"),
        (UnavailableError("no GPU"), 3, "no GPU\n"),
    ],
)
def test_an_internal_error_is_one_line(
    run: RunCli,
    portrait: Path,
    monkeypatch: pytest.MonkeyPatch,
    fault: BaseException,
    code: int,
    complaint: str,
) -> None:
    def fail(*_: object) -> None:
        raise fault

    monkeypatch.setattr(Pipeline, "open", fail)

    left, out, err = run("make", portrait, "--title", "ORBIT")

    assert (left, out) == (code, "")
    assert err.startswith(f"poster: {complaint}")
    assert err.count("\n") == 1


def test_help_lists_the_commands(run: RunCli) -> None:
    out = run("--help")[1]
    for command in ("make", "schema", "weights", "doctor", "comfy", "volume"):
        assert re.search(rf"^ +{command} ", out, re.MULTILINE)


def test_the_version_is_the_projects(run: RunCli) -> None:
    source = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["version"][
        "path"
    ]
    [version] = re.findall(r'^__version__ = "(.+)"$', (ROOT / source).read_text(), re.MULTILINE)

    assert run("--version") == (0, f"poster {version}\n", "")


def test_without_a_command_it_says_how_to_get_help(run: RunCli) -> None:
    code, _, err = run()

    assert code == 2
    assert err.count("\n") == 1
    assert "poster --help" in err


def test_debug_shows_the_traceback(portrait: Path) -> None:
    process = start_poster("make", portrait, POSTER_LOG_LEVEL="DEBUG")
    _, err = process.communicate(timeout=120)

    assert process.returncode == 2
    assert "Traceback" in err
    assert err.endswith("coverlines, kicker or issue\n")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ([], "a command is missing; see poster --help"),
        (
            ["make", "--stlye", "paper"],
            "unknown flag --stlye; did you mean --style? see poster make",
        ),
        (["make", "--coverlines=x"], "unknown flag --coverlines; did you mean --coverline? see"),
        (["make", "--coverlines=A | b", "c.jpg"], "unknown flag --coverlines; did you mean --co"),
        (["make", "--xyz"], "unknown flag --xyz; see poster make --help"),
        (["make", "a", "b"], "unexpected argument 'b'; see poster make --help"),
        (["--json", "make"], "unknown flag --json; see poster --help"),
        (["weights", "list", "--set", "x"], "unknown flag --set; see poster weights list --help"),
        (["paint"], "unknown command 'paint'; commands: make, serve, "),
        (["make", "--num-inference-steps", "x"], "num_inference_steps: must be a whole number"),
    ],
)
def test_a_bad_argument_is_one_line_that_names_it(
    run: RunCli, arguments: list[str], line: str
) -> None:
    code, out, err = run(*arguments)

    assert (code, out) == (2, "")
    assert err.startswith(f"poster: {line}")
    assert err.count("\n") == 1
