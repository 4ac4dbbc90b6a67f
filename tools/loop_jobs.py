"""An index -> a valid or broken job for the RunPod door, and its expected result.

Covers both contracts and all stages. Independent of the worker and the control plane.
"""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from PIL import Image

PHOTOS = ("grace_hopper.jpg", "astronaut.jpg")
SMALL = {"width": 512, "height": 736}
SEEDS = 5
LEAKS = re.compile(r"Traceback|File \"|site-packages|/(tmp|root|home|work|usr|etc|app)/")
"""What must never reach a caller: the same as in the tests of Cog's door."""


@dataclass(frozen=True)
class LoopJob:
    """One job's input and its expected result.

    Args:
        kind: what it tests, in a few words.
        payload: the input.
        pictures: the expected keys of the pictures, in order; empty if an error is expected.
        masthead: the title expected on the cover; empty if there must be none.
        trouble: a pattern that the error must match.
    """

    kind: str
    payload: Any
    pictures: tuple[str, ...] = ()
    masthead: str = ""
    trouble: str = ""


@cache
def read_photo(name: str) -> str:
    """Read a photo from examples/, as base64."""
    path = Path(__file__).resolve().parent.parent / "examples" / name
    return base64.b64encode(path.read_bytes()).decode()


def _uri(photo: str) -> str:
    return f"data:image/jpeg;base64,{photo}"


Make = Callable[[str], dict[str, Any]]
_KINDS: dict[str, tuple[Make, tuple[str, ...], str]] = {
    "both": (
        lambda photo: {"image": _uri(photo), "title": "ORBIT", "coverlines": ["Up | and away"]},
        ("cover", "envelope"),
        "ORBIT",
    ),
    "older final": (
        lambda photo: {"image_base64": _uri(photo), "output_stage": "final", "steps": 20, "cfg": 5},
        ("image",),
        "TABASCO",
    ),
    "cover, jpg": (
        lambda photo: {"image": photo, "title": "달", "stage": "cover", "output_format": "jpg"},
        ("cover",),
        "달",
    ),
    "older both": (
        lambda photo: {
            "images": {"input_image": photo},
            "output_stage": "both",
            "title": "LUNA",
            "coverlines": ["Who goes there?"],
        },
        ("stage1", "final"),
        "LUNA",
    ),
    "envelope": (
        lambda photo: {"image": _uri(photo), "stage": "envelope"},
        ("envelope",),
        "",
    ),
    "older stage 1": (
        lambda photo: {"image_base64": photo, "output_stage": "stage1"},
        ("image",),
        "TABASCO",
    ),
    "both, webp": (
        lambda photo: {
            "image": photo,
            "title": "Night",
            "kicker": "The Heat Issue",
            "issue": "No. 14",
            "output_format": "webp",
        },
        ("cover", "envelope"),
        "Night",
    ),
    "older prompt": (
        lambda photo: {
            "image_base64": photo,
            "output_stage": "both",
            "prompt_stage1": "a portrait in the manner of a summer magazine",
            "prompt_stage2": "in a clear plastic envelope",
        },
        ("stage1", "final"),
        "",
    ),
}


def make_jobs(count: int) -> list[LoopJob]:
    """Make jobs that must succeed: every kind in turn, each with several photos and seeds.

    Args:
        count: how many.

    Returns:
        The jobs; after the first 80 they repeat.
    """
    kinds = list(_KINDS)
    turns = [divmod(index, len(kinds)) for index in range(count)]
    return [
        # Two and five have no common divisor: ten turns cover every pair of photo and seed.
        make_job(kinds[place], PHOTOS[turn % len(PHOTOS)], turn % SEEDS)
        for turn, place in turns
    ]


def make_job(
    kind: str, photo: str = PHOTOS[0], seed: int = 0, width: int = 512, height: int = 736
) -> LoopJob:
    """Make one job that must succeed.

    Args:
        kind: one of _KINDS.
        photo: a file in examples/.
        seed: of the poster.
        width: of the pictures.
        height: of the pictures.

    Returns:
        The job.
    """
    make, pictures, masthead = _KINDS[kind]
    payload = {**make(read_photo(photo)), "seed": seed, "width": width, "height": height}
    return LoopJob(kind, payload, pictures, masthead)


def make_large_job() -> LoopJob:
    """Make a job whose pictures, as PNG, exceed the platform's limit.

    Returns:
        The job.
    """
    return make_job("both", "mountains.jpg", width=1664, height=2400)


def make_broken_jobs() -> list[LoopJob]:
    """Make jobs that must fail, each with an error that names what is wrong.

    Returns:
        The jobs; some are not valid JSON or have no input.
    """
    good = {"image": _uri(read_photo(PHOTOS[0])), "title": "ORBIT", **SMALL}
    older = {"image_base64": read_photo(PHOTOS[0]), **SMALL}
    broken: dict[str, tuple[object, str]] = {
        "no input": (None, "input"),
        "text for input": ("poster", "input"),
        "a number for image": ({**good, "image": 5}, "image"),
        "image not base64": ({**good, "image": "data:image/jpeg;base64,@@@@"}, "image"),
        "half an image": ({**good, "image": good["image"][:8000]}, "image"),  # type: ignore[index]
        "an address inside the cloud": (
            {**SMALL, "image_url": "http://169.254.169.254/"},
            "image_url",
        ),
        "a file on the worker": ({**SMALL, "image_path": "/etc/hostname"}, "image_path"),
        "NaN for seed": ({**good, "seed": float("nan")}, "seed"),
        "Infinity for width": ({**good, "width": float("inf")}, "width"),
        "NaN for cfg": ({**older, "cfg": float("nan")}, "cfg"),
        "half a character in title": ({**good, "title": "OR\ud83dBIT"}, "title"),
        "half a character in a field's name": ({**good, "ti\ud83dtle": "ORBIT"}, "field"),
        "an unknown field": ({**good, "colour": "red"}, "colour"),
        "a title of a megabyte": ({**good, "title": "x" * 1_000_000}, "title"),
    }
    return [LoopJob(kind, payload, trouble=trouble) for kind, (payload, trouble) in broken.items()]


def find_pictures(answer: dict[str, Any]) -> dict[str, bytes]:
    """Decode the pictures of an answer from base64.

    Args:
        answer: a job's output.

    Returns:
        Key -> the encoded picture.

    Raises:
        ValueError: one of them is not base64.
    """
    found = dict(answer.get("images", {}))
    if "image" in answer:
        found["image"] = answer["image"]
    return {
        key: base64.b64decode(text.rpartition(",")[2], validate=True) for key, text in found.items()
    }


class Judge:
    """Compares answers with the expected result, and with the answers to equal jobs."""

    def __init__(self) -> None:
        self._digests: dict[bytes, bytes] = {}

    def judge(self, job: LoopJob, answers: list[dict[str, Any]]) -> str:
        """Compare the answers with the expected result.

        Args:
            job: the job.
            answers: all answers to it.

        Returns:
            What is wrong; empty if nothing is.
        """
        if len(answers) != 1:
            return f"{len(answers)} answers"
        answer = answers[0]
        error = str(answer.get("error", ""))
        if leak := LEAKS.search(error):
            return f"leaks {leak.group()!r}"
        if not job.pictures:
            return _judge_error(job, answer)
        if "error" in answer:
            return f"failed: {error[:300]}"
        output = answer["output"]
        pictures = find_pictures(output)
        if not self._is_as_before(job, pictures):
            return "pictures differ from those of an equal job"
        return _judge_receipt(job, output["receipt"]) or _judge_pictures(job, pictures)

    def _is_as_before(self, job: LoopJob, pictures: dict[str, bytes]) -> bool:
        asked = sha256(json.dumps(job.payload).encode()).digest()
        digest = sha256(b"".join(pictures.values())).digest()
        return self._digests.setdefault(asked, digest) == digest


def _judge_error(job: LoopJob, answer: dict[str, Any]) -> str:
    error = answer.get("error")
    if not isinstance(error, str):
        return f"no error, but {str(answer)[:200]}"
    if not re.search(job.trouble, error):
        return f"does not name {job.trouble}: {error[:300]}"
    return "an error and an output" if answer.get("output") else ""


def _judge_receipt(job: LoopJob, receipt: dict[str, Any]) -> str:
    mastheads = [block["text"] for block in receipt["blocks"] if block["role"] == "masthead"]
    if mastheads != [job.masthead] * bool(job.masthead):
        return f"mastheads {mastheads}, not {job.masthead!r}"
    if receipt["seed"] != job.payload["seed"]:
        return f"seed {receipt['seed']}, not {job.payload['seed']}"
    return ""


def _judge_pictures(job: LoopJob, pictures: dict[str, bytes]) -> str:
    if tuple(pictures) != job.pictures:
        return f"pictures {tuple(pictures)}, not {job.pictures}"
    wanted = (job.payload["width"], job.payload["height"])
    for key, picture in pictures.items():
        with Image.open(io.BytesIO(picture)) as image:
            image.load()
            if image.size != wanted:
                return f"{key} is {image.size}, not {wanted}"
    return ""
