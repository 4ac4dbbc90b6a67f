"""A Dockerfile -> its instructions with line numbers; a .dockerignore -> its patterns.

Source: docs.docker.com, Dockerfile reference and build context.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from poster.strict_json import NotJsonError, parse_json

_HEREDOC = re.compile(r"<<-?[\"']?(\w+)[\"']?")
_VARIABLE = re.compile(r"\$(?:\{(\w+)(?::?-([^}]*))?\}|(\w+))")


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction.

    Args:
        keyword: in capitals, such as RUN.
        lines: the number and text of each line after the keyword, without comments, continuation
            marks and the bodies of heredocs.
        body: the bodies of its heredocs.
    """

    keyword: str
    lines: tuple[tuple[int, str], ...]
    body: str = ""

    @property
    def line(self) -> int:
        """Its first line, counted from 1."""
        return self.lines[0][0]

    @property
    def text(self) -> str:
        """Everything after the keyword, on one line."""
        return " ".join(text.strip() for _, text in self.lines).strip()

    def words(self) -> list[str]:
        """The text after the keyword, split as a shell or a JSON array splits it.

        Returns:
            The words, including flags such as --from.
        """
        if self.text.startswith("["):
            try:
                return [str(word) for word in parse_json(self.text)]
            except NotJsonError:
                pass
        try:
            return shlex.split(self.text)
        except ValueError:
            return self.text.split()


def read_dockerfile(text: str) -> tuple[Instruction, ...]:
    """Read the instructions of a Dockerfile.

    Args:
        text: of the file.

    Returns:
        The instructions, in order.
    """
    lines = iter(enumerate(text.splitlines(), start=1))
    return tuple(_read_instructions(lines))


def _read_instructions(lines: Iterator[tuple[int, str]]) -> Iterator[Instruction]:
    for number, line in lines:
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        keyword, _, rest = line.strip().partition(" ")
        parts = [(number, rest.removesuffix("\\"))]
        continues = line.rstrip().endswith("\\")
        while continues:
            number, line = next(lines, (number, ""))  # noqa: PLW2901 - the same iteration
            if line.strip().startswith("#"):
                continue
            continues = line.rstrip().endswith("\\")
            parts.append((number, line.rstrip().removesuffix("\\")))
        body: list[str] = []
        for word in _HEREDOC.findall(" ".join(text for _, text in parts)):
            for _, inside in lines:
                if inside.strip() == word:
                    break
                body.append(inside)
        yield Instruction(keyword.upper(), tuple(parts), "\n".join(body))


def read_arguments(instructions: Sequence[Instruction]) -> dict[str, str]:
    """Read the defaults of a Dockerfile's ARGs.

    Args:
        instructions: of the file.

    Returns:
        Name -> default; an empty string if there is none.
    """
    arguments: dict[str, str] = {}
    for instruction in instructions:
        if instruction.keyword == "ARG":
            for word in instruction.words():
                name, _, default = word.partition("=")
                arguments.setdefault(name, expand(default, arguments))
    return arguments


def expand(text: str, arguments: dict[str, str]) -> str:
    """Replace variables by their values.

    Args:
        text: may contain $NAME, ${NAME} or ${NAME:-default}.
        arguments: name -> value.

    Returns:
        The text; an unknown variable becomes its default, or is removed.
    """
    return _VARIABLE.sub(lambda v: arguments.get(v[1] or v[3], v[2] or ""), text)


@dataclass(frozen=True, slots=True)
class Ignored:
    """A .dockerignore.

    Args:
        rules: whether each pattern hides (True) or, after a !, shows again; and the pattern. The
            last rule that matches decides.
    """

    rules: tuple[tuple[bool, re.Pattern[str]], ...] = ()

    def hides(self, path: str) -> bool:
        """Whether a file is excluded from the build.

        Args:
            path: relative to the root of the build, with forward slashes.

        Returns:
            Whether it is excluded.
        """
        hidden = False
        for hides, pattern in self.rules:
            if pattern.fullmatch(path):
                hidden = hides
        return hidden


def read_ignored(text: str) -> Ignored:
    """Read a .dockerignore.

    Args:
        text: of the file.

    Returns:
        Its rules.
    """
    rules = []
    for line in text.splitlines():
        pattern = line.strip()
        if pattern and not pattern.startswith("#"):
            hides = not pattern.startswith("!")
            rules.append((hides, match_path(pattern.removeprefix("!").strip())))
    return Ignored(tuple(rules))


def match_path(pattern: str) -> re.Pattern[str]:
    """Turn a pattern of a .dockerignore, or a source of COPY, into a regular expression.

    Args:
        pattern: * and ? match within a name, ** across names.

    Returns:
        An expression that matches the paths of the files that it names, and of all files below.
    """
    kept = re.sub(r"^(\./|/)+|(/|/\.)+$", "", pattern)
    if kept in {"", "."}:
        return re.compile(r".*")
    expression = ""
    for part in re.findall(r"\*\*/|\*\*|\*|\?|\[[^\]]+\]|[^*?\[]+|\[", kept):
        expression += {
            "**/": r"(?:.*/)?",
            "**": r".*",
            "*": r"[^/]*",
            "?": r"[^/]",
        }.get(part) or (part if re.fullmatch(r"\[[^\]]+\]", part) else re.escape(part))
    return re.compile(rf"{expression}(?:/.*)?")
