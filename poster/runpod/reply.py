"""A Poster and its job -> the reply, in the job's contract and under RunPod's size limit.

Pictures are in the requested format if they fit, otherwise smaller, with a note; or uploaded, if
there is a bucket. Does not know how a bucket works, nor who sends the reply.
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
from poster.progress import ProgressMonitor
from poster.result import Poster

Put = Callable[[str, bytes, str], str]
"""Uploads a file, given its name, bytes and media type; returns its URL or raises BucketError."""

REPLY_LIMIT = 10_000_000
"""Bytes of a reply. Source: RunPod's documentation of its endpoint operations: 10 MB for a result
of /run and 20 MB for one of /runsync; a worker does not know which of them a job came through."""

_ROOM = REPLY_LIMIT - 10_000
"""The platform wraps the reply in an object of its own, with ids and times."""

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
        quality: 1-100; None for png, which is lossless.
        note: why this differs from the request; empty if it does not.
    """

    kind: str
    format: str
    quality: int | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class _EncodedPoster:
    """Encoded pictures, by stage, and their receipt."""

    pictures: dict[str, bytes]
    receipt: dict[str, Any]
    format: str
    quality: int | None

    @property
    def reply_bytes(self) -> int:
        """Size of a reply that contains these pictures, slightly overestimated."""
        base64_bytes = sum(4 * -(-len(data) // 3) for data in self.pictures.values())
        return base64_bytes + len(json.dumps(self.receipt)) + 2000


def build_reply(
    poster: Poster, job: Job, put: Put | None, folder: str, monitor: ProgressMonitor
) -> dict[str, Any]:
    """Build the reply to a job.

    Args:
        poster: the result.
        job: the job.
        put: uploads to the bucket; None if there is none.
        folder: in the bucket, for this job alone.
        monitor: may cancel between two encodings.

    Returns:
        JSON types. Current contract: images by stage, each a data URI or a URL. Older contract:
        image, or images with stage1 and final, each base64 or a URL. Both: receipt and delivery.

    Raises:
        UnavailableError: the pictures do not fit in a reply at any quality.
        Cancelled: the monitor was cancelled.
    """
    monitor.report(1.0, "encoding the files")
    wanted = replace(poster, cover=None) if job.output_stage == "final" else poster
    asked = _encode(wanted, job.request.output_format, job.request.output_quality)
    note = ""
    if put:
        try:
            urls = _upload(asked, put, folder)
        except BucketError as error:
            note = f"{error}; the pictures are in the reply instead"
        else:
            return _arrange(job, asked, urls, Delivery("bucket", asked.format, asked.quality))
    encoded = asked
    if asked.reply_bytes > _ROOM:
        encoded = _shrink(wanted, asked, monitor)
        note = "; ".join(filter(None, (note, _explain(asked))))
    texts = {
        stage: base64.b64encode(data).decode("ascii") for stage, data in encoded.pictures.items()
    }
    if job.contract is Contract.CURRENT:
        texts = {
            stage: f"data:{_media_type(encoded, stage)};base64,{text}"
            for stage, text in texts.items()
        }
    return _arrange(job, encoded, texts, Delivery("inline", encoded.format, encoded.quality, note))


def _encode(poster: Poster, output_format: str, quality: int) -> _EncodedPoster:
    files = poster.encode(output_format, quality)
    receipt = json.loads(files[RECEIPT_NAME])
    pictures = {stage: files[name] for stage, name in receipt["files"].items()}
    has_quality = output_format in {"jpg", "webp"}
    return _EncodedPoster(pictures, receipt, output_format, quality if has_quality else None)


def _media_type(encoded: _EncodedPoster, stage: str) -> str:
    return _MEDIA_TYPES[encoded.receipt["files"][stage].rpartition(".")[2]]


def _upload(encoded: _EncodedPoster, put: Put, folder: str) -> dict[str, str]:
    names = encoded.receipt["files"]
    return {
        stage: put(f"{folder}/{names[stage]}", data, _media_type(encoded, stage))
        for stage, data in encoded.pictures.items()
    }


def _shrink(poster: Poster, asked: _EncodedPoster, monitor: ProgressMonitor) -> _EncodedPoster:
    """The best WebP that fits. WebP is half the size of an equally good JPEG, and widely supported.

    Uses a binary search, since a large picture takes a second to encode.
    """
    qualities = [value for value in _QUALITIES if value <= (asked.quality or 100)]
    fitting: _EncodedPoster | None = None
    low, high = 0, len(qualities)
    while low < high:
        monitor.report(1.0, "encoding the files")
        middle = (low + high) // 2
        encoded = _encode(poster, "webp", qualities[middle])
        if encoded.reply_bytes <= _ROOM:
            fitting, high = encoded, middle
        else:
            low = middle + 1
    if fitting is None:
        raise UnavailableError(
            f"reply: the pictures do not fit in {REPLY_LIMIT / 1e6:.0f} MB at any quality: "
            "request a smaller width and height, or have the operator set BUCKET_ENDPOINT_URL, "
            "BUCKET_ACCESS_KEY_ID and BUCKET_SECRET_ACCESS_KEY, so that the reply contains URLs"
        )
    return fitting


def _explain(asked: _EncodedPoster) -> str:
    what = asked.format if asked.quality is None else f"{asked.format} at quality {asked.quality}"
    # Rounded up: a reply just over the limit must not read as one that fits.
    size = -(-asked.reply_bytes // 100_000) / 10
    return (
        f"as {what} the reply would be {size:.1f} MB, but at most {REPLY_LIMIT / 1e6:.0f} MB "
        "is allowed; with a bucket (BUCKET_ENDPOINT_URL) there is no such limit"
    )


def _arrange(
    job: Job, encoded: _EncodedPoster, pictures: dict[str, str], delivery: Delivery
) -> dict[str, Any]:
    answer: dict[str, Any] = {"images": pictures}
    if job.output_stage == "both":
        answer = {"images": {"stage1": pictures["cover"], "final": pictures["envelope"]}}
    elif job.contract is Contract.OLDER:
        # The envelope, if there is one: the older contract calls it final.
        answer = {"image": pictures.get("envelope") or pictures["cover"]}
    return {**answer, "receipt": encoded.receipt, "delivery": asdict(delivery)}
