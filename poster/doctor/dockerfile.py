"""A Dockerfile -> its instructions and stages, with line numbers; a .dockerignore -> its patterns.

Source: docs.docker.com, Dockerfile reference and build context.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from poster.strict_json import NotJsonError, parse_json

_HEREDOC = re.compile(r"(?<!<)<<-?[\"']?([A-Za-z_]\w*)[\"']?")
_VARIABLE = re.compile(r"\$(?:\{(\w+)(?::?-([^}]*))?\}|(\w+))")
_MOUNT_FROM = re.compile(r"--mount=\S*\bfrom=([^,\s]+)")


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
        keyword, _, rest = re.sub(r"\s", " ", line.strip(), count=1).partition(" ")
        parts = [(number, rest.removesuffix("\\"))]
        continues = line.rstrip().endswith("\\")
        while continues:
            number, line = next(lines, (number, "end"))  # noqa: PLW2901 - the same iteration
            # Docker skips comments and empty lines here.
            if not line.strip() or line.lstrip().startswith("#"):
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


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of a build.

    Args:
        name: after AS, or its number.
        base: the image or the stage that it starts from.
        origin: its FROM; None before the first one.
        steps: its other instructions, with the values of variables filled in.
    """

    name: str
    base: str
    origin: Instruction | None
    steps: tuple[Instruction, ...]

    def sources(self) -> Iterator[tuple[str, int]]:
        """What else it takes files from.

        Yields:
            Names of stages or images after --from= or from=, and their lines.
        """
        for step in self.steps:
            if step.keyword in {"COPY", "ADD"}:
                for word in step.words():
                    if word.startswith("--from="):
                        yield word.removeprefix("--from="), step.line
            elif step.keyword == "RUN":
                for name in _MOUNT_FROM.findall(step.text):
                    yield name, step.line


@dataclass(frozen=True, slots=True)
class Build:
    """What a build of the last stage of a Dockerfile runs.

    Args:
        stages: those that the build needs, in the order of the file; others are never built.
        image: the last stage and those that it starts from, in order: their history is shipped.
    """

    stages: tuple[Stage, ...]
    image: tuple[Stage, ...]

    @property
    def steps(self) -> tuple[Instruction, ...]:
        """All instructions that are run, in the order of the file."""
        return tuple(step for stage in self.stages for step in stage.steps)


def read_build(text: str) -> Build:
    """Read what a build runs.

    Args:
        text: of a Dockerfile.

    Returns:
        The stages that the last one needs.
    """
    stages = _read_stages(read_dockerfile(text))
    by_name = {stage.name.lower(): stage for stage in stages}
    by_name |= {str(number): stage for number, stage in enumerate(stages)}
    image: list[Stage] = []
    last: Stage | None = stages[-1]
    while last and last not in image:
        image.append(last)
        last = by_name.get(last.base.lower())
    needed = list(image)
    for stage in needed:
        for name in [stage.base, *(source for source, _ in stage.sources())]:
            other = by_name.get(name.lower())
            if other and other not in needed:
                needed.append(other)
    return Build(tuple(stage for stage in stages if stage in needed), tuple(reversed(image)))


def _read_stages(instructions: Sequence[Instruction]) -> list[Stage]:
    arguments = read_arguments(instructions)
    starts = [at for at, step in enumerate(instructions) if step.keyword == "FROM"] or [-1]
    stages = []
    for number, (start, end) in enumerate(zip(starts, [*starts[1:], None], strict=True)):
        origin = instructions[start] if start >= 0 else None
        words = [word for word in origin.words() if word[:2] != "--"] if origin else []
        name = words[2] if len(words) == 3 and words[1].upper() == "AS" else str(number)
        base = expand(words[0], arguments) if words else ""
        steps = tuple(_fill_in(step, arguments) for step in instructions[start + 1 : end])
        stages.append(Stage(name, base, origin, steps))
    return stages


def _fill_in(step: Instruction, arguments: dict[str, str]) -> Instruction:
    if step.keyword in {"ARG", "ENV"}:
        return step
    lines = tuple((number, expand(text, arguments)) for number, text in step.lines)
    return Instruction(step.keyword, lines, expand(step.body, arguments))


def read_arguments(instructions: Sequence[Instruction]) -> dict[str, str]:
    """Read the values of a Dockerfile's variables, if none is set from outside.

    Args:
        instructions: of the file.

    Returns:
        Name -> default of an ARG, or value of an ENV; without those that have none.
    """
    arguments: dict[str, str] = {}
    for instruction in instructions:
        if instruction.keyword in {"ARG", "ENV"}:
            words = instruction.words()
            if instruction.keyword == "ENV" and words and "=" not in words[0]:
                words = [f"{words[0]}={' '.join(words[1:])}"]
            for word in words:
                name, equals, value = word.partition("=")
                if equals:
                    arguments.setdefault(name, expand(value, arguments))
    return arguments


def expand(text: str, arguments: dict[str, str]) -> str:
    """Replace variables by their values.

    Args:
        text: may contain $NAME, ${NAME} or ${NAME:-default}.
        arguments: name -> value.

    Returns:
        The text; an unknown variable becomes its default, or stays as it is.
    """
    return _VARIABLE.sub(
        lambda v: arguments.get(v[1] or v[3], v[0] if v[2] is None else v[2]), text
    )


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
    # Docker strips ../ too: nothing outside the context can be named.
    kept = re.sub(r"^(\.{1,2}/|/)+|(/|/\.)+$", "", pattern)
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
