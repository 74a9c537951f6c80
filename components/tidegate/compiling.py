"""Whether a pipeline is being built for another place than this machine.

A constructor may look at files to learn what its component will read. Where the
pipeline is only compiled, they may be out of reach, and what is there now says
nothing of the day on which the component runs: then it looks at nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_COMPILING: ContextVar[bool] = ContextVar("tidegate_compiling", default=False)


def is_compiling() -> bool:
    """True inside `compiling()`."""
    return _COMPILING.get()


@contextmanager
def compiling() -> Iterator[None]:
    """Has constructors of components look at no data, here or elsewhere.

    Example:
        ```python
        with compiling():
            nodes = create_components(config)
        ```
    """
    token = _COMPILING.set(True)
    try:
        yield
    finally:
        _COMPILING.reset(token)
