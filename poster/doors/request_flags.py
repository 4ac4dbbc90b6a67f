"""The request's fields as flags and as a JSON file -> a PosterRequest, for any command.

Every field has a flag, named after it and built from its Spec. Does not check bounds:
PosterRequest does.
"""

from __future__ import annotations

import argparse
import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from poster.doors.photo_file import locate_photo, read_photo
from poster.errors import RequestError
from poster.printable import shorten
from poster.request import ALIASES, DEFAULTS, SPECS, PosterRequest, change_fields
from poster.spec import Spec, describe_value
from poster.strict_json import NotJsonError, parse_json

_REQUEST_BYTES = 64_000_000
"""Limit for a request's file: room for the largest photo in base64, with line breaks."""

_SHOWN_NAME = 60
"""Characters of a photo's name in a message."""

_METAVARS = {str: "TEXT", int: "N", float: "X", tuple: "LINE", dict: "JSON"}


def add_request(parser: argparse.ArgumentParser) -> None:
    """Add a request's arguments.

    Args:
        parser: parser of a command that takes a request.
    """
    parser.add_argument(
        "photo",
        metavar="PHOTO",
        nargs="?",
        help="the photo; for --stage envelope, the finished cover",
    )
    parser.add_argument(
        "--request",
        metavar="FILE",
        type=Path,
        help="a JSON file with the fields of a request, or the poster.json of a poster to make "
        'again; "image" is a data URI or a path relative to this file; PHOTO and flags take '
        "precedence",
    )
    add_fields(parser.add_argument_group("fields of the request"), SPECS, DEFAULTS)


def add_fields(
    arguments: argparse._ActionsContainer, specs: Mapping[str, Spec], defaults: Mapping[str, Any]
) -> None:
    """Add a flag for every field: --name; for a boolean also --no-name; for a list, one per item.

    Args:
        arguments: of a parser; its result has no attribute for a flag that is not given.
        specs: field name -> spec.
        defaults: field name -> default.
    """
    for name, spec in specs.items():
        _add_field(arguments, name, spec, defaults[name])


def parse_flags(options: argparse.Namespace) -> PosterRequest:
    """Parse a request from its file and its flags; flags override the file.

    Args:
        options: the parsed arguments of add_request.

    Returns:
        The request.

    Raises:
        RequestError: the file or the photo cannot be read, or a field is invalid.
    """
    values = _read_request_file(options.request) if options.request else {}
    flags = {name: value for name, value in vars(options).items() if name in SPECS}
    values = change_fields(values, flags)
    recorded = values.get("image")
    if options.photo is not None:
        values["image"] = locate_photo(options.photo)
    elif isinstance(recorded, _RecordedPhoto):
        values["image"] = recorded.find()
    path = values.get("image")
    if isinstance(path, Path):
        values["image"] = read_photo(path, str(path))
        if isinstance(recorded, _RecordedPhoto):
            recorded.check(values["image"], path)
    request = PosterRequest.from_mapping(values)
    return replace(request, image_name=path.name if isinstance(path, Path) else "")


def _add_field(
    arguments: argparse._ActionsContainer, name: str, spec: Spec, default: object
) -> None:
    kinds = {int: _whole_number, float: _number}
    flag = f"--{name.replace('_', '-')}"
    aliases = [alias for alias, of in ALIASES.items() if of == name]
    text = spec.help.replace("%", "%%")
    if spec.kind is tuple:
        flag = flag.removesuffix("s")
        text += " Repeat the flag for each one."
    if spec.kind in kinds:
        text += f" From {spec.low} to {spec.high}."
    if default:
        text += f" Default: {'yes' if default is True else default}."
    common: dict[str, Any] = {"dest": name, "default": argparse.SUPPRESS, "help": text}
    if spec.kind is bool:
        arguments.add_argument(flag, action=argparse.BooleanOptionalAction, **common)
        return
    choices = f"{{{','.join(spec.choices)}}}" if spec.choices else ""
    arguments.add_argument(
        flag,
        *(f"--{alias.replace('_', '-')}" for alias in aliases),
        action="append" if spec.kind is tuple else "store",
        type=kinds.get(spec.kind, str),
        metavar=choices or spec.metavar or _METAVARS[spec.kind],
        **common,
    )


def _read_request_file(path: Path) -> dict[str, Any]:
    """Read a request from JSON; its image becomes a path or decoded bytes."""
    try:
        # It can be a pipe or a device, so its size is not known before.
        with path.open("rb") as file:
            data = file.read(_REQUEST_BYTES + 1)
        if len(data) > _REQUEST_BYTES:
            trouble = f"{path} is larger than {_REQUEST_BYTES / 1e6:.0f} MB; name the photo's file"
            raise RequestError("request", trouble)
        values = parse_json(data)
    except FileNotFoundError as error:
        raise RequestError("request", f"{path} does not exist") from error
    except OSError as error:
        raise RequestError("request", f"{path} cannot be read: {error.strerror}") from error
    except NotJsonError as error:
        raise RequestError("request", f"{path} is not valid JSON: {error}") from error
    if not isinstance(values, dict):
        trouble = f"{path} must contain a JSON object with the request's fields"
        raise RequestError("request", trouble)
    if "blocks" in values and isinstance(values.get("request"), dict):
        values = dict(values["request"])
    if "image" in values:
        image = values["image"]
        if isinstance(image, dict):
            values["image"] = _RecordedPhoto.read(image, path)
            return values
        if not isinstance(image, str):
            trouble = f"must be a path or a data URI, not {describe_value(image)}"
            raise RequestError("image", trouble)
        photo = locate_photo(image)
        values["image"] = path.parent / photo if isinstance(photo, Path) else photo
    return values


@dataclass(frozen=True, slots=True)
class _RecordedPhoto:
    """The photo of a receipt's request.

    Args:
        sha256: of its bytes, in hexadecimal.
        name: of its file; empty if the door that made the poster did not know it.
        receipt: the receipt's path.
    """

    sha256: str
    name: str
    receipt: Path

    @classmethod
    def read(cls, image: dict[str, Any], receipt: Path) -> _RecordedPhoto:
        sha256, name = image.get("sha256"), image.get("file", "")
        if (
            not isinstance(sha256, str)
            or not isinstance(name, str)
            or image.keys()
            - {
                "sha256",
                "file",
            }
        ):
            raise RequestError("image", 'must be {"sha256": ..., "file": ...} in a receipt')
        return cls(sha256, name, receipt)

    def find(self) -> Path:
        """Find the photo beside the receipt."""
        path = self.receipt.parent / Path(self.name).name
        # Path.is_file raises OSError for a name that is too long.
        if self.name and os.path.isfile(path):  # noqa: PTH113
            return path
        named = f" ({shorten(self.name, _SHOWN_NAME)})" if self.name else ""
        trouble = f"is not beside {self.receipt}: add the path of the photo{named} to the command"
        raise RequestError("image", trouble)

    def check(self, data: bytes, path: Path) -> None:
        """Require the photo that the poster was made from."""
        if hashlib.sha256(data).hexdigest() != self.sha256:
            trouble = (
                f"{path} is not the photo that {self.receipt} was made from: its sha256 differs. "
                "To use another photo, delete image from the file's request"
            )
            raise RequestError("image", trouble)


def _whole_number(text: str) -> int:
    whole, _, decimals = text.partition(".")
    try:
        return int(text if decimals.strip("0") else whole)
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be a whole number, not {text[:40]!r}") from None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be a number, not {text[:40]!r}") from None
