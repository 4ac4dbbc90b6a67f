"""Arguments that several commands share: subcommands, a weight set, the models folder, --json.

Does not know what any command does with them.
"""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from poster.errors import RequestError
from poster.settings import Settings
from poster.weights.places import default_root

Run = Callable[[argparse.Namespace, Settings], int]
"""Runs a command: parsed arguments and the deployment's settings -> an exit code."""


def add_commands(
    parser: argparse.ArgumentParser,
) -> Callable[[str, Run, str], argparse.ArgumentParser]:
    """Prepare a command for subcommands.

    Args:
        parser: parser of the command.

    Returns:
        A function that adds a subcommand: name, function and help text -> its parser.
    """
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def add(name: str, run: Run, text: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text, allow_abbrev=False)
        command.set_defaults(run=run)
        return command

    return add


def add_json(parser: argparse.ArgumentParser) -> None:
    """Add --json to a command."""
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def add_set(parser: argparse.ArgumentParser) -> None:
    """Add --set, the name of a weight set, to a command."""
    parser.add_argument(
        "--set",
        metavar="NAME",
        help="a weight set from poster weights list (default: the one marked there)",
    )


def add_root(parser: argparse.ArgumentParser, text: str = "") -> None:
    """Add --root, the models folder, to a command.

    Args:
        parser: of the command.
        text: help text of a command that requires --root; without it, --root replaces the
            deployment's models folder.
    """
    parser.add_argument(
        "--root",
        metavar="DIR",
        type=_models_folder,
        required=bool(text),
        help=text or "models folder (default: POSTER_MODELS, the volume, or the user's cache)",
    )


def _models_folder(text: str) -> Path:
    """Read a path that can be looked at; whether it exists, and is a folder, is the command's."""
    path = Path(text)
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return path
    except OSError as error:
        trouble = f"must be a folder that can be read, not {text}: {error.strerror}"
        raise argparse.ArgumentTypeError(trouble) from None
    return path


def read_root(options: argparse.Namespace, settings: Settings) -> Path:
    """Return the models folder: the value of --root, or the deployment's."""
    root: Path | None = options.root
    return root or default_root(settings.models_dir)


def root_option(options: argparse.Namespace) -> str:
    """Return --root as the caller gave it, for commands in messages; empty without it."""
    return f" --root {shlex.quote(str(options.root))}" if options.root else ""


@contextmanager
def writing(argument: str) -> Iterator[None]:
    """Report a failure to write as an error of the argument that names the destination.

    Args:
        argument: name of the argument.

    Raises:
        RequestError: the destination cannot be written; the error names the argument.
    """
    try:
        yield
    except FileExistsError as error:
        trouble = f"{error.filename} exists and is not a folder; name another one"
        raise RequestError(argument, trouble) from error
    except OSError as error:
        name = f"{error.filename} " if error.filename else ""
        raise RequestError(argument, f"{name}cannot be written: {error.strerror}") from error
