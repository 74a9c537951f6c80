"""The history of accepted spans: what is written, read, refused and retired."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidegate.drift_tests.history import (
    Acceptance,
    History,
    accept_span,
    read_history,
    read_retired,
    read_span,
    retire_span,
    same,
    value_shares,
    write_span,
    write_summary,
)
from tidegate.drift_tests.history.span_file import as_file, of_file
from tidegate.drift_tests.summary import Frequent, Pairs, SpanMeasures
from tidegate.errors import Problems, UsageError

NIGHTLY = Acceptance(by="nightly", reason="its gate was open", verdict="passed")
NOON = datetime(2030, 1, 1, 12, tzinfo=timezone.utc)


def span_of(name: str = "03", seed: int = 0, **changed: Any) -> SpanMeasures:
    random = np.random.default_rng(seed)
    matrix = random.normal(size=(3, 2))
    matrix[2, 1] = np.nan
    measured = SpanMeasures(
        name=name,
        rows=1_000,
        span=int(name) if name.isdigit() else None,
        start=date(2030, 1, 1),
        created=NOON,
        columns=("fare", "carrier", "passenger"),
        kinds=("float", "text", "text"),
        private=frozenset({"passenger"}),
        measures=("missing", "mean"),
        matrix=matrix,
        frequent=(
            Frequent(("12.5",), np.array([0.25])),
            Frequent(("AA", "ÜÑ"), np.array([0.5, 0.125])),
            Frequent.none(),
        ),
        pairs=Pairs(
            first=np.array([1, 0, 0]),
            second=np.array([2, 1, 2]),
            measure=("order", "gone"),
            kind=np.array([1, 0, 1]),
            values=np.array([0.5, -0.25, np.nan]),
        ),
    )
    return replace(measured, **changed)


def a_pair_of(first: int) -> Pairs:
    nothing = np.array([0])
    return Pairs(np.array([first]), nothing, ("order",), nothing, np.ones(1))


def strengths(span: SpanMeasures) -> dict[tuple[str, str, str], float]:
    pairs, names = span.pairs, span.columns
    return {
        (names[a], names[b], pairs.measure[kind]): float(value)
        for a, b, kind, value in zip(
            pairs.first, pairs.second, pairs.kind, pairs.values, strict=True
        )
    }


def test_a_span_survives_its_file(tmp_path: Path) -> None:
    span = span_of()
    written = write_span(span, NIGHTLY, tmp_path / "history")
    assert written.new
    assert written.path.endswith("history/span-03.parquet")
    history = read_history(tmp_path / "history")
    (there,) = history.spans
    assert history.acceptances == (NIGHTLY,)
    assert same(there, span)
    assert (there.created, there.private) == (NOON, frozenset({"passenger"}))
    assert [top.texts for top in there.frequent] == [("12.5",), ("AA", "ÜÑ"), ()]
    assert there.frequent[1].shares.tolist() == [0.5, 0.125]
    assert strengths(there) == pytest.approx(strengths(span), nan_ok=True)
    assert there.value("fare", "mean") == span.matrix[0, 1]
    assert np.isnan(there.value("passenger", "mean"))


@settings(max_examples=25, deadline=None)
@given(
    columns=st.lists(st.text(max_size=8), unique=True, max_size=5),
    texts=st.lists(st.text(st.characters(exclude_categories=())), max_size=3),
    seed=st.integers(0, 99),
    rows=st.integers(0, 10**9),
)
def test_every_span_survives_its_file(
    columns: list[str], texts: list[str], seed: int, rows: int
) -> None:
    random = np.random.default_rng(seed)
    columns = [name.encode("utf-8", "replace").decode() for name in columns]
    columns = list(dict.fromkeys(columns))
    width = len(columns)
    matrix = random.choice([np.nan, np.inf, -np.inf, 0.5], size=(width, 3))
    span = SpanMeasures(
        name="a.1_b-2",
        rows=rows,
        span=None,
        start=None,
        created=NOON,
        columns=tuple(columns),
        kinds=("none",) * width,
        private=frozenset(),
        measures=("a", "b", "c"),
        matrix=matrix,
        frequent=[Frequent(tuple(texts), random.random(len(texts)))] * width,
        pairs=Pairs.none(),
    )
    there = of_file(as_file(span)).measures
    assert same(there, span)
    assert there.rows == rows


def test_values_of_a_private_column_are_never_written(tmp_path: Path) -> None:
    told = (Frequent.none(), Frequent.none(), Frequent(("Ann",), np.array([0.5])))
    write_span(span_of(frequent=told), NIGHTLY, tmp_path)
    (path,) = tmp_path.iterdir()
    assert read_history(tmp_path).spans[0].frequent[2].texts == ()
    asked = duckdb.sql(f"select frequent from '{path}' where private").fetchall()
    assert asked == [([],)]


def test_the_history_can_be_asked_in_sql(tmp_path: Path) -> None:
    span = span_of()
    for name in ("03", "04"):
        write_span(replace(span, name=name), NIGHTLY, tmp_path)
    files = f"'{tmp_path}/*.parquet'"
    # What does not apply is left out by an average, so it is null.
    asked = duckdb.sql(
        f'select "column", avg(mean) from {files} group by 1 order by 1'
    ).fetchall()
    assert asked == [
        ("carrier", span.matrix[1, 1]),
        ("fare", span.matrix[0, 1]),
        ("passenger", None),
    ]
    pairs = duckdb.sql(
        f"select p.other, p.measure, p.value from (select unnest(pairs) as p "
        f"from '{tmp_path}/span-03.parquet' where \"column\" = 'carrier')"
    ).fetchall()
    assert pairs == [("passenger", "gone", 0.5)]


def test_writing_the_same_again_is_no_error(tmp_path: Path) -> None:
    assert write_span(span_of(), NIGHTLY, tmp_path).new
    later = replace(span_of(), created=NOON + timedelta(hours=1))
    again = write_span(later, Acceptance(by="retry", reason="retry"), tmp_path)
    assert not again.new
    assert read_history(tmp_path).acceptances == (NIGHTLY,)


@pytest.mark.parametrize(
    "changed",
    [
        {"pairs": Pairs.none()},
        {"matrix": span_of().matrix * (1 + 1e-9)},
        {"measures": ("missing", "median")},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_the_same_data_measured_otherwise_are_no_other_data(
    changed: dict[str, Any], tmp_path: Path
) -> None:
    write_span(span_of(), NIGHTLY, tmp_path)
    assert not write_span(span_of(**changed), NIGHTLY, tmp_path).new


@pytest.mark.parametrize(
    "changed",
    [
        {"rows": 999},
        {"start": date(2030, 1, 2)},
        {"kinds": ("int", "text", "text")},
        {"matrix": np.zeros((3, 2))},
        {"frequent": (Frequent.none(),) * 3},
        {"private": frozenset()},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_another_span_of_that_name_is_refused(
    changed: dict[str, Any], tmp_path: Path
) -> None:
    write_span(span_of(), NIGHTLY, tmp_path)
    with pytest.raises(UsageError, match="accepted already, with other data"):
        write_span(span_of(**changed), NIGHTLY, tmp_path)
    assert same(read_history(tmp_path).spans[0], span_of())


def test_of_writers_at_once_one_wins(tmp_path: Path) -> None:
    spans = [span_of(rows=rows) for rows in range(8)]

    def write(span: SpanMeasures) -> bool:
        try:
            return write_span(span, NIGHTLY, tmp_path).new
        except UsageError:
            return False

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(write, spans))
    assert won.count(True) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["span-03.parquet"]
    assert read_history(tmp_path).spans[0].rows == won.index(True)


def test_a_folder_without_hard_links_is_written_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "link", refused)
    assert write_span(span_of(), NIGHTLY, tmp_path).new
    assert not write_span(span_of(), NIGHTLY, tmp_path).new
    assert [path.name for path in tmp_path.iterdir()] == ["span-03.parquet"]


@pytest.mark.parametrize("at", ["fsync", "link"])
def test_a_writer_that_is_killed_leaves_nothing_that_is_read(
    at: str, tmp_path: Path
) -> None:
    (tmp_path / "whole").mkdir()
    write_summary(span_of(), tmp_path / "whole" / "summary.parquet")
    program = f"""
        import os, signal
        from pathlib import Path
        from tidegate.drift_tests.history import Acceptance, read_span, write_span
        os.{at} = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
        span = read_span(Path({str(tmp_path / "whole" / "summary.parquet")!r}))
        write_span(span.measures, Acceptance(by="x", reason="y"), {str(tmp_path)!r})
    """
    ended = subprocess.run([sys.executable, "-c", textwrap.dedent(program)])
    assert ended.returncode == -signal.SIGKILL
    assert any(path.name.startswith(".span-03") for path in tmp_path.iterdir())
    assert len(read_history(tmp_path)) == 0
    assert write_span(span_of(), NIGHTLY, tmp_path).new


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def flipped(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


def rewritten(content: bytes) -> bytes:
    import io

    from pyarrow import parquet

    sink = io.BytesIO()
    table = parquet.read_table(io.BytesIO(content))
    parquet.write_table(table.replace_schema_metadata({}), sink)
    return sink.getvalue()


@pytest.mark.parametrize(
    ("damage", "got"),
    [
        (lambda _: b"", "an empty file"),
        (lambda _: b"column,kind\n", "no Parquet file"),
        (cut, "cut short"),
        (partial(flipped, place=40), "bytes were changed"),
        (partial(flipped, place=-300), "bytes were changed"),
        (rewritten, "tidegate did not write"),
    ],
    ids=["empty", "text", "cut", "page", "footer", "foreign"],
)
def test_a_damaged_file_is_named_with_its_fix(
    damage: Callable[[bytes], bytes], got: str, tmp_path: Path
) -> None:
    write_span(span_of("03"), NIGHTLY, tmp_path)
    write_span(span_of("04"), NIGHTLY, tmp_path)
    path = tmp_path / "span-03.parquet"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(UsageError) as caught:
        read_history(tmp_path)
    assert caught.value.where == str(path)
    assert got in str(caught.value.got)
    assert "accept the span again" in str(caught.value.fix)


def test_every_changed_bit_is_noticed(tmp_path: Path) -> None:
    content = as_file(span_of(), NIGHTLY)
    places = np.random.default_rng(0).integers(0, len(content), 300)
    for place in places:
        with pytest.raises(ValueError, match=r"bytes were|Parquet|cut short|span"):
            of_file(flipped(content, int(place)))


def test_all_damaged_files_are_told_at_once(tmp_path: Path) -> None:
    for name in ("03", "04", "05"):
        write_span(span_of(name), NIGHTLY, tmp_path)
    (tmp_path / "span-03.parquet").write_bytes(b"PAR1")
    (tmp_path / "span-05.parquet").rename(tmp_path / "span-06.parquet")
    with pytest.raises(Problems) as caught:
        read_history(tmp_path)
    assert [str(error.where)[-7:] for error in caught.value.errors] == [
        "parquet",
        "parquet",
    ]
    assert "the span 05" in str(caught.value)


def test_no_folder_is_no_history_and_a_file_is_no_folder(tmp_path: Path) -> None:
    assert str(read_history(tmp_path / "none")) == "no span"
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="not a folder"):
        read_history(tmp_path / "file")
    with pytest.raises(UsageError, match="not a folder"):
        write_span(span_of(), NIGHTLY, tmp_path / "file")


def test_spans_are_in_the_order_of_their_numbers_then_days(tmp_path: Path) -> None:
    spans = [
        span_of("10"),
        span_of("9"),
        span_of("b", start=date(2030, 1, 2)),
        span_of("c", start=date(2030, 1, 1)),
        span_of("late", start=date(2030, 1, 1), created=NOON + timedelta(days=1)),
        span_of("none", start=None),
    ]
    for span in spans:
        write_span(span, NIGHTLY, tmp_path)
    history = read_history(tmp_path)
    assert history.names == ("none", "c", "late", "b", "9", "10")
    assert history.numbers[-2:] == (9, 10)
    assert read_history(tmp_path, newest=2).names == ("9", "10")
    assert str(history) == "6 spans, none to 10"
    assert history.before(span_of("10")).names == ("none", "c", "9")
    assert history.part(1, 3).names == ("c", "late")


def test_spans_whose_days_are_all_known_are_in_the_order_of_days() -> None:
    days = {"x": 3, "1": 1, "2": 4, "y": 2, "y2": 2}
    spans = [span_of(name, start=date(2030, 1, day)) for name, day in days.items()]
    assert History.of(spans).names == ("1", "y", "y2", "x", "2")
    assert History.of([*spans, span_of("3", start=None)]).names[-1] == "3"


def test_a_span_is_compared_with_those_before_it() -> None:
    numbered = History.of([span_of("1"), span_of("2"), span_of("3")])
    assert numbered.before(span_of("2")).names == ("1",)
    assert numbered.before(span_of("2b", span=2)).names == ("1",)
    # Nothing says when a span without number and day was.
    assert numbered.before(span_of("x", start=None)).names == ("1", "2", "3")
    dated = [
        span_of(name, start=date(2030, 1, day)) for day, name in enumerate("abc", 1)
    ]
    assert History.of(dated).before(dated[1]).names == ("a",)
    again = replace(dated[1], name="b2", created=NOON + timedelta(days=1))
    assert History.of(dated).before(again).names == ("a", "b")


def test_figures_of_spans_with_other_columns_are_aligned() -> None:
    old = span_of("1")
    new = span_of(
        "2",
        columns=("carrier", "fare", "tip"),
        private=frozenset(),
        measures=("mean", "spread"),
    )
    history = History.of([new, old])
    assert history.columns == ("carrier", "fare", "tip", "passenger")
    assert history.measures == ("mean", "spread", "missing")
    assert history.values.shape == (2, 4, 3)
    assert history.values[0, 1, 0] == old.value("fare", "mean")
    assert history.values[1, 2, 1] == pytest.approx(
        new.value("tip", "spread"), nan_ok=True
    )
    assert np.isnan(history.values[0, 2]).all()
    assert history.present.tolist() == [
        [True, True, False, True],
        [True, True, True, False],
    ]
    assert history.kinds("tip") == (None, "text")


def test_pairs_of_spans_with_other_columns_are_aligned() -> None:
    old = span_of("1")
    new = span_of("2", columns=("carrier", "fare", "tip"), private=frozenset())
    history = History.of([old, new])
    pairs = history.pairs
    for row, span in enumerate(history.spans):
        aligned = {
            (history.columns[a], history.columns[b], pairs.measure[kind]): value
            for a, b, kind, value in zip(
                pairs.first, pairs.second, pairs.kind, pairs.values[row], strict=True
            )
            if not np.isnan(value)
        }
        known = {k: v for k, v in strengths(span).items() if not np.isnan(v)}
        assert aligned == known
    assert len(pairs) == len({*strengths(old), *strengths(new)})


@pytest.mark.parametrize("read", [True, False])
def test_shares_of_values_are_aligned(read: bool, tmp_path: Path) -> None:
    tops = (Frequent(("AA", "BB"), np.array([0.5, 0.25])), Frequent.none())
    new = span_of(
        "2",
        columns=("carrier", "fare", "tip"),
        private=frozenset(),
        frequent=(*tops, Frequent(("AA",), np.array([1.0]))),
    )
    history = History.of([span_of("1"), new])
    if read:
        for span in history.spans:
            write_span(span, NIGHTLY, tmp_path)
        history = read_history(tmp_path)
    found = value_shares(history)
    names = [history.columns[place] for place in found.column]
    told = dict(zip(zip(names, found.texts, strict=True), found.values.T, strict=True))
    assert {
        key: shares.tolist() for key, shares in told.items() if key[0] != "tip"
    } == {
        ("carrier", "AA"): [0.5, 0.5],
        ("carrier", "ÜÑ"): [0.125, 0.0],
        ("carrier", "BB"): [0.0, 0.25],
        ("fare", "12.5"): [0.25, 0.0],
    }
    some = value_shares(history, np.array([history.columns.index("fare")]))
    assert some.texts == ("12.5",)
    assert len(value_shares(History())) == 0


def test_a_history_without_spans_has_empty_arrays() -> None:
    history = History()
    assert history.values.shape == (0, 0, 0)
    assert history.pairs.values.shape == (0, 0)
    assert history.columns == ()


def test_a_person_accepts_with_a_reason(tmp_path: Path) -> None:
    accept_span(tmp_path, span_of(), "Ann", "strike, as announced", verdict="alarmed")
    (acceptance,) = read_history(tmp_path).acceptances
    assert acceptance is not None
    assert (acceptance.by, acceptance.verdict) == ("Ann", "alarmed")
    for by, reason in (("", "because"), ("Ann", "  ")):
        with pytest.raises(UsageError, match="with a name and a reason"):
            accept_span(tmp_path, span_of("04"), by, reason)
    assert len(read_history(tmp_path)) == 1


def test_a_retired_span_counts_no_longer_and_stays(tmp_path: Path) -> None:
    for name in ("03", "04"):
        write_span(span_of(name), NIGHTLY, tmp_path)
    retire_span(tmp_path, "03", "Ann", "it was a test export")
    retire_span(tmp_path, "03", "Bob", "again")
    assert read_history(tmp_path).names == ("04",)
    assert (tmp_path / "span-03.parquet").exists()
    assert read_retired(tmp_path)["03"].by == "Ann"
    with pytest.raises(UsageError, match="was retired"):
        write_span(span_of("03"), NIGHTLY, tmp_path)
    with pytest.raises(UsageError, match="not in the history"):
        retire_span(tmp_path, "05", "Ann", "why not")
    with pytest.raises(UsageError, match="with a name and a reason"):
        retire_span(tmp_path, "04", "Ann", "")


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"name": "a/b"}, "no name for a span"),
        ({"rows": -1}, "-1 rows"),
        ({"columns": ("a", "b", "a")}, "'a' is there twice"),
        ({"measures": ("m", "m")}, "'m' is there twice"),
        ({"kinds": ("int",)}, "1 kinds"),
        ({"kinds": ("date", "int", "int")}, "'date' is none of the kinds"),
        ({"matrix": np.zeros((2, 3))}, "a matrix of"),
        ({"frequent": ()}, "0 tops"),
        ({"pairs": a_pair_of(3)}, "of a column that is not there"),
    ],
)
def test_parts_that_do_not_fit_are_refused(changed: Any, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        span_of(**changed)


def test_a_measure_cannot_have_the_name_of_a_field() -> None:
    with pytest.raises(ValueError, match="no measure can be named kind"):
        as_file(span_of(measures=("missing", "kind")))


def test_what_nobody_has_accepted_is_not_read_as_history(tmp_path: Path) -> None:
    write_summary(span_of(), tmp_path / "span-03.parquet")
    with pytest.raises(UsageError, match="nobody has accepted"):
        read_history(tmp_path)


def test_a_summary_is_a_file_of_a_span_that_nobody_has_accepted(
    tmp_path: Path,
) -> None:
    path = write_summary(span_of(), tmp_path / "summary.parquet")
    there = read_span(path)
    assert there.acceptance is None
    assert same(there.measures, span_of())
    with pytest.raises(UsageError, match="no span of a drift history"):
        read_span(tmp_path / "none.parquet")
