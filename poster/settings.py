"""The environment -> Settings. The only module that reads os.environ."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from poster.errors import SettingsError

ENGINES = ("auto", "flux", "studio")
DEVICES = ("auto", "cuda", "cpu")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


@dataclass(frozen=True)
class Settings:
    """What an operator decides for a whole deployment.

    Args:
        engine: POSTER_ENGINE: auto, flux or studio: who paints where a request says auto. With
            flux the deployment refuses to start without it; with studio, requests for flux are
            refused.
        device: POSTER_DEVICE: auto or cuda for flux on a GPU; cpu is for tiny weights in tests.
        log_level: POSTER_LOG_LEVEL: DEBUG, INFO, WARNING or ERROR.
        models_dir: POSTER_MODELS: the folder of models; None leaves it to poster.weights.
        manifest: POSTER_MANIFEST: a weights manifest of one's own; None takes the package's.
    """

    engine: str = "auto"
    device: str = "auto"
    log_level: str = "INFO"
    models_dir: Path | None = None
    manifest: Path | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Read the POSTER_ variables.

        Args:
            environment: variable name -> value.

        Returns:
            The settings; absent or empty variables take their defaults.

        Raises:
            SettingsError: a variable holds a value that is not one of its choices.
        """
        return cls(
            engine=_choice(environment, "POSTER_ENGINE", ENGINES, cls.engine),
            device=_choice(environment, "POSTER_DEVICE", DEVICES, cls.device),
            log_level=_choice(environment, "POSTER_LOG_LEVEL", LOG_LEVELS, cls.log_level),
            models_dir=_path(environment, "POSTER_MODELS"),
            manifest=_path(environment, "POSTER_MANIFEST"),
        )


def _choice(
    environment: Mapping[str, str], name: str, choices: tuple[str, ...], default: str
) -> str:
    value = environment.get(name) or default
    if value not in choices:
        raise SettingsError(f"{name} must be one of {', '.join(choices)}, not {value[:40]!r}")
    return value


def _path(environment: Mapping[str, str], name: str) -> Path | None:
    value = environment.get(name)
    return Path(value) if value else None
