"""What sends statistics to the stock executor once the data are known."""

from __future__ import annotations

from tidegate.steps.context import NeedsExecutor


class NotCovered(NeedsExecutor):
    """TFDV has to do it; the message says why."""
