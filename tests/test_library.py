"""The Python API: a photo in any form, one or many, from one thread or several."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import io
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

import poster
from poster import errors
from poster.engines.studio import StudioEngine
from poster.library import Picture, read_picture
from tests.support.command_line import RunCli

ROOT = Path(__file__).parent.parent
SMALL: dict[str, Any] = {"width": 512, "height": 736, "seed": 7}

pytestmark = pytest.mark.usefixtures("looks_once")


@pytest.fixture(scope="module")
def maker() -> Iterator[poster.Maker]:
    with poster.Maker(poster.Settings(engine="studio")) as maker:
        yield maker


def upright(path: Path) -> Image.Image:
    with Image.open(path) as image:
        image.load()
        return image


def cover_of(made: poster.Poster) -> NDArray[np.uint8]:
    assert made.cover is not None
    return made.cover


def test_a_poster_is_byte_for_byte_that_of_the_command_line(
    portrait: Path, tmp_path: Path, run: RunCli
) -> None:
    asked = ["--title", "TABASCO", "--coverline", "Hot | Orange as a discipline", "--seed", "7"]
    size = ["--width", "512", "--height", "736"]
    assert run("make", str(portrait), *asked, *size, "--out", str(tmp_path / "cli"))[0] == 0

    made = poster.make(
        portrait, title="TABASCO", coverlines=["Hot | Orange as a discipline"], **SMALL
    )
    paths = made.save(tmp_path / "python")

    assert [path.name for path in paths] == ["cover.png", "envelope.png", "poster.json"]
    for path in paths[:2]:
        assert path.read_bytes() == (tmp_path / "cli" / path.name).read_bytes()
    ours, theirs = (
        {**json.loads((tmp_path / door / "poster.json").read_text()), "timings_ms": None}
        for door in ("python", "cli")
    )
    assert ours == theirs


def test_a_photo_is_accepted_in_any_form(maker: poster.Maker, portrait: Path) -> None:
    data = portrait.read_bytes()
    pixels = np.asarray(upright(portrait))
    forms: list[Picture] = [
        str(portrait),
        data,
        bytearray(data),
        io.BytesIO(data),
        upright(portrait),
        pixels,
        np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)]),
    ]
    asked = {"title": "ORBIT", "stage": "cover", **SMALL}
    expected = cover_of(maker.make(portrait, **asked))
    for form in forms:
        assert np.array_equal(cover_of(maker.make(form, **asked)), expected), type(form)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "HSV", "F"])
def test_a_pillow_image_of_any_mode_is_read(maker: poster.Maker, portrait: Path, mode: str) -> None:
    image = upright(portrait).convert("RGB").convert("F" if mode == "F" else mode)
    assert maker.make(image, title="ORBIT", stage="cover", **SMALL).cover is not None


def test_a_pillow_image_keeps_its_orientation_and_its_profile(portrait: Path) -> None:
    image = upright(portrait)
    exif = image.getexif()
    exif[0x0112] = 6
    image.info["icc_profile"] = b"a profile"
    with Image.open(io.BytesIO(read_picture(image))) as stored:
        assert stored.getexif()[0x0112] == 6
        assert stored.info["icc_profile"] == b"a profile"
        assert np.array_equal(np.asarray(stored), np.asarray(image))


@pytest.mark.parametrize(
    ("picture", "message"),
    [
        ("no_such.jpg", "image: no_such.jpg does not exist"),
        ("https://example.org/a.jpg", "image: is a URL; download it and name the file"),
        (
            None,
            "image: must be a path, bytes, an open file, a Pillow image or an array, not NoneType",
        ),
        (b"", "image: is empty"),
        (io.StringIO("text"), "image: is a file opened in text mode; open it with mode 'rb'"),
        (np.zeros((600, 600, 3)), "image: is an array of float64; convert it to uint8"),
        (np.zeros((600, 600, 2), np.uint8), r"image: is an array of shape \(600, 600, 2\)"),
        (np.zeros((0, 600, 3), np.uint8), r"image: is an array of shape \(0, 600, 3\)"),
        (b"no picture", "image: "),
        ([1, 2], "image: must be a path, .*, not list"),
    ],
    ids=[
        "missing",
        "URL",
        "None",
        "empty",
        "text file",
        "floats",
        "two channels",
        "no pixels",
        "no image file",
        "list",
    ],
)
def test_anything_but_a_photo_is_refused_and_its_kind_named(
    maker: poster.Maker, picture: Any, message: str
) -> None:
    with pytest.raises(poster.InputError, match=message):
        maker.make(picture, title="ORBIT", **SMALL)


def test_an_array_that_is_too_large_when_encoded_is_refused_with_a_fix(maker: poster.Maker) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (4000, 4000, 3), np.uint8)
    with pytest.raises(
        poster.RequestError, match=r"48 MB when encoded losslessly.* pass the original"
    ):
        maker.make(noise, title="ORBIT", **SMALL)


def test_a_misspelt_field_is_named(maker: poster.Maker, portrait: Path) -> None:
    with pytest.raises(poster.RequestError, match=r"tilte: .*did you mean title"):
        maker.make(portrait, tilte="ORBIT")


def test_a_whole_request_can_be_made_with_changes(maker: poster.Maker, portrait: Path) -> None:
    asked = {"title": "ORBIT", "stage": "cover", **SMALL}
    request = poster.PosterRequest(image=portrait.read_bytes(), **asked)
    again = maker.make(request, style="paper")
    assert again.receipt.style == "paper"
    assert again.receipt.seed == 7
    afresh = maker.make(portrait, **asked, style="paper")
    assert np.array_equal(cover_of(again), cover_of(afresh))


def test_progress_is_reported(maker: poster.Maker, portrait: Path) -> None:
    seen: list[tuple[float, str]] = []
    maker.make(
        portrait,
        title="ORBIT",
        stage="cover",
        progress=lambda fraction, label: seen.append((fraction, label)),
        **SMALL,
    )
    assert [fraction for fraction, _ in seen] == sorted(fraction for fraction, _ in seen)
    assert seen[-1] == (1.0, "done")


def test_a_poster_is_cancelled_between_two_steps(maker: poster.Maker, portrait: Path) -> None:
    stop = threading.Event()

    def stop_then(fraction: float, _: str) -> None:
        if fraction > 0:
            stop.set()

    with pytest.raises(poster.Cancelled):
        maker.make(portrait, title="ORBIT", progress=stop_then, cancelled=stop.is_set, **SMALL)


def test_threads_that_share_a_maker_get_the_same_posters_as_alone(
    maker: poster.Maker, portrait: Path
) -> None:
    titles = ["ORBIT", "서울", "TABASCO", "MOON"]

    def make(title: str) -> dict[str, bytes]:
        made = maker.make(portrait, title=title, stage="cover", **SMALL)
        return {name: data for name, data in made.encode().items() if name.endswith("png")}

    alone = [make(title) for title in titles]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(make, titles)) == alone


def test_a_thread_that_waits_for_its_turn_can_be_cancelled(
    maker: poster.Maker, portrait: Path
) -> None:
    at_work, go_on = threading.Event(), threading.Event()

    def hold(_: float, __: str) -> None:
        at_work.set()
        assert go_on.wait(60)

    asked = {"title": "ORBIT", "stage": "cover", **SMALL}
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(maker.make, portrait, progress=hold, **asked)
        try:
            assert at_work.wait(60)
            with pytest.raises(poster.Cancelled):
                maker.make(portrait, cancelled=lambda: True, **asked)
        finally:
            go_on.set()
        assert first.result(60).cover is not None


WITHOUT_POSIX = """
import sys
# Windows has none of these.
sys.modules.update(dict.fromkeys(("fcntl", "termios", "resource", "pwd", "grp", "tty", "pty")))
import poster
import poster.weights.download
from poster.commands.main import build_parser
build_parser()
made = poster.make(sys.argv[1], title="ORBIT", stage="cover", width=512, height=736, seed=7)
print(made)
"""


def test_a_poster_is_made_without_modules_that_windows_lacks(portrait: Path) -> None:
    done = subprocess.run(
        # One dependency warns that its locks are weaker so; on Windows it has others.
        [sys.executable, "-W", "ignore", "-c", WITHOUT_POSIX, str(portrait)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout == "<Poster: cover; 512 x 736, studio, seed 7>\n"


def test_a_closed_maker_says_so(portrait: Path) -> None:
    with poster.Maker(poster.Settings(engine="studio")) as maker:
        pass
    with pytest.raises(ValueError, match="this Maker is closed"):
        maker.make(portrait, title="ORBIT", **SMALL)


def test_a_closed_maker_closes_its_engines_once(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[StudioEngine] = []

    def close(engine: StudioEngine) -> None:
        closed.append(engine)

    monkeypatch.setattr(StudioEngine, "close", close)
    maker = poster.Maker(poster.Settings(engine="studio"))
    assert not closed
    maker.close()
    maker.close()
    assert len(closed) == 1


def test_a_poster_shows_itself(maker: poster.Maker, portrait: Path) -> None:
    made = maker.make(portrait, title="ORBIT", background="transparent", **SMALL)
    assert repr(made) == "<Poster: cover, envelope; 512 x 736, studio, seed 7>"
    with Image.open(io.BytesIO(made._repr_png_())) as shown:
        assert shown.size == (2 * round(512 * 640 / 736), 640)
        assert shown.mode == "RGBA"
    cover, envelope = made.cover_image, made.envelope_image
    assert cover is not None
    assert envelope is not None
    assert (cover.size, cover.mode, envelope.mode) == ((512, 736), "RGB", "RGBA")
    assert np.array_equal(np.asarray(envelope), made.envelope)  # type: ignore[arg-type]
    alone = maker.make(portrait, title="ORBIT", stage="cover", **SMALL)
    assert alone.envelope_image is None


def test_it_is_saved_in_the_requested_format(
    maker: poster.Maker, portrait: Path, tmp_path: Path
) -> None:
    asked = {"title": "ORBIT", "stage": "cover", "output_format": "jpg", **SMALL}
    fine, coarse = (
        maker.make(portrait, output_quality=quality, **asked).save(tmp_path / str(quality))[0]
        for quality in (95, 30)
    )
    assert fine.name == coarse.name == "cover.jpg"
    assert coarse.stat().st_size < fine.stat().st_size / 2


def test_what_the_package_exports() -> None:
    tree = {
        name
        for name, item in vars(errors).items()
        if isinstance(item, type) and issubclass(item, errors.PosterError)
    }
    doors = {"Maker", "Poster", "PosterRequest", "Receipt", "Settings", "__version__", "make"}
    assert set(poster.__all__) == tree | doors
    assert poster.__all__ == sorted(poster.__all__, key=str)
    for name in poster.__all__:
        assert getattr(poster, name) is not None
        assert name in dir(poster)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        importlib.import_module("poster").nothing  # noqa: B018


def test_type_checkers_see_what_the_package_exports() -> None:
    source = ast.parse((ROOT / "poster" / "__init__.py").read_text())
    seen = {
        name.name
        for node in ast.walk(source)
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("poster.")
        for name in node.names
    }
    assert seen == set(poster.__all__)
    assert (ROOT / "poster" / "py.typed").is_file()


def test_importing_the_package_loads_nothing_of_it_but_the_version() -> None:
    probe = "import sys, poster; print([m for m in sys.modules if m.split('.')[0] in sys.argv[1:]])"
    heavy = ["poster", "numpy", "PIL", "cv2", "typst", "torch", "tqdm"]
    told = subprocess.run(
        [sys.executable, "-c", probe, *heavy], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ast.literal_eval(told.stdout) == ["poster.version", "poster"]


def test_a_request_is_frozen(portrait: Path) -> None:
    request = poster.PosterRequest(image=portrait.read_bytes(), title="ORBIT")
    with pytest.raises(dataclasses.FrozenInstanceError):
        request.title = "MOON"  # type: ignore[misc]


@pytest.mark.parametrize("name", ["progress", "cancelled"])
def test_a_callback_that_is_not_a_function_is_refused_at_once(name: str) -> None:
    callback: Any = {name: True}
    with pytest.raises(poster.RequestError, match=f"^{name}: must be a function, not true$"):
        poster.make(b"not read", title="ORBIT", **callback)
