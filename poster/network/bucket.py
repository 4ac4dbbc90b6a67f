"""A finished file -> an S3 bucket, and a signed link to it.

Works with any S3-compatible service. Does not know what is in the file or what happens if an
upload fails.
"""

from __future__ import annotations

import logging

from poster.errors import BucketError, SettingsError
from poster.network.bucket_place import locate_bucket
from poster.settings import BucketSettings

LINK_VALID_S = 7 * 24 * 3600
"""Source: the maximum of Signature Version 4; RunPod's own upload uses the same."""

MAX_ATTEMPTS = 2
CONNECT_TIMEOUT_S = 5
READ_TIMEOUT_S = 20
"""With these, an unreachable or silent bucket delays a worker by 50 s at most; then the files are
delivered in the reply."""

# At DEBUG, botocore logs what it signs.
logging.getLogger("botocore").setLevel(logging.WARNING)


class Bucket:
    """Uploads files; safe to use from several threads.

    Args:
        settings: the operator's settings.

    Raises:
        SettingsError: they do not describe a bucket. No network access is made.
    """

    def __init__(self, settings: BucketSettings) -> None:
        # Takes 0.3 s, so it is imported only if a bucket is used.
        from boto3.session import Session  # noqa: PLC0415
        from botocore.config import Config  # noqa: PLC0415

        place = locate_bucket(settings)
        self._bucket = place.bucket
        config = Config(
            signature_version="s3v4",
            s3={"addressing_style": place.style},
            connect_timeout=CONNECT_TIMEOUT_S,
            read_timeout=READ_TIMEOUT_S,
            retries={"mode": "standard", "total_max_attempts": MAX_ATTEMPTS},
            # By default boto3 sends trailing checksums, which few services except AWS accept.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        try:
            self._client = Session().client(
                "s3",
                endpoint_url=place.endpoint,
                region_name=place.region,
                aws_access_key_id=settings.access_key_id,
                aws_secret_access_key=settings.secret_access_key,
                config=config,
            )
        except ValueError as error:
            raise SettingsError("BUCKET_ENDPOINT_URL has an invalid host") from error

    def put(self, name: str, data: bytes, media_type: str) -> str:
        """Upload a file, replacing any file of the same name.

        Args:
            name: name of the file in the bucket, with / between folders; make it unique to avoid
                overwriting.
            data: the file's bytes.
            media_type: such as image/png.

        Returns:
            A URL from which anyone can download the file for LINK_VALID_S seconds; https if the
            endpoint is.

        Raises:
            BucketError: the upload failed; the message has the service's error code.
        """
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        file = {"Bucket": self._bucket, "Key": name}
        try:
            self._client.put_object(**file, Body=data, ContentType=media_type)
            link: str = self._client.generate_presigned_url("get_object", file, LINK_VALID_S)
        except (BotoCoreError, ClientError) as error:
            reply = error.response["Error"] if isinstance(error, ClientError) else {}
            trouble = reply.get("Code", type(error).__name__)
            raise BucketError(f"bucket: upload failed ({trouble}); check BUCKET_*") from error
        return link
