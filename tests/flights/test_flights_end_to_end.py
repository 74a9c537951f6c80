"""The flights pipeline, whole: good data pushes a model, bad data stops it.

A sample of the real months through the real components, by the command that a
person types. The second good run has a champion to be compared with.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import tensorflow as tf
from pipelines.flights.data import SAMPLE_MODEL_TESTS, sample_suite, write_months

from tidegate.ledger.ledger import Ledger
from tidegate.report.model import FAILING_ROWS_FILE, PAGE_FILE, read_report

ROOT = Path(__file__).parents[2]
ROWS_A_MONTH = 600
GOOD_MONTHS = (1, 4, 7, 10)
BAD_MONTH = 12

NO_CHAMPION = "there is no earlier good model to compare with"

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Ran:
    """A finished `tidegate run`."""

    code: int
    result: dict[str, Any]

    def states(self) -> dict[str, str]:
        return {node["node"]: node["state"] for node in self.result["nodes"]}

    def pushed(self) -> str:
        return str(self.result["pushed"])

    def output(self, node: str, key: str) -> Path:
        (found,) = [n for n in self.result["nodes"] if n["node"] == node]
        return Path(found["outputs"][key])


@dataclass(frozen=True)
class Story:
    """Three runs of one pipeline, one after the other."""

    good: Ran
    bad: Ran
    again: Ran


def run(folder: Path, data: str, *, span: int, epochs: int) -> Ran:
    suite = folder / "sample_tests.yaml"
    shipped = ROOT / "schemas" / "flights" / "data_tests.yaml"
    suite.write_text(sample_suite(shipped, ROWS_A_MONTH))
    models = folder / "sample_model_tests.yaml"
    models.write_text(SAMPLE_MODEL_TESTS)
    settings = {
        "suite": suite,
        "epochs": epochs,
        "batch_size": 64,
        "model_suite": models,
        "least_auc": 0.6,
    }
    words = [sys.executable, "-m", "tidegate.cli.main", "run", "pipelines/flights"]
    words += ["--data", str(folder / data), "--span", str(span), "--json"]
    words += [w for k, v in settings.items() for w in ("--set", f"{k}={v}")]
    words += ["--output", str(folder / "out")]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr
    return Ran(done.returncode, json.loads(done.stdout))


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    folder = tmp_path_factory.mktemp("flights")
    write_months(folder / "good", months=GOOD_MONTHS, rows=ROWS_A_MONTH)
    (bad,) = write_months(folder / "bad", months=[BAD_MONTH], rows=ROWS_A_MONTH)
    misspell(bad, every=20)
    return Story(
        good=run(folder, "good/*.csv", span=1, epochs=4),
        bad=run(folder, "bad/*.csv", span=12, epochs=4),
        again=run(folder, "good/*.csv", span=2, epochs=5),
    )


def misspell(file: Path, *, every: int) -> None:
    """Writes JKF for JFK in each `every`-th line that has it."""
    lines = file.read_text().splitlines(keepends=True)
    having = [number for number, line in enumerate(lines) if ",JFK," in line]
    for number in having[::every]:
        lines[number] = lines[number].replace(",JFK,", ",JKF,")
    file.write_text("".join(lines))


def test_good_data_pushes_a_model(story: Story) -> None:
    assert story.good.code == 0, story.good.result["error_text"]
    assert set(story.good.states().values()) == {"done"}
    assert Path(story.good.result["pushed"], "saved_model.pb").is_file()


def test_the_pushed_model_predicts_from_what_is_known_at_departure(
    story: Story,
) -> None:
    model = tf.saved_model.load(story.good.result["pushed"])
    columns = {
        "carrier": b"UA",
        "origin": b"EWR",
        "dest": b"ORD",
        "year": 2013,
        "month": 1,
        "day": 1,
        "hour": 5,
        "minute": 15,
        "distance": 719,
    }
    late, punctual = (
        float(predict(model, {**columns, "dep_delay": delay})) for delay in (90, -5)
    )
    assert 0 <= punctual < late <= 1


def predict(model: Any, columns: dict[str, Any]) -> float:
    feature = {
        name: tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))
        if isinstance(value, bytes)
        else tf.train.Feature(int64_list=tf.train.Int64List(value=[value]))
        for name, value in columns.items()
    }
    example = tf.train.Example(features=tf.train.Features(feature=feature))
    answer = model.signatures["serving_default"](
        tf.constant([example.SerializeToString()])
    )
    (probabilities,) = answer.values()
    return float(probabilities.numpy().ravel()[0])


def test_the_model_is_judged_by_slice_and_has_no_champion_yet(story: Story) -> None:
    report = read_report(story.good.output("ModelTests", "report"))
    assert report.passed
    assert {r.observed for r in report.skipped} == {NO_CHAMPION}
    assert "against_champion" in {r.test for r in report.skipped}
    assert any("overall" in r.subject for r in report.results)


def test_bad_data_stops_before_transform_with_exit_code_1(story: Story) -> None:
    assert story.bad.code == 1
    assert story.bad.result["shut_by"] == "DataGate"
    assert story.bad.result["pushed"] is None
    assert story.bad.states()["DataTests"] == "done"
    assert story.bad.states()["DataGate"] == "failed"
    assert not {"Transform", "Trainer", "Evaluator", "Pusher"} & set(story.bad.states())


def test_the_report_names_the_rows_by_file_and_line(story: Story) -> None:
    folder = Path(story.bad.result["reports"][0])
    report = read_report(folder)
    (failed,) = [r for r in report.failed if r.test == "one_of"]
    assert failed.subject == "origin"
    assert failed.failing_rows == report.failing_rows
    place = failed.sample[0].place
    assert place.file == "flights-12.csv"
    assert place.line is not None
    line = (folder_of(story) / "flights-12.csv").read_text().splitlines()
    assert ",JKF," in line[place.line - 1]
    assert pq.read_table(folder / FAILING_ROWS_FILE).num_rows == report.failing_rows
    assert "JKF" in (folder / PAGE_FILE).read_text(encoding="utf-8")


def folder_of(story: Story) -> Path:
    return Path(story.bad.result["log"]).parents[2] / "bad"


def test_a_second_model_is_compared_with_the_first(story: Story) -> None:
    assert story.again.code == 0, story.again.result["error_text"]
    report = read_report(story.again.output("ModelTests", "report"))
    changes = [r for r in report.results if r.test == "against_champion"]
    assert changes
    assert not report.skipped
    assert all("champion 0." in r.observed for r in changes)
    assert story.again.result["pushed"] != story.good.result["pushed"]


def test_every_push_is_on_the_ledger_with_where_it_came_from(story: Story) -> None:
    first, second = Ledger(Path(story.good.result["pushed"]).parent).events()
    assert [first.kind, second.kind] == ["push", "push"]
    assert second.champion == second.version == int(Path(story.again.pushed()).name)
    assert first.model is not None
    told = first.model.provenance
    assert {one.span for one in told.examples} == {1}
    assert {one.kind for one in told.reports} == {"data", "model", "infra"}
    assert told.parameters["epochs"] == 4
    assert told.metrics["auc"] > 0.6
    assert told.data_schema is not None


def test_the_card_of_the_pushed_model_lies_beside_the_ledger(story: Story) -> None:
    pushed = Path(story.good.pushed())
    card = (pushed.parent / "ledger" / "cards" / f"{pushed.name}.md").read_text()
    assert pushed.name in card
    assert "dep_delay" in card
