"""Coded data of AV1 -> what its sequence headers say: size and colour code points.

Does not decode pixels.

Source: AV1 Bitstream & Decoding Process Specification, 5.3, 5.5 and 5.9 (names as there).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

_SEQUENCE_HEADER = 1
_MAX_OBUS = 5000
"""Units looked at; a picture has fewer than 100."""
_SELECT = 2
"""Value of seq_force_screen_content_tools if frames choose it."""


@dataclass(frozen=True, slots=True)
class Sequence:
    """A sequence header.

    Args:
        width: maximum width of its frames, in pixels.
        height: maximum height of its frames, in pixels.
        code_points: primaries and transfer as in H.273; None if it does not say them.
    """

    width: int
    height: int
    code_points: tuple[int, int] | None


def read_sequences(data: bytes) -> Iterator[Sequence]:
    """Read the sequence headers of coded data.

    Args:
        data: OBUs.

    Yields:
        Each header, in order.
    """
    at = 0
    for _ in range(_MAX_OBUS):
        if at >= len(data):
            break
        kind, has_extension, has_size = data[at] >> 3 & 15, data[at] >> 2 & 1, data[at] >> 1 & 1
        at += 1 + has_extension
        size = len(data) - at
        if has_size:
            size, at = _leb128(data, at)
        if kind == _SEQUENCE_HEADER:
            yield _of_sequence(_Bits(data[at : at + size]))
        at += size


def _leb128(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for place in range(8):
        byte = data[at + place] if at + place < len(data) else 0
        value |= (byte & 127) << 7 * place
        if not byte & 128:
            break
    return value, at + place + 1


class _Bits:
    """Reads bits, the highest first; beyond the end they are 0."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, count: int) -> int:
        value = 0
        for at in range(self._at, self._at + count):
            byte = self._data[at >> 3] if at >> 3 < len(self._data) else 0
            value = value << 1 | byte >> (7 - (at & 7)) & 1
        self._at += count
        return value

    def skip_uvlc(self) -> None:
        zeros = 0
        while zeros < 32 and not self.take(1):
            zeros += 1
        self.take(zeros if zeros < 32 else 0)


def _of_sequence(bits: _Bits) -> Sequence:
    profile = bits.take(3)
    bits.take(1)  # still_picture
    is_reduced = bits.take(1)
    if is_reduced:
        bits.take(5)  # seq_level_idx
    else:
        _skip_operating_points(bits)
    width_bits, height_bits = bits.take(4) + 1, bits.take(4) + 1
    width, height = bits.take(width_bits) + 1, bits.take(height_bits) + 1
    if not is_reduced and bits.take(1):  # frame_id_numbers_present_flag
        bits.take(7)
    bits.take(3)  # 128x128 superblocks, filter intra, intra edge filter
    if not is_reduced:
        _skip_tools(bits)
    bits.take(3)  # superres, cdef, restoration
    return Sequence(width, height, _of_colour(bits, profile))


def _skip_operating_points(bits: _Bits) -> None:
    delay_bits = has_decoder_model = 0
    if bits.take(1):  # timing_info_present_flag
        bits.take(64)
        if bits.take(1):  # equal_picture_interval
            bits.skip_uvlc()
        has_decoder_model = bits.take(1)
        if has_decoder_model:
            delay_bits = bits.take(5) + 1
            bits.take(42)
    has_delay = bits.take(1)
    for _ in range(bits.take(5) + 1):
        bits.take(12)
        if bits.take(5) > 7:  # seq_level_idx
            bits.take(1)
        if has_decoder_model and bits.take(1):
            bits.take(2 * delay_bits + 1)
        if has_delay and bits.take(1):
            bits.take(4)


def _skip_tools(bits: _Bits) -> None:
    bits.take(4)  # interintra, masked, warped, dual filter
    has_order_hint = bits.take(1)
    if has_order_hint:
        bits.take(2)
    forces_screen_content = _SELECT if bits.take(1) else bits.take(1)
    if forces_screen_content and not bits.take(1):  # seq_choose_integer_mv
        bits.take(1)
    if has_order_hint:
        bits.take(3)


def _of_colour(bits: _Bits, profile: int) -> tuple[int, int] | None:
    is_deep = bits.take(1)
    if profile == 2 and is_deep:
        bits.take(1)  # twelve_bit
    if profile != 1:
        bits.take(1)  # mono_chrome
    if not bits.take(1):  # color_description_present_flag
        return None
    return bits.take(8), bits.take(8)
