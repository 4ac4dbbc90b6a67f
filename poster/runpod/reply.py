"""A Poster and the job that asked for it -> the reply, in the job's contract, under RunPod's limit.

As asked while that fits, else smaller and saying so; through a bucket where there is one. Does not
know how a bucket works, nor who sends the reply.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

from poster.encode import RECEIPT_NAME
from poster.errors import BucketError, UnavailableError
from poster.jobs import Contract, Job
from poster.paint import Watch
from poster.poster import Poster

Put = Callable[[str, bytes, str], str]
"""Uploads a file by its name, bytes and media type; returns its URL or raises BucketError."""

REPLY_LIMIT = 10_000_000
"""Bytes of a reply. Source: RunPod's documentation of its endpoint operations: 10 MB for a result
of /run and 20 MB for one of /runsync; a worker is not told by which of them a job came."""

_ROOM = REPLY_LIMIT - 10_000
"""The platform puts the reply into an object of its own, with ids and times."""

_QUALITIES = (95, 90, 85, 80, 75, 70, 60, 50, 40, 30, 20, 10)

_MEDIA_TYPES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "webp": "image/webp",
    "pdf": "application/pdf",
}


@dataclass(frozen=True, slots=True)
class Delivery:
    """How the pictures are delivered.

    Args:
        kind: inline or bucket.
        format: png, jpg or webp.
        quality: 1-100; None for png, which loses nothing.
        note: why it is not what was asked for; empty where it is.
    """

    kind: str
    format: str
    quality: int | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Parcel:
    """Encoded pictures, by stage, and their receipt."""

    pictures: dict[str, bytes]
    receipt: dict[str, Any]
    format: str
    quality: int | None

    @property
    def reply_bytes(self) -> int:
        """Of a reply with these pictures in it, a little overestimated."""
        base64_bytes = sum(4 * -(-len(data) // 3) for data in self.pictures.values())
        return base64_bytes + len(json.dumps(self.receipt)) + 2000


def build_reply(
    poster: Poster, job: Job, put: Put | None, folder: str, watch: Watch
) -> dict[str, Any]:
    """Answer a job.

    Args:
        poster: what was made for it.
        job: what was asked.
        put: of the bucket; None where there is none.
        folder: in the bucket, of this job alone.
        watch: may cancel between one encoding and the next.

    Returns:
        JSON types. Today's contract: images by stage, each a data URI or a URL. The older one:
        image, or images of stage1 and final, each base64 or a URL. In both, receipt and delivery.

    Raises:
        UnavailableError: the pictures fit into no reply.
        Cancelled: the watch says so.
    """
    watch.progress(1.0, "encode")
    wanted = replace(poster, cover=None) if job.output_stage == "final" else poster
    asked = _pack(wanted, job.request.output_format, job.request.output_quality)
    note = ""
    if put:
        try:
            urls = _upload(asked, put, folder)
        except BucketError as error:
            note = f"{error}; the pictures are in the reply instead"
        else:
            return _lay_out(job, asked, urls, Delivery("bucket", asked.format, asked.quality))
    parcel = asked
    if asked.reply_bytes > _ROOM:
        parcel = _shrink(wanted, asked, watch)
        note = "; ".join(filter(None, (note, _explain(asked))))
    texts = {
        stage: base64.b64encode(data).decode("ascii") for stage, data in parcel.pictures.items()
    }
    if job.contract is Contract.CURRENT:
        texts = {
            stage: f"data:{_media_type(parcel, stage)};base64,{text}"
            for stage, text in texts.items()
        }
    return _lay_out(job, parcel, texts, Delivery("inline", parcel.format, parcel.quality, note))


def _pack(poster: Poster, output_format: str, quality: int) -> _Parcel:
    files = poster.encode(output_format, quality)
    receipt = json.loads(files[RECEIPT_NAME])
    pictures = {stage: files[name] for stage, name in receipt["files"].items()}
    has_quality = output_format in {"jpg", "webp"}
    return _Parcel(pictures, receipt, output_format, quality if has_quality else None)


def _media_type(parcel: _Parcel, stage: str) -> str:
    return _MEDIA_TYPES[parcel.receipt["files"][stage].rpartition(".")[2]]


def _upload(parcel: _Parcel, put: Put, folder: str) -> dict[str, str]:
    names = parcel.receipt["files"]
    return {
        stage: put(f"{folder}/{names[stage]}", data, _media_type(parcel, stage))
        for stage, data in parcel.pictures.items()
    }


def _shrink(poster: Poster, asked: _Parcel, watch: Watch) -> _Parcel:
    """The best WebP that fits: half the size of a JPEG that looks as good, and read everywhere.

    Found by halving, since large pictures take a second each to encode.
    """
    qualities = [value for value in _QUALITIES if value <= (asked.quality or 100)]
    fitting: _Parcel | None = None
    low, high = 0, len(qualities)
    while low < high:
        watch.progress(1.0, "encode")
        middle = (low + high) // 2
        parcel = _pack(poster, "webp", qualities[middle])
        if parcel.reply_bytes <= _ROOM:
            fitting, high = parcel, middle
        else:
            low = middle + 1
    if fitting is None:
        raise UnavailableError(
            f"reply: the pictures do not fit into {REPLY_LIMIT / 1e6:.0f} MB at any quality: ask "
            "for a smaller width and height, or have the operator set BUCKET_ENDPOINT_URL, "
            "BUCKET_ACCESS_KEY_ID and BUCKET_SECRET_ACCESS_KEY, so that they come as URLs"
        )
    return fitting


def _explain(asked: _Parcel) -> str:
    what = asked.format if asked.quality is None else f"{asked.format} of quality {asked.quality}"
    # Rounded up: a reply just over the limit must not read as one that fits.
    size = -(-asked.reply_bytes // 100_000) / 10
    return (
        f"as {what} the reply would have {size:.1f} MB, and at most {REPLY_LIMIT / 1e6:.0f} MB "
        "are allowed; with a bucket (BUCKET_ENDPOINT_URL) pictures of any size come as asked"
    )


def _lay_out(
    job: Job, parcel: _Parcel, pictures: dict[str, str], delivery: Delivery
) -> dict[str, Any]:
    answer: dict[str, Any] = {"images": pictures}
    if job.output_stage == "both":
        answer = {"images": {"stage1": pictures["cover"], "final": pictures["envelope"]}}
    elif job.contract is Contract.OLDER:
        # The sealed cover where there is one: it is what the older contract calls final.
        answer = {"image": pictures.get("envelope") or pictures["cover"]}
    return {**answer, "receipt": parcel.receipt, "delivery": asdict(delivery)}
