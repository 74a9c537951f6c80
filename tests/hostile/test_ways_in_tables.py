"""Any small table against every test of the catalogue: no test raises.

And what is reported does not depend on how the rows come: in one batch, in
pieces, or merged from the last piece to the first.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import pyarrow as pa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tidegate.columnar.dataset import Batch, Dataset, Part
from tidegate.columnar.held_dataset import HeldDataset
from tidegate.data_tests.evaluate import Circumstances, conclude, look, plan_of
from tidegate.data_tests.json_schema import own_tests
from tidegate.data_tests.plan import Glance
from tidegate.data_tests.suite import Suite
from tidegate.errors import DataError
from tidegate.report.model import TestReport
from tidegate.report.terminal import render

COLUMNS = ("a", "b", "c", "t")
NOW = datetime(2013, 6, 1, tzinfo=timezone.utc)
TWO: dict[str, Any] = {"columns": ["a", "b"]}
LABEL: dict[str, Any] = {"is": "a > 1"}
HALVES: dict[str, Any] = {"train": "a <= 1", "eval": "a > 1"}
# Parameters that a test needs, of columns that the tables have.
NEEDED: dict[str, list[dict[str, Any]]] = {
    "between": [{"low": 0, "high": 5}],
    "case": [{"is": "upper"}],
    "columns": [{"expect": ["a", "b"], "new": "allow"}],
    "conserved": [{"against": ["statistics"]}],
    "correlated": [{**TWO, "at_least": 0.5}],
    "distinct": [{"at_least": 1, "at_most": 2}],
    "fresh": [{"within": "2d"}],
    "in_order": [{}, {"within": "file"}],
    "label_change": [LABEL, {**LABEL, "by": ["b"]}],
    "label_share": [{**LABEL, "low": "10%", "high": "40%", "by": ["b"]}],
    "label_values": [{**LABEL, "values": [0, 1]}],
    "labels_agree": [{**LABEL, "at_most": "3%"}],
    "late_rows": [{"older_than": "35d"}],
    "length": [{"low": 1, "high": 3}],
    "matches": [{"regex": "[a-z0-9]{1,3}"}],
    "missing": [{"at_most": "5%"}, {"where": "a > 1", "at_most": 0}],
    "missing_together": [TWO],
    "model_agrees": [{**LABEL, "predictions": "b", "at_least": 0.8}],
    "no_gaps": [{"longest": "12h"}],
    "no_leak": [LABEL],
    "one_of": [{"values": ["x", "1"]}, {"values": [0, 1, 2.5]}],
    "outliers": [{"at_most": "1%"}],
    "precision": [{"low": 0, "high": 1}],
    "rows": [{"at_least": 1}, {"at_least": 1, "where": "b is not null"}],
    "rows_where": [{"sql": "a > b", "at_most": 1}, {"sql": "t is null"}],
    "similar_scales": [{}],
    "splits_apart": [{**TWO, **HALVES}],
    "splits_in_time": [HALVES],
    "time_between": [{"from": "2013-01-01", "to": "2014-01-02"}],
    "type": [{"is": "int"}],
    "typical": [{"low": 0, "high": 3}],
    "unique": [TWO, {"columns": ["a"]}],
}
NEEDS_FILE = {"refers_to"}
OF_TIME = {"fresh", "in_future", "late_rows", "no_gaps", "splits_in_time"}


def every_test() -> Iterator[dict[str, Any]]:
    """Each test of the catalogue at least once, of each column that it can have."""
    for name, kind in sorted(own_tests().items()):
        if name in NEEDS_FILE:
            continue
        takes_column = "column" in kind.model_fields
        columns: tuple[str | None, ...] = COLUMNS if takes_column else (None,)
        if name in OF_TIME:
            columns = ("t", "a")
        for parameters in NEEDED.get(name, [{}]):
            labelled = parameters.get("is") == LABEL["is"]
            for column in (None,) if labelled else columns:
                about = {} if column is None else {"column": column}
                yield {name: {**about, **parameters}}


SUITE = Suite.model_validate(
    {
        "dataset": "any",
        "tests": list(every_test()),
        "pii": ["c"],
        "key": ["a"],
        "time": "t",
    }
)

TEXTS = st.text(st.characters(codec="utf-8"), max_size=5) | st.sampled_from(
    [
        "",
        " x ",
        "NULL",
        "2013-01-01",
        "2013-01-01T00:00:00Z",
        "1e400",
        "-999",
        "nan",
        "ann@example.org",
        "+1 555 0100",
        "4111111111111111",
        "CafÃ©",
        "\0",
        "x" * 300,
    ]
)
INTEGERS = st.integers(-(2**63), 2**63 - 1) | st.sampled_from(
    [0, 1, 2, -1, -999, 9999, 1370000000, 1370000000000, 2**53 + 1, 2**63 - 1, -(2**63)]
)
FLOATS = st.floats(width=32) | st.sampled_from([0.0, -0.0, 0.5, 1.0, -999.0])
BLOBS = st.binary(max_size=4) | st.just(b"\xff\xfe")
KINDS: list[tuple[pa.DataType, st.SearchStrategy[Any]]] = [
    (pa.int64(), INTEGERS),
    (pa.float32(), FLOATS),
    (pa.float64(), st.floats()),
    (pa.large_string(), TEXTS),
    (pa.large_binary(), BLOBS),
]


@st.composite
def columns(draw: Any, rows: int) -> pa.Array:
    kind, values = draw(st.sampled_from(KINDS))
    shape = draw(st.sampled_from(["plain", "plain", "constant", "list", "nothing"]))
    if shape == "nothing":
        return pa.nulls(rows)
    one = st.none() | values
    if shape == "constant":
        return pa.array([draw(one)] * rows, kind)
    if shape == "list":
        kind, one = pa.large_list(kind), st.none() | st.lists(values, max_size=3)
    return pa.array(draw(st.lists(one, min_size=rows, max_size=rows)), kind)


@st.composite
def tables(draw: Any) -> pa.Table:
    rows = draw(st.integers(0, 12))
    names = draw(st.lists(st.sampled_from(COLUMNS), unique=True, min_size=1))
    extra = draw(st.lists(st.text(max_size=3), unique=True, max_size=1))
    names += [name for name in extra if encodable(name) and name not in names]
    times = draw(st.sampled_from([1, 1, 40]))
    table = pa.table({name: draw(columns(rows)) for name in names})
    return pa.concat_tables([table] * times).combine_chunks()


def encodable(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def held(table: pa.Table, rows: int) -> HeldDataset:
    starts = range(0, max(table.num_rows, 1), rows)
    batches = (Batch(table.slice(start, rows), 0, start) for start in starts)
    return HeldDataset([Part("data", "data")], batches)


def reported(table: pa.Table, rows: int, *, backwards: bool = False) -> Any:
    dataset: Dataset = held(table, rows)
    given = Circumstances(now=NOW)
    if backwards:
        plan = plan_of(SUITE, dataset)
        seen = [plan.look(task()) for task in dataset.tasks(0)]
        glance = Glance()
        for one in reversed(seen):
            glance = one.merge(glance)
    else:
        glance, dataset = look(SUITE, dataset)
    try:
        evaluation = conclude(SUITE, dataset, glance, None, None, given)
    except DataError as error:
        return str(error)
    return evaluation.report


def comparable(report: Any) -> Any:
    if not isinstance(report, TestReport):
        return report
    told = report.model_dump(mode="json")
    for changing in ("seconds", "created", "tool_version"):
        told.pop(changing, None)
    return told


def difference(one: Any, other: Any) -> list[Any]:
    """The results that differ, for a short message."""
    if isinstance(one, dict) and isinstance(other, dict):
        pairs = zip(one["results"], other["results"], strict=True)
        found: list[Any] = [pair for pair in pairs if pair[0] != pair[1]]
        return found or [key for key in one if one[key] != other[key]]
    return [] if one == other else [one, other]


@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],  # Shrinking would take minutes; the first case is small.
)
@given(table=tables(), rows=st.integers(1, 7))
def test_no_test_breaks_and_none_minds_how_the_rows_come(
    table: pa.Table, rows: int
) -> None:
    report = reported(table, max(table.num_rows, 1))
    whole = comparable(report)
    if isinstance(report, TestReport):
        text = report.model_dump_json()
        assert TestReport.model_validate_json(text).model_dump_json() == text
    pieces = max(rows, table.num_rows // 12)
    assert not difference(whole, comparable(reported(table, pieces)))
    assert not difference(whole, comparable(reported(table, pieces, backwards=True)))
    if isinstance(report, TestReport):
        assert render(report)


def test_every_test_of_the_catalogue_is_in_the_suite() -> None:
    names = {test.name for test in SUITE.tests}
    assert names == set(own_tests()) - NEEDS_FILE
