"""The environment -> Settings. The only module of the package that reads os.environ."""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from poster.errors import SettingsError

ENGINES = ("auto", "flux", "studio")
DEVICES = ("auto", "cuda", "cpu")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


@dataclass(frozen=True)
class BucketSettings:
    """An S3 bucket for finished pictures; the variables have the names that RunPod's tools use.

    Args:
        endpoint_url: BUCKET_ENDPOINT_URL: the service's URL; can contain the bucket's name.
        access_key_id: BUCKET_ACCESS_KEY_ID.
        secret_access_key: BUCKET_SECRET_ACCESS_KEY.
        name: BUCKET_NAME: the bucket; empty takes it from endpoint_url.
        region: BUCKET_REGION: the region that requests are signed for; empty takes it from
            endpoint_url.
    """

    endpoint_url: str
    access_key_id: str = field(repr=False)
    secret_access_key: str = field(repr=False)
    name: str = ""
    region: str = ""


@dataclass(frozen=True)
class Settings:
    """Settings of a whole deployment.

    Args:
        engine: POSTER_ENGINE: auto, flux or studio: the engine for requests with engine auto. With
            flux, the deployment does not start if flux cannot run; with studio, requests for flux
            are rejected.
        device: POSTER_DEVICE: auto or cuda for flux on a GPU; cpu is for tiny weights in tests.
        log_level: POSTER_LOG_LEVEL: DEBUG, INFO, WARNING or ERROR.
        models_dir: POSTER_MODELS: the models folder; None uses poster.weights' default.
        manifest: POSTER_MANIFEST: the path of a weights manifest; None uses the package's.
        image_dir: POSTER_IMAGE_DIR: the only folder whose files a job's image_path can name; None
            rejects image_path.
        bucket: BUCKET_*: where the pictures of RunPod jobs are uploaded; None returns them in the
            reply.
        token: POSTER_TOKEN: the bearer token that callers of poster serve must send; empty needs
            none.
    """

    engine: str = "auto"
    device: str = "auto"
    log_level: str = "INFO"
    models_dir: Path | None = None
    manifest: Path | None = None
    image_dir: Path | None = None
    bucket: BucketSettings | None = None
    token: str = field(default="", repr=False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Read the POSTER_ and BUCKET_ variables.

        Args:
            environment: variable name -> value.

        Returns:
            The settings; missing or empty variables take their defaults.

        Raises:
            SettingsError: a variable's value is not one of its choices (in any case of letters), a
                BUCKET_ variable or POSTER_TOKEN contains a quotation mark, a space or a character
                that is not ASCII, or only some of the required BUCKET_ variables are set.
        """
        return cls(
            engine=_choice(environment, "POSTER_ENGINE", ENGINES, cls.engine),
            device=_choice(environment, "POSTER_DEVICE", DEVICES, cls.device),
            log_level=_choice(environment, "POSTER_LOG_LEVEL", LOG_LEVELS, cls.log_level),
            models_dir=_path(environment, "POSTER_MODELS"),
            manifest=_path(environment, "POSTER_MANIFEST"),
            image_dir=_path(environment, "POSTER_IMAGE_DIR"),
            bucket=_bucket(environment),
            token=_token(environment),
        )


def _choice(
    environment: Mapping[str, str], name: str, choices: tuple[str, ...], default: str
) -> str:
    value = environment.get(name, "").strip() or default
    for choice in choices:
        if choice.casefold() == value.casefold():
            return choice
    raise SettingsError(f"{name} must be one of {', '.join(choices)}, not {value[:40]!r}")


def _path(environment: Mapping[str, str], name: str) -> Path | None:
    value = environment.get(name)
    return Path(value) if value else None


def _bucket(environment: Mapping[str, str]) -> BucketSettings | None:
    given = {
        item.name: environment.get(f"BUCKET_{item.name.upper()}", "").strip()
        for item in fields(BucketSettings)
    }
    needed = ("endpoint_url", "access_key_id", "secret_access_key")
    missing = [f"BUCKET_{name.upper()}" for name in needed if not given[name]]
    if len(missing) == len(needed):
        return None
    # An incomplete set is a mistake in the endpoint's settings and must not go unnoticed.
    if missing:
        names = " and ".join(missing)
        raise SettingsError(f"{names} must also be set, or else no BUCKET_ variable at all")
    for name, value in given.items():
        if strange := find_strange(value):
            raise SettingsError(f"BUCKET_{name.upper()} contains {strange}; copy the value again")
    return BucketSettings(**given)


def _token(environment: Mapping[str, str]) -> str:
    value = environment.get("POSTER_TOKEN", "").strip()
    if strange := find_strange(value):
        raise SettingsError(f"POSTER_TOKEN contains {strange}; use letters, digits and hyphens")
    return value


def find_strange(value: str) -> str:
    """Find what no key, token or URL contains, but a copy from a web page or a chat does.

    Args:
        value: without space around it.

    Returns:
        The first character that is a quotation mark, a space or not ASCII, by name; empty if there
        is none. Shows nothing else of the value, which can be a secret.
    """
    for character in value:
        if not "!" <= character <= "~" or character in "\"'`":
            name = unicodedata.name(character, "a control character")
            return f"{name} (U+{ord(character):04X})"
    return ""


def child_environment(**changes: str) -> dict[str, str]:
    """Build the environment of a child process from this process's own.

    Args:
        **changes: variable name -> value, set in addition.

    Returns:
        Variable name -> value. PATH is changed so that `python` is this interpreter.
    """
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    return {**os.environ, "PATH": path, **changes}
