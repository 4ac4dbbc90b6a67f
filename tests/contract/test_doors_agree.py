"""One table of requests through every door: same pictures, same receipt, same errors."""

import asyncio
import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import pytest

import runpod_shim
from poster.commands.main import main

SMALL: dict[str, Any] = {"width": 512, "height": 736, "seed": 11}
POSTERS: dict[str, dict[str, Any]] = {
    "cover with all its type": {
        "title": "ORBIT",
        "coverlines": ["First light | What the crew saw", "Home"],
        "kicker": "The space issue",
        "issue": "No. 7, Summer 2026",
        "stage": "cover",
    },
    "envelope round a finished cover": {"stage": "envelope"},
    "a navy closure on nothing, without glare": {
        "stage": "envelope",
        "background": "transparent",
        "closure": "#14213D",
        "glare": 0.0,
        "output_format": "webp",
    },
    "both in Korean": {
        "title": "우주",
        "language": "ko",
        "title_colour": "#F5EFA8",
        "background": "#D9D2C5",
    },
    "a printed cover with its layers": {"title": "ORBIT", "output_format": "pdf", "stage": "cover"},
    "three variants in one style": {
        "title": "ORBIT",
        "coverlines": ["First light | What the crew saw"],
        "style": "paper",
        "variants": 3,
        "stage": "cover",
    },
    "whole numbers with a point": {"title": "ORBIT", "stage": "cover", "width": 512.0, "seed": 3.0},
    "both as jpg": {"title": "ORBIT", "output_format": "jpg", "output_quality": 80},
}
ERRORS: dict[str, dict[str, Any]] = {
    "no title": {},
    "title too long": {"title": "x" * 81},
    "wrong shape": {"title": "ORBIT", "width": 4096},
    "no headline": {"title": "ORBIT", "coverlines": ["| deck"]},
    "no such language": {"title": "ORBIT", "language": "english!"},
    "trim of another shape": {"title": "ORBIT", "output_format": "pdf", "trim_mm": "210x210"},
    "no such colour": {"title": "ORBIT", "title_colour": "blurple"},
    "no such background": {"title": "ORBIT", "background": "sky"},
    "no such closure": {"title": "ORBIT", "closure": "silvery"},
    "transparent as jpg": {
        "title": "ORBIT",
        "background": "transparent",
        "output_format": "jpg",
    },
    "no such engine here": {"title": "ORBIT", "engine": "flux"},
}


@dataclass(frozen=True)
class Outcome:
    """The result of a door: files, or an error's message."""

    files: dict[str, bytes]
    error: str = ""

    @property
    def pictures(self) -> dict[str, bytes]:
        return {name: data for name, data in self.files.items() if name != "poster.json"}

    @property
    def receipt(self) -> dict[str, Any]:
        """Without the timings, which differ from run to run, and the name of the photo's file."""
        receipt = json.loads(self.files["poster.json"])
        receipt["request"]["image"].pop("file", None)
        return {**receipt, "timings_ms": None}


Door = Callable[[bytes, dict[str, Any]], Outcome]


def through_the_command_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> Door:
    def door(image: bytes, fields: dict[str, Any]) -> Outcome:
        (folder / "photo.jpg").write_bytes(image)
        request = folder / "request.json"
        request.write_text(json.dumps({**fields, "image": "photo.jpg"}), encoding="utf-8")
        code = main(["make", "--request", str(request), "--out", str(folder / "out")])
        if code:
            return Outcome({}, capsys.readouterr().err.removeprefix("poster: ").rstrip())
        return Outcome({path.name: path.read_bytes() for path in (folder / "out").iterdir()})

    return door


def through_cog(server: Any) -> Door:
    def door(image: bytes, fields: dict[str, Any]) -> Outcome:
        uri = f"data:image/jpeg;base64,{base64.b64encode(image).decode()}"
        reply = server.predict(image=uri, **fields)
        if reply["status"] == "failed":
            # Cog puts its own words and the error's class in front.
            return Outcome({}, reply["error"].split("Error: ", 1)[1])
        files = [base64.b64decode(uri.partition(",")[2]) for uri in reply["output"]]
        names = [*json.loads(files[-1])["files"].values(), "poster.json"]
        return Outcome(dict(zip(names, files, strict=True)))

    return door


def through_runpod(image: bytes, fields: dict[str, Any]) -> Outcome:
    payload = {"image": base64.b64encode(image).decode(), **fields}
    reply = asyncio.run(runpod_shim.handler({"id": "job", "input": payload}))
    if "error" in reply:
        return Outcome({}, reply["error"])
    names = reply["receipt"]["files"]
    files = {
        names[stage]: base64.b64decode(uri.partition(",")[2])
        for stage, uri in reply["images"].items()
    }
    return Outcome({**files, "poster.json": json.dumps(reply["receipt"]).encode()})


@pytest.fixture
def doors(tmp_path: Path, capsys: pytest.CaptureFixture[str], cog_server: Any) -> dict[str, Door]:
    """All doors; a new door is one more entry."""
    return {
        "command line": through_the_command_line(tmp_path, capsys),
        "cog": through_cog(cog_server),
        "runpod": through_runpod,
    }


@pytest.mark.usefixtures("looks_once")
@pytest.mark.parametrize("name", POSTERS)
def test_a_request_makes_the_same_poster_through_every_door(
    doors: dict[str, Door], portrait: Path, name: str
) -> None:
    first, *others = [
        door(portrait.read_bytes(), {**SMALL, **POSTERS[name]}) for door in doors.values()
    ]

    assert not first.error
    assert first.pictures
    for other in others:
        assert not other.error
        # Names and bytes apart: a difference of megabytes is no message.
        assert set(other.pictures) == set(first.pictures)
        assert all(other.pictures[file] == data for file, data in first.pictures.items())
        assert other.receipt == first.receipt


@pytest.mark.parametrize("name", ERRORS)
def test_a_bad_request_gets_the_same_message_through_every_door(
    doors: dict[str, Door], portrait: Path, name: str
) -> None:
    fields = {**SMALL, **ERRORS[name]}

    first, *others = [door(portrait.read_bytes(), fields).error for door in doors.values()]

    assert first
    assert others == [first] * len(others)


@pytest.mark.parametrize("kept_bytes", [10, 60_000])
def test_a_broken_photo_gets_the_same_message_through_every_door(
    doors: dict[str, Door], portrait: Path, kept_bytes: int
) -> None:
    broken = portrait.read_bytes()[:kept_bytes]

    first, *others = [door(broken, {**SMALL, "title": "ORBIT"}).error for door in doors.values()]

    assert first
    assert others == [first] * len(others)


@pytest.fixture
def set_threads() -> Iterator[Callable[[int], None]]:
    before = cv2.getNumThreads()
    yield cv2.setNumThreads
    cv2.setNumThreads(before)


def test_the_same_seed_makes_the_same_bytes_whatever_the_thread_count(
    portrait: Path, tmp_path: Path, set_threads: Callable[[int], None]
) -> None:
    asked = ["--title", "ORBIT", "--coverline", "Home | At last", "--seed", "3"]
    size = ["--width", "512", "--height", "736"]
    folders = {threads: tmp_path / str(threads) for threads in (1, 2, 5)}
    for threads, folder in folders.items():
        set_threads(threads)
        assert main(["make", str(portrait), *asked, *size, "--out", str(folder)]) == 0

    for name in ("cover.png", "envelope.png"):
        pictures = {(folder / name).read_bytes() for folder in folders.values()}
        assert len(pictures) == 1, name
