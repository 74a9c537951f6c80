from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from tidegate.columnar.examples import Examples
from tidegate.data_tests.catalogue.cells import cells
from tidegate.data_tests.evaluate import Evaluation, evaluate
from tidegate.data_tests.schema_verdict import read_schema
from tidegate.data_tests.suite import Suite
from tidegate.errors import UsageError
from tidegate.report.model import Outcome, TestResult

TEXT = pa.large_string()
NUMBERS = statistics_pb2.FeatureNameStatistics.INT
STRINGS = statistics_pb2.FeatureNameStatistics.STRING

WHOLE = """
feature { name: "n" type: INT presence { min_fraction: 1 } shape {}
          int_domain { min: 1 max: 12 } }
"""
NAMED = """
string_domain { name: "airports" value: "EWR" value: "JFK" }
feature { name: "s" type: BYTES domain: "airports" value_count { min: 1 max: 1 } }
"""
SEVERAL = """
feature { name: "l" type: INT int_domain { max: 5 } value_count { max: 1 } }
"""


def statistics_of(table: pa.Table, name: str = "") -> bytes:
    """Statistics of a small table, as far as the verdict looks at them."""
    held = statistics_pb2.DatasetFeatureStatisticsList()
    data = held.datasets.add(num_examples=table.num_rows, name=name)
    for column in table.column_names:
        _add_feature(data, column, table)
    return bytes(held.SerializeToString())


def _add_feature(
    data: statistics_pb2.DatasetFeatureStatistics, column: str, table: pa.Table
) -> None:
    found = cells(table.column(column))
    feature = data.features.add(name=column)
    feature.type = NUMBERS if found.is_number else STRINGS
    special = feature.num_stats if found.is_number else feature.string_stats
    counts = [list(found.rows).count(row) for row in range(table.num_rows)]
    there = [count for count in counts if count]
    common = special.common_stats
    common.num_missing = counts.count(0)
    common.num_non_missing = len(there)
    common.min_num_values = min(there, default=0)
    common.max_num_values = max(there, default=0)
    common.tot_num_values = sum(there)
    if found.is_number:
        special.min, special.max = (
            float(min(found.values.to_pylist())),
            float(max(found.values.to_pylist())),
        )
        return
    values = found.values.to_pylist()
    special.unique = len(set(values))
    for value in sorted(set(values)):
        special.rank_histogram.buckets.add(
            label=value, sample_count=values.count(value)
        )


def judged(schema: str, splits: int = 1, **columns: pa.Array) -> Evaluation:
    """The verdict on columns, all rows of them in each of the splits."""
    table = pa.table(columns)
    names = ["train", "eval"][:splits]
    whole = pa.concat_tables([table] * splits)
    return evaluate(
        Suite.model_validate(
            {
                "dataset": "d",
                "tests": [{"rows": {"at_least": 1}}],
                "pii": [*({"p"} & set(columns))],
            }
        ),
        Examples(whole, dict.fromkeys(names, table.num_rows)),
        dict.fromkeys(names, statistics_of(table)),
        text_format.Parse(schema, schema_pb2.Schema()),
    )


def failed(evaluation: Evaluation) -> list[TestResult]:
    return list(evaluation.report.failed)


def blamed(result: TestResult) -> list[int]:
    return [row.place.row for row in result.sample]


def test_schema_that_holds_is_one_passed_result() -> None:
    found = judged(WHOLE, n=pa.array([1, 12, 5]))
    assert found.report.passed
    assert [r.observed for r in found.report.results if r.test == "schema"] == [
        "1 column as they should be"
    ]


@pytest.mark.parametrize(
    ("schema", "name", "column", "expectation", "rows"),
    [
        (WHOLE, "n", pa.array([1, 99, 2]), "1 to 12", [2]),
        (WHOLE, "n", pa.array([0, 1, -4]), "1 to 12", [1, 3]),
        (WHOLE, "n", pa.array([1, None, 2]), "1 value in every row", [2]),
        (WHOLE, "n", pa.array(["1", "x", "2"], TEXT), "INT, as in the schema", [2]),
        (NAMED, "s", pa.array(["EWR", "JKF", "JFK"], TEXT), "one of EWR, JFK", [2]),
        (SEVERAL, "l", pa.array([[1], [2, 9], None]), "at most 5", [2]),
        (SEVERAL, "l", pa.array([[1], [2, 3], None]), "0 to 1 values in a row", [2]),
    ],
)
def test_rows_behind_the_verdict_are_found(
    schema: str, name: str, column: pa.Array, expectation: str, rows: list[int]
) -> None:
    found = failed(judged(schema, **{name: column}))
    results = {result.expectation: result for result in found}
    assert expectation in results
    assert results[expectation].subject == name
    assert results[expectation].failing_rows == len(rows)
    assert blamed(results[expectation]) == rows


def test_column_that_is_gone_and_one_that_is_new_fail() -> None:
    found = failed(judged(WHOLE.replace("shape {}", ""), m=pa.array([1])))
    assert {result.subject for result in found} == {"m", "n"}
    assert all(result.failing_rows is None for result in found)


def test_splits_are_one_verdict_and_one_count_of_rows() -> None:
    (result,) = failed(judged(WHOLE, splits=2, n=pa.array([1, 99])))
    assert result.failing_rows == 2
    assert [str(row.place) for row in result.sample] == ["train row 2", "eval row 2"]


def test_value_of_a_private_column_is_not_told() -> None:
    schema = 'feature { name: "p" type: BYTES string_domain { value: "x" } }'
    found = judged(schema, p=pa.array(["hunter2", "x"], TEXT))
    assert not found.report.passed
    assert "hunter2" not in found.report.model_dump_json()
    assert "hunter2" not in str(found.failing_rows.to_pylist())


def test_statistics_of_a_slice_are_not_taken_for_the_whole() -> None:
    good, bad = pa.table({"n": [1, 2]}), pa.table({"n": [1, 99]})
    held = statistics_pb2.DatasetFeatureStatisticsList()
    for table, name in ((good, "carrier_AA"), (bad, "All Examples")):
        one = statistics_pb2.DatasetFeatureStatisticsList.FromString(
            statistics_of(table, name)
        )
        held.datasets.append(one.datasets[0])
    found = evaluate(
        Suite.model_validate({"dataset": "d", "tests": [{"rows": {"at_least": 1}}]}),
        Examples(bad, {"train": 2}),
        {"train": held.SerializeToString()},
        text_format.Parse(WHOLE, schema_pb2.Schema()),
    )
    assert [result.subject for result in failed(found)] == ["n"]


@pytest.mark.parametrize("content", [None, b""], ids=["no file", "no data set"])
def test_split_without_statistics_is_not_called_good(content: bytes | None) -> None:
    found = evaluate(
        Suite.model_validate({"dataset": "d", "tests": [{"rows": {"at_least": 1}}]}),
        Examples(pa.table({"n": [1]}), {"train": 1}),
        {} if content is None else {"train": content},
        text_format.Parse(WHOLE, schema_pb2.Schema()),
    )
    outcomes = {r.outcome for r in found.report.results if r.test == "schema"}
    assert Outcome.PASSED not in outcomes
    assert outcomes


def test_schema_file_is_refused_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "schema.pbtxt"
    file.write_text('feature {\n  name: "a"\n  typo: INT\n}\n')
    with pytest.raises(UsageError, match="typo") as refused:
        read_schema(file)
    assert str(refused.value.where).startswith(f"{file}:3")
    with pytest.raises(UsageError):
        read_schema(tmp_path / "absent.pbtxt")


def test_verdict_needs_no_tensorflow() -> None:
    done = in_a_new_process(
        """
import sys
from tidegate.data_tests import evaluate, schema_verdict
schema_verdict.schema_anomalies(b"", b"")
heavy = {"tensorflow", "tfx", "apache_beam", "pandas"}
print(sorted(heavy & set(sys.modules)))
"""
    )
    assert done.stdout.strip() == "[]", done.stderr


@pytest.mark.slow
def test_tfdv_can_be_imported_after_the_verdict() -> None:
    done = in_a_new_process(
        """
from tidegate.data_tests import schema_verdict
schema_verdict.schema_anomalies(b"", b"")
from tensorflow_data_validation.pywrap import tensorflow_data_validation_extension
assert schema_verdict._native() is tensorflow_data_validation_extension
"""
    )
    assert done.returncode == 0, done.stderr


def in_a_new_process(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
