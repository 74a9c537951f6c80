"""`tidegate schema`: the command as people and CI jobs use it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tidegate.cli.main import app
from tidegate.errors import DataError, Problems, TidegateError, UsageError

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def command(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(app, ["schema", *arguments], standalone_mode=False)
        if isinstance(result.exception, TidegateError):
            raise result.exception
        assert result.exception is None
        return int(result.return_value or 0), result.stdout

    return command


@pytest.fixture
def day(tmp_path: Path) -> str:
    return write_day(tmp_path / "day.csv")


def write_day(path: Path, kinds: tuple[str, ...] = ("bus", "taxi")) -> str:
    lines = [f"{n},{kinds[n % len(kinds)]},{n % 9}" for n in range(300)]
    path.write_text("trip_id,kind,fare\n" + "\n".join(lines) + "\n")
    return str(path.name)


def as_json(run: Run, *arguments: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(run(*arguments, "--json")[1])
    return told


def test_infer_writes_a_schema_and_a_suite(run: Run, day: str) -> None:
    code, told = run("infer", day)
    assert code == 0
    assert "300 rows, 3 columns" in told
    assert Path("schema.pbtxt").read_text().startswith("# A first schema")
    assert "key: [trip_id]" in Path("data_tests.yaml").read_text()


def test_infer_names_the_data_set_by_its_folder(run: Run, day: str) -> None:
    run("infer", day, "--schema", "schemas/trips/schema.pbtxt")
    assert "\ndataset: trips\n" in Path("schemas/trips/data_tests.yaml").read_text()


def test_infer_does_not_write_over_anybodys_work(run: Run, day: str) -> None:
    Path("schema.pbtxt").write_text("# mine\n")
    Path("data_tests.yaml").write_text("# mine\n")
    with pytest.raises(Problems, match="overwritten"):
        run("infer", day)
    assert Path("schema.pbtxt").read_text() == "# mine\n"
    assert run("infer", day, "--force")[0] == 0
    assert Path("schema.pbtxt").read_text() != "# mine\n"


def test_infer_tells_in_json_what_it_found(run: Run, day: str) -> None:
    told = as_json(run, "infer", day, "--label", "fare")
    assert (told["rows"], told["key"], told["label"]) == (300, ["trip_id"], "fare")


def test_infer_notices_words_for_missing(run: Run, tmp_path: Path) -> None:
    file = write_day(tmp_path / "d.csv", ("bus", "taxi", "NA"))
    (notice,) = as_json(run, "infer", file)["notices"]
    assert notice.startswith("kind has words that mean missing")


def test_diff_ends_with_1_where_something_breaks(run: Run, day: str) -> None:
    run("infer", day)
    schema = Path("schema.pbtxt").read_text()
    Path("new.pbtxt").write_text(schema.replace('value: "bus"', ""))
    code, told = run("diff", "schema.pbtxt", "new.pbtxt")
    assert code == 1
    assert "values removed: bus" in told
    assert run("diff", "new.pbtxt", "schema.pbtxt")[0] == 0
    assert "no change" in run("diff", "schema.pbtxt", "schema.pbtxt")[1]


def test_diff_against_data_tells_what_accepting_would_change(
    run: Run, day: str, tmp_path: Path
) -> None:
    run("infer", day)
    new = write_day(tmp_path / "new.csv", ("bus", "taxi", "ship"))
    (change,) = as_json(run, "diff", "schema.pbtxt", new)["changes"]
    assert (change["what"], change["effect"]) == ("values added: ship", "looser")
    assert "| `kind` |" in run("diff", "schema.pbtxt", new, "--markdown")[1]


def test_diff_tells_one_way_only(run: Run, day: str) -> None:
    run("infer", day)
    with pytest.raises(UsageError, match="one way"):
        run("diff", "schema.pbtxt", "schema.pbtxt", "--json", "--markdown")


def test_accept_tells_what_it_did(run: Run, day: str, tmp_path: Path) -> None:
    run("infer", day)
    new = write_day(tmp_path / "new.csv", ("bus", "taxi", "ship"))
    arguments = ["accept", new, "--schema", "schema.pbtxt", "--span", "9"]
    arguments += ["--by", "Ada", "--reason", "ships since May"]
    with pytest.raises(DataError, match="one_of kind"):
        run(*arguments)
    assert not Path("reference").exists()
    arguments += ["--despite-failures"]
    code, told = run(*arguments, "--dry-run")
    assert "nothing was written" in told
    code, told = run(*arguments)
    assert code == 0
    assert "values added: ship" in told
    assert "by Ada: ships since May" in told
    assert "these fail: one_of kind" in told
    assert Path("reference/span-09.json").is_file()
    assert as_json(run, *arguments)["record"]["changes"] == []


def test_accept_says_that_good_data_change_nothing(run: Run, day: str) -> None:
    run("infer", day)
    told = run(
        *("accept", day, "--schema", "schema.pbtxt", "--span", "1"),
        *("--by", "Ada", "--reason", "as usual"),
    )[1]
    assert "nothing to change in the schema" in told
    assert "span 1 added" in told
