import base64

import pytest

from poster.data_uri import cut_data_uri, decode_base64, decoded_size
from poster.errors import RequestError


@pytest.mark.parametrize("data", [b"", b"p", b"pi", b"pix", bytes(range(256))])
def test_base64_gives_its_bytes_and_tells_their_number(data: bytes) -> None:
    text = base64.b64encode(data).decode()

    assert decode_base64("image", text) == data
    assert decoded_size(text) == len(data)


@pytest.mark.parametrize("text", ["AA*A", "AAA", "AA==AA", "AAAA====", "AA A", "QUJD\n", "é==="])
def test_anything_beside_base64_is_refused_by_the_fields_name(text: str) -> None:
    with pytest.raises(RequestError, match=r"photo: is not valid base64: [a-z]"):
        decode_base64("photo", text)


def test_a_data_uri_of_any_media_type_is_cut_at_its_comma() -> None:
    assert cut_data_uri("image", "data:image/png;base64,QUJD") == "QUJD"
    assert cut_data_uri("image", "data:;base64,QUJD") == "QUJD"


@pytest.mark.parametrize("uri", ["QUJD", "data:image/png,raw", "data:image/png;base64", "a,b"])
def test_what_is_no_base64_data_uri_is_refused(uri: str) -> None:
    with pytest.raises(RequestError, match="photo: is no base64 data URI; write"):
        cut_data_uri("photo", uri)
