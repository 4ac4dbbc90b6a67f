"""The environment is read once, and an invalid value is named."""

import re
from pathlib import Path

import pytest

import poster
from poster.commands.main import main
from poster.errors import SettingsError
from poster.settings import BucketSettings, Settings, find_strange

BUCKET = {
    "BUCKET_ENDPOINT_URL": "https://s3.example",
    "BUCKET_ACCESS_KEY_ID": "AKIAEXAMPLE",
    "BUCKET_SECRET_ACCESS_KEY": "s3cret",
}


def test_an_empty_environment_gives_the_defaults() -> None:
    assert Settings.from_environment({}) == Settings(engine="auto", log_level="INFO")


def test_an_empty_variable_counts_as_absent() -> None:
    assert Settings.from_environment({"POSTER_ENGINE": ""}).engine == "auto"


def test_variables_are_read() -> None:
    settings = Settings.from_environment({"POSTER_ENGINE": "studio", "POSTER_LOG_LEVEL": "DEBUG"})
    assert settings == Settings(engine="studio", log_level="DEBUG")


def test_folders_and_files_are_read_as_paths() -> None:
    settings = Settings.from_environment(
        {"POSTER_MODELS": "models", "POSTER_MANIFEST": "m.json", "POSTER_IMAGE_DIR": "images"}
    )
    assert settings == Settings(
        models_dir=Path("models"), manifest=Path("m.json"), image_dir=Path("images")
    )


def test_an_empty_path_counts_as_absent() -> None:
    settings = Settings.from_environment({"POSTER_MODELS": "", "POSTER_MANIFEST": ""})
    assert (settings.models_dir, settings.manifest) == (None, None)


def test_a_wrong_value_names_the_variable_and_the_choices() -> None:
    with pytest.raises(SettingsError, match="POSTER_ENGINE must be one of auto, flux, studio"):
        Settings.from_environment({"POSTER_ENGINE": "comfy"})


@pytest.mark.parametrize(
    ("value", "level"),
    [("info", "INFO"), (" Debug ", "DEBUG"), ("WARNING", "WARNING"), (" ", "INFO")],
)
def test_choices_are_read_in_any_case_and_without_space_around(value: str, level: str) -> None:
    assert Settings.from_environment({"POSTER_LOG_LEVEL": value}).log_level == level


def test_wrong_settings_are_invalid_input_on_the_command_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("POSTER_ENGINE", "comfy")
    assert main(["weights", "list"]) == 2
    assert capsys.readouterr().err.startswith("poster: POSTER_ENGINE must be one of")


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ("“AKIA”", "LEFT DOUBLE QUOTATION MARK (U+201C)"),
        ("'AKIA'", "APOSTROPHE (U+0027)"),
        ('"AKIA"', "QUOTATION MARK (U+0022)"),
        ("A KIA", "SPACE (U+0020)"),
        ("A\u00a0KIA", "NO-BREAK SPACE (U+00A0)"),
        ("A\tKIA", "a control character (U+0009)"),
        ("АKIA", "CYRILLIC CAPITAL LETTER A (U+0410)"),  # noqa: RUF001  # a look-alike is meant
        ("AKIA\u200b", "ZERO WIDTH SPACE (U+200B)"),
    ],
)
@pytest.mark.parametrize("name", BUCKET)
def test_what_a_copy_from_a_chat_adds_to_a_key_is_named(name: str, value: str, named: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name} contains {re.escape(named)}") as refusal:
        Settings.from_environment({**BUCKET, name: value})
    assert "KIA" not in str(refusal.value)


@pytest.mark.parametrize("value", ["hf_AbC123", "s3cret/+=&%$#@!", "https://s3.example:443/a-b_c"])
def test_usual_keys_and_addresses_are_not_strange(value: str) -> None:
    assert find_strange(value) == ""


def test_a_bucket_is_read_by_the_names_of_runpods_own_tools() -> None:
    assert Settings.from_environment(BUCKET).bucket == BucketSettings(
        "https://s3.example", "AKIAEXAMPLE", "s3cret"
    )


def test_a_buckets_name_and_region_can_be_given_and_blanks_are_stripped() -> None:
    more = {"BUCKET_NAME": " posters\n", "BUCKET_REGION": "eu-west-1", "BUCKET_OTHER": "x"}
    bucket = Settings.from_environment({**BUCKET, **more}).bucket
    assert bucket
    assert (bucket.name, bucket.region) == ("posters", "eu-west-1")


@pytest.mark.parametrize("environment", [{}, dict.fromkeys(BUCKET, " "), {"BUCKET_NAME": "mine"}])
def test_there_is_no_bucket_without_a_key_and_an_endpoint(environment: dict[str, str]) -> None:
    assert Settings.from_environment(environment).bucket is None


@pytest.mark.parametrize("missing", BUCKET)
def test_incomplete_bucket_settings_are_refused_and_the_missing_ones_named(missing: str) -> None:
    with pytest.raises(SettingsError, match=f"^{missing} must also be set") as refusal:
        Settings.from_environment({**BUCKET, missing: ""})
    assert "s3cret" not in str(refusal.value)


def test_a_buckets_keys_are_in_no_text_of_the_settings() -> None:
    text = f"{Settings.from_environment(BUCKET)!r}{Settings.from_environment(BUCKET)}"
    assert "https://s3.example" in text
    assert "s3cret" not in text
    assert "AKIAEXAMPLE" not in text


def test_no_other_module_reads_the_environment() -> None:
    package = Path(poster.__file__).parent
    readers = [
        path.name
        for path in package.rglob("*.py")
        if any(word in path.read_text() for word in ("os.environ", "getenv"))
    ]
    assert readers == ["settings.py"]
