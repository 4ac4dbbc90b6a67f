"""predict.py's Predictor as an object: its state after an internal error or a cancellation."""

import logging
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from poster.errors import PosterError, RequestError, UnavailableError
from poster.request import DEFAULTS
from poster.result import Poster, Receipt


class Cancelled(BaseException):
    """Stands for Cog's, which is not an Exception either."""


class FakePipeline:
    """Returns or raises what it is given."""

    def __init__(self, result: Poster | BaseException) -> None:
        self.result = result

    def make(self, *_: object) -> Poster:
        if isinstance(self.result, BaseException):
            raise self.result
        return self.result


def open_predictor(module: ModuleType, folder: Path, result: Poster | BaseException) -> Any:
    predictor = module.Predictor()
    predictor.pipeline = FakePipeline(result)
    predictor._outbox = module.Outbox(folder)
    return predictor


ASKED = {**DEFAULTS, "image": "data:image/jpeg;base64,/9j/", "title": "ORBIT"}


@pytest.fixture
def bare_poster() -> Poster:
    return Poster(None, None, Receipt("studio", 7, 512, 736, (), None, True, {}, {}))


def test_the_last_posters_files_are_gone_before_the_next_one_is_made(
    predict_module: ModuleType, tmp_path: Path, bare_poster: Poster
) -> None:
    predictor = open_predictor(predict_module, tmp_path, bare_poster)
    (receipt,) = predictor.predict(**ASKED)
    assert receipt.is_file()
    predictor.pipeline = FakePipeline(RequestError("title", "is bad"))

    with pytest.raises(RequestError, match="title: is bad"):
        predictor.predict(**ASKED)

    assert not receipt.exists()
    predictor._outbox.close()
    assert list(tmp_path.iterdir()) == []


def test_an_internal_error_has_a_general_message_and_a_full_log(
    predict_module: ModuleType, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    predictor = open_predictor(predict_module, tmp_path, KeyError("/etc/secret"))

    with caplog.at_level(logging.ERROR), pytest.raises(PosterError) as raised:
        predictor.predict(**ASKED)

    assert str(raised.value) == "internal error; the server's log has the traceback"
    assert raised.value.__cause__ is None
    assert "KeyError: '/etc/secret'" in caplog.text
    predictor._outbox.close()


def test_a_cancellation_is_passed_on_unchanged(
    predict_module: ModuleType, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    predictor = open_predictor(predict_module, tmp_path, Cancelled())

    with pytest.raises(Cancelled):
        predictor.predict(**ASKED)

    assert not caplog.records
    predictor._outbox.close()


@pytest.mark.parametrize(
    "image", ["/etc/hostname", "photo.jpg", Path("/etc/hostname"), b"bytes", None]
)
def test_no_file_is_read_whatever_cog_passes_on(
    predict_module: ModuleType, tmp_path: Path, bare_poster: Poster, image: object
) -> None:
    predictor = open_predictor(predict_module, tmp_path, bare_poster)

    with pytest.raises(RequestError, match=r"image: must be (base64, a data URI or|a string, not)"):
        predictor.predict(**{**ASKED, "image": image})

    predictor._outbox.close()


def test_a_deployment_that_requires_flux_does_not_start_without_it(
    predict_module: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POSTER_ENGINE", "flux")

    with pytest.raises(UnavailableError, match="flux"):
        predict_module.Predictor().setup()
