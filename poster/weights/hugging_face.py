"""A weight file and an offset -> its bytes from the Hugging Face Hub, with errors that say why not.

URLs, token, session and error codes come from huggingface_hub. The bytes are read here, because its
own download discards a partial file when it is interrupted (2.4 gives each partial file a unique
name and removes it at any failure) and hashes nothing. Does not know where the bytes go.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import httpx2
from huggingface_hub import (
    constants,
    get_hf_file_metadata,
    get_session,
    get_token,
    hf_hub_url,
    hf_raise_for_status,
)
from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, OfflineModeIsEnabled

from poster.errors import DownloadError, LicenceError, TokenError, WeightsMismatchError
from poster.settings import find_strange
from poster.version import __version__
from poster.weights.manifest import WeightFile

TIMEOUT_S = 30
"""Limit on silence, not on the whole transfer."""

_TEMPORARY = {408, 416, 429}
"""Statuses below 500 for which a retry may succeed: timeout, range past the end, rate limit."""

_SHA256 = re.compile(r"[0-9a-f]{64}")

# huggingface_hub would report torch's version to the Hub, and ask it for a list of agents.
constants.HF_HUB_DISABLE_TELEMETRY = True
# They log each request with its URL, which may contain a signature.
for _name in ("httpx2", "httpcore2"):
    logging.getLogger(_name).setLevel(logging.WARNING)


class Interrupted(Exception):  # noqa: N818 - not an error: a retry may succeed
    """The connection was lost or the server is busy; a retry may succeed."""


def ask_size(file: WeightFile) -> int:
    """Ask for a file's size, and check that it is the file in the manifest.

    Args:
        file: the file, with its repository, revision and path.

    Returns:
        Bytes.

    Raises:
        Interrupted: the connection was lost or the server is busy.
        WeightsMismatchError: the repository has a different file under that name.
        DownloadError: the file is not available; the subclass says why.
    """
    with _translate_errors(file):
        metadata = get_hf_file_metadata(_address(file), timeout=TIMEOUT_S, headers=_identify())
    size = metadata.size or file.bytes
    if size is None:
        raise DownloadError(f"{file.file}: the server does not report its size; try again")
    etag = metadata.etag or ""
    # For large files the Hub's etag is the sha256: a wrong file is rejected before its first byte.
    is_other = bool(file.sha256 and _SHA256.fullmatch(etag) and etag != file.sha256)
    if is_other or size != (file.bytes or size):
        raise WeightsMismatchError(
            f"{file.file}: {file.repo} has a different file: {size} bytes, etag {etag:.12}...; "
            f"the manifest has {file.bytes} bytes, sha256 {file.sha256 or 'none':.12}...; "
            "correct the manifest's revision, bytes or sha256"
        )
    return size


@contextmanager
def open_stream(file: WeightFile, start: int) -> Iterator[tuple[int, Iterator[bytes]]]:
    """Read a file, starting at an offset.

    Args:
        file: the file, with its repository, revision and path.
        start: offset of the first byte to read.

    Yields:
        The offset that the server starts from (start or 0), and chunks of bytes.

    Raises:
        Interrupted: the connection was lost or the server is busy; also while chunks are read.
        DownloadError: the file is not available; the subclass says why.
    """
    # With compression, ranges and sizes would count compressed bytes.
    headers = {**_identify(), "accept-encoding": "identity"}
    if start:
        headers["range"] = f"bytes={start}-"
    with (
        _translate_errors(file),
        get_session().stream("GET", _address(file), headers=headers, timeout=TIMEOUT_S) as reply,
    ):
        hf_raise_for_status(reply)
        is_partial = reply.status_code == httpx2.codes.PARTIAL_CONTENT
        yield (start if is_partial else 0), reply.iter_raw()


def _address(file: WeightFile) -> str:
    if file.repo is None or file.revision is None or file.path is None:
        raise DownloadError(
            f"{file.file}: the manifest has no source for it; copy it to {file.folder}/ by hand"
        )
    return hf_hub_url(file.repo, file.path, revision=file.revision)


def _identify() -> dict[str, str]:
    """User agent and token; the session drops the token when it is redirected to another host."""
    headers = {"user-agent": f"poster-maker/{__version__}"}
    token = get_token()
    if token and (strange := find_strange(token)):
        raise TokenError(f"HF_TOKEN contains {strange}, which no token has; copy the token again")
    return {**headers, "authorization": f"Bearer {token}"} if token else headers


@contextmanager
def _translate_errors(file: WeightFile) -> Iterator[None]:
    """Turn huggingface_hub's errors into ours."""
    try:
        yield
    except OfflineModeIsEnabled as error:
        raise DownloadError(f"{file.file}: HF_HUB_OFFLINE is set; unset it") from error
    except HfHubHTTPError as error:
        _raise_for(file, error)
    except (httpx2.UnsupportedProtocol, httpx2.InvalidURL) as error:
        raise DownloadError(f"{file.file}: HF_ENDPOINT is not a URL; unset it") from error
    except httpx2.TransportError as error:
        trouble = re.sub(r"^\[Errno -?\d+\] ", "", str(error))
        raise Interrupted(trouble or type(error).__name__) from error
    except httpx2.HTTPError as error:
        raise DownloadError(f"{file.file}: the server's response is not valid") from error


def _raise_for(file: WeightFile, error: HfHubHTTPError) -> NoReturn:
    status = error.response.status_code
    is_gated = isinstance(error, GatedRepoError) or file.gated
    token_fix = "set HF_TOKEN to a token of an account that has accepted its licence"  # noqa: S105
    if status == httpx2.codes.FORBIDDEN and is_gated:
        raise LicenceError(
            f"{file.file}: this token's account has not accepted the licence of {file.repo}, or "
            "the token may not read gated repositories; accept it on the repository's page at "
            "Hugging Face, or give the token that permission"
        ) from error
    if status in {httpx2.codes.UNAUTHORIZED, httpx2.codes.FORBIDDEN}:
        token = "the token is not valid for" if get_token() else "a token is required for"
        raise TokenError(f"{file.file}: {token} {file.repo}; {token_fix}") from error
    if status == httpx2.codes.NOT_FOUND:
        raise DownloadError(
            f"{file.file}: {file.repo} does not contain this file at the manifest's revision; "
            "correct the manifest"
        ) from error
    if status >= httpx2.codes.INTERNAL_SERVER_ERROR or status in _TEMPORARY:
        raise Interrupted(f"status {status}") from error
    raise DownloadError(f"{file.file}: the server refused with status {status}") from error
