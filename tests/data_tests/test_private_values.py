"""Whatever fails, no value of a private column is in anything that is written."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import pyarrow as pa
import pytest
import yaml
from rich.console import Console
from tensorflow_metadata.proto.v0 import schema_pb2

from tidegate.columnar.dataset import Batch, Part
from tidegate.columnar.held_dataset import HeldDataset
from tidegate.data_tests.catalogue import CATALOGUE
from tidegate.data_tests.evaluate import Circumstances, Evaluation, evaluate
from tidegate.data_tests.suite import Suite
from tidegate.errors import TidegateError
from tidegate.report.html import page
from tidegate.report.junit import junit_xml
from tidegate.report.terminal import render

TEXT = pa.large_string()
ROWS = 60
NOW = datetime(2030, 1, 1, tzinfo=timezone.utc)
WORDS = [f" Hunter{n}ß\u00c3\u00a9" if n % 9 else "hunter-999" for n in range(ROWS)]
TABLE = pa.table(
    {
        "word": pa.array(WORDS, TEXT),
        "number": pa.array(
            [7_391_000 + 7 * n for n in range(ROWS - 1)] + [739_100_000]
        ),
        "fraction": pa.array(
            [7391.25 + n / 8 for n in range(ROWS - 1)] + [float("inf")], pa.float32()
        ),
        "time": pa.array(
            [f"1987-06-{n % 28 + 1:02}T05:43:21Z" for n in range(ROWS)], TEXT
        ),
        "several": pa.array([["hunter-1", "hunter-2"]] * ROWS, pa.large_list(TEXT)),
        "raw": pa.array([b"hunter\xff"] * ROWS, pa.large_binary()),
        "mixed": pa.array(["7391", "hunter", "NULL", "N/A"] * (ROWS // 4), TEXT),
        "open": pa.array(["a", "b"] * (ROWS // 2), TEXT),
        "flag": pa.array([0, 1, 1] * (ROWS // 3)),
    }
)
PRIVATE = [name for name in TABLE.column_names if name not in ("open", "flag")]
SECRET = re.compile(r"hunter|7[.,]?391|7[.,]?4e\+0?[68]|1987-06|05:43", re.IGNORECASE)


def dataset() -> HeldDataset:
    cuts = [Batch(TABLE.slice(start, 25), 0, start) for start in range(0, ROWS, 25)]
    return HeldDataset([Part("data")], cuts)


def verdict(*tests: dict[str, Any], **details: Any) -> Evaluation:
    schema = details.pop("schema", None)
    settings = {"dataset": "d", "tests": list(tests), "pii": PRIVATE, **details}
    suite = Suite.model_validate(settings)
    return evaluate(suite, dataset(), schema=schema, given=Circumstances(now=NOW))


def written(found: Evaluation) -> Iterator[str]:
    """Everything that becomes of a verdict, as text."""
    # The digits of how long it took could be those of a value.
    report = found.report.model_copy(update={"seconds": 0.0, "created": NOW})
    yield report.model_dump_json()
    yield page(report)
    yield junit_xml(report).decode()
    stream = io.StringIO()
    Console(file=stream, width=300).print(render(report))
    yield stream.getvalue()
    yield json.dumps(found.failing_rows.to_pylist(), default=str)


def leaks(found: Evaluation) -> list[str]:
    return [
        text[max(match.start() - 90, 0) : match.end() + 40]
        for text in written(found)
        for match in [SECRET.search(text)]
        if match
    ]


def about(name: str, column: str) -> dict[str, Any]:
    """The example of a test, of a private column wherever it takes one."""
    kind = CATALOGUE[name]
    (given,) = yaml.safe_load(kind.example).values()
    fields = {info.alias or key for key, info in kind.model_fields.items()}
    own = {k: str(v) if k in ("from", "to") else v for k, v in given.items()}
    own.pop("except", None)
    if "column" in fields and (name in ("case", "type") or "is" not in own):
        own["column"] = column
    elif "is" in own:
        own["is"] = f"{column} is not null"
    if "columns" in own:
        own["columns"] = [column, "open"]
    if "by" in own or name == "in_order":
        own["by"] = ["open", column]
    return own


@pytest.mark.parametrize("name", sorted(set(CATALOGUE) - {"refers_to"}))
def test_no_test_shows_a_value_of_a_private_column(name: str) -> None:
    tests = [{name: about(name, column)} for column in PRIVATE]
    assert not leaks(verdict(*tests, label="flag", time="time"))


@pytest.mark.parametrize(
    "test",
    [
        {"one_of": {"column": "X", "values": ["y"]}},
        {"between": {"column": "X", "low": 0, "high": 1}},
        {"matches": {"column": "X", "regex": "y"}},
        {"length": {"column": "X", "low": 0, "high": 1}},
        {"label_values": {"column": "X", "values": [1]}},
        {
            "label_share": {
                "column": "flag",
                "by": ["X"],
                "high": "1%",
                "at_least_rows": 1,
            }
        },
        {"no_leak": {"column": "flag", "features": ["X"], "at_most": 0.51}},
        {"in_order": {"column": "X", "direction": "down"}},
        {"in_order": {"column": "flag", "by": ["X"], "direction": "down"}},
        {"outliers": {"column": "X", "at_most": 0, "beyond": 1}},
        {"typical": {"column": "X", "low": 0, "high": 1}},
        {"unique": {"columns": ["flag", "X"]}},
        {"rows_where": {"sql": "X is not null"}},
        {"rows_where": {"sql": "flag = 1", "where": "X is not null"}},
        {"rows_where": {"sql": "cast(X as int) > 0"}},
        {"rows_where": {"sql": "error(cast(X as varchar))"}},
        {"rows_where": {"sql": "strptime(cast(X as varchar), '%Y') > '2000-01-01'"}},
        {"rows_where": {"sql": "flag = 1", "where": "cast(X as date) > '2000-01-01'"}},
        {"rows_where": {"sql": "cast(X as decimal(3, 0)) > 1"}},
        {"rows_where": {"python": "r.py:f", "source": "def f(t):\n return 1/t['X']"}},
        {
            "rows_where": {
                "python": "r.py:f",
                "source": "def f(t):\n raise ValueError(t['X'].to_pylist())",
            }
        },
        {"refers_to": {"column": "X", "file": "/proc/self/nothing.csv"}},
    ],
    ids=lambda test: next(iter(test)),
)
def test_nothing_that_fails_shows_a_private_value(test: dict[str, Any]) -> None:
    text = json.dumps(test)
    tests = [json.loads(text.replace("X", column)) for column in PRIVATE]
    found = verdict(*tests, label="flag")
    assert not leaks(found)
    assert found.report.failed


def schema(*, marked: bool) -> schema_pb2.Schema:
    made = schema_pb2.Schema()
    for name in TABLE.column_names:
        feature = made.feature.add(name=name, type=schema_pb2.BYTES)
        feature.presence.min_fraction = 1
        if name in ("number", "flag"):
            feature.type = schema_pb2.INT
            feature.int_domain.max = 0
        elif name == "fraction":
            feature.type = schema_pb2.FLOAT
            feature.float_domain.max = 0
        else:
            feature.string_domain.value.append("z")
        if marked and name in PRIVATE:
            feature.annotation.tag.append("pii")
    return made


@pytest.mark.parametrize("settings", [{}, {"pii": []}], ids=["suite", "schema"])
def test_verdict_on_the_schema_shows_no_private_value(settings: dict[str, Any]) -> None:
    marked = schema(marked="pii" in settings)
    found = verdict({"rows": {"at_least": 1}}, schema=marked, **settings)
    assert len(found.report.failed) >= len(PRIVATE)
    assert not leaks(found)
    assert set(found.report.private) == set(PRIVATE)


def test_secrets_are_seen_where_nothing_is_private() -> None:
    test = {"one_of": {"column": "word", "values": ["y"]}}
    assert len(leaks(verdict(test, pii=[]))) == 5


def test_data_that_cannot_be_evaluated_say_so_without_values() -> None:
    with pytest.raises(ValueError, match="sql") as refused:
        verdict({"rows_where": {"sql": "number >"}})
    assert not isinstance(refused.value, TidegateError)
