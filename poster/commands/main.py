"""Arguments -> a run of the command that they name; an error -> its lines on stderr, an exit code.

Does not know what a command does.
"""

from __future__ import annotations

import argparse
import difflib
import logging
import re
from collections.abc import Callable, Sequence
from typing import NoReturn

import poster
from poster.commands.comfy import add_comfy
from poster.commands.console import complain, flush_output, print_text
from poster.commands.doctor import add_doctor
from poster.commands.make import add_make
from poster.commands.schema import add_schema
from poster.commands.serve import add_serve
from poster.commands.volume import add_volume
from poster.commands.weights import add_weights
from poster.commands.worker import add_worker
from poster.errors import InputError, PosterError, RequestError
from poster.printable import quote
from poster.settings import Settings

log = logging.getLogger(__name__)

_EXIT_CODES = (
    "exit codes: 0 success; 1 internal error, or findings of a check; 2 invalid input or settings; "
    "3 cannot run here (no weights, GPU or network)"
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: without the program's name; None uses those of the process.

    Returns:
        The exit code: 0 success; 1 internal error, or findings (doctor, weights verify and status,
        comfy check, schema --check); 2 invalid input or settings; 3 cannot run here (no weights,
        GPU or network).

    Raises:
        KeyboardInterrupt: Ctrl-C; the caller handles it.
        BrokenPipeError: nobody reads the output any more; the caller handles it.
    """
    try:
        code = _run(arguments)
        flush_output()
    except PosterError as error:
        log.debug("the command failed", exc_info=True)
        for line in str(error).split("\n"):
            complain(line)
        return error.exit_code
    except BrokenPipeError:
        raise
    except Exception as error:
        # Whatever happened, print one line.
        log.debug("the command failed with an internal error", exc_info=True)
        kind = type(error).__name__
        complain(f"internal error ({kind}); set POSTER_LOG_LEVEL=DEBUG to see the traceback")
        return 1
    return code


def _run(arguments: Sequence[str] | None) -> int:
    try:
        options = build_parser().parse_args(arguments)
    except SystemExit as ended:  # argparse has printed the help, the version or an error
        return int(ended.code or 0)
    settings = Settings.from_environment()
    # At a terminal, the command's own output replaces what a server logs at INFO.
    level = "WARNING" if settings.log_level == "INFO" else settings.log_level
    logging.basicConfig(level=level)
    run: Callable[[argparse.Namespace, Settings], int] = options.run
    return run(options, settings)


def build_parser() -> argparse.ArgumentParser:
    """Build the parser of all commands.

    Returns:
        A parser; its result has the command's function as `run`.
    """
    purpose = (poster.__doc__ or "").partition("\n")[0]
    parser = _Parser(prog="poster", description=purpose, epilog=_EXIT_CODES, allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"poster {poster.__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    add_make(commands.add_parser("make", help="make a poster from a photo", allow_abbrev=False))
    add_serve(commands.add_parser("serve", help="serve predictions over HTTP", allow_abbrev=False))
    text = "serve RunPod jobs"
    # All arguments belong to the SDK. With this prefix character, argparse parses no options.
    add_worker(commands.add_parser("worker", help=text, prefix_chars="\0", add_help=False))
    add_schema(commands.add_parser("schema", help="write the schema that Cog's server needs"))
    add_weights(commands.add_parser("weights", help="download and verify the flux engine's models"))
    text = (
        "find what would stop a deployment from serving, and show how to fix it; exits 1 if "
        "anything is found"
    )
    add_doctor(commands.add_parser("doctor", help=text, description=text, allow_abbrev=False))
    add_comfy(commands.add_parser("comfy", help="export, import and check ComfyUI workflows"))
    add_volume(commands.add_parser("volume", help="prepare a network volume for RunPod"))
    return parser


class _Parser(argparse.ArgumentParser):
    """Reports bad arguments in one line, in the same words as bad fields of a request."""

    def parse_known_args(  # type: ignore[override] # the stub has overloads for the namespace
        self,
        args: Sequence[str] | None = None,
        namespace: argparse.Namespace | None = None,
    ) -> tuple[argparse.Namespace, list[str]]:
        found, unknown = super().parse_known_args(args, namespace)
        # Here, and not in parse_args, so that the parser of the command reports it.
        if unknown:
            # argparse takes an unknown flag whose value contains a space for an argument.
            flags = (one for one in args or () if re.match(r"--[\w-]+=", one))
            known = self._option_string_actions
            strange = (one for one in flags if one.partition("=")[0] not in known)
            self.error(self._describe(next(strange, unknown[0])))
        return found, unknown

    def _print_message(self, message: str, _file: object = None) -> None:
        # The help or the version. argparse would ignore a failure to write.
        print_text(message.rstrip())

    def error(self, message: str) -> NoReturn:
        if found := re.fullmatch(r"argument --([\w-]+): (must .*)", message, re.DOTALL):
            complain(str(RequestError(found[1].replace("-", "_"), found[2])))
            self.exit(2)
        if found := re.fullmatch(
            r"argument COMMAND: invalid choice: (.*) \(choose from (.*)\)", message, re.DOTALL
        ):
            message = f"unknown command {found[1]:.60}; commands: {found[2].replace(chr(39), '')}"
        if message.endswith("required: COMMAND"):
            message = "a command is missing"
        end = "" if message.endswith("?") else ";"
        complain(str(InputError(f"{message}{end} see {self.prog} --help")))
        self.exit(2)

    def _describe(self, argument: str) -> str:
        if not argument.startswith("-"):
            return f"unexpected argument {quote(argument)}"
        flag = argument.partition("=")[0]
        near = difflib.get_close_matches(flag, self._option_string_actions, n=1, cutoff=0.7)
        guess = f"; did you mean {near[0]}?" if near else ""
        return f"unknown flag {flag:.60}{guess}"
