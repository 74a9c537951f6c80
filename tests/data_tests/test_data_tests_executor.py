from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tfx.types import standard_artifacts

from tidegate.artifacts import TestReport as ReportArtifact
from tidegate.columnar.tf_example import encode, records
from tidegate.columnar.tf_record import write_records
from tidegate.data_tests.executor import Executor
from tidegate.data_tests.suite import Suite
from tidegate.report.model import FAILING_ROWS_FILE, PAGE_FILE, TestReport, read_report

SUITE = Suite.model_validate(
    {
        "dataset": "d",
        "tests": [
            {"between": {"column": "n", "low": 1, "high": 12}},
            {"missing": {"column": "gone", "at_most": 0, "level": "warn"}},
        ],
    }
)


@pytest.fixture
def examples(tmp_path: Path) -> standard_artifacts.Examples:
    artifact = standard_artifacts.Examples()
    artifact.uri = str(tmp_path / "examples")
    artifact.split_names = '["train", "eval"]'
    write(artifact, "train", [1, 99])
    write(artifact, "eval", [3])
    return artifact


def write(artifact: Any, split: str, values: Sequence[int]) -> Path:
    folder = Path(artifact.uri) / f"Split-{split}"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "data-0.gz"
    batch = pa.RecordBatch.from_pydict({"n": pa.array(values, pa.int64())})
    write_records(path, records(encode(batch)))
    return path


def run(folder: Path, examples: Any) -> tuple[TestReport, ReportArtifact, Path]:
    output = ReportArtifact()
    output.uri = str(folder / "report")
    Executor().Do(
        {"examples": [examples]},
        {"report": [output]},
        {"suite": SUITE.model_dump_json()},
    )
    return read_report(Path(output.uri)), output, Path(output.uri)


def described(output: ReportArtifact) -> tuple[str, int, int, int]:
    """The artifact's kind, and its passed, failed and warned."""
    number = output.get_int_custom_property
    kind = output.get_string_custom_property("kind")
    return kind, number("passed"), number("failed"), number("warned")


def test_bad_rows_are_reported_and_nothing_is_raised(
    tmp_path: Path, examples: Any
) -> None:
    report, output, folder = run(tmp_path, examples)
    assert [result.subject for result in report.failed] == ["n"]
    assert report.splits == {"train": 2, "eval": 1}
    assert described(output) == ("data", 0, 1, 1)
    assert pq.read_table(folder / FAILING_ROWS_FILE)["n"].to_pylist() == [99]
    assert (folder / PAGE_FILE).is_file()


def test_good_rows_leave_no_file_of_failing_rows(tmp_path: Path, examples: Any) -> None:
    write(examples, "train", [1, 12])
    report, output, folder = run(tmp_path, examples)
    assert report.passed
    assert output.get_int_custom_property("passed") == 1
    assert not (folder / FAILING_ROWS_FILE).exists()


def test_examples_cut_short_are_a_failed_test_with_a_report(
    tmp_path: Path, examples: Any
) -> None:
    path = write(examples, "train", list(range(1, 13)))
    path.write_bytes(path.read_bytes()[:-9])
    report, output, folder = run(tmp_path, examples)
    assert [result.test for result in report.failed] == ["readable"]
    assert str(path) in report.failed[0].observed
    assert output.get_int_custom_property("passed") == 0
    assert (folder / PAGE_FILE).is_file()
