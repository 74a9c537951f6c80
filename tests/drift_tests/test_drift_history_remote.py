"""A history in a bucket: written once there, too."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import numpy as np
import pytest

from tidegate.drift_tests.history import (
    Acceptance,
    read_history,
    retire_span,
    write_span,
)
from tidegate.drift_tests.summary import Frequent, Pairs, SpanMeasures
from tidegate.errors import InfrastructureError, UsageError

fsspec = pytest.importorskip("fsspec", reason="a history at a URL needs fsspec")

BUCKET = "memory://bucket/history"
NIGHTLY = Acceptance(by="nightly", reason="its gate was open")


def span_of(name: str, rows: int = 10) -> SpanMeasures:
    return SpanMeasures(
        name=name,
        rows=rows,
        span=int(name),
        start=None,
        created=datetime(2030, 1, 1, tzinfo=timezone.utc),
        columns=("fare",),
        kinds=("float",),
        private=frozenset(),
        measures=("missing",),
        matrix=np.array([[0.5]]),
        frequent=(Frequent.none(),),
        pairs=Pairs.none(),
    )


@pytest.fixture
def store() -> Iterator[Any]:
    """A store of objects in memory, emptied afterwards."""
    there = fsspec.filesystem("memory")
    yield there
    there.store.clear()
    there.pseudo_dirs[:] = [""]


def test_a_bucket_holds_a_history(store: Any) -> None:
    assert str(read_history(BUCKET)) == "no span"
    assert write_span(span_of("2"), NIGHTLY, BUCKET).path == (
        "memory://bucket/history/span-2.parquet"
    )
    assert write_span(span_of("1"), NIGHTLY, BUCKET).new
    assert not write_span(span_of("1"), NIGHTLY, BUCKET).new
    assert read_history(BUCKET).names == ("1", "2")
    retire_span(BUCKET, "1", "Ann", "a test export")
    assert read_history(BUCKET + "/").names == ("2",)
    with pytest.raises(UsageError, match="with other data"):
        write_span(span_of("2", rows=11), NIGHTLY, BUCKET)


def test_a_writer_that_comes_second_is_told(
    store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_span(span_of("1"), NIGHTLY, BUCKET)
    there, asked = type(store).exists, iter([False])

    def not_yet(self: Any, path: str, **options: Any) -> bool:
        # When the second writer looked first, nothing was there.
        return next(asked, None) is not False and bool(there(self, path, **options))

    monkeypatch.setattr(type(store), "exists", not_yet)
    assert not write_span(span_of("1"), NIGHTLY, BUCKET).new
    asked = iter([False])
    with pytest.raises(UsageError, match="with other data"):
        write_span(span_of("1", rows=11), NIGHTLY, BUCKET)


def test_a_store_that_knows_no_exclusive_mode_is_asked_before(
    store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = type(store).pipe_file

    def without_mode(self: Any, path: str, value: bytes, **options: Any) -> None:
        if options:
            raise TypeError("an unexpected keyword argument 'mode'")
        plain(self, path, value)

    monkeypatch.setattr(type(store), "pipe_file", without_mode)
    assert write_span(span_of("1"), NIGHTLY, BUCKET).new
    assert not write_span(span_of("1"), NIGHTLY, BUCKET).new


@pytest.mark.parametrize("call", ["ls", "cat_file"])
def test_a_store_that_does_not_answer_is_worth_a_retry(
    call: str, store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_span(span_of("1"), NIGHTLY, BUCKET)

    def busy(*_: Any, **__: Any) -> None:
        raise RuntimeError("503")

    monkeypatch.setattr(type(store), call, busy)
    with pytest.raises(InfrastructureError, match="cannot be reached") as caught:
        read_history(BUCKET)
    assert caught.value.got == "503"


def test_a_store_that_takes_no_file_says_so(
    store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(*_: Any, **__: Any) -> None:
        raise PermissionError("403")

    monkeypatch.setattr(type(store), "pipe_file", denied)
    with pytest.raises(InfrastructureError, match="cannot be written"):
        write_span(span_of("1"), NIGHTLY, BUCKET)


def test_a_url_that_nothing_knows_is_refused() -> None:
    with pytest.raises(UsageError, match="nothing here knows such a URL"):
        read_history("nosuch://bucket/history")
