"""What sends a Transform to the stock executor."""

from __future__ import annotations


class Unsupported(Exception):
    """Something that only the stock executor does; says what."""
