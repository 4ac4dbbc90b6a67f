"""No server, however slow, makes a fetch exceed its timeouts."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from poster.errors import Cancelled, RequestError
from poster.network.fetch import Timeouts, fetch_image
from poster.progress import ProgressMonitor

if TYPE_CHECKING:
    from tests.support.internet import Answer, Internet

CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
REDIRECT = b"HTTP/1.1 302 Found\r\ncontent-length: 0\r\nlocation: /\r\n\r\n"
SHORT = Timeouts(total_s=0.6, silence_s=60.0)
ALERT = Timeouts(total_s=60.0, silence_s=0.3)


def assert_that_no_fetch_goes_on() -> None:
    """Each ends at its next read; these servers never do."""
    for thread in threading.enumerate():
        if thread.name == "fetch":
            thread.join(60)
            assert not thread.is_alive(), "a fetch that nobody waits for goes on"


def drip_headers() -> Answer:
    return itertools.chain([b"HTTP/1.1 200 OK\r\n"], itertools.cycle([b"a: b\r\n", 0.05]))


def drip_one_header() -> Answer:
    return itertools.chain([b"HTTP/1.1 200 OK\r\na: "], itertools.cycle([b"b", 0.05]))


def drip_hints() -> Answer:
    return itertools.cycle([b"HTTP/1.1 103 Early Hints\r\n\r\n", 0.05])


def flood_hints() -> Answer:
    return itertools.repeat(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 100)


def drip_body() -> Answer:
    return itertools.chain(
        [b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n"], itertools.cycle([b"b", 0.05])
    )


def drip_chunks() -> Answer:
    return itertools.chain([CHUNKED], itertools.cycle([b"1\r\nb\r\n", 0.05]))


def drip_trailers() -> Answer:
    return itertools.chain([CHUNKED, b"1\r\nb\r\n0\r\n"], itertools.cycle([b"a: b\r\n", 0.05]))


@pytest.mark.parametrize(
    "page",
    [
        drip_headers,
        drip_one_header,
        drip_hints,
        flood_hints,
        drip_body,
        drip_chunks,
        drip_trailers,
    ],
)
def test_an_endless_reply_is_abandoned_in_time(
    internet: Internet, page: Callable[[], Answer]
) -> None:
    internet.pages["/"] = page
    with pytest.raises(RequestError, match=r"takes more than 0\.6 s"):
        internet.fetch("http://photos.example/", timeouts=SHORT)
    assert_that_no_fetch_goes_on()


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n"])
def test_a_silent_server_is_abandoned_sooner(internet: Internet, said: bytes) -> None:
    internet.pages["/"] = lambda: [said, 60.0]
    with pytest.raises(RequestError, match=r"did not respond for 0\.3 s"):
        internet.fetch("http://photos.example/", timeouts=ALERT)


@pytest.mark.parametrize(
    "greeting",
    [[60.0], itertools.chain([b"\x16\x03\x03\x40\x00"], itertools.cycle([b"a", 0.05]))],
    ids=["silent", "dripping"],
)
def test_an_endless_handshake_is_abandoned_sooner(internet: Internet, greeting: Answer) -> None:
    internet.greeting = greeting
    with pytest.raises(RequestError, match=r"did not respond for 0\.3 s"):
        internet.fetch("https://photos.example/", timeouts=ALERT)


def test_a_slow_lookup_is_abandoned_in_time(internet: Internet) -> None:
    hold = threading.Event()

    def look_up_slowly(host: str, port: int) -> list[str]:
        hold.wait(60)
        return internet.resolve(host, port)

    with pytest.raises(RequestError, match=r"takes more than 0\.6 s"):
        fetch_image(
            "http://photos.example/",
            resolve=look_up_slowly,
            connect=internet.connect,
            timeouts=SHORT,
        )
    hold.set()
    assert_that_no_fetch_goes_on()
    assert internet.connected == [], "nobody is asked for what nobody waits for"


def test_many_redirects_share_one_deadline(internet: Internet) -> None:
    internet.pages["/"] = lambda: [0.25, REDIRECT]
    with pytest.raises(RequestError, match=r"takes more than 0\.6 s"):
        internet.fetch("http://photos.example/", timeouts=SHORT)


def test_a_fetch_is_cancelled_at_once(internet: Internet) -> None:
    internet.pages["/"] = drip_body
    answers = iter([False, False, True])
    with pytest.raises(Cancelled):
        internet.fetch(
            "http://photos.example/", monitor=ProgressMonitor(cancelled=answers.__next__)
        )
    assert list(answers) == []
    assert_that_no_fetch_goes_on()
