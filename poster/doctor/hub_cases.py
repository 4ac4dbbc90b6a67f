"""The tests in tests.json -> those that the Hub or the worker would reject.

Does not know which inputs the worker accepts: the caller does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from poster.doctor.file_finding import FileFinding, make_file_finding
from poster.doctor.located import Located
from poster.doctor.runpod_hub import TESTS

MIN_TIMEOUT_MS = 600_000
"""A first start pulls the image, imports and loads weights before the first answer."""

FindRejection = Callable[[object], str]
"""A test's input -> why the worker would reject it; an empty string if it would not."""


def check_cases(tests: Located, find_rejection: FindRejection) -> tuple[FileFinding, ...]:
    """Check every test.

    Args:
        tests: tests.json.
        find_rejection: returns why the worker would reject a test's input, or an empty string.

    Returns:
        What is wrong with each test; one finding if there are no tests.
    """
    listed = tests.at("tests")
    if not listed.listed():
        trouble = "tests is empty" if listed.value == [] else "tests must be a list of tests"
        return (make_file_finding("tests_empty", TESTS, listed.line, trouble),)
    return tuple(_check_cases(listed.listed(), find_rejection))


def _check_cases(
    cases: tuple[Located, ...], find_rejection: FindRejection
) -> Iterator[FileFinding]:
    names: set[str] = set()
    for number, case in enumerate(cases, start=1):
        name = case.at("name").value
        if not (isinstance(name, str) and name):
            yield make_file_finding("test_field", TESTS, case.line, f"test {number} has no name")
            name = str(number)
        elif name in names:
            yield make_file_finding(
                "test_field", TESTS, case.at("name").line, f"two tests are named {name!r}"
            )
        names.add(name)
        given = case.at("input")
        if not isinstance(given.value, dict):
            yield make_file_finding(
                "test_field", TESTS, given.line, f"test {name!r}: input must be an object"
            )
        elif trouble := find_rejection(given.value):
            yield make_file_finding("test_refused", TESTS, given.line, f"test {name!r}: {trouble}")
        timeout = case.at("timeout")
        if type(timeout.value) is not int or timeout.value < MIN_TIMEOUT_MS:
            bound = f"but must be at least {MIN_TIMEOUT_MS} ms"
            trouble = f"test {name!r}: timeout is {timeout.value}, {bound}"
            yield make_file_finding("test_timeout", TESTS, timeout.line, trouble)
