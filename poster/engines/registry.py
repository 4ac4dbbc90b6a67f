"""The name of an engine -> the engine. Imports an engine's module only when it is asked for."""

from __future__ import annotations

from importlib import import_module

from poster.engines.base import Engine
from poster.errors import UnavailableError

_CLASSES = {"studio": "poster.engines.studio:StudioEngine"}


def choose_engine(name: str) -> str:
    """Resolve auto to the best engine that this machine can run.

    Args:
        name: auto, flux or studio.

    Returns:
        The name of an engine that can be opened.

    Raises:
        UnavailableError: it cannot run here; the message says what would mend it.
    """
    chosen = "studio" if name == "auto" else name
    if chosen not in _CLASSES:
        raise UnavailableError(
            f"engine {chosen} is not part of this version: ask for studio, or auto"
        )
    return chosen


def open_engine(name: str) -> Engine:
    """Load an engine with all it needs.

    Args:
        name: as choose_engine returned it.

    Returns:
        The engine, ready to paint.
    """
    module, _, attribute = _CLASSES[name].partition(":")
    engine: Engine = getattr(import_module(module), attribute)()
    return engine
