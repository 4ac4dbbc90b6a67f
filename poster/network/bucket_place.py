"""What an operator knows of a bucket -> service, name and region, apart.

Consoles hand out a bucket as one URL, with its name at the head of the host, at the end, or not at
all. Pure: whether there is such a bucket is not asked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from poster.errors import SettingsError
from poster.settings import BucketSettings

_BUCKET_NAME = re.compile(r"[A-Za-z0-9._-]{3,63}")
"""Source: Amazon S3's naming rules, with the capitals and underscores that older buckets have."""

_BUCKET_IN_HOST = re.compile(r"(?P<bucket>.+?)\.(s3[.-]|[a-z]+\d\.digitaloceanspaces\.com$)")
"""Source: RunPod's documents and Amazon's virtual-hosted style: the bucket leads the host."""

_REGION_IN_HOST = re.compile(
    r"(?:^|\.)(?:s3(?:api)?[.-](?:dualstack\.)?(?=[^.]*-)|(?=[^.]*\.digitaloceanspaces\.com$))"
    r"(?P<region>[a-z][a-z0-9-]+)\."
)
"""As in s3.eu-west-1.amazonaws.com, s3api-eur-is-1.runpod.io and nyc3.digitaloceanspaces.com."""

NO_REGION = "us-east-1"
"""What services without regions take. Source: MinIO's default; Cloudflare R2's alias of auto."""


@dataclass(frozen=True, slots=True)
class BucketPlace:
    """Where a bucket is.

    Args:
        endpoint: the service's URL, without the bucket.
        bucket: its name.
        region: what requests are signed for.
        style: virtual where the bucket leads the host of its URLs, path where it follows.
    """

    endpoint: str
    bucket: str
    region: str
    style: str


def locate_bucket(settings: BucketSettings) -> BucketPlace:
    """Take apart the URL of a bucket.

    Args:
        settings: as the operator set them.

    Returns:
        The place.

    Raises:
        SettingsError: the endpoint is no URL, or nothing names the bucket.
    """
    try:
        url = urlsplit(settings.endpoint_url)
        is_endpoint = url.scheme in {"http", "https"} and url.port != 0 and url.hostname
    except ValueError:
        is_endpoint = None
    if not is_endpoint or "@" in url.netloc or url.query or url.fragment:
        raise SettingsError("BUCKET_ENDPOINT_URL must be the URL of an S3 service, https://host")
    netloc, path = url.netloc.lower(), url.path.strip("/")
    leading = _BUCKET_IN_HOST.match(netloc)
    bucket = settings.name or path or (leading["bucket"] if leading else "")
    if not _BUCKET_NAME.fullmatch(bucket) or path not in {"", bucket}:
        raise SettingsError("BUCKET_NAME must name a bucket, and BUCKET_ENDPOINT_URL no other one")
    host = netloc.removeprefix(f"{bucket}.")
    region = _REGION_IN_HOST.search(host)
    return BucketPlace(
        endpoint=f"{url.scheme}://{host}",
        bucket=bucket,
        region=settings.region or (region["region"] if region else NO_REGION),
        style="path" if host == netloc else "virtual",
    )
