"""What several commands take: commands below them, a weight set, a folder of models, --json.

Does not know what any command does with it.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from poster.errors import RequestError
from poster.settings import Settings
from poster.weights.places import default_root

Run = Callable[[argparse.Namespace, Settings], int]
"""Runs a command: what it was given and the deployment's settings -> an exit code."""


def add_commands(
    parser: argparse.ArgumentParser,
) -> Callable[[str, Run, str], argparse.ArgumentParser]:
    """Give a command commands below it.

    Args:
        parser: of the command.

    Returns:
        Adds one: its name, what runs it and what it does -> its parser.
    """
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def add(name: str, run: Run, text: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text, allow_abbrev=False)
        command.set_defaults(run=run)
        return command

    return add


def add_json(parser: argparse.ArgumentParser) -> None:
    """Let a command answer in JSON."""
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def add_set(parser: argparse.ArgumentParser) -> None:
    """Let a command take a weight set's name."""
    parser.add_argument("--set", metavar="NAME", help="a name of poster weights list")


def add_root(parser: argparse.ArgumentParser) -> None:
    """Let a command take another folder of models than the deployment's."""
    parser.add_argument(
        "--root",
        metavar="DIR",
        type=Path,
        help="folder of models (default: POSTER_MODELS, the volume, or the user's cache)",
    )


def read_root(options: argparse.Namespace, settings: Settings) -> Path:
    """The folder of models: what --root names, or the deployment's."""
    root: Path | None = options.root
    return root or default_root(settings.models_dir)


@contextmanager
def writing(argument: str) -> Iterator[None]:
    """Write where an argument says.

    Args:
        argument: its name.

    Raises:
        RequestError: nothing can be written there; it names the argument.
    """
    try:
        yield
    except OSError as error:
        raise RequestError(argument, f"cannot be written: {error.strerror}") from error
