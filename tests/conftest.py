"""What every folder of tests may ask for; what takes more than a few lines is in tests/support."""

from __future__ import annotations

import base64
import gc
import importlib
import importlib.util
import logging
import signal
from collections.abc import Generator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from tools.tiny_weights import TinyWeights

ROOT = Path(__file__).parents[1]

pytest_plugins = [
    "tests.support.cog_server",
    "tests.support.command_line",
    "tests.support.hooks",
    "tests.support.hugging_face",
    "tests.support.internet",
    "tests.support.looks",
    "tests.support.poster_server",
    "tests.support.worker_loop",
    "tests.support.workflows",
]


# On every machine as in CI: no deadline that a busy one misses, and the same examples in each run.
# --hypothesis-profile=default draws new ones.
settings.load_profile("ci")


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable() -> Generator[None, Any, Any]:
    """Half characters, which tests log on purpose, cannot be sent from one process to another."""
    return _without_half_characters((yield))


def _without_half_characters(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {key: _without_half_characters(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_without_half_characters(part) for part in value)
    return value


def pytest_collection_finish() -> None:
    """What the tests import stays to the end: neither collector nor log capture looks at it again.

    With torch and transformers in it, each collection took a quarter of a second; and pytest hung
    its handlers on each of their sixty loggers, six times a test, to hear what does not propagate.
    """
    for logger in logging.Logger.manager.loggerDict.values():
        if isinstance(logger, logging.Logger):
            logger.propagate = True
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _children_can_be_interrupted() -> None:
    """Where these tests run in a shell's background, they and their children ignore SIGINT."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def portrait() -> Path:
    return ROOT / "examples" / "astronaut.jpg"


@pytest.fixture(scope="session")
def portrait_uri(portrait: Path) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(portrait.read_bytes()).decode()}"


@pytest.fixture(scope="module")
def predict_module() -> ModuleType:
    """predict.py as Cog loads it, from its path; for each file, since its setup() changes it."""
    spec = importlib.util.spec_from_file_location("predict", ROOT / "predict.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def tiny_weights(tmp_path_factory: pytest.TempPathFactory) -> TinyWeights:
    """A weight set of the flux engine, tiny and random, in the real formats; not to be changed."""
    # Here, since it imports torch, which most tests do without.
    written: TinyWeights = importlib.import_module("tools.tiny_weights").write_tiny_weights(
        tmp_path_factory.mktemp("tiny_weights")
    )
    return written
