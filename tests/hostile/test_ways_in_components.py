"""Hostile examples end as a report, in memory and on Beam; hostile CSV as refusal."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from tests.hostile.artifacts import ARTIFACTS, Strange
from tests.hostile.command import no_hang
from tests.hostile.corpus import CORPUS, PASS, Hostile
from tfx.dsl.components.base import base_beam_executor
from tfx.types import standard_artifacts

from tidegate.artifacts import TestReport as ReportArtifact
from tidegate.columnar.open_data import open_dataset
from tidegate.data_tests.executor import BeamExecutor, Executor
from tidegate.data_tests.suite import Suite
from tidegate.errors import TidegateError
from tidegate.example_gen.writing import write_examples
from tidegate.report.model import PAGE_FILE, TestReport, read_report

FN_API = "--runner=apache_beam.runners.portability.fn_api_runner.FnApiRunner"
SUITE = Suite.model_validate(
    {
        "dataset": "strange",
        "pii": ["name"],
        "tests": [
            {"rows": {"at_least": 1}},
            *(
                {test: {**given, "level": "warn"}}
                for test, given in (
                    ("unique", {"columns": ["id"]}),
                    ("between", {"column": "id", "low": 0, "high": 50}),
                    ("finite", {"column": "f"}),
                    ("missing", {"column": "l", "at_most": 0}),
                    ("one_of", {"column": "b", "values": ["x"]}),
                    ("length", {"column": "name", "high": 2}),
                    ("rows_where", {"sql": "id > 3 or f > 1", "at_most": 0}),
                    ("varies", {"column": "id"}),
                    ("readable_text", {"column": "name"}),
                    ("no_sentinel", {"column": ["id", "f"]}),
                )
            ),
        ],
    }
)
# On Beam a run takes seconds: one of each kind of ending.
ON_BEAM = {
    "without trailer",
    "with a wrong checksum",
    "of text after examples",
    "of two kinds in two splits",
    "of no records",
    "with odd names",
    "with values that are not UTF-8",
    "with other features in each row",
    "with NaN and infinities",
    "without a split",
    "of no record anywhere",
    "with two shards broken",
    "cut between two records",
    "with a shard less",
    "with a broken side file",
}
CSV = [hostile for hostile in CORPUS if hostile.kind == "csv"]


def reported(executor: Any, strange: Strange, folder: Path) -> TestReport:
    """The report of DataTests, which must not raise."""
    examples = standard_artifacts.Examples()
    examples.uri = str(folder / "examples")
    examples.split_names = '["train", "eval"]'
    if not Path(examples.uri).exists():
        Path(examples.uri).mkdir()
        strange.make(Path(examples.uri))
    output = ReportArtifact()
    output.uri = str(folder / type(executor).__name__)
    with no_hang(60):
        executor.Do(
            {"examples": [examples]},
            {"report": [output]},
            {"suite": SUITE.model_dump_json()},
        )
    written = Path(output.uri)
    assert (written / PAGE_FILE).is_file()
    assert not [path.name for path in written.iterdir() if path.name[0] == "."]
    report = read_report(written)
    assert output.get_int_custom_property("passed") == int(report.passed)
    return report


def is_right(strange: Strange, report: TestReport) -> None:
    if strange.says is None:
        assert report.passed, report.failed
        assert report.rows == strange.rows
        assert len(report.results) == len(SUITE.tests)
        return
    assert {result.test for result in report.results} == {"readable"}
    told = [f"{one.observed} {one.expectation} {one.fix}" for one in report.results]
    assert any(strange.says in text for text in told), told
    assert all("/examples" in one.observed for one in report.results), told
    assert not report.rows


def comparable(report: TestReport) -> list[tuple[str, ...]]:
    return [
        (one.test, one.subject, one.observed, one.outcome.value)
        for one in report.results
    ]


@pytest.mark.parametrize("strange", ARTIFACTS, ids=lambda strange: strange.name)
def test_data_tests_report_on_strange_examples(
    strange: Strange, tmp_path: Path
) -> None:
    is_right(strange, reported(Executor(), strange, tmp_path))


@pytest.mark.parametrize(
    "strange",
    [strange for strange in ARTIFACTS if strange.name in ON_BEAM],
    ids=lambda strange: strange.name,
)
def test_data_tests_on_beam_report_the_same(strange: Strange, tmp_path: Path) -> None:
    context = base_beam_executor.BaseBeamExecutor.Context(beam_pipeline_args=[FN_API])
    on_beam = reported(BeamExecutor(context), strange, tmp_path)
    is_right(strange, on_beam)
    here = comparable(reported(Executor(), strange, tmp_path))
    if len(on_beam.results) > 1 and not on_beam.rows:
        # One process stops at the first file that it cannot read.
        assert here == comparable(on_beam)[:1]
        assert len(on_beam.results) == 2
    else:
        assert here == comparable(on_beam)


def test_the_artifacts_have_names_of_their_own() -> None:
    counts = Counter(strange.name for strange in ARTIFACTS)
    assert max(counts.values()) == 1
    assert set(counts) >= ON_BEAM


@pytest.mark.parametrize("hostile", CSV, ids=lambda hostile: hostile.name)
def test_example_gen_writes_all_rows_or_nothing(
    hostile: Hostile, tmp_path: Path
) -> None:
    if hostile.root_reads and os.getuid() == 0:
        pytest.skip("root may read everything")
    files = [str(name) for name in hostile.make(tmp_path)]
    out = tmp_path / "examples"
    with no_hang(30):
        if hostile.ending is PASS:
            written = write_examples(open_dataset(files), out, {"train": 1})
            assert sum(written.rows.values()) == hostile.rows
            return
        with pytest.raises(TidegateError) as caught:
            write_examples(open_dataset(files), out, {"train": 1})
    assert caught.value.exit_code is hostile.ending
    assert hostile.says in str(caught.value)
    assert Path(files[0]).name in json.dumps(caught.value.as_dict())
    assert not [path for path in out.rglob("*") if path.is_file()]
