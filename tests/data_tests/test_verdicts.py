from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from tensorflow_metadata.proto.v0 import schema_pb2
from typing_extensions import override

from tidegate.columnar.dataset import Batch, Part
from tidegate.columnar.held_dataset import HeldDataset
from tidegate.data_tests.catalogue import Between, DataTest, Evidence, OneOf
from tidegate.data_tests.catalogue.shapes import ColumnTest
from tidegate.data_tests.evaluate import Evaluation, evaluate
from tidegate.data_tests.private_columns import pii_columns
from tidegate.data_tests.suite import Suite
from tidegate.data_tests.whole import Whole
from tidegate.report.model import Outcome


class AtMostTheMean(ColumnTest):
    """Needs all rows to know its limit, and then the rows once more."""

    @property
    @override
    def expectation(self) -> str:
        return "at most the mean"

    @property
    @override
    def profiled(self) -> tuple[str, ...]:
        return self.columns

    @override
    def again(self, seen: Any, whole: Whole) -> DataTest | None:
        mean = whole.profile(self.column, self.where).mean
        return None if mean is None else Between(column=self.column, high=mean)

    @override
    def judge(self, seen: Any, whole: Whole) -> Evidence:
        return Evidence(None, "no number")


class Hides(ColumnTest):
    """Finds the column private."""

    @property
    @override
    def expectation(self) -> str:
        return "nothing private"

    @override
    def judge(self, seen: Any, whole: Whole) -> Evidence:
        return Evidence(False, "something", hides=frozenset(self.columns))


# They have names, but not as keys of the catalogue.
AtMostTheMean.name, AtMostTheMean.why = "at_most_the_mean", "why"
Hides.name, Hides.why = "hides", "why"


def dataset(table: dict[str, Any], rows: int) -> HeldDataset:
    held = pa.table(table)
    starts = range(0, held.num_rows, rows)
    batches = [Batch(held.slice(start, rows), 0, start) for start in starts]
    return HeldDataset([Part("data")], batches)


def verdict(*tests: DataTest, rows: int = 2, **table: Any) -> Evaluation:
    return evaluate(Suite(dataset="d", tests=list(tests)), dataset(table, rows))


@pytest.mark.parametrize("rows", [1, 2, 100])
def test_second_look_blames_rows_by_limits_of_the_whole(rows: int) -> None:
    test = AtMostTheMean(column="a")
    report = verdict(test, rows=rows, a=[0, 9, 0, 0, 9]).report
    (result,) = report.results
    assert (result.test, result.expectation) == ("at_most_the_mean", "at most the mean")
    assert result.outcome is Outcome.FAILED
    assert [row.place.row for row in result.sample] == [2, 5]


def test_second_look_is_at_the_slice_of_the_test() -> None:
    test = AtMostTheMean(column="a", where="b = 1")
    result = verdict(test, a=[0, 9, 90, 0], b=[1, 1, 2, 1]).report.results[0]
    assert [row.place.row for row in result.sample] == [2]


@pytest.mark.parametrize("table", [{"b": [1]}, {"a": pa.nulls(2)}])
def test_there_is_no_second_look_at_what_is_not_there(table: dict[str, Any]) -> None:
    result = verdict(AtMostTheMean(column="a"), **table).report.results[0]
    assert result.observed in ("no column a", "no number")


def test_what_one_test_finds_private_no_other_shows() -> None:
    found = verdict(
        OneOf(column="a", values=["y"]), Hides(column="a"), a=["x", "y"], b=[1, 2]
    )
    assert '"x"' not in found.report.model_dump_json()
    assert found.report.private == ("a",)
    assert found.failing_rows["a"].to_pylist() == ["(private)"]


def test_schema_marks_columns_as_private() -> None:
    schema = schema_pb2.Schema()
    schema.feature.add(name="a").annotation.tag.append("PII")
    schema.feature.add(name="b").annotation.tag.append("unit: minutes")
    assert pii_columns(schema) == {"a"}
    assert pii_columns(None) == frozenset()
