from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import tensorflow as tf
from tensorflow_metadata.proto.v0 import statistics_pb2
from tfx.types import standard_artifacts

from tidegate.artifacts import TestReport as ReportArtifact
from tidegate.columnar.dataset import Batch, Part
from tidegate.columnar.held_dataset import HeldDataset
from tidegate.columnar.open_data import open_artifact
from tidegate.columnar.provenance import (
    Provenance,
    read_provenance,
    write_provenance,
)
from tidegate.columnar.tf_example import encode, records
from tidegate.columnar.tf_record import read_records, write_records
from tidegate.data_tests.evaluate import evaluate
from tidegate.data_tests.executor import Executor
from tidegate.data_tests.reference import write_summary
from tidegate.data_tests.reference.summary import SpanSummary
from tidegate.data_tests.suite import Suite
from tidegate.errors import ComponentError, DataError, UsageError
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


def run(
    folder: Path, examples: Any, suite: Suite = SUITE, **inputs: Any
) -> tuple[TestReport, ReportArtifact, Path]:
    """The report; inputs that are texts are execution properties."""
    output = ReportArtifact()
    output.uri = str(folder / "report")
    texts = {name: text for name, text in inputs.items() if isinstance(text, str)}
    given = {n: [held] for n, held in inputs.items() if n not in texts}
    Executor().Do(
        {"examples": [examples], **given},
        {"report": [output]},
        {"suite": suite.model_dump_json(), **texts},
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


def suite(*tests: dict[str, Any], **settings: Any) -> Suite:
    return Suite.model_validate({"dataset": "d", "tests": list(tests), **settings})


def test_a_split_that_is_not_there_is_a_failed_test(
    tmp_path: Path, examples: Any
) -> None:
    examples.split_names = '["train", "eval", "gone", "lost"]'
    report, _, _ = run(tmp_path, examples, suite_file="tests.yaml")
    assert [result.test for result in report.failed] == ["readable", "readable"]
    assert "'gone'" in report.failed[0].observed
    assert report.suite_file == "tests.yaml"


def test_only_the_splits_of_the_artifact_are_tested(
    tmp_path: Path, examples: Any
) -> None:
    examples.split_names = '["eval"]'
    assert run(tmp_path, examples)[0].splits == {"eval": 1}


def held_schema(folder: Path, text: str) -> Any:
    schema = standard_artifacts.Schema()
    schema.uri = str(folder / "schema")
    Path(schema.uri).mkdir()
    (folder / "schema" / "schema.pbtxt").write_text(text)
    return schema


def test_a_schema_judges_statistics_of_all_rows_where_none_are_given(
    tmp_path: Path, examples: Any
) -> None:
    schema = held_schema(
        tmp_path, 'feature { name: "n" type: INT int_domain { max: 50 } }'
    )
    report, _, _ = run(tmp_path, examples, schema=schema)
    (result,) = [one for one in report.failed if one.test == "schema"]
    assert (result.subject, result.failing_rows) == ("n", 1)
    assert report.schema_file == str(tmp_path / "schema" / "schema.pbtxt")


def held_statistics(folder: Path, **rows: int) -> Any:
    found = standard_artifacts.ExampleStatistics()
    found.uri = str(folder / "statistics")
    found.split_names = json.dumps(list(rows))
    for split, count in rows.items():
        held = statistics_pb2.DatasetFeatureStatisticsList()
        held.datasets.add(name="a slice", num_examples=1)
        held.datasets.add(name="All Examples", num_examples=count)
        path = folder / "statistics" / f"Split-{split}" / "FeatureStats.pb"
        path.parent.mkdir(parents=True)
        path.write_bytes(held.SerializeToString())
    return found


@pytest.mark.parametrize(("train", "passed"), [(2, True), (3, False)])
def test_rows_are_conserved_between_examples_and_statistics(
    tmp_path: Path, examples: Any, train: int, passed: bool
) -> None:
    statistics = held_statistics(tmp_path, train=train, eval=1)
    conserved = suite({"conserved": {"against": ["statistics"]}})
    report, _, _ = run(tmp_path, examples, conserved, statistics=statistics)
    assert report.passed is passed


def test_statistics_without_a_split_are_no_count_to_compare_with(
    tmp_path: Path, examples: Any
) -> None:
    statistics = held_statistics(tmp_path, train=2)
    conserved = suite({"conserved": {"against": ["statistics"]}})
    report, _, _ = run(tmp_path, examples, conserved, statistics=statistics)
    assert "not known" in report.failed[0].observed


@pytest.mark.parametrize(("rows", "passed"), [([7, 7, 7], True), ([7], False)])
def test_rows_are_conserved_between_examples_and_their_counterpart(
    tmp_path: Path, examples: Any, rows: list[int], passed: bool
) -> None:
    other = standard_artifacts.Examples()
    other.uri, other.split_names = str(tmp_path / "other"), '["all"]'
    write(other, "all", rows)
    conserved = suite({"conserved": {}})
    report, _, _ = run(tmp_path, examples, conserved, counterpart=other)
    assert report.passed is passed
    assert f"{len(rows)}" in report.results[0].observed


def test_source_lines_count_for_conservation(tmp_path: Path, examples: Any) -> None:
    places(examples, train=[2, 3], eval=[4])
    conserved = suite({"conserved": {"against": ["source"]}})
    assert run(tmp_path, examples, conserved)[0].passed


def test_accepted_spans_are_read_when_the_component_runs(
    tmp_path: Path, examples: Any
) -> None:
    change = suite({"rows_change": {"at_most": "30%"}})
    folder = tmp_path / "reference"
    with pytest.raises(UsageError, match="no such folder of accepted spans"):
        run(tmp_path, examples, change, reference=str(folder))
    write_summary(SpanSummary(name="01", rows=300, columns={}), folder)
    report, _, _ = run(tmp_path, examples, change, reference=str(folder))
    assert len(report.failed) == 1
    assert report.reference == "1 span, 01"


def places(examples: Any, **lines: list[int]) -> None:
    """Says that the examples of each split are of these lines."""
    for split, held in lines.items():
        known = Provenance(
            ("a.csv",), np.zeros(len(held), np.int32), np.array(held, np.int64)
        )
        write_provenance(Path(examples.uri), split, known)


LEAVING = suite(
    {
        "between": {
            "column": "n",
            "high": 12,
            "on_fail": "quarantine",
            "quarantine_at_most": "50%",
        }
    }
)


def divide(folder: Path, examples: Any, suite: Suite = LEAVING) -> tuple[Any, Any, Any]:
    """The report, and the artifacts of accepted and of quarantined examples."""
    outputs = {"report": ReportArtifact()}
    for name in ("accepted_examples", "quarantined_examples"):
        outputs[name] = standard_artifacts.Examples()
    for name, output in outputs.items():
        output.uri = str(folder / name)
    Executor().Do(
        {"examples": [examples]},
        {name: [output] for name, output in outputs.items()},
        {"suite": suite.model_dump_json()},
    )
    report, accepted, quarantined = outputs.values()
    return read_report(Path(report.uri)), accepted, quarantined


def records_of(artifact: Any, split: str) -> list[bytes]:
    files = sorted(Path(artifact.uri, f"Split-{split}").iterdir())
    return [record for path in files for record in read_records(path)]


def test_bad_rows_leave_and_the_others_go_on_byte_by_byte(
    tmp_path: Path, examples: Any
) -> None:
    write(examples, "train", [1, 99, 5, 98])
    examples.span = 9
    examples.set_string_custom_property("payload_format", "FORMAT_TF_EXAMPLE")
    examples.set_int_custom_property("span", 9)
    before = records_of(examples, "train")
    report, accepted, quarantined = divide(tmp_path, examples)
    assert report.passed
    assert (report.rows, report.quarantined) == (5, 2)
    assert report.quarantine == quarantined.uri
    assert records_of(accepted, "train") == [before[0], before[2]]
    assert records_of(quarantined, "train") == [before[1], before[3]]
    assert records_of(accepted, "eval") == records_of(examples, "eval")
    for found in (accepted, quarantined):
        assert found.split_names == examples.split_names
        assert found.span == 9
        assert found.get_int_custom_property("span") == 9
        held = found.get_string_custom_property("payload_format")
        assert held == "FORMAT_TF_EXAMPLE"
        assert not [p for p in Path(found.uri).iterdir() if p.name[0] == "."]


def test_a_split_without_bad_rows_is_empty_for_stock_readers(
    tmp_path: Path, examples: Any
) -> None:
    _, _, quarantined = divide(tmp_path, examples)
    files = [str(path) for path in Path(quarantined.uri, "Split-eval").iterdir()]
    assert not list(tf.data.TFRecordDataset(files, compression_type="GZIP"))
    assert open_artifact(Path(quarantined.uri), ["train", "eval"])


def test_source_lines_stay_known_on_either_side(tmp_path: Path, examples: Any) -> None:
    places(examples, train=[2, 3], eval=[4])
    _, accepted, quarantined = divide(tmp_path, examples)
    told = {}
    for found in (accepted, quarantined):
        for split in ("train", "eval"):
            known = read_provenance(Path(found.uri), split)
            assert known is not None
            told[found.uri, split] = known.lines.tolist()
    assert list(told.values()) == [[2], [4], [3], []]
    report, _, folder = run(tmp_path, quarantined)
    assert report.sources == ("a.csv",)
    rows = pq.read_table(folder / FAILING_ROWS_FILE)
    assert rows["line"].to_pylist() == [3]


def test_no_example_is_accepted_while_the_gate_is_shut(
    tmp_path: Path, examples: Any
) -> None:
    few = suite(*LEAVING.model_dump()["tests"], {"rows": {"at_least": 9}})
    report, accepted, quarantined = divide(tmp_path, examples, few)
    assert not report.passed
    assert (report.quarantined, report.quarantine) == (0, None)
    assert accepted.split_names == quarantined.split_names == "[]"


def test_examples_that_change_meanwhile_are_not_divided(
    tmp_path: Path, examples: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tidegate.data_tests import work

    def slow(*given: Any) -> Any:
        write(examples, "train", [1, 99, 3])
        return divided(*given)

    divided = work.divide_examples
    monkeypatch.setattr(work, "divide_examples", slow)
    with pytest.raises(ComponentError, match="examples were lost"):
        divide(tmp_path, examples)
    assert not list((tmp_path / "accepted_examples").iterdir())


def test_failing_rows_have_the_columns_of_all_files(
    tmp_path: Path, examples: Any
) -> None:
    more = pa.RecordBatch.from_pydict({"n": [98, 3], "s": ["x", "y"]})
    path = Path(examples.uri, "Split-train", "data-1.gz")
    write_records(path, records(encode(more)))
    _, _, folder = run(tmp_path, examples)
    rows = pq.read_table(folder / FAILING_ROWS_FILE)
    assert rows["n"].to_pylist() == [99, 98]
    assert rows["s"].to_pylist() == [None, "x"]


def test_two_kinds_in_parts_that_nobody_held_together_are_refused() -> None:
    # As on two machines: each knows the kinds of its own files alone.
    tables = pa.table({"n": [1, 2]}), pa.table({"n": pa.array([0.5], pa.float32())})
    batches = [Batch(table, part) for part, table in enumerate(tables)]
    held = HeldDataset([Part("a"), Part("b")], batches)
    with pytest.raises(DataError, match="'n' has values of two kinds"):
        evaluate(SUITE, held)


def test_rows_without_a_list_go_beside_rows_with_one() -> None:
    lists = pa.large_list(pa.int64())
    tables = (
        pa.table({"n": [99], "l": pa.nulls(1)}),
        pa.table({"n": [98], "l": pa.array([[1, 2]], lists)}),
    )
    batches = [Batch(table, part) for part, table in enumerate(tables)]
    found = evaluate(SUITE, HeldDataset([Part("a"), Part("b")], batches))
    assert found.failing_rows["l"].to_pylist() == [None, [1, 2]]
