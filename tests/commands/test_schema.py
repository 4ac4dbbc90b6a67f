"""poster schema: the schema follows predict.py, which follows the request's fields."""

from pathlib import Path

import pytest

from tests.support.command_line import RunCli

ROOT = Path(__file__).parents[2]
SOURCE = (ROOT / "predict.py").read_text()
SCHEMA = Path(".cog/openapi_schema.json")
INPUTS = "poster: predict.py: inputs differ from the request's fields; run poster schema --write\n"
MISSING = "poster: .cog/openapi_schema.json is missing; run poster schema\n"
STALE = "poster: .cog/openapi_schema.json is out of date; run poster schema\n"


@pytest.fixture(autouse=True)
def predictor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """predict.py, alone in the folder where the command runs."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "predict.py"
    path.write_text(SOURCE)
    return path


def test_the_schema_is_written_and_checked(run: RunCli, predictor: Path) -> None:
    assert run("schema", "--check") == (1, "", MISSING)
    assert run("schema") == (0, "", "")
    assert run("schema", "--check") == (0, "", "")
    assert predictor.read_text() == SOURCE

    predictor.write_text(SOURCE.replace("the finished cover.", "a finished cover.", 1))

    assert run("schema", "--check")[2] == INPUTS + STALE


def test_a_schema_older_than_the_predictor_is_out_of_date(run: RunCli) -> None:
    assert run("schema") == (0, "", "")
    written = SCHEMA.read_text()

    SCHEMA.write_text(written.replace("4096", "2048", 1))

    assert run("schema", "--check") == (1, "", STALE)


@pytest.mark.parametrize(
    ("declared", "written"),
    [
        ("le=4096", "le=2048"),
        ('default="black"', 'default="white"'),
        ('choices=["exact", "fast"]', 'choices=["exact"]'),
        ("Quality of jpg and webp", "Quality of jpg"),
        ("seed: int | None", "seed: int"),
        ("        kicker: str = Input(\n", "        strap: str = Input(\n"),
    ],
)
def test_inputs_that_differ_from_the_request_are_found_and_rewritten(
    run: RunCli, predictor: Path, declared: str, written: str
) -> None:
    assert declared in SOURCE
    predictor.write_text(SOURCE.replace(declared, written, 1))
    if "seed" not in declared:
        assert run("schema") == (0, "", "")
        assert run("schema", "--check") == (1, "", INPUTS)

    assert run("schema", "--write") == (0, "", "")

    assert predictor.read_text() == SOURCE
    assert run("schema", "--check") == (0, "", "")


def test_only_the_inputs_are_rewritten(run: RunCli, predictor: Path) -> None:
    mine = SOURCE.replace("log = logging", "# 내 것\nlog = logging").replace("le=4096", "le=2048")
    predictor.write_text(mine)

    assert run("schema", "--write") == (0, "", "")

    assert predictor.read_text() == mine.replace("le=2048", "le=4096")


def test_unreadable_inputs_are_fixed_if_the_request_declares_them(
    run: RunCli, predictor: Path
) -> None:
    predictor.write_text(SOURCE.replace("ge=512", "ge=LIMITS.side_min"))

    assert run("schema", "--write") == (0, "", "")

    assert predictor.read_text() == SOURCE


def test_other_unreadable_inputs_are_reported_and_nothing_is_written(
    run: RunCli, predictor: Path
) -> None:
    broken = SOURCE.replace("import BasePredictor, Input, Path", "import Input, Path as P")
    predictor.write_text(broken.replace("le=4096", "le=2048"))

    code, out, err = run("schema", "--write")

    assert (code, out) == (1, "")
    assert "write from cog import Input, Path" in err
    assert "le=2048" in predictor.read_text()
    assert not SCHEMA.exists()


def test_a_signature_that_cog_cannot_read_gives_a_line_per_problem(
    run: RunCli, predictor: Path
) -> None:
    predictor.write_text(SOURCE.replace("ge=512", "ge=LIMITS.side_min"))

    code, out, err = run("schema")

    assert (code, out) == (1, "")
    assert [line.partition(" (")[0] for line in err.splitlines()] == [
        "poster: width",
        "poster: height",
    ]
    assert not SCHEMA.parent.exists()


def test_writing_and_checking_are_two_things(run: RunCli) -> None:
    code, _, err = run("schema", "--write", "--check")

    assert code == 2
    assert "not allowed with" in err


def test_the_schema_needs_a_checkout(run: RunCli, predictor: Path) -> None:
    predictor.unlink()

    code, _, err = run("schema")

    assert code == 2
    assert err.startswith("poster: predict.py: is not in the current folder")


def test_a_predictor_that_cannot_be_read_is_bad_input(run: RunCli, predictor: Path) -> None:
    predictor.write_bytes(b"\xff\xfe\x00")
    assert run("schema") == (2, "", "poster: predict.py: is not UTF-8 text\n")
    predictor.unlink()
    predictor.mkdir()
    assert run("schema", "--write")[2] == "poster: predict.py: cannot be read: Is a directory\n"


def test_a_schema_that_cannot_be_written_is_bad_input(run: RunCli) -> None:
    SCHEMA.mkdir(parents=True)
    code, _, err = run("schema")
    assert (code, err) == (2, f"poster: schema: {SCHEMA} cannot be written: Is a directory\n")
    assert run("schema", "--check") == (1, "", MISSING)
