"""Makes a magazine cover from a photo and a title, and puts it into a sealed clear envelope.

    import poster

    made = poster.make("photo.jpg", title="TABASCO", coverlines=["Hot | Orange as a discipline"])
    made.save("out")

Each name is imported when it is first used, so `import poster` alone is fast.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from poster.version import __version__

if TYPE_CHECKING:
    from poster.errors import (
        AssetError,
        BlankPhotoError,
        BucketError,
        Cancelled,
        DeviceError,
        DiskFullError,
        DownloadError,
        InputError,
        LicenceError,
        MemoryPlanError,
        MissingGlyphError,
        PhotoError,
        PhotoTooLargeError,
        PhotoTooSmallError,
        PosterError,
        RequestError,
        SettingsError,
        SignatureError,
        TextDoesNotFitError,
        TokenError,
        TypesettingError,
        UnavailableError,
        UnreadablePhotoError,
        WeightsDamagedError,
        WeightsError,
        WeightsMismatchError,
        WeightsMissingError,
    )
    from poster.library import Maker, make
    from poster.request import PosterRequest
    from poster.result import Poster, Receipt
    from poster.settings import Settings

__all__ = [
    "AssetError",
    "BlankPhotoError",
    "BucketError",
    "Cancelled",
    "DeviceError",
    "DiskFullError",
    "DownloadError",
    "InputError",
    "LicenceError",
    "Maker",
    "MemoryPlanError",
    "MissingGlyphError",
    "PhotoError",
    "PhotoTooLargeError",
    "PhotoTooSmallError",
    "Poster",
    "PosterError",
    "PosterRequest",
    "Receipt",
    "RequestError",
    "Settings",
    "SettingsError",
    "SignatureError",
    "TextDoesNotFitError",
    "TokenError",
    "TypesettingError",
    "UnavailableError",
    "UnreadablePhotoError",
    "WeightsDamagedError",
    "WeightsError",
    "WeightsMismatchError",
    "WeightsMissingError",
    "__version__",
    "make",
]

_MODULES = {
    "Maker": "poster.library",
    "Poster": "poster.result",
    "PosterRequest": "poster.request",
    "Receipt": "poster.result",
    "Settings": "poster.settings",
    "make": "poster.library",
}
"""The module of each public name, except errors, which are in poster.errors."""


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'poster' has no attribute '{name}'")
    value = getattr(import_module(_MODULES.get(name, "poster.errors")), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
