"""Times in columns, and lengths of time in suites."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pydantic import ValidationError

from tidegate.data_tests.catalogue.cells import cells
from tidegate.data_tests.duration import Duration, spoken
from tidegate.data_tests.times import (
    looks_like_times,
    micros_of,
    parse_times,
    times_of,
    told,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2013-01-01T10:00:00Z", "2013-01-01 10:00"),
        ("2013-01-01 10:00", "2013-01-01 10:00"),
        ("2013-01-01", "2013-01-01 00:00"),
        ("2013-01-01T10:00:00+02:00", "2013-01-01 08:00"),
        ("2013-01-01T10:00:00-0230", "2013-01-01 12:30"),
        ("2013-01-01T10:00+02", "2013-01-01 08:00"),
        ("2013-01-01T10:00:05.25Z", "2013-01-01 10:00:05"),
        ("2013-01-01T10:00:05.123456789Z", "2013-01-01 10:00:05"),
        ("2012-02-29", "2012-02-29 00:00"),
        ("20130131", "2013-01-31 00:00"),
        ("1357034400", "2013-01-01 10:00"),
        ("1357034400.5", "2013-01-01 10:00:00"),
        ("0001-01-01", "0001-01-01 00:00"),
        ("9999-12-31T23:59:59Z", "9999-12-31 23:59:59"),
        ("2013-02-29", None),
        ("2013-02-30T10:00:00Z", None),
        ("2013-13-01", None),
        ("20131301", None),
        ("2013-1-1", None),
        ("12:30", None),
        ("", None),
        ("January", None),
        ("²²²²²²²²", None),
        ("9" * 39, None),
    ],
)
def test_a_text_is_a_time_or_it_is_not(text: str, expected: str | None) -> None:
    micros, known = parse_times(pa.array([text], pa.large_string()))
    assert (told(int(micros[0])) if known[0] else None) == expected


def test_what_a_text_means_does_not_depend_on_its_neighbours() -> None:
    texts = ["2013-01-01T10:00:00Z", "2013-02-30T10:00:00Z", "2013-01-01", "x"]
    texts += ["2013-02-30", "2013-01-01T10:00:00.1234567Z"]
    together = parse_times(pa.array(texts, pa.large_string()))
    apart = [parse_times(pa.array([text], pa.large_string())) for text in texts]
    assert together[1].tolist() == [bool(known[0]) for _, known in apart]
    assert together[0].tolist() == [int(micros[0]) for micros, _ in apart]


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (1357034400, "2013-01-01 10:00"),
        (1357034400_000, "2013-01-01 10:00"),
        (1357034400_000_000, "2013-01-01 10:00"),
        (1357034400_000_000_000, "2013-01-01 10:00"),
        (20130131, "2013-01-31 00:00"),
        (20130230, None),
        (0, "1970-01-01 00:00"),
        (-5, "1969-12-31 23:59:55"),
        (2**63 - 1, "2262-04-11 23:47:16"),
        (-(2**63), "1677-09-21 00:12:43"),
        (1.5, "1970-01-01 00:00:01"),
        (20130131.5, "1970-08-21 23:42:11"),
        (float("nan"), None),
        (float("inf"), None),
        (1e300, None),
    ],
)
def test_a_number_is_a_time_by_its_size(number: float, expected: str | None) -> None:
    micros, known = parse_times(pa.array([number]))
    assert (told(int(micros[0])) if known[0] else None) == expected


def test_rows_without_a_time_are_told_apart() -> None:
    column = pa.chunked_array(
        [pa.array([["2013-01-01", "x"], None, [], ["2013-01-02"]])]
    )
    found = times_of(cells(column))
    assert found.rows.tolist() == [0, 3]
    assert found.strange.tolist() == [0]
    assert found.blame(np.array([False, True])).tolist() == [3]


@pytest.mark.parametrize(
    "column",
    [
        pa.array([], pa.int64()),
        pa.array([], pa.large_string()),
        pa.nulls(3),
        pa.array([b"\xff", b"2013-01-01"], pa.large_binary()),
        pa.array([np.float32(np.nan)], pa.float32()),
    ],
    ids=["ints", "texts", "nulls", "bytes", "nan"],
)
def test_odd_columns_have_times_or_none(column: pa.Array) -> None:
    assert len(times_of(cells(pa.chunked_array([column]))).micros) <= 1


def test_text_looks_like_times_if_nearly_all_of_it_is() -> None:
    days = [f"2013-01-{day:02d}" for day in range(1, 31)]
    assert looks_like_times(pa.array([*days, "x"], pa.large_string()))
    assert not looks_like_times(pa.array(["a", *days[:3]], pa.large_string()))
    assert not looks_like_times(pa.array([1357034400]))


def test_moments_without_a_zone_are_in_utc() -> None:
    assert micros_of(date(1970, 1, 2)) == 86_400_000_000
    assert micros_of(datetime(1970, 1, 1, 1)) == 3_600_000_000
    east = timezone(timedelta(hours=1))
    assert micros_of(datetime(1970, 1, 1, 1, tzinfo=east)) == 0


@pytest.mark.parametrize(
    ("text", "written", "said"),
    [
        ("2d", "2d", "2 days"),
        ("1 d", "1d", "1 day"),
        ("36h", "36h", "36 hours"),
        ("15min", "15min", "15 minutes"),
        ("1w", "7d", "7 days"),
        ("90s", "90s", "1.5 minutes"),
        ("250ms", "250ms", "250 milliseconds"),
        ("1.5d", "36h", "36 hours"),
    ],
)
def test_a_duration_reads_back_as_it_is_written(
    text: str, written: str, said: str
) -> None:
    duration = Duration.model_validate(text)
    assert duration.model_dump() == written
    assert Duration.model_validate(duration.model_dump()) == duration
    assert str(duration) == said


@pytest.mark.parametrize("value", ["2", "2 months", "-2d", "", "d", 5, None, "1e9d"])
def test_what_is_no_duration_is_refused(value: Any) -> None:
    with pytest.raises(ValidationError, match="a length of time, such as 2d"):
        Duration.model_validate(value)


def test_great_durations_are_told_in_days() -> None:
    assert spoken(400 * 86_400_000_000) == "400 days"
    assert spoken(1234 * 86_400_000_000) == "1,234 days"
