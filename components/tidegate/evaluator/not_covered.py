"""The one way out of the columnar path: to the stock Evaluator, with a reason."""

from __future__ import annotations


class NotCovered(Exception):
    """The stock Evaluator has to do this.

    Attributes:
        reason: Why, for the log, in words that end no sentence.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
