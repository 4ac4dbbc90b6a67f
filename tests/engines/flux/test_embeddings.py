"""Embeddings of default prompts are made once; a damaged or foreign file is never used."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch

from poster.engines.flux import embeddings as embeddings_module
from poster.engines.flux.embeddings import Embeddings


class Encoder:
    """Stands in for the text encoder, and counts its passes."""

    def __init__(self) -> None:
        self.passes: list[list[str]] = []

    def __call__(self, prompts: Sequence[str]) -> torch.Tensor:
        self.passes.append(list(prompts))
        rows = [torch.full((4, 6), float(len(prompt)), dtype=torch.bfloat16) for prompt in prompts]
        return torch.stack(rows)


def look_up(folder: Path, encode: Encoder, *prompts: str, identity: str = "one") -> list[float]:
    found = Embeddings(folder, identity).look_up(prompts, {"", "cover", "envelope"}, encode)
    assert all(embedding.shape == (1, 4, 6) for embedding in found)
    return [float(embedding[0, 0, 0]) for embedding in found]


def test_all_missing_prompts_are_encoded_in_one_pass(tmp_path: Path) -> None:
    encode = Encoder()
    assert look_up(tmp_path, encode, "cover", "", "envelope") == [5, 0, 8]
    assert encode.passes == [["cover", "", "envelope"]]


def test_what_is_on_disk_needs_no_pass(tmp_path: Path) -> None:
    look_up(tmp_path, Encoder(), "cover", "")
    encode = Encoder()
    assert look_up(tmp_path, encode, "cover", "", "envelope") == [5, 0, 8]
    assert encode.passes == [["envelope"]]


def test_a_callers_prompt_is_kept_in_memory_but_never_written(tmp_path: Path) -> None:
    encode = Encoder()
    kept = Embeddings(tmp_path / "kept", "one")
    for _ in range(2):
        kept.look_up(["a caller's own words"], set(), encode)
    assert encode.passes == [["a caller's own words"]]
    assert not (tmp_path / "kept").exists()


def test_another_text_encoder_does_not_see_this_ones_embeddings(tmp_path: Path) -> None:
    look_up(tmp_path, Encoder(), "cover")
    encode = Encoder()
    look_up(tmp_path, encode, "cover", identity="another")
    assert encode.passes == [["cover"]]


def flip_last_bit(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def replace_with_json(path: Path) -> None:
    path.write_text("{}")


@pytest.mark.parametrize("damage", [flip_last_bit, truncate, empty, replace_with_json])
def test_a_damaged_file_is_encoded_again(tmp_path: Path, damage: object) -> None:
    assert callable(damage)
    look_up(tmp_path, Encoder(), "cover")
    (place,) = tmp_path.glob("*.safetensors")
    whole = place.read_bytes()
    damage(place)
    encode = Encoder()
    assert look_up(tmp_path, encode, "cover") == [5]
    assert encode.passes == [["cover"]]
    assert place.read_bytes() == whole


def test_nothing_but_whole_files_is_left_behind(tmp_path: Path) -> None:
    look_up(tmp_path, Encoder(), "cover", "", "envelope")
    assert [path.suffix for path in tmp_path.iterdir()] == [".safetensors"] * 3


def test_a_folder_that_cannot_be_created_causes_no_error(tmp_path: Path) -> None:
    blocked = tmp_path / "a file"
    blocked.touch()
    assert look_up(blocked, Encoder(), "cover") == [5]


def test_the_least_recently_used_files_are_deleted_if_there_are_too_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embeddings_module, "_ON_DISK", 2)
    look_up(tmp_path, Encoder(), "cover", "")
    for age, path in enumerate(sorted(tmp_path.iterdir())):
        os.utime(path, (age, age))
    look_up(tmp_path, Encoder(), "cover")
    look_up(tmp_path, Encoder(), "envelope")
    encode = Encoder()
    look_up(tmp_path, encode, "cover", "envelope")
    assert encode.passes == []
    assert len(list(tmp_path.iterdir())) == 2


def test_memory_of_prompts_is_bounded(tmp_path: Path) -> None:
    encode = Encoder()
    kept = Embeddings(tmp_path, "one")
    for length in range(20):
        kept.look_up(["x" * length], set(), encode)
    kept.look_up(["x" * 19], set(), encode)
    kept.look_up(["x"], set(), encode)
    assert len(encode.passes) == 21
