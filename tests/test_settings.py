"""The environment is read once and a wrong value is named."""

from pathlib import Path

import pytest

import poster
from poster.errors import SettingsError
from poster.settings import Settings


def test_an_empty_environment_gives_the_defaults() -> None:
    assert Settings.from_environment({}) == Settings(engine="auto", log_level="INFO")


def test_an_empty_variable_counts_as_absent() -> None:
    assert Settings.from_environment({"POSTER_ENGINE": ""}).engine == "auto"


def test_variables_are_read() -> None:
    settings = Settings.from_environment({"POSTER_ENGINE": "studio", "POSTER_LOG_LEVEL": "DEBUG"})
    assert settings == Settings(engine="studio", log_level="DEBUG")


def test_folders_and_files_are_read_as_paths() -> None:
    settings = Settings.from_environment({"POSTER_MODELS": "models", "POSTER_MANIFEST": "m.json"})
    assert settings == Settings(models_dir=Path("models"), manifest=Path("m.json"))


def test_an_empty_path_counts_as_absent() -> None:
    settings = Settings.from_environment({"POSTER_MODELS": "", "POSTER_MANIFEST": ""})
    assert (settings.models_dir, settings.manifest) == (None, None)


def test_a_wrong_value_names_the_variable_and_the_choices() -> None:
    with pytest.raises(SettingsError, match="POSTER_ENGINE must be one of auto, flux, studio"):
        Settings.from_environment({"POSTER_ENGINE": "comfy"})


def test_no_other_module_reads_the_environment() -> None:
    package = Path(poster.__file__).parent
    readers = [
        path.name
        for path in package.rglob("*.py")
        if any(word in path.read_text() for word in ("os.environ", "getenv"))
    ]
    assert readers == ["settings.py"]
