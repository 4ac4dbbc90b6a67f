"""A moto bucket on loopback accepts files; a refusal is reported with its reason."""

import logging
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from moto.server import ThreadedMotoServer

from poster.errors import BucketError, SettingsError
from poster.network.bucket import LINK_VALID_S, MAX_ATTEMPTS, Bucket
from poster.settings import BucketSettings

KEY_ID, SECRET = "AKIAEXAMPLE", "s3cretS3CRET"


def settings(endpoint_url: str, name: str = "") -> BucketSettings:
    return BucketSettings(endpoint_url, KEY_ID, SECRET, name)


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    """The endpoint of an S3 service with one bucket, posters."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    endpoint = "http://{}:{}".format(*server.get_host_and_port())
    boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id=KEY_ID,
        aws_secret_access_key=SECRET,
    ).create_bucket(Bucket="posters")
    yield endpoint
    server.stop()


class Refusing(BaseHTTPRequestHandler):
    """Answers any upload with its server's `status`, and counts requests."""

    server: "RefusingServer"

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.server.headers.append(dict(self.headers))
        body = f"<Error><Code>{self.server.code}</Code><Message>{SECRET}</Message></Error>".encode()
        self.send_response(self.server.status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


class RefusingServer(ThreadingHTTPServer):
    status, code = 403, "InvalidAccessKeyId"

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Refusing)
        self.headers: list[dict[str, str]] = []


@pytest.fixture
def refusing() -> Iterator[RefusingServer]:
    with RefusingServer() as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("name", ["job-1/cover.png", "작업/표지 1.png"])
def test_an_uploaded_file_is_available_at_its_link(service: str, name: str) -> None:
    link = Bucket(settings(service, "posters")).put(name, b"picture", "image/png")

    with urllib.request.urlopen(link, timeout=60) as reply:
        assert reply.read() == b"picture"
        assert reply.headers["content-type"] == "image/png"


def test_a_link_states_its_validity_and_contains_no_secret(service: str) -> None:
    link = Bucket(settings(service, "posters")).put("cover.png", b"picture", "image/png")

    query = parse_qs(urlsplit(link).query)
    assert query["X-Amz-Expires"] == [str(LINK_VALID_S)]
    assert query["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert SECRET not in link


def test_a_file_replaces_one_of_the_same_name(service: str) -> None:
    bucket = Bucket(settings(f"{service}/posters"))
    bucket.put("cover.png", b"first", "image/png")
    link = bucket.put("cover.png", b"second", "image/png")
    with urllib.request.urlopen(link, timeout=60) as reply:
        assert reply.read() == b"second"


def test_a_link_is_https_where_the_endpoint_is() -> None:
    bucket = Bucket(settings("https://posters.s3.eu-west-1.amazonaws.com"))
    bucket._client.meta.events.register("before-call.s3.PutObject", lambda **_: _taken())
    link = bucket.put("cover.png", b"picture", "image/png")
    assert link.startswith("https://posters.s3.eu-west-1.amazonaws.com/cover.png?")


def _taken() -> tuple[object, dict[str, object]]:
    return type("Reply", (), {"status_code": 200})(), {}


def test_a_missing_bucket_is_named_in_the_error(service: str) -> None:
    with pytest.raises(BucketError, match="NoSuchBucket"):
        Bucket(settings(service, "nowhere")).put("cover.png", b"picture", "image/png")


def test_a_refusal_is_named_without_any_secret_after_one_plain_request(
    refusing: RefusingServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    bucket = Bucket(settings(f"http://127.0.0.1:{refusing.server_port}", "posters"))

    with pytest.raises(BucketError, match="InvalidAccessKeyId") as refusal:
        bucket.put("cover.png", b"picture", "image/png")

    assert SECRET not in str(refusal.value) + caplog.text
    assert "Signature=" not in caplog.text
    (headers,) = refusing.headers
    assert headers["Content-Length"] == "7"
    # Few services beside Amazon's take these.
    assert not [name for name in headers if "checksum" in name.lower() or "trailer" in name.lower()]


def test_a_failing_service_is_retried_a_limited_number_of_times(refusing: RefusingServer) -> None:
    refusing.status, refusing.code = 503, "SlowDown"
    bucket = Bucket(settings(f"http://127.0.0.1:{refusing.server_port}", "posters"))

    with pytest.raises(BucketError, match="SlowDown"):
        bucket.put("cover.png", b"picture", "image/png")

    assert len(refusing.headers) == MAX_ATTEMPTS


def test_an_unreachable_service_is_named_in_the_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(BucketError, match="EndpointConnectionError"):
        Bucket(settings(f"http://127.0.0.1:{port}", "posters")).put("a.png", b"a", "image/png")


def test_settings_that_describe_no_bucket_are_refused_at_once() -> None:
    with pytest.raises(SettingsError, match="BUCKET_NAME"):
        Bucket(settings("https://s3.us-west-2.amazonaws.com"))
    with pytest.raises(SettingsError, match="BUCKET_ENDPOINT_URL"):
        Bucket(settings("https://s3 .example", "posters"))


def test_boto3_is_not_imported_before_there_is_a_bucket() -> None:
    program = "import sys, poster.network.bucket; sys.exit('boto3' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
