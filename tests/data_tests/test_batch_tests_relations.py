"""Tests of how columns go together, and of features side by side."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from pydantic import ValidationError

from tidegate.columnar.statistics.profile import ColumnProfile
from tidegate.data_tests.catalogue import CATALOGUE, Evidence
from tidegate.data_tests.evaluate import Circumstances
from tidegate.data_tests.random_sample import RandomSample
from tidegate.data_tests.reference import Reference, SpanSummary
from tidegate.data_tests.reference.association import SampledColumns
from tidegate.data_tests.reference.changes import Change, culprits
from tidegate.data_tests.reference.summarising import summarise
from tidegate.data_tests.trial import try_test
from tidegate.data_tests.whole import Whole
from tidegate.testing import (
    break_co_missingness,
    corrupt,
    rescale_column,
    shift_columns,
    shuffle_values,
)

TEXT = pa.large_string()
ROWS = 6_000


def trips(seed: int, rows: int = ROWS) -> pa.Table:
    """Trips of ships: each ship is of one line, each line goes to some ports."""
    generator = np.random.default_rng(seed)
    ship = generator.integers(0, 400, rows)
    line = ship % 8
    port = (line * 3 + generator.integers(0, 4, rows)) % 20
    miles = 100 + 37 * port + generator.integers(0, 5, rows)
    wait = generator.gamma(1.0, 20.0, rows)
    hours = miles / 20 + generator.normal(0, 2, rows)
    lost = generator.random(rows) < 0.05
    return pa.table(
        {
            "ship": _text("S", ship),
            "line": _text("L", line),
            "port": _text("P", port),
            "miles": pa.array(miles),
            "wait": pa.array(np.round(wait, 1), mask=lost),
            "late": pa.array(np.round(wait + generator.normal(0, 9, rows)), mask=lost),
            "hours": pa.array(hours.astype(np.float32)),
            "crew": pa.array(generator.integers(5, 50, rows)),
            "day": pa.array(
                [f"2030-01-{1 + n * 28 // rows:02d}" for n in range(rows)], TEXT
            ),
            "days": pa.array([n * 28 // rows for n in range(rows)]),
        }
    )


def _text(prefix: str, codes: npt.NDArray[Any]) -> pa.Array:
    return pa.array([f"{prefix}{code}" for code in codes], TEXT)


def summary(table: pa.Table, number: int) -> SpanSummary:
    profiles = {name: ColumnProfile.of(table[name]) for name in table.column_names}
    whole = Whole(
        rows=table.num_rows,
        columns=tuple(table.column_names),
        splits={},
        profiles={None: profiles},
        drawn=RandomSample.of(table, np.arange(table.num_rows)),
    )
    return summarise(whole, f"{number:02d}", number)


SPANS = tuple(summary(trips(number), number) for number in range(4))
GIVEN = Circumstances(reference=Reference(SPANS))


def look(
    name: str, table: pa.Table, given: Circumstances = GIVEN, **parameters: Any
) -> Evidence:
    """What a test says of a table, whole and in batches."""
    test = CATALOGUE[name].model_validate(parameters)
    found = try_test(test, table, given=given)
    again = try_test(test, table, given=given, batch_rows=1_111)
    assert (again.holds, again.observed) == (found.holds, found.observed)
    assert again.plot == found.plot
    return found


def first_named(evidence: Evidence) -> str:
    return evidence.observed.split(" ")[0]


@pytest.mark.parametrize("name", ["relations", "missing_together"])
@pytest.mark.parametrize("seed", [10, 11, 12])
def test_the_next_span_is_no_alarm(name: str, seed: int) -> None:
    assert look(name, trips(seed)).holds is True


@pytest.mark.parametrize(
    "column",
    ["ship", "line", "port", "miles", "wait", "late", "hours", "day", "days"],
)
def test_a_shuffled_column_is_named(column: str) -> None:
    table, _ = corrupt(trips(10), [shuffle_values(column)], seed=1)
    evidence = look("relations", table)
    assert evidence.holds is False
    # Of two columns that are bound to nothing else, either may be the one.
    twins = {"wait": {"wait", "late"}, "late": {"wait", "late"}}
    twins |= {"day": {"day", "days"}, "days": {"day", "days"}}
    assert first_named(evidence) in twins.get(column, {column})
    assert evidence.plot is not None


def test_a_column_that_is_bound_to_nothing_may_be_shuffled() -> None:
    table, _ = corrupt(trips(10), [shuffle_values("crew")], seed=1)
    assert look("relations", table).holds is True


@pytest.mark.parametrize(
    "columns", [["wait", "hours"], ["ship", "line"], ["port", "miles", "hours"]]
)
def test_a_broken_join_is_seen(columns: list[str]) -> None:
    table, _ = corrupt(trips(10), [shift_columns(columns, by=1)], seed=1)
    evidence = look("relations", table)
    assert evidence.holds is False
    assert look("relations", trips(10)).holds is True


def test_gaps_that_do_not_come_together_are_seen() -> None:
    table, _ = corrupt(trips(10), [break_co_missingness("wait", 0.5)], seed=1)
    evidence = look("missing_together", table)
    assert evidence.holds is False
    assert "wait and late" in evidence.observed


def test_columns_can_be_chosen_and_left_out() -> None:
    table, _ = corrupt(trips(10), [shuffle_values("port")], seed=1)
    assert look("relations", table, columns=["port"]).holds is False
    assert look("relations", table, columns=["wait", "late"]).holds is True
    assert look("relations", table, **{"except": ["port"]}).holds is True


def test_a_scale_or_an_outlier_does_not_matter() -> None:
    table, _ = corrupt(trips(10), [rescale_column("miles", 1e6)], seed=1)
    assert look("relations", table).holds is True


@pytest.mark.parametrize("name", ["relations", "missing_together"])
def test_without_a_reference_nothing_can_be_said(name: str) -> None:
    for reference in (None, Reference(), Reference((SpanSummary(name="1", rows=5),))):
        evidence = look(name, trips(1), Circumstances(reference=reference))
        assert evidence.holds is None
    assert look(name, trips(1, 50)).holds is None
    assert look(name, pa.table({})).holds is None


def test_a_column_that_is_gone_or_constant_is_not_this_test_s_business() -> None:
    table = trips(10).drop(["port"])
    assert look("relations", table).holds is True
    constant = pa.array(["P1"] * ROWS, TEXT)
    table = trips(10).set_column(2, "port", constant)
    assert look("relations", table).holds is True
    table = trips(10).set_column(2, "port", pa.nulls(ROWS))
    assert look("relations", table).holds is True


def test_the_fewest_columns_are_blamed() -> None:
    pairs = [("a", "x"), ("b", "x"), ("c", "x"), ("a", "b"), ("b", "c")]
    found = [
        Change("order", pair, 0.9, 0.0 if "x" in pair else 0.9, 0.1) for pair in pairs
    ]
    named = culprits(found)
    assert [(one.column, one.lost, len(one.changes)) for one in named] == [
        ("x", 1.0, 3)
    ]
    assert culprits([]) == []


def test_pairs_are_measured_alike_one_by_one_and_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pairs = [("miles", "hours"), ("wait", "late"), ("wait", "crew"), ("day", "days")]
    pairs += [("ship", "miles"), ("nothing", "miles")]
    at_once = SampledColumns(trips(1)).order(pairs)
    monkeypatch.setattr("tidegate.data_tests.reference.association._AT_ONCE", 0)
    one_by_one = SampledColumns(trips(1)).order(pairs)
    assert at_once[-2:] == one_by_one[-2:] == [None, None]
    assert at_once[:-2] == pytest.approx(one_by_one[:-2], abs=1e-4)
    gaps = SampledColumns(trips(1))
    (alone,) = gaps.missing([("wait", "late")])
    assert alone == pytest.approx(float(gaps.missing_matrix(["wait", "late"])[0, 1]))


def test_rank_correlation_is_spearman_s() -> None:
    generator = np.random.default_rng(0)
    left = generator.integers(0, 9, 500)
    right = left + generator.integers(0, 9, 500)
    ranks = [
        np.array(
            [(column < value).sum() + (column == value).sum() / 2 for value in column]
        )
        for column in (left, right)
    ]
    expected = np.corrcoef(*ranks)[0, 1]
    (found,) = SampledColumns(pa.table({"a": left, "b": right})).order([("a", "b")])
    assert found == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("values", [2, 40, 900])
def test_what_tells_nothing_is_near_nothing_however_many_values(values: int) -> None:
    generator = np.random.default_rng(0)
    table = pa.table(
        {
            "a": generator.integers(0, values, 4_000),
            "b": _text("b", generator.integers(0, 5, 4_000)),
        }
    )
    columns = SampledColumns(table)
    assert columns.told("a", "b") == pytest.approx(0, abs=0.03)
    assert columns.told("b", "a") == pytest.approx(0, abs=0.03)


@pytest.mark.parametrize(
    ("parameters", "holds"),
    [
        ({"columns": ["miles", "hours"], "at_least": 0.9}, True),
        ({"columns": ["miles", "hours"], "at_most": 0.5}, False),
        ({"columns": ["wait", "late", "crew"], "at_least": 0.5}, False),
        ({"columns": ["wait", "crew"], "at_least": -0.1, "at_most": 0.1}, True),
        ({"columns": ["ship", "miles"], "at_least": 0.1}, False),
        ({"columns": ["miles", "gone"], "at_least": 0.1}, False),
    ],
)
def test_correlation_has_bounds(parameters: dict[str, Any], holds: bool) -> None:
    assert look("correlated", trips(1), **parameters).holds is holds


@pytest.mark.parametrize(
    "parameters",
    [
        {"columns": ["a", "b"]},
        {"columns": ["a"], "at_least": 0.5},
        {"columns": ["a", "b"], "at_least": 0.5, "at_most": 0.1},
        {"columns": ["a", "b"], "at_least": 5},
    ],
)
def test_impossible_bounds_of_a_correlation_are_refused(
    parameters: dict[str, Any],
) -> None:
    with pytest.raises(ValidationError):
        CATALOGUE["correlated"].model_validate(parameters)


def test_scales_far_apart_are_a_warning() -> None:
    assert look("similar_scales", trips(1)).holds is True
    table, _ = corrupt(trips(1), [rescale_column("crew", 1e8)], seed=1)
    evidence = look("similar_scales", table)
    assert evidence.holds is False
    assert first_named(evidence) == "crew"
    assert CATALOGUE["similar_scales"].model_validate({}).level.value == "warn"
    assert look("similar_scales", table, **{"except": ["crew"]}).holds is True
    assert look("similar_scales", table, columns=["miles", "wait"]).holds is True
    assert look("similar_scales", table.select(["ship"])).holds is None


def test_a_private_column_is_in_no_plot_of_scales() -> None:
    test = CATALOGUE["similar_scales"].model_validate({})
    evidence = try_test(test, trips(1), pii=["crew"])
    assert evidence.plot is not None
    assert "crew" not in evidence.plot.labels
    assert "miles" in evidence.plot.labels


NONE = Circumstances()


@pytest.mark.parametrize("column", ["ship", "miles", "wait", "hours", "late"])
def test_a_copy_of_a_column_is_seen(column: str) -> None:
    table = trips(1)
    assert look("no_near_duplicates", table, NONE, **{"except": ["days"]}).holds is True
    copied = table.append_column("copy", table[column])
    evidence = look("no_near_duplicates", copied, GIVEN)
    assert evidence.holds is False
    assert f"{column} and copy" in evidence.observed
    pair = {"except": [[column, "copy"]]}
    assert look("no_near_duplicates", copied, GIVEN, **pair).holds is True


def test_a_scaled_or_a_slightly_changed_copy_is_seen() -> None:
    table = trips(1)
    scaled = table.append_column("km", pa.array(np.asarray(table["hours"]) * 1.6))
    assert look("no_near_duplicates", scaled).holds is False
    words = table["ship"].to_pylist()
    words[5] = words[77] = "other"
    nearly = table.append_column("boat", pa.array(words, TEXT))
    assert look("no_near_duplicates", nearly).holds is False
    words = [w if n % 50 else "other" for n, w in enumerate(words)]
    other = table.append_column("boat", pa.array(words, TEXT))
    assert look("no_near_duplicates", other).holds is True


def test_a_noisy_copy_with_many_ties_is_seen() -> None:
    generator = np.random.default_rng(0)
    few = generator.gamma(1.0, 9.0, ROWS).astype(np.int64)
    noisy = few + generator.normal(0, 0.01, ROWS)
    table = pa.table({"few": few, "noisy": noisy})
    evidence = look("no_near_duplicates", table, NONE)
    assert evidence.holds is False
    assert evidence.observed.startswith("few and noisy correlate by")


def test_duplicates_that_an_accepted_span_has_are_known() -> None:
    table = trips(1)
    copied = table.append_column("copy", table["ship"])
    known = Circumstances(reference=Reference((summary(copied, 1),)))
    assert look("no_near_duplicates", copied, known).holds is True
    assert look("no_near_duplicates", copied, NONE).holds is False


STRANGE = pa.table(
    {
        "lists": pa.array([[1, 2], [], None, [3]] * 60, pa.large_list(pa.int64())),
        "nothing": pa.nulls(240),
        "bytes": pa.array([b"\xff", None, b"", b"x"] * 60, pa.large_binary()),
        "odd": pa.array([float("nan"), float("inf"), None, -1.0] * 60),
        "huge": pa.array([2**63 - 1, -(2**63), 0, None] * 60),
        "one": pa.array([1] * 240),
        "words": pa.array([["a"], None, [], ["b", "c"]] * 60, pa.large_list(TEXT)),
    }
)


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("relations", {}),
        ("missing_together", {}),
        ("similar_scales", {}),
        ("no_near_duplicates", {}),
        ("correlated", {"columns": ["huge", "odd"], "at_least": 0.5}),
    ],
)
def test_odd_columns_break_nothing(name: str, parameters: dict[str, Any]) -> None:
    given = Circumstances(reference=Reference((summary(STRANGE, 1),)))
    for rows in (0, 1, 150, 240):
        look(name, STRANGE.slice(0, rows), given, **parameters)


def test_thousands_of_columns_are_bounded() -> None:
    generator = np.random.default_rng(0)
    shared = generator.normal(size=1_200)
    wide = {
        f"c{n}": (shared * (n % 3) + generator.normal(size=1_200)).astype(np.float32)
        for n in range(500)
    }
    table = pa.table(wide)
    given = Circumstances(reference=Reference((summary(table, 1),)))
    test = CATALOGUE["relations"].model_validate({})
    assert try_test(test, table, given=given).holds is True
    column = pa.array(generator.permutation(wide["c2"]))
    evidence = try_test(test, table.set_column(2, "c2", column), given=given)
    assert first_named(evidence) == "c2"
    copies = CATALOGUE["no_near_duplicates"].model_validate({})
    copied = table.append_column("copy", table["c400"])
    assert "c400 and copy" in try_test(copies, copied).observed
