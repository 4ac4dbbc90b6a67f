"""An operator's bucket settings -> service URL, bucket name and region, separately.

Consoles show a bucket as one URL, with its name at the start of the host, at the end of the URL, or
not at all. Pure: does not check that the bucket exists.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from poster.errors import SettingsError
from poster.settings import BucketSettings

_BUCKET_NAME = re.compile(r"[A-Za-z0-9._-]{3,63}")
"""Source: Amazon S3's naming rules, plus the capitals and underscores of some older buckets."""

_BUCKET_IN_HOST = re.compile(r"(?P<bucket>.+?)\.(s3[.-]|[a-z]+\d\.digitaloceanspaces\.com$)")
"""Source: RunPod's documentation and Amazon's virtual-hosted style; the bucket comes first."""

_REGION_IN_HOST = re.compile(
    r"(?:^|\.)(?:s3(?:api)?[.-](?:dualstack\.)?(?=[^.]*-)|(?=[^.]*\.digitaloceanspaces\.com$))"
    r"(?P<region>[a-z][a-z0-9-]+)\."
)
"""As in s3.eu-west-1.amazonaws.com, s3api-eur-is-1.runpod.io and nyc3.digitaloceanspaces.com."""

NO_REGION = "us-east-1"
"""Accepted by services without regions. Source: MinIO's default; Cloudflare R2's alias of auto."""


@dataclass(frozen=True, slots=True)
class BucketPlace:
    """The location of a bucket.

    Args:
        endpoint: the service's URL, without the bucket.
        bucket: the bucket's name.
        region: the region that requests are signed for.
        style: virtual if the bucket's name is part of the host, path if it is part of the path.
    """

    endpoint: str
    bucket: str
    region: str
    style: str


def locate_bucket(settings: BucketSettings) -> BucketPlace:
    """Find the service, name and region of a bucket.

    Args:
        settings: the operator's settings.

    Returns:
        The location.

    Raises:
        SettingsError: the endpoint is not a URL, or the bucket's name is missing or ambiguous.
    """
    try:
        url = urlsplit(settings.endpoint_url)
        is_endpoint = url.scheme in {"http", "https"} and url.port != 0 and url.hostname
    except ValueError:
        is_endpoint = None
    if not is_endpoint or "@" in url.netloc or url.query or url.fragment:
        raise SettingsError(
            "BUCKET_ENDPOINT_URL must be the URL of an S3 service, such as https://host"
        )
    netloc, path = url.netloc.lower(), url.path.strip("/")
    leading = _BUCKET_IN_HOST.match(netloc)
    bucket = settings.name or path or (leading["bucket"] if leading else "")
    if not _BUCKET_NAME.fullmatch(bucket) or path not in {"", bucket}:
        raise SettingsError(
            "BUCKET_NAME must be a valid bucket name and must not conflict with BUCKET_ENDPOINT_URL"
        )
    host = netloc.removeprefix(f"{bucket}.")
    region = _REGION_IN_HOST.search(host)
    return BucketPlace(
        endpoint=f"{url.scheme}://{host}",
        bucket=bucket,
        region=settings.region or (region["region"] if region else NO_REGION),
        style="path" if host == netloc else "virtual",
    )
