"""Settings and the name of an engine -> the engine, loaded when it is first needed.

Imports an engine's module only when that engine is asked for.
"""

from __future__ import annotations

import logging

from poster.engines.base import Engine, FindSubject
from poster.errors import UnavailableError
from poster.settings import Settings

_log = logging.getLogger(__name__)


class Engines:
    """The engines of a deployment.

    The engine that POSTER_ENGINE names is loaded at once, and it is an error if it cannot run. auto
    means flux if this machine can run it, and otherwise studio; the log says which and why. Studio
    is also available next to flux, because it has no requirements. Flux is not available next to
    studio, because whether to pay for a GPU is decided when a deployment starts.

    Args:
        settings: the engine, and the settings it needs.
        find_subject: finds the subject of a painted picture.

    Raises:
        UnavailableError: this machine cannot run the engine that the settings name.
    """

    def __init__(self, settings: Settings, find_subject: FindSubject) -> None:
        self._opened: dict[str, Engine] = {}
        self._trouble = ""
        self.default = settings.engine
        if settings.engine == "auto":
            self.default = self._open_best(settings, find_subject)
        elif settings.engine == "flux":
            self._opened["flux"] = _open_flux(settings, find_subject)
        self.get(self.default)
        _log.info("the default engine is %s", self.default)

    def get(self, name: str) -> Engine:
        """Return an engine by name.

        Args:
            name: auto, flux or studio.

        Returns:
            The engine, ready to paint.

        Raises:
            UnavailableError: the engine cannot run here, or the settings exclude it.
        """
        chosen = self.default if name == "auto" else name
        if chosen == "studio" and chosen not in self._opened:
            self._opened[chosen] = _open_studio()
        if chosen not in self._opened:
            if self._trouble:
                raise UnavailableError(f"engine: {chosen} cannot run here: {self._trouble}")
            raise UnavailableError(
                f"engine: {chosen} is not available, because POSTER_ENGINE is {self.default}; set "
                f"it to {chosen}, or use engine auto"
            )
        return self._opened[chosen]

    def close(self) -> None:
        """Release the models of every engine."""
        for engine in self._opened.values():
            engine.close()
        self._opened.clear()

    def _open_best(self, settings: Settings, find_subject: FindSubject) -> str:
        try:
            self._opened["flux"] = _open_flux(settings, find_subject)
        except UnavailableError as error:
            self._trouble = str(error).splitlines()[0]
            _log.info("flux cannot run here: %s", self._trouble)
            return "studio"
        return "flux"


def _open_flux(settings: Settings, find_subject: FindSubject) -> Engine:
    from poster.engines.flux.open import open_flux  # noqa: PLC0415

    return open_flux(settings, find_subject)


def _open_studio() -> Engine:
    from poster.engines.studio import StudioEngine  # noqa: PLC0415

    return StudioEngine()
