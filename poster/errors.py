"""Every error that Poster Maker raises on purpose.

PosterError
├── InputError                the caller's request or photo; exit 2
│   ├── RequestError          a field is missing, of the wrong kind or out of bounds
│   ├── PhotoError            the image cannot be used
│   │   ├── UnreadablePhotoError   not an image, truncated, or of a format that is not read
│   │   ├── PhotoTooLargeError     over the bound on bytes, pixels or sides
│   │   └── PhotoTooSmallError     fewer pixels than a cover needs
│   └── TypesettingError      the text cannot be set
│       ├── MissingGlyphError      no bundled face has a glyph for a character
│       └── TextDoesNotFitError    too long at the smallest legible size
├── UnavailableError          this machine cannot do what was asked; exit 3
│   ├── SettingsError         a POSTER_ variable holds what it must not
│   ├── WeightsError          the model's files cannot be used
│   │   ├── WeightsMissingError    a file is not there
│   │   ├── WeightsDamagedError    a file is incomplete, truncated or altered
│   │   ├── WeightsMismatchError   a whole file, of another model than the one declared
│   │   └── DownloadError          a file could not be fetched
│   │       ├── LicenceError           gated, and its licence was not accepted
│   │       ├── TokenError             the access token is missing or not valid
│   │       └── DiskFullError          no room for it
│   ├── DeviceError           the GPU that was required is not there
│   ├── BucketError           the bucket took no file
│   └── MemoryPlanError       the request needs more memory than there is
├── SignatureError            predict.py declares what Cog cannot read statically; exit 1
├── AssetError                a file that ships with the package is missing or broken; exit 1
└── Cancelled                 the caller cancelled; exit 1

Messages are for the caller: they name the field, the trouble, the bound and the fix, and never a
path, a secret or a traceback. `code` is stable and meant for programs; `exit_code` is the command
line's.
"""


class PosterError(Exception):
    """Any error raised on purpose."""

    code = "error"
    exit_code = 1


class InputError(PosterError):
    """The request or the photo is at fault; asking again with other input helps."""

    code = "bad_input"
    exit_code = 2


class RequestError(InputError):
    """A field of the request is missing, of the wrong kind or out of bounds.

    Args:
        field: the request's field, as the caller spells it.
        trouble: what is wrong with its value, and the bound.
    """

    code = "bad_request"

    def __init__(self, field: str, trouble: str) -> None:
        super().__init__(f"{field}: {trouble}")
        self.field = field


class PhotoError(InputError):
    """The image cannot be used."""

    code = "bad_photo"


class UnreadablePhotoError(PhotoError):
    """Not an image, truncated, or of a format that is not read."""

    code = "unreadable_photo"


class PhotoTooLargeError(PhotoError):
    """Over the bound on bytes, pixels or sides."""

    code = "photo_too_large"


class PhotoTooSmallError(PhotoError):
    """Fewer pixels than a cover needs."""

    code = "photo_too_small"


class TypesettingError(InputError):
    """The text cannot be set."""

    code = "bad_text"


class MissingGlyphError(TypesettingError):
    """No bundled face has a glyph for a character; the message names it."""

    code = "missing_glyph"


class TextDoesNotFitError(TypesettingError):
    """Too long for its place at the smallest legible size."""

    code = "text_does_not_fit"


class UnavailableError(PosterError):
    """This machine cannot do what was asked: no such engine, GPU or weights."""

    code = "unavailable"
    exit_code = 3


class SettingsError(UnavailableError):
    """A POSTER_ variable holds what it must not."""

    code = "bad_settings"


class WeightsError(UnavailableError):
    """The model's files cannot be used."""

    code = "bad_weights"


class WeightsMissingError(WeightsError):
    """A file of the weight set is not there; the message names it."""

    code = "weights_missing"


class WeightsDamagedError(WeightsError):
    """A file of the weight set is incomplete, truncated or altered."""

    code = "weights_damaged"


class WeightsMismatchError(WeightsError):
    """A whole file, of another model than the one declared, such as 4B where 9B is meant."""

    code = "weights_mismatch"


class DownloadError(WeightsError):
    """A file could not be fetched; what was received is kept, and resumed from."""

    code = "download_failed"


class LicenceError(DownloadError):
    """The repository is gated, and its licence was not accepted with this token."""

    code = "licence_not_accepted"


class TokenError(DownloadError):
    """The access token is missing or not valid."""

    code = "bad_token"


class DiskFullError(DownloadError):
    """No room for the file; the message says how much it needs."""

    code = "disk_full"


class DeviceError(UnavailableError):
    """The GPU that was required is not there or cannot be used."""

    code = "no_device"


class BucketError(UnavailableError):
    """The bucket took no file; it can still be delivered otherwise."""

    code = "bucket_failed"


class MemoryPlanError(UnavailableError):
    """The request needs more memory than there is; the message has both figures."""

    code = "not_enough_memory"


class SignatureError(PosterError):
    """predict.py declares an input that Cog's static generator refuses, drops or garbles.

    Args:
        refusals: one line for each, with the parameter, what is wrong and how to fix it.
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
