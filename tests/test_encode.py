"""Encoded pictures are lossless, with the receipt inside and next to them."""

import io
import json

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from poster.geometry import Box
from poster.result import Block, LayoutScores, Poster, Receipt

BLOCK = Block(
    role="masthead",
    text="서울의 밤",
    script="Hang",
    language="ko",
    box=Box(46, 50, 978, 300),
    envelope_box=((1.04, 2.0), (3.0, 2.0), (3.0, 4.0), (1.0, 4.0)),
    font="Noto Sans CJK KR",
    size_px=312.04,
    colour="#F5EFA8",
    contrast=4.704,
    hidden=0.1234,
    glare=0.012345,
)
RECEIPT = Receipt(
    engine="studio",
    seed=7,
    width=64,
    height=96,
    blocks=(BLOCK,),
    layout=LayoutScores(0.03, 0.01, 0.0, 0.001),
    type_locked=True,
    timings_ms={"cover": 3},
    versions={"poster": "0.1.0"},
    notes=("glare has no effect",),
    request={"image": {"sha256": "ab12", "file": "holiday.jpg"}, "title": "서울의 밤"},
)


@pytest.fixture
def picture() -> NDArray[np.uint8]:
    smooth = np.linspace(0, 255, 64 * 96 * 3).reshape(96, 64, 3)
    return smooth.astype(np.uint8)


@pytest.fixture
def poster(picture: NDArray[np.uint8]) -> Poster:
    return Poster(cover=picture, envelope=picture[::-1].copy(), receipt=RECEIPT)


def test_a_png_contains_every_pixel_and_the_stable_receipt(
    poster: Poster, picture: NDArray[np.uint8]
) -> None:
    files = poster.encode("png", 95)
    image = Image.open(io.BytesIO(files["cover.png"]))
    assert np.array_equal(np.asarray(image), picture)
    inside = json.loads(image.info["poster"])
    beside = json.loads(files["poster.json"])
    assert beside["request"] == RECEIPT.request
    # The name of the caller's file is in nothing that is published.
    beside["request"]["image"] = {"sha256": "ab12"}
    assert inside == {k: v for k, v in beside.items() if k not in ("timings_ms", "files")}
    assert image.info["srgb"] == 0


def test_the_receipt_names_the_files_and_rounds_its_figures(poster: Poster) -> None:
    receipt = json.loads(poster.encode("png", 95)["poster.json"])
    assert list(receipt) == [
        "engine",
        "seed",
        "width",
        "height",
        "blocks",
        "layout",
        "style",
        "style_why",
        "variants",
        "headroom",
        "easing",
        "effective_dpi",
        "envelope_variant",
        "engines",
        "type_locked",
        "notes",
        "request",
        "files",
        "timings_ms",
        "versions",
        "weights",
    ]
    assert receipt["files"] == {"cover": "cover.png", "envelope": "envelope.png"}
    assert set(receipt["timings_ms"]) == {"cover", "encode"}
    block = receipt["blocks"][0]
    assert block["text"] == "서울의 밤"
    assert block["box"] == [46, 50, 978, 300]
    assert block["envelope_box"][0] == [1.0, 2.0]
    assert (block["contrast"], block["hidden"], block["size_px"]) == (4.7, 0.123, 312.0)
    assert block["glare"] == 0.0123


def test_transparency_is_preserved(picture: NDArray[np.uint8]) -> None:
    alpha = np.linspace(0, 255, 96 * 64).reshape(96, 64, 1).astype(np.uint8)
    envelope = np.concatenate([picture, alpha], axis=2)
    poster = Poster(cover=None, envelope=envelope, receipt=RECEIPT)
    png = Image.open(io.BytesIO(poster.encode("png", 95)["envelope.png"]))
    assert np.array_equal(np.asarray(png), envelope)
    webp = Image.open(io.BytesIO(poster.encode("webp", 95)["envelope.webp"]))
    assert np.array_equal(np.asarray(webp)[..., 3], envelope[..., 3])


@pytest.mark.parametrize(("output_format", "kind"), [("jpg", "JPEG"), ("webp", "WEBP")])
def test_lossy_formats_come_close(poster: Poster, output_format: str, kind: str) -> None:
    files = poster.encode(output_format, 95)
    image = Image.open(io.BytesIO(files[f"cover.{output_format}"]))
    assert image.format == kind
    assert poster.cover is not None
    error = np.abs(np.asarray(image.convert("RGB")).astype(int) - poster.cover)
    assert error.mean() < 3


def test_quality_changes_the_size(poster: Poster) -> None:
    sizes = [len(poster.encode("jpg", quality)["cover.jpg"]) for quality in (30, 100)]
    assert sizes[0] < sizes[1]


def test_an_absent_stage_is_left_out(picture: NDArray[np.uint8]) -> None:
    files = Poster(cover=None, envelope=picture, receipt=RECEIPT).encode("png", 95)
    assert list(files) == ["envelope.png", "poster.json"]
