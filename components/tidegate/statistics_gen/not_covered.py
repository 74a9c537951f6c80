"""What sends statistics to the stock executor once the data are known."""

from __future__ import annotations


class NotCovered(Exception):
    """TFDV has to do it; the message says why."""
