"""Messages of errors: printable and short, whatever the caller sent."""

import copy

from hypothesis import given
from hypothesis import strategies as st

from poster.errors import MAX_LINE, InputError, RequestError, WeightsError

ANY_TEXT = st.text(st.characters(exclude_categories=()))


@given(ANY_TEXT, ANY_TEXT)
def test_an_input_error_is_one_short_printable_line(field: str, trouble: str) -> None:
    message = str(RequestError(field * 20, trouble * 20))

    assert len(message) <= MAX_LINE
    assert message.splitlines() in ([message], [])
    message.encode()


def test_a_long_message_keeps_what_is_wrong_and_how_to_fix_it() -> None:
    message = str(RequestError("request", f"{'folder/' * 600}a.json does not exist"))

    assert message.startswith("request: folder/")
    assert message.endswith("/a.json does not exist")
    assert "…" in message


def test_weights_have_a_line_for_each_file() -> None:
    assert str(WeightsError("a: is missing\nb\x1b[2J: is missing")) == (
        "a: is missing\nb\\x1b[2J: is missing"
    )
    assert str(InputError("a\nb")) == r"a\nb"


def test_an_error_of_a_request_passes_from_one_process_to_another() -> None:
    error = copy.copy(RequestError("width", "must be a whole number"))  # as pickle does

    assert (error.field, error.trouble) == ("width", "must be a whole number")
    assert str(error) == "width: must be a whole number"
