"""output_format=pdf through the doors: a PDF with selectable text, its layers, and PNG files."""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from pypdf import PdfReader

from poster.commands.main import main
from poster.errors import RequestError
from poster.request import PosterRequest

pytestmark = pytest.mark.usefixtures("looks_once")

PHOTO = Path(__file__).parents[1] / "examples" / "fig.jpg"
ASKED = ["--title", "Ripe", "--coverline", "One fig | Six cooks", "--issue", "No. 8", "--seed", "3"]
SMALL = ["--width", "512", "--height", "736"]
LAYERS = ["picture", "masthead", "subject", "lines"]


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("printed")
    code = main(
        ["make", str(PHOTO), *ASKED, *SMALL, "--output-format", "pdf", "--out", str(folder)]
    )
    assert code == 0
    return folder


def test_a_pdf_its_layers_and_the_pictures_come_together(printed: Path) -> None:
    names = {"cover.png", "envelope.png", "cover.pdf", "poster.json"}
    assert {path.name for path in printed.iterdir()} == names | {f"cover_{x}.png" for x in LAYERS}
    files = json.loads((printed / "poster.json").read_text())["files"]
    assert files["cover_pdf"] == "cover.pdf"
    assert set(files.values()) == {path.name for path in printed.iterdir()} - {"poster.json"}


def test_the_pdf_has_the_trim_the_bleed_and_the_words(printed: Path) -> None:
    page = PdfReader(printed / "cover.pdf").pages[0]
    points = 72 / 25.4
    assert float(page.trimbox.width) == pytest.approx(210 * points, abs=0.1)
    assert float(page.trimbox.height) == pytest.approx(302 * points, abs=0.1)
    assert float(page.bleedbox.width) == pytest.approx(216 * points, abs=0.1)
    text = page.extract_text()
    for words in ("Ripe", "One fig", "Six cooks", "No. 8"):
        assert words in text


def test_layers_have_the_covers_size_and_alpha(printed: Path) -> None:
    shapes = set()
    for name in LAYERS:
        layer = cv2.imread(str(printed / f"cover_{name}.png"), cv2.IMREAD_UNCHANGED)
        assert layer is not None
        shapes.add(layer.shape)
    assert shapes == {(736, 512, 4)}


def test_composited_layers_are_the_cover_without_its_grain(printed: Path) -> None:
    receipt = json.loads((printed / "poster.json").read_text())
    order = [name for name in receipt["files"] if name.startswith("cover_") and name[6:] in LAYERS]
    canvas = np.zeros((736, 512, 3))
    for name in order:
        layer = cv2.imread(str(printed / f"{name}.png"), cv2.IMREAD_UNCHANGED)
        assert layer is not None
        alpha = layer[..., 3:] / 255
        canvas = canvas * (1 - alpha) + layer[..., :3] * alpha
    cover = cv2.imread(str(printed / "cover.png"))
    assert cover is not None
    assert np.abs(canvas - cover).mean() < 4
    tile = np.abs(canvas - cover)[: 23 * 32, : 16 * 32].reshape(23, 32, 16, 32, 3)
    assert tile.mean(axis=(1, 3, 4)).max() < 8


def test_the_receipt_has_the_photos_resolution_in_print(printed: Path) -> None:
    assert 100 < json.loads((printed / "poster.json").read_text())["effective_dpi"] < 300


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"trim_mm": "302x210"},
            (
                "trim_mm: must have the cover's aspect ratio, 1024x1472, within 1 %, not 302x210; "
                "for example, 210x302 fits"
            ),
        ),
        ({"trim_mm": "A4"}, "trim_mm: must be width x height in millimetres"),
        ({"trim_mm": "00x00"}, "trim_mm: must be width x height in millimetres"),
        ({"stage": "envelope"}, "output_format: must not be pdf with stage envelope"),
    ],
)
def test_what_cannot_be_printed_is_refused(fields: dict[str, str], message: str) -> None:
    with pytest.raises(RequestError, match=message):
        PosterRequest(image=b"x", title="T", output_format="pdf", **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fields", "trim_mm"),
    [
        ({}, "210x302"),
        ({"width": 512, "height": 512}, "210x210"),
        ({"width": 512, "height": 1024}, "210x420"),
        ({"width": 833, "height": 1217}, "210x307"),
        ({"size": "A4"}, "210x297"),
        ({"size": "a5"}, "148x210"),
        ({"size": "Letter"}, "215.9x279.4"),
        ({"size": "US-magazine"}, "212.73x276.23"),
        ({"size": "story"}, "210x373"),
        ({"size": "1080x1350"}, "210x262"),
        ({"size": "a4", "trim_mm": "105x148.5"}, "105x148.5"),
    ],
)
def test_the_trim_size_follows_the_size_of_the_page(fields: dict[str, Any], trim_mm: str) -> None:
    request = PosterRequest(image=b"x", title="T", output_format="pdf", **fields)
    assert request.page_size.trim_mm == trim_mm
