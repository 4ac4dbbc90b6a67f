from __future__ import annotations

import pytest

from poster.typography.typeset import Typesetter


@pytest.fixture(scope="session")
def typesetter() -> Typesetter:
    return Typesetter()
