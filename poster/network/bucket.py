"""A finished file -> an S3 bucket, and a signed link to it.

Any service that speaks S3 will do. Does not know what is in the file, nor what becomes of one that
cannot be uploaded.
"""

from __future__ import annotations

import logging

from poster.errors import BucketError, SettingsError
from poster.network.bucket_place import locate_bucket
from poster.settings import BucketSettings

LINK_VALID_S = 7 * 24 * 3600
"""Source: Signature Version 4 grants no more, and RunPod's own upload asks for as much."""

TRIES = 2
CONNECT_TIMEOUT_S = 5
SILENCE_TIMEOUT_S = 20
"""A bucket that is gone or silent holds a worker for 50 s; there is another way to deliver."""

# At DEBUG it logs what it signs.
logging.getLogger("botocore").setLevel(logging.WARNING)


class Bucket:
    """Takes files; may be used from several threads.

    Args:
        settings: as the operator set them.

    Raises:
        SettingsError: they do not describe a bucket. Nothing is asked over the network.
    """

    def __init__(self, settings: BucketSettings) -> None:
        # 0.3 s that only a worker with a bucket has to wait.
        from boto3.session import Session  # noqa: PLC0415
        from botocore.config import Config  # noqa: PLC0415

        place = locate_bucket(settings)
        self._bucket = place.bucket
        config = Config(
            signature_version="s3v4",
            s3={"addressing_style": place.style},
            connect_timeout=CONNECT_TIMEOUT_S,
            read_timeout=SILENCE_TIMEOUT_S,
            retries={"mode": "standard", "total_max_attempts": TRIES},
            # By default it sends trailing checksums, which few services beside Amazon's take.
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
            raise SettingsError("BUCKET_ENDPOINT_URL has a host that cannot be") from error

    def put(self, name: str, data: bytes, media_type: str) -> str:
        """Upload a file, in place of one of the same name.

        Args:
            name: of the file in the bucket, / between folders; who must not overwrite, makes it
                unique.
            data: the file's bytes.
            media_type: such as image/png.

        Returns:
            A URL that gives the file to whoever has it, for LINK_VALID_S; https where the endpoint
            is.

        Raises:
            BucketError: the bucket did not take it; the log has the reason.
        """
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        file = {"Bucket": self._bucket, "Key": name}
        try:
            self._client.put_object(**file, Body=data, ContentType=media_type)
            link: str = self._client.generate_presigned_url("get_object", file, LINK_VALID_S)
        except (BotoCoreError, ClientError) as error:
            reply = error.response["Error"] if isinstance(error, ClientError) else {}
            trouble = reply.get("Code", type(error).__name__)
            raise BucketError(f"bucket: took no file ({trouble}); check BUCKET_*") from error
        return link
