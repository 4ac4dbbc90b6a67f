"""The tests in tests.json -> those that the Hub or the worker would reject.

Does not know which inputs the worker accepts: the caller does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from poster.doctor.file_finding import FileFinding, find
from poster.doctor.marked import Marked
from poster.doctor.runpod_hub import TESTS

MIN_TIMEOUT_MS = 600_000
"""A first start pulls the image, imports and loads weights before the first answer."""

Accept = Callable[[object], str]
"""Takes a test's input; returns why the worker would reject it, or an empty string."""


def check_cases(tests: Marked, accept: Accept) -> tuple[FileFinding, ...]:
    """Check every test.

    Args:
        tests: tests.json.
        accept: checks an input as the worker does.

    Returns:
        What is wrong with each test; one finding if there are no tests.
    """
    listed = tests.at("tests")
    if not listed.listed():
        trouble = "tests is empty" if listed.value == [] else "tests must be a list of tests"
        return (find("tests_empty", TESTS, listed.line, trouble),)
    return tuple(_check_cases(listed.listed(), accept))


def _check_cases(cases: tuple[Marked, ...], accept: Accept) -> Iterator[FileFinding]:
    names: set[str] = set()
    for number, case in enumerate(cases, start=1):
        name = case.at("name").value
        if not (isinstance(name, str) and name):
            yield find("test_field", TESTS, case.line, f"test {number} has no name")
            name = str(number)
        elif name in names:
            yield find("test_field", TESTS, case.at("name").line, f"two tests are named {name!r}")
        names.add(name)
        given = case.at("input")
        if not isinstance(given.value, dict):
            yield find("test_field", TESTS, given.line, f"test {name!r}: input must be an object")
        elif trouble := accept(given.value):
            yield find("test_refused", TESTS, given.line, f"test {name!r}: {trouble}")
        timeout = case.at("timeout")
        if type(timeout.value) is not int or timeout.value < MIN_TIMEOUT_MS:
            bound = f"but must be at least {MIN_TIMEOUT_MS} ms"
            trouble = f"test {name!r}: timeout is {timeout.value}, {bound}"
            yield find("test_timeout", TESTS, timeout.line, trouble)
