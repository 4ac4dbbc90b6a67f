"""Every error that Poster Maker raises on purpose.

PosterError
├── InputError                the caller's request or photo is invalid; exit code 2
│   ├── RequestError          a field is missing, of the wrong type or out of bounds
│   ├── PhotoError            the image cannot be used
│   │   ├── UnreadablePhotoError   not an image, truncated, or in an unsupported format
│   │   ├── PhotoTooLargeError     too many bytes or pixels, or a side too long
│   │   ├── PhotoTooSmallError     fewer pixels than a cover needs
│   │   └── BlankPhotoError        nothing can be seen in it
│   └── TypesettingError      the text cannot be set
│       ├── MissingGlyphError      no bundled font has a glyph for a character
│       └── TextDoesNotFitError    too long at the smallest legible size
├── UnavailableError          this machine cannot do what was asked; exit code 3
│   ├── SettingsError         a POSTER_ or BUCKET_ variable has an invalid value; exit code 2
│   ├── WeightsError          the model's files cannot be used
│   │   ├── WeightsMissingError    a file is missing
│   │   ├── WeightsDamagedError    a file is incomplete, truncated or altered
│   │   ├── WeightsMismatchError   a file is intact but belongs to another model
│   │   └── DownloadError          a file could not be downloaded
│   │       ├── LicenceError           the repository is gated and its licence not accepted
│   │       ├── TokenError             the access token is missing or invalid
│   │       └── DiskFullError          not enough disk space for the file
│   ├── DeviceError           the required GPU is missing or does not work
│   ├── BucketError           an upload to the bucket failed
│   └── MemoryPlanError       the request needs more memory than is available
├── SignatureError            predict.py declares an input that Cog cannot read; exit code 1
├── AssetError                a file that ships with the package is missing or broken; exit code 1
└── Cancelled                 the caller cancelled; exit code 1

Messages are written for the caller: they name the field, the problem, the bound and the fix. What a
remote caller gets never contains an absolute path, a secret or a traceback; the command line also
names the operator's own files. A message is one line, but weights that cannot be used have one for
each file. Whatever a caller sent, each line is printable and has at most MAX_LINE characters.
`code` is stable and meant for programs; `exit_code` is used by the command line.
"""

from __future__ import annotations

from poster.printable import make_printable, shorten

MAX_LINE = 280
"""Maximum number of characters in a line of a message, so that a log or a terminal shows all of it,
also after a door's own words, such as `poster: `."""


class PosterError(Exception):
    """Any error raised on purpose.

    Args:
        message: one line, or several for several things that are wrong.
    """

    code = "error"
    exit_code = 1

    def __init__(self, message: str) -> None:
        lines = (shorten(make_printable(line), MAX_LINE) for line in message.split("\n"))
        super().__init__("\n".join(lines))


class InputError(PosterError):
    """The request or the photo is invalid; the caller can fix it and try again.

    Args:
        message: one line; a line break in it is the caller's, and is escaped.
    """

    code = "bad_input"
    exit_code = 2

    def __init__(self, message: str) -> None:
        super().__init__(make_printable(message))


class RequestError(InputError):
    """A field of the request is missing, of the wrong type or out of bounds.

    Args:
        field: name of the field, as the caller wrote it.
        trouble: what is wrong with its value, and the bound.
    """

    code = "bad_request"

    def __init__(self, field: str, trouble: str) -> None:
        super().__init__(f"{field}: {trouble}")
        self.field = field
        self.trouble = trouble

    def __reduce__(self) -> tuple[type[RequestError], tuple[str, str]]:
        """Let a process pool send the error from one process to another."""
        return type(self), (self.field, self.trouble)


class PhotoError(InputError):
    """The image cannot be used."""

    code = "bad_photo"


class UnreadablePhotoError(PhotoError):
    """The image is not an image file, is truncated, or has an unsupported format."""

    code = "unreadable_photo"


class PhotoTooLargeError(PhotoError):
    """The image has too many bytes or pixels, or a side is too long."""

    code = "photo_too_large"


class PhotoTooSmallError(PhotoError):
    """The image has fewer pixels than a cover needs."""

    code = "photo_too_small"


class BlankPhotoError(PhotoError):
    """Nothing can be seen in the image: it is all one colour, or transparent."""

    code = "blank_photo"


class TypesettingError(InputError):
    """The text cannot be set."""

    code = "bad_text"


class MissingGlyphError(TypesettingError):
    """No bundled font has a glyph for a character; the message names the character."""

    code = "missing_glyph"


class TextDoesNotFitError(TypesettingError):
    """The text is too long for its place, even at the smallest legible size."""

    code = "text_does_not_fit"


class UnavailableError(PosterError):
    """This machine cannot do what was asked: the engine, GPU or weights are not available."""

    code = "unavailable"
    exit_code = 3


class SettingsError(UnavailableError):
    """A POSTER_ or BUCKET_ variable has an invalid value."""

    code = "bad_settings"
    exit_code = 2


class WeightsError(UnavailableError):
    """The model's files cannot be used."""

    code = "bad_weights"


class WeightsMissingError(WeightsError):
    """A file of the weight set is missing; the message names it."""

    code = "weights_missing"


class WeightsDamagedError(WeightsError):
    """A file of the weight set is incomplete, truncated or altered."""

    code = "weights_damaged"


class WeightsMismatchError(WeightsError):
    """A file is intact but belongs to another model than declared, such as 4B instead of 9B."""

    code = "weights_mismatch"


class DownloadError(WeightsError):
    """A file could not be downloaded; a retry resumes the download."""

    code = "download_failed"


class LicenceError(DownloadError):
    """The repository is gated, and the token's account has not accepted its licence."""

    code = "licence_not_accepted"


class TokenError(DownloadError):
    """The access token is missing or invalid."""

    code = "bad_token"


class DiskFullError(DownloadError):
    """There is not enough disk space for the file; the message says how much it needs."""

    code = "disk_full"


class DeviceError(UnavailableError):
    """The required GPU is missing or does not work."""

    code = "no_device"


class BucketError(UnavailableError):
    """An upload to the bucket failed; the file can still be delivered in the reply."""

    code = "bucket_failed"


class MemoryPlanError(UnavailableError):
    """The request needs more memory than is available; the message has both figures."""

    code = "not_enough_memory"


class SignatureError(PosterError):
    """predict.py declares an input that Cog's static generator rejects, drops or misreads.

    Args:
        refusals: one line for each, with the parameter, the problem and the fix.
    """

    code = "bad_signature"

    def __init__(self, refusals: list[str]) -> None:
        super().__init__("\n".join(refusals))
        self.refusals = tuple(refusals)


class AssetError(PosterError):
    """A file that ships with the package is missing or broken."""

    code = "broken_asset"


class Cancelled(PosterError):  # noqa: N818 - a request of the caller, not a fault
    """The caller cancelled."""

    code = "cancelled"
