"""docs/troubleshooting.md is true: its commands are run, and its messages are produced here."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import errno
import http.client
import json
import re
import socket
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from PIL import Image
from starlette.types import ASGIApp, Message

from poster.cover.layout.styles import STYLES
from poster.encode import RECEIPT_NAME
from poster.engines.base import Engine
from poster.engines.flux.torch_build import TorchBuild
from poster.envelope_stage import check_appearance
from poster.errors import PosterError
from poster.jobs import OLDER_TITLE, Contract, Job, parse_job
from poster.network.bucket import Bucket
from poster.network.fetch import TIMEOUTS, Timeouts, fetch_image
from poster.photo.decode import DecodeBounds, decode
from poster.progress import ProgressMonitor
from poster.request import PosterRequest
from poster.result import Poster
from poster.runpod.fitness import check_compute_capability, check_driver, check_memory, check_volume
from poster.runpod.machine import parse_machine, read_machine
from poster.runpod.reply import Put, build_reply
from poster.serve.admission import Rate, Token
from poster.serve.exchange import Exchange
from poster.serve.guard import Guard
from poster.serve.prediction import Prediction
from poster.serve.relay import Relay
from poster.serve.slot import Job as HttpJob
from poster.serve.slot import Slot
from poster.serve.supervisor import Supervisor
from poster.settings import BucketSettings, Settings
from tests.support.command_line import RunCli, output_of, run_line
from tests.support.poster_server import STAND_IN, PosterServer, StartPosterServer
from tools.klein_size import KLEIN_9B

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[list[str]]:
    """The lines of each of a text's blocks in a language."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return [block.splitlines() for named, block in found if named == language]


ENTRIES = {
    part.partition("\n")[0]: part.partition("\n")[2]
    for part in re.split(r"^### ", PAGE, flags=re.MULTILINE)[1:]
}
COMMANDS = [line for lines in blocks(PAGE, "sh") for line in lines]
MESSAGES = {
    heading: [line for lines in blocks(entry, "") for line in lines]
    for heading, entry in ENTRIES.items()
    if blocks(entry, "")
}
"""An entry's heading -> the messages that it shows."""

SMALL = ("--stage", "cover", "--width", 512, "--height", 736, "--seed", 1)
LONG_WORD = "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenverordnung"
GOOD = {"image": "x", "title": "ORBIT"}
"""The input of a prediction that poster serve takes."""

DOGS = (ROOT / "examples" / "dogs.jpg").read_bytes()


@dataclass
class Reader:
    """Somebody who does what leads to a message, in a folder of their own."""

    run: RunCli
    folder: Path
    patch: pytest.MonkeyPatch
    use: Callable[[str], Any]
    """A fixture's name -> its value."""

    def poster(self, *arguments: object) -> str:
        """What a command prints."""
        _, out, err = self.run(*arguments)
        return out + err

    def make(self, photo: object, *arguments: object, title: str = "ORBIT") -> str:
        return self.poster("make", photo, "--title", title, *arguments)

    def write(self, name: str, data: bytes) -> str:
        (self.folder / name).write_bytes(data)
        return name

    def draw(self, name: str, image: Image.Image, **options: Any) -> str:
        image.save(self.folder / name, **options)
        return name

    def serve(self, *options: str, **settings: str) -> PosterServer:
        """poster serve with a stand-in for Cog's server."""
        start: StartPosterServer = self.use("start_poster_server")
        return start(self.folder, *options, PYTHONPATH=str(STAND_IN), **settings)

    def ask_cog(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, str]:
        """What Cog's server answers to any bytes."""
        url = self.use("cog_server").url.removeprefix("http://")
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection(url, timeout=60)
        connection.request(method, path, body, sent)
        reply = connection.getresponse()
        told = reply.read().decode()
        connection.close()
        return reply.status, told


Provoke = Callable[[Reader], list[str]]
"""Does what leads to an entry's messages, and returns what was printed."""

PROVOKED: dict[str, Provoke] = {}
"""An entry's heading -> what leads to its messages."""


def leads_to(heading: str) -> Callable[[Provoke], Provoke]:
    def register(provoke: Provoke) -> Provoke:
        PROVOKED[heading] = provoke
        return provoke

    return register


def failure_of(work: Callable[[], object]) -> str:
    with pytest.raises(PosterError) as caught:
        work()
    return str(caught.value)


def reject(**job: object) -> str:
    """The message with which a worker rejects a job."""
    return failure_of(lambda: parse_job(job, lambda _: DOGS, None))


@pytest.fixture
def reader(
    run: RunCli,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
    looks_once: None,  # noqa: ARG001
) -> Reader:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    return Reader(run, tmp_path, monkeypatch, request.getfixturevalue)


# Install and start


@leads_to("make poster stops: Python is too old")
def old_python(reader: Reader) -> list[str]:
    old = f"import sys; sys.version_info = (3, 10); sys.executable = {sys.executable!r}; "
    script = f'#!/bin/sh\nexec {sys.executable} -c "{old}exec(sys.argv[1])" "$2"\n'
    reader.write("python3.10", script.encode())
    (reader.folder / "python3.10").chmod(0o755)
    line = f"make --file {ROOT}/Makefile PYTHON=./python3.10 .venv/.made"
    return [run_line(line, reader.folder).stderr]


@leads_to("Cog, RunPod's SDK or torch is missing")
def missing_packages(reader: Reader) -> list[str]:
    for module in ("commands.serve", "commands.worker", "engines.flux.open"):
        reader.patch.setattr(f"poster.{module}.find_spec", lambda _: None)
    printed = [reader.poster("serve"), reader.poster("worker")]
    reader.patch.setenv("POSTER_DEVICE", "cpu")  # where a GPU is not what is missing
    reader.patch.setenv("POSTER_ENGINE", "flux")
    return [*printed, reader.make("examples/dogs.jpg")]


@leads_to("A variable is refused")
def bad_variables(reader: Reader) -> list[str]:
    printed = []
    for variables in (
        {"POSTER_ENGINE": "gpu"},
        {"POSTER_ENGINE": "", "BUCKET_ENDPOINT_URL": "https://s3.example.com"},
        {"BUCKET_ACCESS_KEY_ID": "“key”", "BUCKET_SECRET_ACCESS_KEY": "secret"},
    ):
        for name, value in variables.items():
            reader.patch.setenv(name, value)
        printed.append(reader.poster("weights", "list"))
    return printed


@leads_to("No space left on device")
def full_disk(reader: Reader) -> list[str]:
    def open_file(path: str, _flags: int) -> int:
        raise OSError(errno.ENOSPC, "No space left on device", path)

    with reader.patch.context() as full:
        full.setattr("poster.whole_files.open_without_links", open_file)
        unwritten = reader.make("examples/dogs.jpg", *SMALL)
    # What could not be written is tried again when the file is closed.
    with (
        contextlib.suppress(OSError),
        reader.patch.context() as full,
        Path("/dev/full").open("w") as stdout,
    ):
        full.setattr(sys, "stdout", stdout)
        unprinted = reader.poster("doctor", "--explain", "no_gpu")
    return [unwritten, unprinted]


@leads_to("internal error")
def defect(reader: Reader) -> list[str]:
    reader.patch.setattr(Settings, "from_environment", lambda: 1 / 0)
    return [reader.poster("doctor")]


# The photo


@leads_to("Not a photo: RAW, video, PDF, SVG, a web page")
def no_photos(reader: Reader) -> list[str]:
    directory = struct.pack("<IHHHIII", 8, 1, 50706, 1, 4, 0x401, 0)
    files = {
        "raw.dng": b"II*\0" + directory,
        "video.jpg": b"\0\0\0\x14ftypqt  " + bytes(8),
        "scan.pdf": b"%PDF-1.7\n",
        "page.jpg": b"<!DOCTYPE html>",
        "layers.psd": b"8BPS\0\1",
        "notes.txt": b"hello",
    }
    return [reader.make(reader.write(name, data)) for name, data in files.items()]


@leads_to("The file is damaged, incomplete or empty")
def cut_photos(reader: Reader) -> list[str]:
    cut = reader.write("cut.jpg", DOGS[: len(DOGS) // 3])
    return [reader.make(cut), reader.make(reader.write("empty.jpg", b""))]


@leads_to("The photo is too large")
def large_photos(reader: Reader) -> list[str]:
    with (reader.folder / "heavy.tif").open("wb") as file:
        file.truncate(41_200_000)
    wide = reader.draw("wide.png", Image.new("1", (9000, 6000)))
    long = reader.draw("long.png", Image.new("1", (17000, 400)))
    return [reader.make("heavy.tif"), reader.make(wide), reader.make(long)]


@leads_to("The photo is too small, or looks blurry or pixelated")
def small_photos(reader: Reader) -> list[str]:
    tiny, coarse = (
        reader.draw(f"{width}.jpg", shrink(width, height))
        for width, height in ((300, 400), (400, 533))
    )
    return [reader.make(tiny), reader.make(coarse, "--stage", "cover", "--seed", 1, title="DOGS")]


@leads_to("The cover is blank, or a white logo cannot be seen")
def blank_photos(reader: Reader) -> list[str]:
    white = reader.draw("white.png", Image.new("RGB", (800, 1000), "white"))
    clear = reader.draw("clear.png", Image.new("RGBA", (800, 1000), (255, 255, 255, 0)))
    logo = Image.new("RGBA", (800, 1000), (255, 255, 255, 0))
    logo.paste("white", (200, 300, 600, 700))
    return [
        reader.make(white),
        reader.make(clear),
        reader.make(reader.draw("logo.png", logo), *SMALL),
    ]


@leads_to("The colours are off: CMYK, Display P3, HDR")
def odd_colours(reader: Reader) -> list[str]:
    photo = shrink(600, 800)
    cmyk = reader.draw("cmyk.jpg", photo.convert("CMYK"))
    broken = reader.draw("broken.jpg", photo, icc_profile=b"not a profile" * 20)
    gain_map = b'http://ns.adobe.com/xap/1.0/\0<x hdrgm:Version="1.0"/>'
    segment = b"\xff\xe1" + struct.pack(">H", len(gain_map) + 2) + gain_map
    hdr = reader.write("hdr.jpg", DOGS[:2] + segment + DOGS[2:])
    bounds = DecodeBounds(max_bytes=10**8, max_pixels=10**8, max_side=10**5, min_side=1)
    files = (reader.folder / name for name in (cmyk, broken, hdr))
    return [note for file in files for note in decode(file.read_bytes(), bounds).notes]


def shrink(width: int, height: int) -> Image.Image:
    with Image.open(ROOT / "examples" / "dogs.jpg") as photo:
        return photo.convert("RGB").resize((width, height))


# The text and its scripts


@leads_to("An emoji or a letter is refused; boxes (tofu) instead of letters")
def odd_letters(reader: Reader) -> list[str]:
    return [
        reader.make("examples/dogs.jpg", title=title)
        for title in ("HOT 🔥", "\N{COMBINING ACUTE ACCENT}A", "caf\udce9")
    ]


@leads_to("The text is too long")
def long_texts(reader: Reader) -> list[str]:
    return [
        reader.make("examples/dogs.jpg", title="W" * 89),
        reader.make("examples/dogs.jpg", "--coverline", LONG_WORD, "--style", "classic", *SMALL),
    ]


@leads_to("Line breaks in the title disappear")
def broken_title(reader: Reader) -> list[str]:
    title = "GOOD\nBOYS\nRUN"
    return [reader.make("examples/dogs.jpg", "--style", "paper", *SMALL, title=title)]


@leads_to("Half of a cover line is small, or the line is refused")
def no_headline(reader: Reader) -> list[str]:
    return [reader.make("examples/dogs.jpg", "--coverline", "| deck")]


# The look


@leads_to("The same command makes another picture each time")
def lost_photo(reader: Reader) -> list[str]:
    reader.make("examples/dogs.jpg", *SMALL, "--out", "out/first")
    again = ("--request", "out/first/poster.json")
    return [reader.poster("make", *photo, *again) for photo in ((), ("examples/fig.jpg",))]


@leads_to("The title is hard to read, or the photo was darkened")
def weak_contrast(reader: Reader) -> list[str]:
    chosen = ("--title-colour", "#ff0000", "--style", "classic")
    eased = ("--title-colour", "#eeeeee", "--style", "poster")
    return [
        reader.make("examples/dogs.jpg", *chosen, *SMALL),
        reader.make("examples/astronaut.jpg", *eased, *SMALL),
    ]


@leads_to("The envelope is black, or transparency is refused")
def no_alpha(reader: Reader) -> list[str]:
    chosen = ("--background", "transparent", "--output-format", "jpg")
    return [reader.make("examples/dogs.jpg", *chosen)]


@leads_to("The prompt did nothing")
def unused_fields(reader: Reader) -> list[str]:
    unused = ("--cover-prompt", "snow", "--num-inference-steps", 30, "--background", "white")
    return [reader.make("examples/dogs.jpg", *unused, *SMALL)]


@leads_to("flux changes the letters, or refuses a background")
def background_with_flux(_reader: Reader) -> list[str]:
    flux = cast("Engine", SimpleNamespace(name="flux", supports_appearance=False))
    request = PosterRequest(image=DOGS, title="ORBIT", background="white")
    return [failure_of(lambda: check_appearance(flux, request))]


# Sizes and print


@leads_to("A size is refused: landscape, too small, A3")
def bad_sizes(reader: Reader) -> list[str]:
    sizes = (
        ("--width", 500),
        ("--size", "1080x566"),
        ("--size", "a3"),
        ("--size", "a4", "--width", 800),
    )
    return [reader.make("examples/dogs.jpg", *size) for size in sizes]


@leads_to("The print is blurry")
def few_dots(reader: Reader) -> list[str]:
    coarse = reader.draw("coarse.jpg", shrink(400, 533))
    chosen = ("--size", "a4", "--stage", "cover", "--output-format", "pdf", "--seed", 1)
    return [reader.make(coarse, *chosen)]


@leads_to("The PDF has the wrong page size")
def wrong_trim(reader: Reader) -> list[str]:
    chosen = ("--output-format", "pdf", "--trim-mm", "210x297")
    return [reader.make("examples/dogs.jpg", *chosen)]


# Command line


@leads_to("An argument or flag is refused")
def bad_arguments(reader: Reader) -> list[str]:
    return [
        reader.make("examples/dogs.jpg", "Boys"),
        reader.make("examples/dogs.jpg", "--coverlines", "One"),
        reader.poster("make", "--title", "ORBIT"),
    ]


@leads_to("A file, path or URL is refused")
def bad_paths(reader: Reader) -> list[str]:
    reader.write("bad.json", b'{\n  "title": "ORBIT",\n}')
    return [
        reader.make("nope.jpg"),
        reader.make("https://example.com/photo.jpg"),
        reader.poster("make", "--request", "bad.json"),
    ]


# HTTP API


@leads_to("Connection refused, or the port is in use")
def bad_address(reader: Reader) -> list[str]:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        printed = reader.poster("serve", "--port", port)
    return [printed.replace(str(port), "5000"), reader.poster("serve", "--host", "localhost")]


@leads_to("The server did not start 3 times in a row")
def broken_server(reader: Reader) -> list[str]:
    server = reader.serve(STAND_IN="broken")
    assert server.wait() == 3
    return [server.log.read_text()]


@leads_to("Status 401")
def no_token(_reader: Reader) -> list[str]:
    return [ask(Token(Door().app, "tomato"), 401)]


@leads_to("Status 422")
def refused_bodies(_reader: Reader) -> list[str]:
    bodies: tuple[object, ...] = (
        {"title": "ORBIT"},
        {"input": {"image": "x", "titel": "ORBIT"}},
        {"input": {**GOOD, "width": 100}},
        {"input": GOOD, "id": "../a"},
        {"input": GOOD, "webhook": "http://127.0.0.1/"},
        b"{bad",
    )
    return [ask(Door().app, 422, body) for body in bodies]


@leads_to("Status 413 or 415")
def heavy_bodies(_reader: Reader) -> list[str]:
    return [
        ask(Door().app, 413, bytes(Door.MAX_BODY + 1)),
        ask(Door().app, 415, b"{}", content_encoding="gzip"),
    ]


@leads_to("Status 409")
def second_caller(_reader: Reader) -> list[str]:
    door = Door()
    door.slot.job = HttpJob(Prediction("first", GOOD))
    return [ask(door.app, 409)]


@leads_to("Status 429")
def impatient_caller(_reader: Reader) -> list[str]:
    app = Rate(Door().app, 30, "minute")
    for _ in range(30):
        ask(app, 422, b"{bad")
    return [ask(app, 429)]


@leads_to("Status 503")
def no_worker_yet(reader: Reader) -> list[str]:
    reader.patch.setattr("poster.serve.exchange.READY_WITHIN_S", 0)
    starting, failed, ending = Door(), Door(), Door()
    failed.supervisor._reason = "its worker crashed"
    asyncio.run(ending.guard.drain(0))
    return [ask(door.app, 503) for door in (starting, failed, ending)]


@leads_to("The worker stopped before the poster was done")
def dead_worker(reader: Reader) -> list[str]:
    server = reader.serve()
    server.wait_until_ready()
    status, reply = server.call("POST", "/predictions", {"input": {**GOOD, "title": "DIE"}})
    assert (status, reply["status"]) == (200, "failed")
    server.stop()
    return [json.dumps(reply)]


@leads_to("Status 200, but no pictures")
def failed_prediction(reader: Reader) -> list[str]:
    body = b'{"input": {"image": "examples/dogs.jpg", "title": "ORBIT"}}'
    status, told = reader.ask_cog("POST", "/predictions", body, content_type="application/json")
    assert (status, '"status":"failed"' in told) == (200, True)
    return [told]


@leads_to("Plain Cog answers 409 for ever")
def busy_cog(reader: Reader) -> list[str]:
    uri = f"data:image/jpeg;base64,{base64.b64encode(DOGS).decode()}"
    body = {"input": {"image": uri, "title": "ORBIT", "stage": "cover"}}
    assert reader.use("cog_server").call("POST", "/predictions", body, Prefer="respond-async")
    status, told = reader.ask_cog(
        "POST", "/predictions", b'{"input": {"image": "x"}}', content_type="application/json"
    )
    assert status == 409
    # Leave the server as it was found: this asks again until the poster is made.
    reader.use("cog_server").call("POST", "/predictions", {"input": {"image": "x"}})
    return [told]


class Door:
    """What poster serve answers itself, in this process; behind it there is no worker."""

    MAX_BODY = 1_000_000

    def __init__(self) -> None:
        self.slot = Slot()
        self.supervisor = Supervisor(Path(), self.slot, 900)
        exchange = Exchange(self.slot, Relay(private=False), "", self.supervisor)
        self.guard = Guard(
            exchange, self.supervisor, self.slot, self.MAX_BODY, private_webhooks=False
        )
        self.app = self.guard.build_app()


def ask(app: ASGIApp, expected: int, body: object = None, **headers: str) -> str:
    """The answer to POST /predictions, which must have a status; by default, of a good body."""
    body = {"input": GOOD} if body is None else body
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent: list[Message] = []
    received = asyncio.Event()

    async def receive() -> Message:
        # The caller sends its body once, and then waits for the answer.
        if received.is_set():
            await asyncio.Event().wait()
        received.set()
        return {"type": "http.request", "body": data}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/predictions",
        "query_string": b"",
        "headers": [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()],
        "client": ("127.0.0.1", 1),
    }

    async def call() -> None:
        await app(scope, receive, send)

    asyncio.run(call())
    start, *rest = sent
    assert start["status"] == expected
    return b"".join(part["body"] for part in rest).decode()


@leads_to("Base64 is not valid, or Argument list too long")
def bad_base64(_reader: Reader) -> list[str]:
    sent = base64.b64encode(DOGS).decode()
    assert len(DOGS) % 3
    url_safe = base64.urlsafe_b64encode(DOGS).decode()
    texts = (sent.replace("+", "%2B"), url_safe, f"b'{sent}'", sent.rstrip("="))
    return [reject(title="ORBIT", image=text) for text in texts]


# RunPod


@leads_to("The job stays IN_QUEUE, or workers are unhealthy")
def no_volume(reader: Reader) -> list[str]:
    return [
        failure_of(lambda: check_volume(reader.folder / "models")),
        failure_of(lambda: check_volume(Path(reader.use("tmp_path_factory").mktemp("empty")))),
    ]


@leads_to("The job fails at once")
def bad_jobs(_reader: Reader) -> list[str]:
    return [
        reject(input={"title": "ORBIT"}),
        reject(title="ORBIT", imageUrl="https://example.com/photo.jpg"),
        reject(title="ORBIT", image=base64.b64encode(DOGS).decode(), width="1024"),
        reject(title="ORBIT", image_path="photo.jpg"),
    ]


@leads_to("The photo's URL is not downloaded")
def bad_urls(reader: Reader) -> list[str]:
    internet = reader.use("internet")
    internet.put("/secret.jpg", b"", "403 Forbidden")
    internet.redirect("/round.jpg", "/round.jpg")
    internet.pages["/slow.jpg"] = lambda: [5.0]

    def fetch(page: str, timeouts: Timeouts = TIMEOUTS) -> str:
        url = f"http://example.com/{page}.jpg"
        return failure_of(lambda: internet.fetch(url, timeouts=timeouts))

    # Nobody waits here for as long as a worker does.
    soon = Timeouts(total_s=0.2)
    slow = fetch("slow", soon).replace(f"{soon.total_s:g} s", f"{TIMEOUTS.total_s:g} s")
    private = failure_of(lambda: fetch_image("http://127.0.0.1:8080/photo.jpg"))
    return [private, fetch("secret"), fetch("round"), slow]


@leads_to("Request or reply too large; WebP instead of PNG")
def large_reply(_reader: Reader) -> list[str]:
    reply = reply_with(png_bytes=4_700_000, put=None)
    assert reply["delivery"]["format"] == "webp"
    return [reply["delivery"]["note"]]


@leads_to("The pictures are not in the bucket")
def no_bucket(_reader: Reader) -> list[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    bucket = Bucket(BucketSettings(f"http://127.0.0.1:{port}", "key", "secret", "posters"))
    return [reply_with(png_bytes=1000, put=bucket.put)["delivery"]["note"]]


def reply_with(png_bytes: int, put: Put | None) -> dict[str, Any]:
    """A worker's reply with pictures of so many bytes, which would take seconds to encode."""

    def encode(output_format: str, _quality: int) -> dict[str, bytes]:
        names = {stage: f"{stage}.{output_format}" for stage in ("cover", "envelope")}
        picture = bytes(png_bytes if output_format == "png" else 1_000_000)
        receipt = json.dumps({"files": names}).encode()
        return {**dict.fromkeys(names.values(), picture), RECEIPT_NAME: receipt}

    poster = cast("Poster", SimpleNamespace(encode=encode))
    job = Job(PosterRequest(image=DOGS, title="ORBIT"), Contract.CURRENT)
    return build_reply(poster, job, put, "job-1", ProgressMonitor())


# Weights and GPU


@leads_to("401 or 403 from Hugging Face: gated repository")
def refused_tokens(reader: Reader) -> list[str]:
    hub, tiny = reader.use("hub"), reader.use("tiny")
    reader.patch.setenv("POSTER_MANIFEST", str(tiny.manifest_path))
    printed = []
    for token, status, code in (
        ("", 401, "GatedRepo"),
        ("hf_x", 401, None),
        ("hf_x", 403, "GatedRepo"),
        ("“hf_x”", None, None),
    ):
        hub.mischief.status, hub.mischief.error_code = status, code
        reader.patch.setenv("HF_TOKEN", token)
        printed.append(reader.poster("weights", "download", "--root", "models"))
    return printed


@leads_to("The download stops")
def stopped_download(reader: Reader) -> list[str]:
    hub = reader.use("hub")
    reader.patch.setenv("POSTER_MANIFEST", str(reader.use("tiny").manifest_path))

    def write(_self: object, _chunk: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with reader.patch.context() as full:
        full.setattr("poster.weights.download._HashingWriter.write", write)
        printed = [reader.poster("weights", "download", "--root", "models")]
    with reader.patch.context() as busy:
        busy.setattr("poster.weights.download.time.sleep", lambda _: None)
        busy.setattr(hub.mischief, "status", 503)
        printed.append(reader.poster("weights", "download", "--root", "models"))
    reader.patch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    return [*printed, reader.poster("weights", "download", "--root", "models")]


@leads_to("Weights are missing, misplaced or damaged; flux paints noise")
def misplaced_weights(reader: Reader) -> list[str]:
    tiny = reader.use("tiny")
    reader.patch.setenv("POSTER_MANIFEST", str(tiny.manifest_path))
    tiny.place_all()
    (tiny.root / "text_encoders").rename(tiny.root / "clip")
    roots = ("nomodels", tiny.root)
    return [reader.poster("weights", "verify", "--root", root) for root in roots]


@leads_to("No GPU is found, or its driver is too old")
def no_gpu(reader: Reader) -> list[str]:
    def no_smi() -> str:
        raise FileNotFoundError

    reader.patch.setattr("poster.engines.flux.open.has_gpu", lambda: False)
    build = TorchBuild("2.9.1", "12.8", ("sm_80", "sm_90", "sm_120"))
    old = parse_machine("NVIDIA GeForce RTX 4090, 550.54.14, 8.9, 24564, 24000")
    reader.patch.setenv("POSTER_MODELS", str(reader.folder / "models"))
    return [
        reader.make("examples/dogs.jpg", "--engine", "flux"),
        failure_of(lambda: check_driver(read_machine(no_smi), build)),
        failure_of(lambda: check_driver(old, build)),
    ]


@leads_to("no kernel image is available for execution on the device")
def new_gpu(_reader: Reader) -> list[str]:
    machine = parse_machine("NVIDIA GeForce RTX 5090, 580.65.06, 12.0, 32607, 32000")
    build = TorchBuild("2.6.0", "12.6", ("sm_80", "sm_86", "sm_90"))
    return [failure_of(lambda: check_compute_capability(machine, build))]


@leads_to("CUDA out of memory")
def small_gpu(_reader: Reader) -> list[str]:
    machine = parse_machine("NVIDIA GeForce RTX 3060, 580.65.06, 8.6, 12288, 11900")
    # Only a full GPU leads to the other message; its parts are joined as Python joins them.
    painter = (ROOT / "poster" / "engines" / "flux" / "painter.py").read_text(encoding="utf-8")
    return [
        failure_of(lambda: check_memory(machine, KLEIN_9B, is_loaded=False)),
        re.sub(r'"\s+f?"', "", painter),
    ]


# Doctor and ComfyUI


@leads_to("The doctor looked at nothing, or a finding seems wrong")
def doctor_elsewhere(reader: Reader) -> list[str]:
    return [reader.poster("doctor")]


@leads_to("ComfyUI: not a workflow, or title and style are lost")
def no_workflow(reader: Reader) -> list[str]:
    return [
        reader.poster("comfy", "check", "examples/dogs.json"),
        reader.poster("comfy", "import", "examples/dogs.jpg"),
    ]


# The page


@pytest.mark.parametrize("heading", MESSAGES)
def test_every_message_is_printed(heading: str, reader: Reader) -> None:
    printed = "\n".join(PROVOKED[heading](reader))
    for message in MESSAGES[heading]:
        assert message in printed


def test_what_is_provoked_is_on_the_page() -> None:
    assert set(PROVOKED) == set(MESSAGES)
    assert len(ENTRIES) >= 40


def test_every_command_does_what_the_page_says(reader: Reader) -> None:
    tiny = reader.use("tiny")
    tiny.place_all()
    reader.patch.setenv("POSTER_MANIFEST", str(tiny.manifest_path))
    for command in COMMANDS:
        if command.startswith("make "):
            output_of(command.replace("make", "make --dry-run", 1), ROOT)
            continue
        program, _, words = command.partition(" ")
        assert program == ".venv/bin/poster"
        # A shell splits and expands them; the program runs in this process, to save time.
        arguments = output_of(f"printf '%s\\0' {words}", ROOT).split("\0")[:-1]
        with reader.patch.context() as place:
            if arguments[0] == "doctor":
                place.chdir(ROOT)
                place.delenv("POSTER_MANIFEST")
            code, _, err = reader.run(*arguments)
        assert (code, err) == (0, ""), command
    out = reader.folder / "out"
    first, again = ((out / name / "cover.png").read_bytes() for name in ("first", "again"))
    assert first == again
    assert (out / "print" / "cover.pdf").exists()
    with Image.open(out / "clear" / "envelope.png") as envelope:
        assert envelope.mode == "RGBA"


# What has no message


def test_a_photo_is_known_by_its_content(reader: Reader) -> None:
    heic = (ROOT / "tests" / "data" / "quadrants.heic").read_bytes()
    assert "are too few" in reader.make(reader.write("photo.jpg", heic))


def test_a_soft_hyphen_lets_a_long_word_break(reader: Reader) -> None:
    word = f"{LONG_WORD[:22]}\N{SOFT HYPHEN}{LONG_WORD[22:42]}\N{SOFT HYPHEN}{LONG_WORD[42:]}"
    assert "cover.png" in reader.make(
        "examples/dogs.jpg", "--coverline", word, "--style", "classic", *SMALL
    )


def test_only_classic_puts_the_title_behind_a_head() -> None:
    assert [name for name, style in STYLES.items() if style.masthead.is_behind] == ["classic"]


def test_a3_is_a4_with_another_trim_size() -> None:
    [told] = re.findall(r"--size (\S+) --output-format (\S+) --trim-mm (\S+)`", PAGE)
    fields = dict(zip(("size", "output_format", "trim_mm"), told, strict=True))
    assert PosterRequest(image=DOGS, title="ORBIT", **fields).page_size.trim.width_mm == 297


def test_a_job_in_the_older_format_gets_its_title() -> None:
    job = parse_job({"image_base64": base64.b64encode(DOGS).decode()}, lambda _: b"", None)
    assert job.request.title == OLDER_TITLE
    assert f"### The cover says {OLDER_TITLE}\n" in PAGE


def test_cog_knows_nothing_of_browsers_and_ignores_unknown_fields(reader: Reader) -> None:
    status, _ = reader.ask_cog("OPTIONS", "/predictions", Origin="https://example.com")
    assert status == 405
    body = b'{"input": {"image": "x.jpg", "titel": "ORBIT"}}'
    _, told = reader.ask_cog("POST", "/predictions", body, content_type="application/json")
    assert "RequestError: image: " in told
