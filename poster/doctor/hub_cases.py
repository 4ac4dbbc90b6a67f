"""The tests in tests.json -> those that the Hub or the worker would reject.

Does not know which inputs the worker accepts: the caller does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from poster.doctor.file_finding import FileFinding, find_at
from poster.doctor.located import Located

MIN_TIMEOUT_MS = 600_000
"""A first start pulls the image, imports and loads weights before the first answer."""

FindRejection = Callable[[object], str]
"""A test's input -> why the worker would reject it; an empty string if it would not."""


def check_cases(tests: Located, find_rejection: FindRejection | None) -> tuple[FileFinding, ...]:
    """Check every test.

    Args:
        tests: tests.json.
        find_rejection: returns why the worker would reject a test's input, or an empty string;
            None if the worker is another one, whose inputs and start are not known.

    Returns:
        What is wrong with each test; one finding if there are no tests.
    """
    listed = tests.at("tests")
    if not listed.listed():
        trouble = "tests is empty" if listed.value == [] else "tests must be a list of tests"
        return (find_at("tests_empty", listed, trouble),)
    return tuple(_check_cases(listed.listed(), find_rejection))


def _check_cases(
    cases: tuple[Located, ...], find_rejection: FindRejection | None
) -> Iterator[FileFinding]:
    names: list[str] = []
    for number, case in enumerate(cases, start=1):
        name = case.at("name").value
        if not (isinstance(name, str) and name):
            yield find_at("test_field", case, f"test {number} has no name")
            name = str(number)
        elif names.count(name) == 1:
            yield find_at("test_field", case.at("name"), f"another test is named {name!r}, too")
        names.append(name)
        given = case.at("input")
        if not isinstance(given.value, dict):
            yield find_at("test_field", given, f"test {name!r}: input must be an object")
        elif find_rejection and (trouble := find_rejection(given.value)):
            yield find_at("test_refused", given, f"test {name!r}: {trouble}")
        timeout = case.at("timeout")
        if find_rejection and (type(timeout.value) is not int or timeout.value < MIN_TIMEOUT_MS):
            bound = f"must be at least {MIN_TIMEOUT_MS} ms"
            given_ms = "is missing; it" if timeout.value is None else f"is {timeout.value}, but"
            yield find_at("test_timeout", timeout, f"test {name!r}: timeout {given_ms} {bound}")
