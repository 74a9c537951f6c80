"""Named points of the code that changes a ledger, where a test can look or kill.

Nothing happens at them, and nothing outside of the process can make it so: only a
test in the same process sets what is called.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Hook = Callable[[str], None]
# In the order in which a signed push, and then any move, comes past them.
PUSH = (
    "push.begun",
    "push.staged",
    "push.copying",
    "push.copied",
    "push.claimed",
    "push.signed",
    "push.published",
    "push.recorded",
    "pointer.begun",
    "pointer.config",
    "pointer.written",
    "push.done",
)
MOVE = (
    "move.begun",
    "move.decided",
    "move.recorded",
    "pointer.begun",
    "pointer.config",
    "pointer.written",
    "move.done",
)
_hooks: list[Hook] = []


def reached(name: str) -> None:
    """Says that a point is reached."""
    for hook in _hooks:
        hook(name)


@contextmanager
def watched(hook: Hook) -> Iterator[None]:
    """Has `hook` called with the name of every point that is reached."""
    _hooks.append(hook)
    try:
        yield
    finally:
        _hooks.remove(hook)
