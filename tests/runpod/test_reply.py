"""Replies: both contracts, the platform's limit, and a bucket that works or does not."""

import base64
import json
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from poster.errors import BucketError, Cancelled, UnavailableError
from poster.jobs import Contract, Job
from poster.progress import ProgressMonitor
from poster.request import PosterRequest
from poster.result import Poster, Receipt
from poster.runpod import reply as reply_module
from poster.runpod.reply import REPLY_LIMIT, Put, build_reply

CURRENT = Contract.CURRENT, ""


def draw_noise(width: int, height: int, depth: int = 256) -> NDArray[np.uint8]:
    return np.random.default_rng(7).integers(0, depth, (height, width, 3), np.uint8)


def make_poster(width: int, height: int, *, cover: bool = True, envelope: bool = True) -> Poster:
    picture = draw_noise(width, height)
    return Poster(
        cover=picture if cover else None,
        envelope=picture[::-1].copy() if envelope else None,
        receipt=Receipt("studio", 7, width, height, (), None, True, {"cover": 5}, {}),
    )


def answer(
    poster: Poster,
    contract: tuple[Contract, str] = CURRENT,
    put: Put | None = None,
    **fields: Any,
) -> dict[str, Any]:
    request = PosterRequest(image=b"photo", title="ORBIT", **fields)
    reply = build_reply(poster, Job(request, *contract), put, "job-1", ProgressMonitor())
    assert len(json.dumps(reply, ensure_ascii=False, allow_nan=False).encode()) < REPLY_LIMIT
    return reply


SMALL = make_poster(64, 96)
MIDDLE = make_poster(256, 368)
# Noise: each PNG has 4.7 MB; as base64 both have 12.6 MB.
LARGE = make_poster(1040, 1504)


def test_todays_reply_has_each_picture_as_a_data_uri_with_the_doors_own_bytes() -> None:
    reply = answer(SMALL)

    assert list(reply) == ["images", "receipt", "delivery"]
    files = SMALL.encode("png", 95)
    assert reply["images"] == {
        stage: f"data:image/png;base64,{base64.b64encode(files[f'{stage}.png']).decode()}"
        for stage in ("cover", "envelope")
    }
    assert reply["receipt"]["files"] == {"cover": "cover.png", "envelope": "envelope.png"}
    assert reply["receipt"]["seed"] == 7
    assert reply["delivery"] == {"kind": "inline", "format": "png", "quality": None, "note": ""}


def test_absent_stages_are_left_out() -> None:
    assert list(answer(make_poster(64, 96, envelope=False))["images"]) == ["cover"]
    assert list(answer(make_poster(64, 96, cover=False))["images"]) == ["envelope"]


@pytest.mark.parametrize(
    ("output_format", "media_type"), [("jpg", "image/jpeg"), ("webp", "image/webp")]
)
def test_the_requested_format_is_delivered_and_stated(output_format: str, media_type: str) -> None:
    reply = answer(SMALL, output_format=output_format, output_quality=80)

    assert reply["images"]["cover"].startswith(f"data:{media_type};base64,")
    assert reply["delivery"]["format"] == output_format
    assert reply["delivery"]["quality"] == 80


@pytest.mark.parametrize(
    ("output_stage", "poster", "stage"),
    [
        ("stage1", make_poster(64, 96, envelope=False), "cover"),
        ("final", SMALL, "envelope"),
        ("final", make_poster(64, 96, cover=False), "envelope"),
    ],
)
def test_the_older_reply_of_one_picture_is_bare_base64(
    output_stage: str, poster: Poster, stage: str
) -> None:
    reply = answer(poster, (Contract.OLDER, output_stage))

    assert list(reply) == ["image", "receipt", "delivery"]
    assert (
        base64.b64decode(reply["image"], validate=True) == poster.encode("png", 95)[f"{stage}.png"]
    )
    assert reply["receipt"]["files"] == {stage: f"{stage}.png"}


def test_the_older_reply_of_both_pictures_names_its_own_stages() -> None:
    reply = answer(SMALL, (Contract.OLDER, "both"))

    files = SMALL.encode("png", 95)
    assert {name: base64.b64decode(text) for name, text in reply["images"].items()} == {
        "stage1": files["cover.png"],
        "final": files["envelope.png"],
    }


def read_webp(uri: str) -> tuple[int, int]:
    head, _, text = uri.partition(",")
    assert head == "data:image/webp;base64"
    with Image.open(BytesIO(base64.b64decode(text, validate=True))) as image:
        assert image.format == "WEBP"
        size: tuple[int, int] = image.size
        return size


def test_a_reply_over_the_platforms_limit_is_webp_and_says_so() -> None:
    reply = answer(LARGE)

    delivery = reply["delivery"]
    assert (delivery["kind"], delivery["format"]) == ("inline", "webp")
    message = "as png the reply would be 12.6 MB, but at most 10 MB is allowed; with a bucket"
    assert delivery["note"].startswith(message)
    assert read_webp(reply["images"]["cover"]) == (1040, 1504)
    assert reply["receipt"]["files"]["cover"] == "cover.webp"


@pytest.mark.parametrize("fitting", [10, 60, 95])
def test_the_quality_is_the_best_that_fits(fitting: int, monkeypatch: pytest.MonkeyPatch) -> None:
    # A little room: the length of the encoding time in the receipt varies.
    limit = reply_module._encode(MIDDLE, "webp", fitting).reply_bytes + 100
    monkeypatch.setattr(reply_module, "_ROOM", limit)

    assert answer(MIDDLE)["delivery"]["quality"] == fitting


def test_a_lower_requested_quality_is_never_raised(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Slightly too small, whatever the length of the encoding time in the receipt.
    limit = reply_module._encode(MIDDLE, "jpg", 55).reply_bytes - 100
    monkeypatch.setattr(reply_module, "_ROOM", limit)

    delivery = answer(MIDDLE, output_format="jpg", output_quality=55)["delivery"]

    assert delivery["quality"] <= 50
    assert delivery["note"].startswith("as jpg at quality 55 the reply would be ")


def test_the_size_is_known_before_anything_is_put_together() -> None:
    encoded = reply_module._encode(SMALL, "png", 95)
    reply = answer(SMALL)

    size = len(json.dumps(reply, ensure_ascii=False).encode())

    assert size <= encoded.reply_bytes <= size + 2000


def test_a_reply_that_fits_at_no_quality_is_an_error_that_names_the_fix(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reply_module, "_ROOM", 10_000)

    with pytest.raises(UnavailableError, match=r"smaller width and height, or .*BUCKET_ENDPOINT"):
        answer(MIDDLE)


class FakeBucket:
    """Keeps its files, or fails at the second one."""

    def __init__(self, *, fails: bool = False) -> None:
        self.files: dict[str, tuple[bytes, str]] = {}
        self.fails = fails

    def put(self, name: str, data: bytes, media_type: str) -> str:
        if self.fails and self.files:
            raise BucketError("bucket: upload failed (AccessDenied); check BUCKET_*")
        self.files[name] = data, media_type
        return f"https://bucket.example/{name}?signed"


def test_a_bucket_takes_pictures_of_any_size_in_the_requested_format() -> None:
    bucket = FakeBucket()

    reply = answer(LARGE, put=bucket.put)

    assert reply["images"] == {
        "cover": "https://bucket.example/job-1/cover.png?signed",
        "envelope": "https://bucket.example/job-1/envelope.png?signed",
    }
    files = LARGE.encode("png", 95)
    assert bucket.files["job-1/cover.png"] == (files["cover.png"], "image/png")
    assert reply["delivery"] == {"kind": "bucket", "format": "png", "quality": None, "note": ""}


def test_the_older_contract_gets_urls_from_a_bucket_too() -> None:
    one = answer(SMALL, (Contract.OLDER, "final"), FakeBucket().put)
    both = answer(SMALL, (Contract.OLDER, "both"), FakeBucket().put)

    assert one["image"] == "https://bucket.example/job-1/envelope.png?signed"
    assert both["images"]["stage1"] == "https://bucket.example/job-1/cover.png?signed"


def test_a_bucket_that_fails_loses_no_result() -> None:
    reply = answer(SMALL, put=FakeBucket(fails=True).put)

    assert reply["images"] == answer(SMALL)["images"]
    assert reply["delivery"]["kind"] == "inline"
    assert reply["delivery"]["note"] == (
        "bucket: upload failed (AccessDenied); check BUCKET_*; "
        "the pictures are in the reply instead"
    )


def test_a_bucket_that_fails_and_a_reply_that_is_too_large_are_both_noted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reply_module, "_ROOM", 300_000)

    delivery = answer(MIDDLE, put=FakeBucket(fails=True).put)["delivery"]

    assert (delivery["kind"], delivery["format"]) == ("inline", "webp")
    assert "(AccessDenied)" in delivery["note"]
    assert "as png the reply would be" in delivery["note"]


def test_a_cancelled_job_is_not_encoded() -> None:
    request = PosterRequest(image=b"photo", title="ORBIT")

    with pytest.raises(Cancelled):
        build_reply(
            SMALL, Job(request, *CURRENT), None, "job-1", ProgressMonitor(cancelled=lambda: True)
        )
