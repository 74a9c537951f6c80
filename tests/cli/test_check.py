"""`tidegate check`: the command as people and CI jobs use it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pyarrow as pa
import pytest

from tidegate.columnar.parquet_file import read_parquet, write_parquet
from tidegate.columnar.tf_example import encode, records
from tidegate.columnar.tf_record import write_records

SUITE = """\
dataset: orders
key: [id]
tests:
  - unique:
  - missing: {column: amount, at_most: 40%}
  - between: {column: amount, low: 0, high: 100}
"""
SCHEMA = """\
feature { name: "id" type: INT presence { min_fraction: 1 } }
feature { name: "amount" type: INT }
"""
GOOD = {"id": [1, 2, 3], "amount": [5, None, 7]}
BAD = {"id": [1, 2, 2], "amount": [5, 700, 7]}


def as_csv(folder: Path, columns: dict[str, list[int | None]]) -> Path:
    rows = zip(*columns.values(), strict=True)
    lines = [",".join("" if v is None else str(v) for v in row) for row in rows]
    path = folder / "orders.csv"
    path.write_text("\n".join([",".join(columns), *lines]) + "\n")
    return path


def as_parquet(folder: Path, columns: dict[str, list[int | None]]) -> Path:
    return write_parquet(folder / "orders.parquet", pa.table(columns))


def as_records(folder: Path, columns: dict[str, list[int | None]]) -> Path:
    batch = pa.table(columns).to_batches()[0]
    return write_records(folder / "orders.tfrecord.gz", records(encode(batch)))


@pytest.fixture
def against(tmp_path: Path) -> list[str]:
    (tmp_path / "data_tests.yaml").write_text(SUITE)
    (tmp_path / "schema.pbtxt").write_text(SCHEMA)
    return [
        "--schema",
        str(tmp_path / "schema.pbtxt"),
        "--tests",
        str(tmp_path / "data_tests.yaml"),
    ]


def check(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tidegate.cli.main", "check", *arguments]
    wide = {**os.environ, "COLUMNS": "200"}
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env=wide
    )


@pytest.mark.parametrize("write", [as_csv, as_parquet, as_records])
@pytest.mark.parametrize(("columns", "code"), [(GOOD, 0), (BAD, 1)])
def test_verdict_is_the_exit_code_in_every_format(
    tmp_path: Path, against: list[str], write: object, columns: object, code: int
) -> None:
    assert callable(write)
    found = check(str(write(tmp_path, columns)), *against, "--json")
    assert found.returncode == code, found.stderr
    report = json.loads(found.stdout)
    assert report["rows"] == 3
    failed = {r["test"] for r in report["results"] if r["outcome"] == "failed"}
    assert failed == ({"unique", "between"} if code else set())


def test_report_stands_with_json_and_failing_rows_beside_it(
    tmp_path: Path, against: list[str]
) -> None:
    data = as_csv(tmp_path, BAD)
    page, junit = tmp_path / "out" / "r.html", tmp_path / "out" / "j.xml"
    found = check(str(data), *against, "--report", str(page), "--junit", str(junit))
    assert found.returncode == 1
    assert "gate shut" in page.read_text()
    assert json.loads(page.with_suffix(".json").read_text())["failing_rows"] == 2
    rows = read_parquet(tmp_path / "out" / "r.rows.parquet")
    assert rows["line"].to_pylist() == [3, 4]
    assert rows["tests"].to_pylist() == [["between: amount"], ["unique: id"]]
    suite = ElementTree.parse(junit).getroot().find("testsuite")
    assert suite is not None
    assert suite.get("failures") == "2"


def test_rows_leave_into_quarantine_and_the_rest_go_on(
    tmp_path: Path, against: list[str]
) -> None:
    suite = SUITE.replace("high: 100}", "high: 100, on_fail: quarantine}")
    text = suite.replace("quarantine}", "quarantine, quarantine_at_most: 50%}")
    (tmp_path / "data_tests.yaml").write_text(text)
    data = as_csv(tmp_path, {"id": [1, 2, 3], "amount": [5, 700, 7]})
    folder = tmp_path / "divided"
    found = check(str(data), *against, "--quarantine", str(folder), "--json")
    assert found.returncode == 0, found.stdout
    assert json.loads(found.stdout)["quarantined"] == 1
    assert read_parquet(folder / "passed.parquet")["id"].to_pylist() == [1, 3]
    gone = read_parquet(folder / "quarantine.parquet")
    assert gone["id"].to_pylist() == [2]
    assert gone["__line__"].to_pylist() == [3]


def test_more_bad_rows_than_may_leave_shut_the_gate(
    tmp_path: Path, against: list[str]
) -> None:
    text = SUITE.replace("high: 100}", "high: 100, on_fail: quarantine}")
    (tmp_path / "data_tests.yaml").write_text(text)
    data = as_csv(tmp_path, {"id": [1, 2, 3], "amount": [5, 700, 7]})
    assert check(str(data), *against).returncode == 1


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["nothing.csv"], 2, "nothing to check the data against"),
        (["nothing.csv", "AGAINST"], 2, "no such file"),
        (["orders.csv", "--tests", "missing.yaml"], 2, "missing.yaml"),
        (["cut.csv.gz", "AGAINST"], 1, "cut short"),
    ],
)
def test_what_cannot_be_checked_is_told_without_a_traceback(
    tmp_path: Path, against: list[str], arguments: list[str], code: int, says: str
) -> None:
    as_csv(tmp_path, GOOD)
    (tmp_path / "cut.csv.gz").write_bytes(b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03")
    given = []
    for one in arguments:
        if one == "AGAINST":
            given += against
        else:
            given.append(one if one.startswith("-") else str(tmp_path / one))
    found = check(*given)
    told = " ".join((found.stdout + found.stderr).split())
    assert found.returncode == code, told
    assert says in told
    assert "Traceback" not in told


def test_check_loads_neither_tensorflow_nor_tfx_nor_beam(
    tmp_path: Path, against: list[str]
) -> None:
    data = as_csv(tmp_path, GOOD)
    script = (
        "import sys; from tidegate.cli.main import main; sys.argv[0] = 'tidegate'\n"
        "try:\n    main()\nexcept SystemExit: pass\n"
        "heavy = [n for n in ('tensorflow', 'tfx', 'apache_beam', 'pandas')"
        " if sys.modules.get(n)]\n"
        "print('heavy', heavy)"
    )
    found = subprocess.run(
        [sys.executable, "-c", script, "check", str(data), *against],
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.splitlines()[-1] == "heavy []"
