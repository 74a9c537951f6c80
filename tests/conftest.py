"""What all tests have in common."""

from __future__ import annotations

import gc
import signal
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes, or its making, says more of the machine than of the code.
settings.register_profile(
    "searching", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
# A change is judged by the same examples twice; new ones are looked for apart.
settings.register_profile("steady", settings.get_profile("searching"), derandomize=True)
settings.load_profile("steady")

# What a shell starts in the background ignores Ctrl-C, and so do its children: those
# that a test interrupts would go on for ever.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# A socket or file in a cycle is closed, and warned of, when the garbage collector
# comes by. By itself it comes at any time: in the middle of another test, or of
# code of others, whose warnings are passed over. So it comes after each test.
gc.disable()


@pytest.fixture(autouse=True)
def nothing_left_open_by_the_test() -> Iterator[None]:
    """Finds what the test left open."""
    yield
    gc.collect(1)  # What is new since the last time: a matter of microseconds.


@pytest.fixture(scope="module", autouse=True)
def nothing_left_open_by_the_file() -> Iterator[None]:
    """Finds what was still in use when its test ended."""
    yield
    gc.collect()
