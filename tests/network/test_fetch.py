"""A server on loopback plays all servers of the internet, especially hostile ones."""

from __future__ import annotations

import gzip
import itertools
import logging
import socket
from typing import TYPE_CHECKING

import httpcore2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poster.errors import RequestError
from poster.network.fetch import REDIRECTS_MAX, Timeouts, fetch_image
from poster.network.web_url import URL_MAX
from poster.request import LIMITS

if TYPE_CHECKING:
    from tests.support.internet import Internet

PUBLIC = "8.8.8.8"
METADATA = "169.254.169.254"
CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
IMAGE = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nimage"


def test_an_image_is_fetched_from_the_address_that_was_checked(internet: Internet) -> None:
    internet.put("/a%20b.png?sig=1", b"image")

    assert internet.fetch("http://photos.example/a b.png?sig=1#top") == b"image"

    assert internet.looked_up == ["photos.example:80"]
    assert internet.connected == [f"{PUBLIC}:80"]
    assert b"\r\nhost: photos.example\r\n" in internet.requests[0].lower()


@pytest.mark.parametrize(
    "reply",
    [
        b"HTTP/1.1 200 OK\r\n\r\nimage",
        b"HTTP/1.0 200 OK\r\n\r\nimage",
        CHUNKED + b"2;x=y\r\nim\r\n3\r\nage\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-encoding: identity\r\n\r\nimage",
        b"HTTP/1.1 103 Early Hints\r\n\r\n" + IMAGE,
    ],
    ids=["until it closes", "HTTP/1.0", "chunked", "identity", "after a hint"],
)
def test_valid_replies_are_read(internet: Internet, reply: bytes) -> None:
    internet.pages["/"] = reply
    assert internet.fetch("http://photos.example") == b"image"


def test_the_largest_image_allowed_is_read(internet: Internet) -> None:
    image = bytes(LIMITS.image_bytes)
    internet.put("/", image)
    assert internet.fetch("http://photos.example/") == image


def test_a_host_in_another_script_is_requested_by_its_ascii_name(internet: Internet) -> None:
    internet.put("/", b"image")
    internet.fetch("http://사진.example:8080/")
    assert internet.looked_up == ["xn--vf4bi0o.example:8080"]
    assert b"\r\nhost: xn--vf4bi0o.example:8080\r\n" in internet.requests[0].lower()


def test_an_ipv6_address_is_requested_with_its_brackets(internet: Internet) -> None:
    internet.put("/", b"image")
    internet.addresses["2606:4700:4700::1111"] = ["2606:4700:4700::1111"]
    internet.fetch("http://[2606:4700:4700::1111]/")
    assert internet.connected == ["2606:4700:4700::1111:80"]
    assert b"\r\nhost: [2606:4700:4700::1111]\r\n" in internet.requests[0].lower()


@pytest.mark.parametrize("address", ["127.0.0.1", METADATA, "::1", "64:ff9b::a9fe:a9fe"])
def test_a_name_with_an_internal_address_is_refused_before_any_connection(
    internet: Internet, address: str
) -> None:
    internet.addresses["photos.example"] = [PUBLIC, address]
    with pytest.raises(
        RequestError,
        match="image: is on a host that cannot be found from here or has no public address",
    ):
        internet.fetch("http://photos.example/")
    assert internet.connected == []


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost/",
        "http://127.0.0.1:8000/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://0177.0.0.1/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:a9fe:a9fe]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://①②⑦.0.0.1/",
        "http://127。0。0。1/",
        "http://169.254.169.254/latest/meta-data/",
        "http:169.254.169.254/",
        "http:///169.254.169.254/",
        "http://169.254.169.254\\@photos.example/",
        "http://photos.example\\@169.254.169.254/",
        "http://photos.example#@169.254.169.254:80\\/",
    ],
)
def test_no_notation_of_an_internal_address_is_connected_to(url: str) -> None:
    asked: list[str] = []

    def connect(address: str, port: int, timeout_s: float | None) -> httpcore2.NetworkStream:
        asked.append(f"{address}:{port} {timeout_s}")
        raise httpcore2.ConnectError("none of these has a public address")

    with pytest.raises(RequestError):
        fetch_image(url, connect=connect, timeouts=Timeouts(3.0, 1.0))
    assert asked == []


def test_a_name_is_not_resolved_again_after_it_was_checked(internet: Internet) -> None:
    internet.put("/", b"image")
    answers = iter([[PUBLIC], [METADATA]])

    fetch_image(
        "http://rebind.example/", resolve=lambda *_: next(answers), connect=internet.connect
    )

    assert internet.connected == [f"{PUBLIC}:80"]
    assert next(answers) == [METADATA], "it was looked up only once"


def test_a_name_is_checked_again_for_a_redirect_to_itself(internet: Internet) -> None:
    internet.redirect("/", "/again")
    internet.put("/again", b"the secrets of the cloud")
    answers = iter([[PUBLIC], [METADATA]])

    with pytest.raises(RequestError, match="has no public address"):
        fetch_image(
            "http://rebind.example/", resolve=lambda *_: next(answers), connect=internet.connect
        )

    assert internet.connected == [f"{PUBLIC}:80"]


@pytest.mark.parametrize(
    ("location", "trouble"),
    [
        ("http://metadata.internal/", "has no public address"),
        ("//metadata.internal/", "has no public address"),
        ("http://[fe80::1%25eth0]/", "has no public address"),
        ("file:///etc/passwd", "must be an http or https URL"),
        ("ftp://photos.example/", "must be an http or https URL"),
        ("gopher://photos.example/", "must be an http or https URL"),
        ("unix:///run/docker.sock", "must be an http or https URL"),
        ("data:image/png;base64,AAAA", "must be an http or https URL"),
        ("http://user:secret@photos.example/", "name or password"),
        ("http://photos.example:22/", "a port that is not allowed"),
        ("http://[::1/", "has an invalid URL"),
        ("http://\x7f/", "has an invalid URL"),
    ],
)
def test_a_redirect_to_a_forbidden_url_is_refused(
    internet: Internet, location: str, trouble: str
) -> None:
    internet.addresses |= {"metadata.internal": [METADATA], "fe80::1%25eth0": ["fe80::1%eth0"]}
    internet.redirect("/", location)
    with pytest.raises(RequestError, match=trouble):
        internet.fetch("http://photos.example/")
    assert len(internet.requests) == 1


@pytest.mark.parametrize("status", ["301 a", "302 a", "303 a", "307 a", "308 a"])
def test_a_redirect_is_followed(internet: Internet, status: str) -> None:
    internet.redirect("/a/b", "../사진", status)
    internet.redirect("/%EC%82%AC%EC%A7%84", "https://cdn.example:8443/", status)
    with pytest.raises(RequestError, match=r"cannot be reached|broke the connection"):
        # cdn.example has no TLS here; that it was asked for shows that the way led there.
        internet.fetch("http://photos.example/a/b")
    assert internet.looked_up == ["photos.example:80", "photos.example:80", "cdn.example:8443"]


def test_a_host_without_a_public_address_gets_each_advice_once(internet: Internet) -> None:
    internet.addresses |= {"metadata.internal": [METADATA]}
    with pytest.raises(RequestError) as refused:
        internet.fetch("http://metadata.internal/")
    assert str(refused.value) == (
        "image: is on a host that cannot be found from here or has no public address; use a public "
        "URL, or send the image itself as base64"
    )


def test_as_many_redirects_as_are_allowed_are_followed(internet: Internet) -> None:
    for step in range(REDIRECTS_MAX):
        internet.redirect(f"/{step}", f"/{step + 1}")
    internet.put(f"/{REDIRECTS_MAX}", b"image")
    assert internet.fetch("http://photos.example/0") == b"image"


@pytest.mark.parametrize("itself", ["/", "", "//"])
def test_one_redirect_more_is_refused(internet: Internet, itself: str) -> None:
    internet.redirect("/", itself)
    with pytest.raises(RequestError, match="redirected more than 3 times"):
        internet.fetch("http://photos.example/")
    assert len(internet.requests) == REDIRECTS_MAX + 1


@pytest.mark.parametrize(
    ("url", "trouble"),
    [
        ("", "must be an http or https URL"),
        ("photos.example/a.png", "must be an http or https URL"),
        ("/etc/passwd", "must be an http or https URL"),
        ("file:///etc/passwd", "must be an http or https URL"),
        ("ftp://photos.example/", "must be an http or https URL"),
        ("http://", "must be an http or https URL"),
        ("http://?/", "must be an http or https URL"),
        ("http://photos.example/" + "a" * URL_MAX, "must be an http or https URL"),
        ("http://photos.example/" + "a" * 100_000, "has an invalid URL"),
        ("http://photos.example/\r\nX: y", "has an invalid URL"),
        ("http://photos.example/\0", "has an invalid URL"),
        ("http://[photos.example]/", "has an invalid URL"),
        ("http://photos.example:x/", "has an invalid URL"),
        ("http://\ud800.example/", "has an invalid URL"),
        ("http://user@photos.example/", "name or password"),
        ("http://user:secret@photos.example/", "name or password"),
        ("http://:secret@photos.example/", "name or password"),
        ("http://photos.example:0/", "a port that is not allowed"),
        ("http://photos.example:22/", "a port that is not allowed"),
        ("http://photos.example:25/", "a port that is not allowed"),
        ("http://photos.example:65536/", "a port that is not allowed"),
    ],
)
def test_a_forbidden_url_is_refused_before_its_host_is_looked_up(
    internet: Internet, url: str, trouble: str
) -> None:
    with pytest.raises(RequestError, match=trouble) as refusal:
        internet.fetch(url)
    assert internet.looked_up == []
    assert "secret" not in str(refusal.value)


@given(
    st.one_of(
        st.text(),
        st.from_regex(r"https?://[\[\]%@:.0-9a-fx\\/?#-]{0,40}", fullmatch=True),
        st.builds("http://{}/".format, st.text()),
    )
)
def test_no_url_causes_an_internal_error(url: str) -> None:
    def connect(address: str, port: int, timeout_s: float | None) -> httpcore2.NetworkStream:
        raise httpcore2.ConnectError(f"{address}:{port} {timeout_s}")

    with pytest.raises(RequestError):
        fetch_image(url, resolve=lambda *_: [PUBLIC], connect=connect)


def test_an_unknown_host_and_an_internal_one_get_the_same_message(internet: Internet) -> None:
    def find_nothing(host: str, port: int) -> list[str]:
        raise socket.gaierror(host, port)

    internet.addresses["inner.example"] = ["10.0.0.1"]
    with pytest.raises(RequestError) as inner:
        internet.fetch("http://inner.example/")
    with pytest.raises(RequestError) as unknown:
        fetch_image("http://unknown.example/", resolve=find_nothing)
    assert str(inner.value) == str(unknown.value)


@pytest.mark.parametrize("status", ["204 a", "206 a", "304 a", "401 a", "404 a", "500 a", "302 a"])
def test_any_status_but_200_is_refused_and_named(internet: Internet, status: str) -> None:
    internet.pages["/"] = f"HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n".encode()
    with pytest.raises(RequestError, match=f"returns status {status[:3]}"):
        internet.fetch("http://photos.example/")


def test_a_body_whose_declared_length_is_too_large_is_not_read(internet: Internet) -> None:
    head = f"HTTP/1.1 200 OK\r\ncontent-length: {LIMITS.image_bytes + 1}\r\n\r\n".encode()
    internet.pages["/"] = lambda: [head, 60.0]
    with pytest.raises(RequestError, match="the maximum is 40 MB"):
        internet.fetch("http://photos.example/")


@pytest.mark.parametrize(
    ("head", "part"),
    [
        (b"transfer-encoding: chunked\r\n", b"100000\r\n" + bytes(1 << 20) + b"\r\n"),
        (b"", bytes(1 << 20)),
    ],
    ids=["chunked", "until it closes"],
)
def test_an_endless_body_is_refused_at_the_bound(
    internet: Internet, head: bytes, part: bytes
) -> None:
    internet.pages["/"] = lambda: itertools.chain(
        [b"HTTP/1.1 200 OK\r\n" + head + b"\r\n"], itertools.repeat(part)
    )
    with pytest.raises(RequestError, match="is more than 40 MB"):
        internet.fetch("http://photos.example/")


def test_compressed_replies_are_refused(internet: Internet) -> None:
    bomb = gzip.compress(bytes(50_000_000))
    internet.put("/", bomb, content_encoding="gzip")
    internet.put("/unsaid", bomb)

    with pytest.raises(RequestError, match="is sent compressed"):
        internet.fetch("http://photos.example/")
    assert internet.fetch("http://photos.example/unsaid") == bomb
    assert b"\r\naccept-encoding: identity\r\n" in internet.requests[0].lower()


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"220 mail.example ESMTP\r\n",
        b"\x15\x03\x01\x00\x02\x02\x46",
        b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nimage",
        CHUNKED + b"9\r\nimage",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\nimage",
        b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nimage!",
        b"HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\nimage",
        b"HTTP/1.1 200 OK\r\ncontent-length: 1" + b"0" * 5000 + b"\r\n\r\nimage",
        b"HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\n\r\n",
        b"HTTP/1.1 200 OK\r\na: " + b"b" * 200_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 50_000 + b"\r\n",
        CHUNKED + b"5;" + b"x" * 200_000,
    ],
    ids=[
        "nothing",
        "mail",
        "TLS",
        "cut short",
        "cut short in a chunk",
        "packed for the way",
        "of two lengths",
        "of negative length",
        "of a length to choke on",
        "another protocol",
        "one endless header",
        "headers without number",
        "an endless chunk extension",
    ],
)
def test_a_reply_that_is_not_valid_http_is_refused(internet: Internet, reply: bytes) -> None:
    internet.pages["/"] = reply
    with pytest.raises(RequestError, match=r"broke the connection|returns status 101"):
        internet.fetch("http://photos.example/")


def test_the_environments_proxies_are_ignored(
    internet: Internet, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://proxy.example:3128")
    internet.put("/", b"image")
    assert internet.fetch("http://photos.example/") == b"image"
    assert internet.looked_up == ["photos.example:80"]


def test_a_signature_is_in_no_message_and_no_log(
    internet: Internet, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    internet.redirect("/?sig=s3cret", "/gone?sig=s3cret")
    internet.put("/gone?sig=s3cret", b"", "404 Not Found")
    with pytest.raises(RequestError) as refusal:
        internet.fetch("http://photos.example/?sig=s3cret")
    assert "s3cret" not in caplog.text + str(refusal.value)
    assert "photos.example" not in str(refusal.value)


def test_an_internal_error_is_not_reported_as_the_callers() -> None:
    def break_down(host: str, port: int) -> list[str]:
        raise KeyError(host, port)

    with pytest.raises(KeyError):
        fetch_image("http://photos.example/", resolve=break_down)
