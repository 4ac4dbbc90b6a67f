"""RunPod's side of a worker's loop, for all tests of one file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tools.control_plane import ControlPlane
from tools.loop_callers import Caller, make_shim_caller


@pytest.fixture(scope="module")
def plane() -> Iterator[ControlPlane]:
    with ControlPlane() as plane:
        yield plane


@pytest.fixture(scope="module")
def caller() -> Caller:
    return make_shim_caller()
