"""Downloads from a fake Hub on loopback that drops, truncates, refuses and sends wrong bytes."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import random
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import constants

from poster.errors import (
    DiskFullError,
    DownloadError,
    LicenceError,
    PosterError,
    RequestError,
    TokenError,
    WeightsDamagedError,
    WeightsMismatchError,
)
from poster.version import __version__
from poster.weights import download, verify
from poster.weights.download import download_file, download_set
from poster.weights.places import partial_path, record_path
from poster.weights.verify import verify_set

NO_PAUSES = (0.0, 0.0)


def files_below(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


@pytest.mark.usefixtures("hub")
def test_a_set_is_downloaded_recorded_and_verified(tiny: Any) -> None:
    fetched = download_set(tiny.root, tiny.weight_set)

    assert fetched == tiny.weight_set.files
    for file in fetched:
        assert file.path_in(tiny.root).read_bytes() == tiny.contents[file.file]
        record = json.loads(record_path(file.path_in(tiny.root)).read_text())
        assert (record["bytes"], record["sha256"]) == (file.bytes, file.sha256)
    assert verify_set(tiny.root, tiny.weight_set) == ()
    assert not list((tiny.root / ".partial").iterdir())


def test_a_second_download_makes_no_request(hub: Any, tiny: Any) -> None:
    download_set(tiny.root, tiny.weight_set)
    hub.asked.clear()

    assert download_set(tiny.root, tiny.weight_set) == ()
    assert hub.asked == []


def test_only_files_are_asked_for(hub: Any, tiny: Any) -> None:
    download_set(tiny.root, tiny.weight_set)

    assert {asked.path.split("/")[3] for asked in hub.asked} == {"resolve"}
    assert {asked.headers["user-agent"].split(";")[0] for asked in hub.asked} == {
        f"poster-maker/{__version__}"
    }


def test_a_file_copied_by_hand_is_recorded_and_not_downloaded(hub: Any, tiny: Any) -> None:
    tiny.place_all()

    assert download_set(tiny.root, tiny.weight_set) == ()
    assert hub.asked == []
    assert verify_set(tiny.root, tiny.weight_set) == ()


def test_a_correct_file_with_a_stale_record_is_hashed_and_not_downloaded(
    hub: Any, tiny: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify, "SMALL_BYTES", 0)
    download_set(tiny.root, tiny.weight_set)
    record = record_path(tiny.transformer.path_in(tiny.root))
    record.write_text(record.read_text().replace(tiny.transformer.sha256, "0" * 64))
    content = json.loads(record.read_text())
    record.write_text(json.dumps({**content, "sampled_sha256": "1" * 64}))
    hub.asked.clear()

    assert download_set(tiny.root, tiny.weight_set) == ()
    assert hub.asked == []
    assert json.loads(record.read_text())["sha256"] == tiny.transformer.sha256


@pytest.mark.usefixtures("hub")
def test_a_damaged_file_is_replaced(tiny: Any) -> None:
    download_set(tiny.root, tiny.weight_set)
    path = tiny.transformer.path_in(tiny.root)
    path.write_bytes(path.read_bytes()[:-9])

    assert download_set(tiny.root, tiny.weight_set) == (tiny.transformer,)
    assert path.read_bytes() == tiny.contents["transformer.safetensors"]


def test_a_dropped_connection_is_resumed(hub: Any, tiny: Any) -> None:
    hub.mischief.drops = [70_000, 30_000]

    download_file(tiny.root, tiny.transformer, pauses_s=NO_PAUSES)

    assert hub.ranges() == [None, "bytes=70000-", "bytes=100000-"]
    assert tiny.transformer.path_in(tiny.root).read_bytes() == tiny.contents[tiny.transformer.file]


def test_a_server_that_ends_early_is_asked_for_the_rest(hub: Any, tiny: Any) -> None:
    hub.mischief.ends_early = True
    size = tiny.transformer.bytes

    with pytest.raises(DownloadError, match=f"{size - 1} bytes are kept, and a retry resumes"):
        download_file(tiny.root, tiny.transformer, pauses_s=NO_PAUSES)
    assert hub.ranges() == [None, f"bytes={size - 1}-", f"bytes={size - 1}-"]
    assert not tiny.transformer.path_in(tiny.root).exists()

    hub.mischief.ends_early = False
    download_file(tiny.root, tiny.transformer, pauses_s=NO_PAUSES)
    assert hub.ranges()[-1] == f"bytes={size - 1}-"


def test_a_later_download_resumes_an_earlier_one(hub: Any, tiny: Any) -> None:
    hub.mischief.drops = [50_000]
    with pytest.raises(DownloadError, match="50000 bytes are kept"):
        download_file(tiny.root, tiny.transformer, pauses_s=())

    download_file(tiny.root, tiny.transformer, pauses_s=())

    assert hub.ranges() == [None, "bytes=50000-"]
    assert tiny.transformer.path_in(tiny.root).read_bytes() == tiny.contents[tiny.transformer.file]


def test_a_server_without_ranges_starts_again_and_the_file_is_right(hub: Any, tiny: Any) -> None:
    hub.mischief.drops = [50_000]
    hub.mischief.ignores_range = True

    download_file(tiny.root, tiny.transformer, pauses_s=NO_PAUSES)

    assert tiny.transformer.path_in(tiny.root).read_bytes() == tiny.contents[tiny.transformer.file]


def test_a_partial_file_that_is_too_long_starts_again(hub: Any, tiny: Any) -> None:
    partial = partial_path(tiny.root, tiny.transformer)
    partial.parent.mkdir(parents=True)
    partial.write_bytes(b"x" * (tiny.transformer.bytes + 1))

    download_file(tiny.root, tiny.transformer, pauses_s=NO_PAUSES)

    assert hub.ranges() == [None]


def test_an_altered_partial_file_is_refused_once_and_then_downloaded(hub: Any, tiny: Any) -> None:
    partial = partial_path(tiny.root, tiny.transformer)
    partial.parent.mkdir(parents=True)
    partial.write_bytes(b"x" * 1000)

    with pytest.raises(WeightsDamagedError):
        download_file(tiny.root, tiny.transformer, pauses_s=NO_PAUSES)
    download_file(tiny.root, tiny.transformer, pauses_s=NO_PAUSES)

    assert hub.ranges() == ["bytes=1000-", None]


def test_a_download_is_not_written_through_a_link(hub: Any, tiny: Any) -> None:
    victim = tiny.root.parent / "victim"
    victim.write_bytes(b"mine")
    partial = partial_path(tiny.root, tiny.transformer)
    path = tiny.transformer.path_in(tiny.root)
    for link in (partial, path, record_path(path)):
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(victim)

    download_file(tiny.root, tiny.transformer)

    assert victim.read_bytes() == b"mine"
    assert not path.is_symlink()
    assert not record_path(path).is_symlink()
    assert hub.ranges() == [None]


def test_the_partial_file_of_another_version_is_not_resumed(tiny: Any) -> None:
    other = tiny.changed(sha256="f" * 64)
    assert partial_path(tiny.root, other.transformer) != partial_path(tiny.root, tiny.transformer)


def test_a_request_to_a_busy_server_is_retried(hub: Any, tiny: Any) -> None:
    hub.mischief.busy = 2

    download_file(tiny.root, tiny.transformer, pauses_s=NO_PAUSES)

    assert tiny.transformer.path_in(tiny.root).is_file()


def test_an_unreachable_server_is_reported(hub: Any, tiny: Any) -> None:
    hub.shutdown()
    hub.server_close()

    with pytest.raises(DownloadError, match="3 attempts in a row failed") as caught:
        download_file(tiny.root, tiny.transformer, pauses_s=NO_PAUSES)
    assert str(caught.value).endswith("; check the network and try again")
    assert "cannot be downloaded from Hugging Face" in str(caught.value)
    assert "Errno" not in str(caught.value)
    assert type(caught.value) is DownloadError


@pytest.mark.parametrize(
    ("status", "code", "token", "error", "words"),
    [
        (403, "GatedRepo", "hf_x", LicenceError, "has not accepted the licence of somebody/tiny"),
        (401, "GatedRepo", None, TokenError, "a token is required .* set HF_TOKEN"),
        (401, "RepoNotFound", None, TokenError, "a token is required"),
        (401, None, "hf_x", TokenError, "the token is not valid"),
        (403, None, "hf_x", TokenError, "the token is not valid"),
        (404, None, None, DownloadError, "does not contain this file at the"),
        (
            404,
            "EntryNotFound",
            None,
            DownloadError,
            "does not contain this file at the",
        ),
        (
            404,
            "RevisionNotFound",
            None,
            DownloadError,
            "does not contain this file at the",
        ),
        (
            404,
            "RepoNotFound",
            None,
            DownloadError,
            "does not contain this file at the",
        ),
        (418, None, None, DownloadError, "refused with status 418"),
    ],
)
def test_each_refusal_has_its_own_error_and_fix(
    hub: Any,
    tiny: Any,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    code: str | None,
    token: str | None,
    error: type[PosterError],
    words: str,
) -> None:
    hub.mischief.status, hub.mischief.error_code = status, code
    if token:
        monkeypatch.setenv("HF_TOKEN", token)

    with pytest.raises(error, match=words) as caught:
        download_set(tiny.root, tiny.weight_set, pauses_s=NO_PAUSES)

    assert type(caught.value) is error
    assert caught.value.exit_code == 3
    assert not any(word in str(caught.value) for word in (str(tiny.root), "hf_x", "127.0.0.1"))
    assert len(hub.asked) == 1


def test_the_token_goes_to_the_hub_and_not_to_a_redirects_target(
    hub: Any, start_hub: Callable[[], Any], tiny: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    hub.elsewhere = start_hub()
    hub.elsewhere.files = hub.files

    hub.elsewhere.mischief.drops = [1000]
    download_file(tiny.root, tiny.transformer, pauses_s=NO_PAUSES)

    assert {asked.headers["authorization"] for asked in hub.asked} == {"Bearer hf_secret"}
    assert hub.elsewhere.ranges() == [None, "bytes=1000-"]
    assert not any("authorization" in asked.headers for asked in hub.elsewhere.asked)


@pytest.mark.usefixtures("hub")
def test_an_endpoint_that_is_not_a_url_is_reported(
    tiny: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    template = "nowhere/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)

    with pytest.raises(DownloadError, match="HF_ENDPOINT is not a URL"):
        download_file(tiny.root, tiny.transformer)


def test_a_redirect_loop_is_not_followed(hub: Any, tiny: Any) -> None:
    hub.elsewhere = hub

    with pytest.raises(DownloadError, match="the server's response is not valid"):
        download_file(tiny.root, tiny.transformer, pauses_s=NO_PAUSES)


@pytest.mark.usefixtures("hub")
def test_offline_mode_is_reported(tiny: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)

    with pytest.raises(DownloadError, match="HF_HUB_OFFLINE is set"):
        download_file(tiny.root, tiny.transformer, pauses_s=NO_PAUSES)


@pytest.mark.usefixtures("hub")
def test_a_file_without_a_source_must_be_copied_by_hand(tiny: Any) -> None:
    unknown = tiny.changed(repo=None)

    with pytest.raises(DownloadError, match="has no source for it; copy it to diff"):
        download_set(tiny.root, unknown.weight_set, pauses_s=NO_PAUSES)


@pytest.mark.usefixtures("hub")
def test_a_file_of_unknown_size_and_hash_is_accepted_and_recorded(tiny: Any) -> None:
    unknown = tiny.changed(bytes=None, sha256=None)

    download_set(tiny.root, unknown.weight_set)

    path = tiny.transformer.path_in(tiny.root)
    assert json.loads(record_path(path).read_text())["sha256"] == tiny.transformer.sha256


@pytest.mark.parametrize("change", ["sha256", "bytes"])
def test_a_different_file_in_the_repository_is_refused_before_its_first_byte(
    hub: Any, tiny: Any, change: str
) -> None:
    wanted = {"sha256": "0" * 64, "bytes": tiny.transformer.bytes + 1}[change]

    with pytest.raises(WeightsMismatchError, match="has a different file"):
        download_file(tiny.root, tiny.changed(**{change: wanted}).transformer)

    assert hub.ranges() == []


@pytest.mark.parametrize("extra", [0, 7])
def test_a_wrong_file_is_deleted(hub: Any, tiny: Any, extra: int) -> None:
    size = tiny.transformer.bytes
    hub.mischief.body = random.Random(5).randbytes(size + extra)  # noqa: S311

    with pytest.raises(WeightsDamagedError, match="it was deleted; try again"):
        download_file(tiny.root, tiny.transformer, pauses_s=NO_PAUSES)

    assert files_below(tiny.root) == set()


def test_a_wrong_download_leaves_the_existing_file(hub: Any, tiny: Any) -> None:
    tiny.place_all()
    path = tiny.transformer.path_in(tiny.root)
    path.write_bytes(b"mine")
    hub.mischief.body = bytes(tiny.transformer.bytes)

    with pytest.raises(WeightsDamagedError):
        download_file(tiny.root, tiny.transformer, pauses_s=NO_PAUSES)

    assert path.read_bytes() == b"mine"


def test_a_file_with_the_right_hash_that_is_not_safetensors_is_refused(hub: Any, tiny: Any) -> None:
    content = b"<html>sign in</html>" * 100
    hub.files["inside/transformer.safetensors"] = content
    page = tiny.changed(bytes=len(content), sha256=hashlib.sha256(content).hexdigest())

    with pytest.raises(WeightsDamagedError, match="is not a safetensors file"):
        download_file(tiny.root, page.transformer, pauses_s=NO_PAUSES)

    assert files_below(tiny.root) == set()


def test_a_disk_without_room_is_reported_before_the_first_byte(
    hub: Any, tiny: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Usage:
        free = 1000

    monkeypatch.setattr("shutil.disk_usage", lambda _: Usage)

    with pytest.raises(DiskFullError, match=r"GB must be downloaded, but only 0\.00 GB are free"):
        download_set(tiny.root, tiny.weight_set)
    assert hub.asked == []


def test_a_disk_that_fills_up_keeps_the_partial_file(
    hub: Any, tiny: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = download._HashingWriter.write

    def write(writer: Any, chunk: bytes) -> None:
        if writer.size + len(chunk) > 100_000:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(writer, chunk)

    with monkeypatch.context() as patch:
        patch.setattr(download._HashingWriter, "write", write)
        with pytest.raises(DiskFullError, match="make room, and try again to resume"):
            download_file(tiny.root, tiny.transformer)
    kept = partial_path(tiny.root, tiny.transformer).stat().st_size
    assert 0 < kept <= 100_000

    download_file(tiny.root, tiny.transformer)
    assert hub.ranges() == [None, f"bytes={kept}-"]


@pytest.mark.usefixtures("hub")
def test_a_root_that_is_a_file_is_bad_input(tiny: Any) -> None:
    tiny.root.write_bytes(b"")

    with pytest.raises(RequestError, match=r"root: .* is not a folder"):
        download_set(tiny.root, tiny.weight_set)


def test_two_downloads_of_one_file_fetch_it_once(
    hub: Any, tiny: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.pause.clear()
    one_waits = threading.Event()
    flock = fcntl.flock

    def lock(stream: Any, how: int) -> None:
        if how == fcntl.LOCK_EX:
            one_waits.set()
        flock(stream, how)

    monkeypatch.setattr("fcntl.flock", lock)
    faults: list[BaseException] = []

    def fetch() -> None:
        try:
            download_set(tiny.root, tiny.weight_set)
        except BaseException as error:  # noqa: BLE001 - a thread's fault would go unseen
            faults.append(error)

    threads = [threading.Thread(target=fetch) for _ in range(2)]
    for thread in threads:
        thread.start()
    assert one_waits.wait(60)
    hub.pause.set()
    for thread in threads:
        thread.join(60)

    assert faults == []
    assert len(hub.ranges()) == len(tiny.weight_set.files)
    assert verify_set(tiny.root, tiny.weight_set) == ()


@pytest.mark.usefixtures("hub")
def test_a_volume_without_locks_is_written_with_a_warning(
    tiny: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", refuse)
    download_file(tiny.root, tiny.transformer)

    assert "cannot be locked: No locks available" in caplog.text
    assert tiny.transformer.path_in(tiny.root).is_file()


def test_progress_ends_at_the_full_size_and_never_decreases(hub: Any, tiny: Any) -> None:
    reports: list[tuple[int, int]] = []
    hub.mischief.drops = [40_000]

    download_file(
        tiny.root, tiny.transformer, lambda _, here, size: reports.append((here, size)), NO_PAUSES
    )

    assert reports == sorted(reports)
    assert reports[-1] == (tiny.transformer.bytes, tiny.transformer.bytes)


@pytest.mark.usefixtures("hub")
def test_files_can_be_read_by_others(tiny: Any) -> None:
    download_file(tiny.root, tiny.transformer)

    mask = os.umask(0)
    os.umask(mask)
    assert tiny.transformer.path_in(tiny.root).stat().st_mode & 0o777 == 0o666 & ~mask


@pytest.mark.usefixtures("hub")
def test_a_system_without_locks_downloads_and_says_so(
    tiny: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "fcntl", None)
    assert len(download_set(tiny.root, tiny.weight_set)) == len(tiny.weight_set.files)
    assert "cannot be locked on this system: run one download at a time" in caplog.text


@pytest.mark.parametrize("token", ["“hf_abc”", "'hf_abc'", "hf_a bc", "hf_аbc"])  # noqa: RUF001
def test_a_token_with_characters_that_none_has_is_refused_before_anything_is_asked(
    hub: Any, tiny: Any, monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    monkeypatch.setenv("HF_TOKEN", token)
    named = r"^HF_TOKEN contains [A-Z ]+\(U\+[0-9A-F]{4}\)"
    with pytest.raises(TokenError, match=named) as refusal:
        download_set(tiny.root, tiny.weight_set)
    assert "hf_" not in str(refusal.value)
    assert hub.asked == []
