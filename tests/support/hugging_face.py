"""A fake Hugging Face Hub on loopback, and small weight sets in the real formats."""

from __future__ import annotations

import hashlib
import json
import random
import re
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import huggingface_hub.constants
import pytest

from poster.weights.header import BITS
from poster.weights.manifest import Manifest, WeightFile, WeightSet, read_manifest

REVISION = "0123456789abcdef0123456789abcdef01234567"
REPO = "somebody/tiny"

Shapes = dict[str, tuple[str, tuple[int, ...]]]
MakeSafetensors = Callable[..., bytes]


def pack(shapes: Shapes, seed: int = 0, metadata: dict[str, str] | None = None) -> bytes:
    """A safetensors file with random bytes."""
    entries: dict[str, Any] = {"__metadata__": metadata} if metadata else {}
    end = 0
    for name, (dtype, shape) in shapes.items():
        start, count = end, 1
        for side in shape:
            count *= side
        end = start + count * BITS[dtype] // 8
        entries[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [start, end]}
    text = json.dumps(entries).encode()
    return struct.pack("<Q", len(text)) + text + random.Random(seed).randbytes(end)  # noqa: S311


@dataclass
class Mischief:
    """What the fake Hub does wrong.

    Args:
        drops: for each GET in turn, the bytes after which it is cut off; later ones are not.
        body: sent instead of the file.
        status: with which every request is refused.
        error_code: the Hub's code for the refusal.
        busy: how many requests are first answered with 503.
        ignores_range: whether each GET gets the whole file.
        ends_early: whether the last byte is left out, of the body and of its length.
    """

    drops: list[int] = field(default_factory=list)
    body: bytes | None = None
    status: int | None = None
    error_code: str | None = None
    busy: int = 0
    ignores_range: bool = False
    ends_early: bool = False


@dataclass(frozen=True)
class Asked:
    """One request, as received."""

    method: str
    path: str
    headers: dict[str, str]


class Hub(ThreadingHTTPServer):
    """Serves files by path, as the Hub does, with the configured faults."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, bytes] = {}
        self.mischief = Mischief()
        self.asked: list[Asked] = []
        self.elsewhere: Hub | None = None
        self.pause = threading.Event()
        self.pause.set()

    def handle_error(self, *_: object) -> None:
        """Ignore errors: some tests are about clients that hang up; the others check the result."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def ranges(self) -> list[str | None]:
        """The requested ranges, in order."""
        return [asked.headers.get("range") for asked in self.asked if asked.method == "GET"]


class _Handler(BaseHTTPRequestHandler):
    server: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Log nothing: tests read `asked`."""

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def _answer(self, *, with_body: bool) -> None:
        hub, mischief = self.server, self.server.mischief
        headers = {name.lower(): value for name, value in self.headers.items()}
        hub.asked.append(Asked(self.command, self.path, headers))
        found = re.fullmatch(r"/([^/]+/[^/]+)/resolve/([0-9a-f]{40})/(.+)", self.path)
        content = hub.files.get(found[3]) if found else None
        if mischief.busy:
            mischief.busy -= 1
            self._refuse(503, None)
        elif mischief.status:
            self._refuse(mischief.status, mischief.error_code)
        elif content is None:
            self._refuse(404, "EntryNotFound")
        elif hub.elsewhere:
            self.send_response(302)
            self.send_header("Location", f"{hub.elsewhere.url}{self.path}")
            self._tell(content)
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            self._serve(content, with_body=with_body)

    def _refuse(self, status: int, error_code: str | None) -> None:
        self.send_response(status)
        if error_code:
            self.send_header("X-Error-Code", error_code)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _tell(self, content: bytes) -> None:
        self.send_header("X-Repo-Commit", REVISION)
        self.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
        self.send_header("X-Linked-Size", str(len(content)))

    def _serve(self, content: bytes, *, with_body: bool) -> None:
        hub, mischief = self.server, self.server.mischief
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(wanted[1]) if wanted and not mischief.ignores_range else 0
        body = (mischief.body if mischief.body is not None else content)[start:]
        if mischief.ends_early:
            body = body[:-1]
        self.send_response(206 if start else 200)
        self._tell(content)
        self.send_header("Content-Length", str(len(body)))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.end_headers()
        if not with_body:
            return
        if mischief.drops:
            self.wfile.write(body[: mischief.drops.pop(0)])
            self.close_connection = True
            return
        self.wfile.write(body[: len(body) // 2])
        hub.pause.wait(120)
        self.wfile.write(body[len(body) // 2 :])


@dataclass(frozen=True)
class Tiny:
    """A weight set of a few hundred kilobytes, its manifest and its contents."""

    manifest_path: Path
    root: Path
    contents: dict[str, bytes]

    @property
    def manifest(self) -> Manifest:
        return read_manifest(self.manifest_path)

    @property
    def weight_set(self) -> WeightSet:
        return self.manifest.choose()

    @property
    def transformer(self) -> WeightFile:
        return self.weight_set.of_role("transformer")[0]

    def place_all(self) -> None:
        """Copy all files into place, as if by hand."""
        for file in self.weight_set.files:
            path = file.path_in(self.root)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self.contents[file.file])

    def changed(self, **changes: Any) -> Tiny:
        """Return the set with changed fields for the transformer in the manifest."""
        content = json.loads(self.manifest_path.read_text())
        content["files"]["transformer"].update(changes)
        path = self.manifest_path.with_name("changed.json")
        path.write_text(json.dumps(content))
        return replace(self, manifest_path=path)


@pytest.fixture
def make_safetensors() -> MakeSafetensors:
    return pack


@pytest.fixture
def tiny(tmp_path: Path) -> Tiny:
    contents = {
        "transformer.safetensors": pack({"img_in.weight": ("BF16", (64, 2048))}, 1),
        "text_encoder.safetensors": pack({"model.norm.weight": ("F32", (16,))}, 2),
        "vae.safetensors": pack({"bn.running_var": ("F32", (128,))}, 3),
        "tokenizer.json": b'{"version": "1.0"}\n',
        "merges.txt": b"a b\n",
    }
    roles = {"transformer": "diffusion_models", "text_encoder": "text_encoders", "vae": "vae"}
    files = {}
    for name, content in contents.items():
        stem, _, ending = name.partition(".")
        files[stem] = {
            "role": stem if stem in roles else "tokenizer",
            "repo": REPO,
            "revision": REVISION,
            "path": f"inside/{name}",
            "file": name,
            "folder": roles.get(stem, "tokenizer"),
            "bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
            "format": {"json": "json", "txt": "text"}.get(ending, "bf16"),
            "licence": "Apache-2.0",
            "gated": False,
            "verified_by": "the test that made it",
        }
    manifest = {
        "default": "tiny",
        "sets": {
            "tiny": {
                "title": "Tiny",
                "licence": "Apache-2.0",
                "num_inference_steps": 4,
                "guidance_scale": 1.0,
                "is_distilled": True,
                "architecture": "klein-tiny",
                "files": list(files),
            }
        },
        "files": files,
    }
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(manifest))
    return Tiny(path, tmp_path / "models", contents)


@pytest.fixture
def start_hub() -> Iterator[Callable[[], Hub]]:
    """Starts fake Hubs, and stops them all."""
    hubs: list[Hub] = []

    def start() -> Hub:
        hub = Hub()
        hubs.append(hub)
        threading.Thread(target=hub.serve_forever, args=(0.01,), daemon=True).start()
        return hub

    yield start
    for hub in hubs:
        hub.pause.set()
        hub.shutdown()
        hub.server_close()


@pytest.fixture
def hub(
    start_hub: Callable[[], Hub], tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Hub:
    """A fake Hub with the tiny set, which this process uses as the Hub; without a token."""
    hub = start_hub()
    hub.files = {f"inside/{name}": content for name, content in tiny.contents.items()}
    template = f"{hub.url}/{{repo_id}}/resolve/{{revision}}/{{filename}}"
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", hub.url)
    monkeypatch.setattr(huggingface_hub.constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setattr(huggingface_hub.constants, "HF_TOKEN_PATH", str(tmp_path / "no_token"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return hub
