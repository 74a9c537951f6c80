"""DataTests reports the same in process and on Beam, whichever way Beam runs."""

from __future__ import annotations

import csv
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pipelines.flights import data
from tfx.dsl.components.base import base_beam_executor
from tfx.types import artifact_utils, standard_artifacts

import tidegate
from tidegate.artifacts import TestReport as ReportArtifact
from tidegate.columnar.open_data import open_dataset
from tidegate.columnar.tf_example import encode, records
from tidegate.columnar.tf_record import read_records, write_records
from tidegate.data_tests.catalogue import CATALOGUE
from tidegate.data_tests.evaluate import Circumstances, look, whole_of
from tidegate.data_tests.executor import BeamExecutor, Executor
from tidegate.data_tests.reference import write_summary
from tidegate.data_tests.reference.summarising import summarise
from tidegate.data_tests.suite import Suite, load_suite
from tidegate.documents import Document
from tidegate.example_gen.writing import write_examples
from tidegate.report.model import FAILING_ROWS_FILE, TestReport, read_report

FN_API = "--runner=apache_beam.runners.portability.fn_api_runner.FnApiRunner"
SHARDS = 2
SETTINGS = """
dataset: flights
key: [carrier, flight, origin, time_hour]
label: origin
time: time_hour
pii: [tailnum]
tests:
"""
RULES = """
def late(table):
    import pyarrow.compute as pc
    return pc.greater(table["dep_delay"], 600)
"""


SCHEMA = """
feature { name: "distance" type: INT int_domain { min: 0 } }
feature { name: "origin" type: BYTES domain: "airports" }
string_domain { name: "airports" value: "EWR" value: "JFK" value: "LGA" }
"""


def spoiled(path: Path) -> None:
    """Breaks some rows of a month of flights, each in a way that a test finds."""
    with open(path, newline="") as stream:
        header, *rows = csv.reader(stream)
    column = {name: place for place, name in enumerate(header)}
    faults: list[tuple[int, str, str]] = [
        (997, "distance", "-5"),
        (1009, "origin", "JKF"),
        (1013, "dep_delay", "-999"),
        (1511, "dest", "orD"),
        (1777, "dest", "ann@example.org"),
        (1999, "dest", "CafÃ©"),
        (2003, "carrier", " UA"),
        (2503, "time_hour", "2031-01-01T00:00:00Z"),
        (3001, "air_time", ""),
    ]
    for step, name, value in faults:
        for row in rows[step::step]:
            row[column[name]] = value
    with open(path, "w", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows(
            [header, *rows, *rows[40:60], *rows[10000:10010]]
        )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("on-beam")


@pytest.fixture(scope="module")
def examples(folder: Path) -> Any:
    """A month of flights with faults, each split in several files."""
    (path,) = data.write_months(folder / "data", months=[9])
    spoiled(path)
    target = folder / "examples"
    write_examples(open_dataset(str(path)), target, {"train": 2, "eval": 1})
    for split in ("train", "eval"):
        (whole,) = (target / f"Split-{split}").iterdir()
        held = list(read_records(whole))
        whole.unlink()
        size = len(held) // SHARDS + 1
        for shard in range(SHARDS):
            name = f"data_tfrecord-{shard:05d}-of-{SHARDS:05d}.gz"
            some = held[shard * size : (shard + 1) * size]
            write_records(whole.with_name(name), some)
    return artifact(target)


@pytest.fixture(scope="module")
def suite(folder: Path) -> Suite:
    """The example of every test in the catalogue, and some that look twice."""
    (folder / "airports.csv").write_text("faa\nORD\nLAX\nBOS\nATL\n")
    (folder / "rules.py").write_text(RULES)
    lines = [f"  - {test.example}\n" for test in CATALOGUE.values() if test.example]
    lines.append("  - rows_where: {python: rules.py:late}\n")
    path = folder / "tests.yaml"
    path.write_text(SETTINGS + "".join(lines))
    assert Document.read(path)
    return load_suite(path)


@pytest.fixture(scope="module")
def reference(folder: Path) -> Path:
    """Two accepted months."""
    kept = folder / "reference"
    none = Suite.model_validate({"dataset": "d", "tests": [{"rows": {"at_least": 1}}]})
    for path in data.write_months(folder / "accepted", months=[7, 8], rows=3000):
        glance, read = look(none, open_dataset(str(path)), sampled=True)
        whole = whole_of(none, read, glance, Circumstances())
        write_summary(summarise(whole, path.stem[-2:], int(path.stem[-2:])), kept)
    return kept


@pytest.fixture(scope="module")
def told(
    folder: Path, examples: Any, suite: Suite, reference: Path
) -> Callable[[Any], tuple[TestReport, list[dict[str, Any]]]]:
    def tell(executor: Any) -> tuple[TestReport, list[dict[str, Any]]]:
        return run(executor, examples, suite, folder, reference)

    return tell


@pytest.fixture(scope="module")
def in_process(told: Any) -> tuple[TestReport, list[dict[str, Any]]]:
    found: tuple[TestReport, list[dict[str, Any]]] = told(Executor())
    return found


@pytest.fixture
def job_service(tmp_path: Path) -> Iterator[str]:
    """Address of Beam's local job service, in a process of its own."""
    port = tmp_path / "port"
    with subprocess.Popen(
        [
            sys.executable,
            "-m",
            "apache_beam.runners.portability.local_job_service_main",
            "--port_file",
            str(port),
        ],
        stderr=subprocess.DEVNULL,
    ) as service:
        try:
            until = time.monotonic() + 60
            while not (port.exists() and port.read_text()):
                assert service.poll() is None
                assert time.monotonic() < until
                time.sleep(0.1)
            yield f"localhost:{port.read_text()}"
        finally:
            service.terminate()


@pytest.fixture(autouse=True)
def _same_code_in_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets processes that Beam starts import the package that is tested."""
    monkeypatch.setenv("PYTHONPATH", str(Path(tidegate.__file__).parents[1]))


def artifact(folder: Path) -> Any:
    found = standard_artifacts.Examples()
    found.uri = str(folder)
    splits = sorted(path.name[6:] for path in folder.glob("Split-*"))
    found.split_names = artifact_utils.encode_split_names(splits)
    return found


def on_beam(*args: str) -> BeamExecutor:
    context = base_beam_executor.BaseBeamExecutor.Context(beam_pipeline_args=[*args])
    return BeamExecutor(context)


def run(
    executor: Any,
    examples: Any,
    suite: Suite,
    folder: Path,
    reference: Path | None = None,
) -> tuple[TestReport, list[dict[str, Any]]]:
    """The report and all failing rows."""
    output = ReportArtifact()
    output.uri = str(folder / f"report-{time.monotonic_ns()}")
    schema = standard_artifacts.Schema()
    schema.uri = str(folder)
    (folder / "schema.pbtxt").write_text(SCHEMA)
    executor.Do(
        {"examples": [examples], "schema": [schema]},
        {"report": [output]},
        {"suite": suite.model_dump_json(), "reference": str(reference or "")},
    )
    written = Path(output.uri)
    assert not [path.name for path in written.iterdir() if path.name[0] == "."]
    file = written / FAILING_ROWS_FILE
    rows = pq.read_table(file).to_pylist() if file.exists() else []
    return read_report(written), rows


def assert_alike(one: Any, other: Any) -> None:
    (report, rows), (expected, expected_rows) = one, other
    for result, other_result in zip(report.results, expected.results, strict=True):
        assert result == other_result
    volatile = {"created": expected.created, "seconds": expected.seconds}
    assert report.model_copy(update=volatile) == expected
    assert rows == expected_rows


def test_the_faults_are_found_in_every_chapter(in_process: Any) -> None:
    report, rows = in_process
    assert {result.family for result in report.failed} >= {
        "columns",
        "rows",
        "batch",
        "privacy",
        "schema",
    }
    assert len(rows) == report.failing_rows > 1000
    told = {result.test for result in report.results}
    assert told >= {test.name for test in CATALOGUE.values() if test.example}


@pytest.mark.parametrize(
    "args",
    [
        ["--direct_running_mode=in_memory"],
        ["--direct_running_mode=multi_processing", "--direct_num_workers=2"],
    ],
    ids=["in-memory", "multi-processing"],
)
def test_fn_api_runner_reports_as_one_process_does(
    args: list[str], told: Any, in_process: Any
) -> None:
    assert_alike(told(on_beam(FN_API, *args)), in_process)


def test_a_job_service_reports_as_one_process_does(
    job_service: str, told: Any, in_process: Any
) -> None:
    args = [
        "--runner=PortableRunner",
        f"--job_endpoint={job_service}",
        "--environment_type=LOOPBACK",
    ]
    assert_alike(told(on_beam(*args)), in_process)


SMALL = Suite.model_validate(
    {"dataset": "d", "tests": [{"between": {"column": "n", "high": 50}}]}
)


def small(folder: Path, *files: Any) -> Any:
    """Examples of one split, a file for each column given."""
    for number, column in enumerate(files):
        table = pa.RecordBatch.from_pydict({"n": column})
        path = folder / "Split-train" / f"data-{number:05d}-of-{len(files):05d}.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_records(path, records(encode(table)))
    return artifact(folder)


@pytest.mark.parametrize("executor", [Executor, lambda: on_beam(FN_API)])
def test_a_column_of_two_kinds_in_two_files_is_told(
    tmp_path: Path, executor: Any
) -> None:
    held = small(tmp_path / "e", pa.array([1, 99]), pa.array(["x", "y"]))
    report, _ = run(executor(), held, SMALL, tmp_path)
    (result,) = report.failed
    assert result.test == "readable"
    assert "'n' has values of two kinds" in result.observed


def test_every_file_that_beam_cannot_read_is_told(tmp_path: Path) -> None:
    held = small(tmp_path / "e", *[pa.array(range(60))] * 3)
    broken = sorted(Path(held.uri, "Split-train").iterdir())[1:]
    for path in broken:
        path.write_bytes(path.read_bytes()[:-9])
    report, rows = run(on_beam(FN_API), held, SMALL, tmp_path)
    assert [result.test for result in report.failed] == ["readable"] * 2
    for path, result in zip(broken, report.failed, strict=True):
        assert str(path) in result.observed
    assert not rows
