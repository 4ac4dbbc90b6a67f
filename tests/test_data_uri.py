import base64

import pytest

from poster.data_uri import decode_base64, decode_data_uri
from poster.errors import RequestError


@pytest.mark.parametrize("data", [b"", b"p", b"pi", b"pix", bytes(range(256))])
def test_base64_gives_its_bytes_bare_and_in_a_data_uri_of_any_media_type(data: bytes) -> None:
    text = base64.b64encode(data).decode()

    assert decode_base64("image", text) == data
    assert decode_data_uri("image", f"data:image/png;base64,{text}") == data
    assert decode_data_uri("image", f"data:;base64,{text}") == data


@pytest.mark.parametrize("text", ["QUJD\n", "QU\r\nJD", " QU \r\n JD\t", "QUJD"])
def test_white_space_in_base64_does_not_count(text: str) -> None:
    assert decode_base64("image", text) == b"ABC"
    assert decode_data_uri("image", f"data:image/png;base64,{text}") == b"ABC"


def test_base64_in_which_a_form_turned_plus_into_a_space_is_an_error() -> None:
    for text in ("QU D", "QU  QUJD", "QUJD\n+A C"):
        with pytest.raises(RequestError, match=r"a space, as if \+ had become one; send \+ as %2B"):
            decode_base64("image", text)


@pytest.mark.parametrize("head", ["data:image/png;base64", "DATA:image/png;BASE64", "Data:;bAse64"])
def test_the_case_of_a_data_uris_head_does_not_matter(head: str) -> None:
    assert decode_data_uri("image", f"{head},QUJD") == b"ABC"


@pytest.mark.parametrize("text", ["AA*A", "AAA", "AA==AA", "AAAA====", "A A", "é==="])
def test_anything_but_base64_is_refused_and_the_field_named(text: str) -> None:
    with pytest.raises(RequestError, match=r"photo: is not valid base64: [a-z]"):
        decode_base64("photo", text)
    with pytest.raises(RequestError, match=r"photo: is not valid base64: [a-z]"):
        decode_data_uri("photo", f"data:image/png;base64,{text}")


@pytest.mark.parametrize("uri", ["QUJD", "data:image/png,raw", "data:image/png;base64", "a,b"])
def test_anything_but_a_base64_data_uri_is_refused(uri: str) -> None:
    with pytest.raises(RequestError, match="photo: is not a base64 data URI; write"):
        decode_data_uri("photo", uri)


@pytest.mark.parametrize("text", ["@@@@", "QUJ\u00fc"])
def test_characters_that_base64_does_not_use_are_called_so(text: str) -> None:
    with pytest.raises(RequestError, match=r"it contains '[@ü]', which base64 does not use$"):
        decode_base64("image", text)
