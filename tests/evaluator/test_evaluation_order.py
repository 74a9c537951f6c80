"""Batches are evaluated on threads, and what they come to is taken in order."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tidegate.evaluator import evaluation


def batches(_: Sequence[Path]) -> Iterator[list[bytes]]:
    """Six batches of one record."""
    return iter([[bytes([number])] for number in range(6)])


def test_a_model_is_called_once_before_threads_share_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first_ended = threading.Event()
    early: list[int] = []

    def look(_: list[bytes], first: int) -> int:
        if first and not first_ended.is_set():
            early.append(first)
        if not first:
            time.sleep(0.2)
            first_ended.set()
        return first

    monkeypatch.setattr(evaluation, "_batches", batches)
    assert list(evaluation._in_order(look, [])) == list(range(6))  # type: ignore[arg-type]
    assert not early


def test_later_batches_are_evaluated_together(monkeypatch: pytest.MonkeyPatch) -> None:
    met = threading.Barrier(2, timeout=20)

    def look(_: list[bytes], first: int) -> int:
        if first in (1, 2):
            met.wait()
        return first

    monkeypatch.setattr(evaluation, "_batches", batches)
    assert list(evaluation._in_order(look, [])) == list(range(6))  # type: ignore[arg-type]
