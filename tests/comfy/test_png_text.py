"""The workflow in a picture that ComfyUI saved is read, as the editor reads it."""

from __future__ import annotations

import json
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from poster.comfy.png_text import SIGNATURE, read_png_texts
from poster.comfy.workflow import read_workflow
from poster.errors import RequestError

PROMPT = json.dumps({"1": {"class_type": "LoadImage", "inputs": {"image": "표지.png"}}})
DRAWING = json.dumps({"nodes": [{"id": 2, "type": "LoadImage"}], "links": []})


def picture(**texts: str) -> bytes:
    """A picture with texts in it, as Pillow writes them for ComfyUI."""
    info = PngInfo()
    for name, text in texts.items():
        info.add_text(name, text)
    file = BytesIO()
    Image.new("RGB", (8, 8)).save(file, "PNG", pnginfo=info)
    return file.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4) + kind + data + bytes(4)


@pytest.mark.parametrize(
    "data",
    [
        picture(prompt=PROMPT, workflow=DRAWING),
        picture(note="first", prompt=json.dumps(json.loads(PROMPT), ensure_ascii=False)),
        SIGNATURE + chunk(b"zTXt", b"prompt\0\0" + zlib.compress(PROMPT.encode())),
        SIGNATURE + chunk(b"iTXt", b"prompt\0\1\0ko\0\0" + zlib.compress(PROMPT.encode())),
    ],
)
def test_the_prompt_in_a_picture_is_the_workflow(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(data)
    assert read_workflow(tmp_path / "a.png").nodes["1"].inputs == {"image": "표지.png"}


def test_the_drawing_is_read_where_there_is_no_prompt(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(picture(workflow=DRAWING))
    assert set(read_workflow(tmp_path / "a.png").nodes) == {"2"}


@pytest.mark.parametrize(
    "data",
    [
        picture(),
        picture(parameters="steps: 20"),
        SIGNATURE,
        SIGNATURE + chunk(b"zTXt", b"prompt\0\0not packed"),
        SIGNATURE + chunk(b"iTXt", b"prompt\0"),
        SIGNATURE + chunk(b"iTXt", b"prompt\0\0\0\0\0\xff"),
        SIGNATURE + chunk(b"zTXt", b"prompt\0\0" + zlib.compress(bytes(20_000_000))),
    ],
)
def test_a_picture_without_a_workflow_is_refused(data: bytes) -> None:
    with pytest.raises(RequestError, match="is a picture in which ComfyUI has stored no workflow"):
        read_png_texts(data)


@given(st.binary(max_size=200), st.integers(0, 400))
def test_any_bytes_are_read_or_refused(tail: bytes, cut: int) -> None:
    for data in (SIGNATURE + tail, picture(prompt=PROMPT)[:cut]):
        try:
            read_png_texts(data)
        except RequestError as error:
            assert str(error).startswith("workflow: ")
