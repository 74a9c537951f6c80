"""What all tests have in common."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from hypothesis import settings

# How long an example takes says more of the machine than of the code.
settings.register_profile("without deadline", deadline=None)
settings.load_profile("without deadline")


@pytest.fixture(scope="module", autouse=True)
def nothing_left_open() -> Iterator[None]:
    """Finds what a file's tests left open while it can still be told whose it was.

    A socket or file in a cycle is closed, and warned of, whenever the garbage
    collector comes by: in the middle of a test that has nothing to do with it.
    """
    yield
    gc.collect()
