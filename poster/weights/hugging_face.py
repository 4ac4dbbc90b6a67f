"""A weight file and an offset -> its bytes from the Hugging Face Hub, refusals named.

Addresses, token, session and error codes are huggingface_hub's. The bytes are read here, since its
own transfer throws away what it has when it is interrupted (2.4 gives each partial file a name of
its own, and removes it at any failure), and hashes nothing. Does not know where the bytes go.
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
from poster.version import __version__
from poster.weights.manifest import WeightFile

TIMEOUT_S = 30
"""Of silence, not of the whole transfer."""

_PASSING = {408, 416, 429}
"""Statuses below 500 that another attempt may fix: too slow, a range past the end, too many."""

_SHA256 = re.compile(r"[0-9a-f]{64}")

# huggingface_hub would tell the Hub of torch, and ask it which agents there are.
constants.HF_HUB_DISABLE_TELEMETRY = True
# They log each request with its address, which may hold a signature.
for _name in ("httpx2", "httpcore2"):
    logging.getLogger(_name).setLevel(logging.WARNING)


class Interrupted(Exception):  # noqa: N818 - no fault: asking again may go on
    """The connection was lost or the server is busy; asking again may go on."""


def ask_size(file: WeightFile) -> int:
    """Ask how large a file is, and whether it is the one that the manifest means.

    Args:
        file: the file, with its repository, revision and path.

    Returns:
        Bytes.

    Raises:
        Interrupted: the connection was lost or the server is busy.
        WeightsMismatchError: the repository has another file under that name.
        DownloadError: the file cannot be had; its subclasses say why.
    """
    with _named_refusals(file):
        metadata = get_hf_file_metadata(_address(file), timeout=TIMEOUT_S, headers=_introduce())
    size = metadata.size or file.bytes
    if size is None:
        raise DownloadError(f"{file.file}: the server does not say how large it is; ask again")
    etag = metadata.etag or ""
    # Of large files, the Hub's tag is the sha256: a wrong one is refused before its first byte.
    is_other = bool(file.sha256 and _SHA256.fullmatch(etag) and etag != file.sha256)
    if is_other or size != (file.bytes or size):
        raise WeightsMismatchError(
            f"{file.file}: {file.repo} has another file there: {size} bytes, tag {etag:.12}..., "
            f"where the manifest names {file.bytes} bytes, sha256 {file.sha256 or 'none':.12}...; "
            "correct the manifest's revision or figures"
        )
    return size


@contextmanager
def open_stream(file: WeightFile, start: int) -> Iterator[tuple[int, Iterator[bytes]]]:
    """Read a file from an offset on.

    Args:
        file: the file, with its repository, revision and path.
        start: offset of the first byte wanted.

    Yields:
        The offset that the server starts from, start or 0, and chunks of bytes.

    Raises:
        Interrupted: the connection was lost or the server is busy; also while chunks are read.
        DownloadError: the file cannot be had; its subclasses say why.
    """
    # Compressed, ranges and sizes would count other bytes.
    headers = {**_introduce(), "accept-encoding": "identity"}
    if start:
        headers["range"] = f"bytes={start}-"
    with (
        _named_refusals(file),
        get_session().stream("GET", _address(file), headers=headers, timeout=TIMEOUT_S) as reply,
    ):
        hf_raise_for_status(reply)
        is_partial = reply.status_code == httpx2.codes.PARTIAL_CONTENT
        yield (start if is_partial else 0), reply.iter_raw()


def _address(file: WeightFile) -> str:
    if file.repo is None or file.revision is None or file.path is None:
        raise DownloadError(
            f"{file.file}: the manifest does not say where it comes from; put it into "
            f"{file.folder}/ by hand"
        )
    return hf_hub_url(file.repo, file.path, revision=file.revision)


def _introduce() -> dict[str, str]:
    """Headers that say who asks; the session drops the token where it is sent elsewhere."""
    headers = {"user-agent": f"poster-maker/{__version__}"}
    token = get_token()
    return {**headers, "authorization": f"Bearer {token}"} if token else headers


@contextmanager
def _named_refusals(file: WeightFile) -> Iterator[None]:
    """Turns huggingface_hub's errors into ours."""
    try:
        yield
    except OfflineModeIsEnabled as error:
        raise DownloadError(f"{file.file}: HF_HUB_OFFLINE is set; unset it") from error
    except HfHubHTTPError as error:
        _refuse(file, error)
    except (httpx2.UnsupportedProtocol, httpx2.InvalidURL) as error:
        raise DownloadError(f"{file.file}: HF_ENDPOINT is no address; unset it") from error
    except httpx2.TransportError as error:
        raise Interrupted(str(error) or type(error).__name__) from error
    except httpx2.HTTPError as error:
        raise DownloadError(f"{file.file}: the server's answer cannot be used") from error


def _refuse(file: WeightFile, error: HfHubHTTPError) -> NoReturn:
    status = error.response.status_code
    is_gated = isinstance(error, GatedRepoError) or file.gated
    token_fix = "set HF_TOKEN to a token of an account that has accepted its licence"  # noqa: S105
    if status == httpx2.codes.FORBIDDEN and is_gated:
        raise LicenceError(
            f"{file.file}: the licence of {file.repo} is not accepted with this token; accept it "
            "on the repository's page at Hugging Face, or let the token read gated repositories"
        ) from error
    if status in {httpx2.codes.UNAUTHORIZED, httpx2.codes.FORBIDDEN}:
        token = "the token is not valid for" if get_token() else "no token, and one is needed for"
        raise TokenError(f"{file.file}: {token} {file.repo}; {token_fix}") from error
    if status == httpx2.codes.NOT_FOUND:
        raise DownloadError(
            f"{file.file}: {file.repo} has no such file at the manifest's revision; "
            "correct the manifest"
        ) from error
    if status >= httpx2.codes.INTERNAL_SERVER_ERROR or status in _PASSING:
        raise Interrupted(f"status {status}") from error
    raise DownloadError(f"{file.file}: the server refused with status {status}") from error
