"""`tidegate drift`: the command as people and scheduled jobs use it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv
from typer.testing import CliRunner

from tidegate.cli.main import app
from tidegate.drift_tests.history import accept_span, read_history, read_span
from tidegate.drift_tests.measures import measure_table
from tidegate.errors import Problems, TidegateError, UsageError

Run = Callable[..., tuple[int, str]]
HISTORY = ("--history", "history")
ANN = ("--by", "Ann", "--reason", "the training year")
FIRST = date(2030, 1, 1)
DAYS = "days/{YYYY}-{MM}-{DD}.csv"


def day_of(seed: int, shift: float = 0.0, rows: int = 300) -> pa.Table:
    random = np.random.default_rng(seed)
    fares = random.gamma(3, 4, rows) + shift
    kinds = random.choice(["bus", "taxi", "tram"], rows, p=[0.5, 0.3, 0.2])
    mails = [f"user{n}@example.org" for n in random.integers(0, 10**6, rows)]
    return pa.table({"kind": kinds, "fare": fares.round(2), "mail": mails})


def write_day(path: Path, seed: int, shift: float = 0.0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    csv.write_csv(day_of(seed, shift), path)


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty accepted days, the last three by their files, and two files more."""
    folder = tmp_path_factory.mktemp("past")
    for number in range(37):
        day = FIRST + timedelta(days=number)
        measures = measure_table(
            day_of(number),
            day.isoformat(),
            span=(day - date(1970, 1, 1)).days,
            start=day,
            private={"mail"},
        )
        accept_span(folder / "history", measures, "Ann", "the training year")
    for number in range(37, 40):
        day = FIRST + timedelta(days=number)
        write_day(folder / "days" / f"{day}.csv", number)
    write_day(folder / "good.csv", 1_000)
    write_day(folder / "bad.csv", 1_001, shift=200.0)
    options = ["--history", str(folder / "history"), *ANN]
    pattern = str(folder / DAYS)
    CliRunner().invoke(
        app, ["drift", "accept", pattern, *options], standalone_mode=False
    )
    return folder


@pytest.fixture
def run(past: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command in a folder with the files of `past` and a history."""
    shutil.copytree(past, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def command(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(app, ["drift", *arguments], standalone_mode=False)
        if isinstance(result.exception, TidegateError):
            raise result.exception
        assert result.exception is None, result.exception
        return int(result.return_value or 0), result.stdout

    return command


def as_json(run: Run, *arguments: str) -> Any:
    return json.loads(run(*arguments, "--json")[1])


def test_all_past_files_enter_the_history_in_one_command(run: Run) -> None:
    told = as_json(run, "history", "list", *HISTORY)["spans"]
    assert len(told) == 40
    assert (told[-1]["name"], told[-1]["start"]) == ("2030-02-09", "2030-02-09")
    assert told[-1]["acceptance"]["reason"] == "the training year"
    assert "40 spans" in run("history", "list", *HISTORY)[1]


def test_accepting_again_leaves_out_what_is_there(run: Run) -> None:
    write_day(Path("days/2030-02-10.csv"), 40)
    code, told = run("accept", DAYS, *HISTORY, *ANN)
    assert code == 0
    assert "2030-02-10" in told
    assert "1 span accepted into history · 3 there before" in told


def test_what_is_in_the_history_is_not_read_again(run: Run) -> None:
    Path("days/2030-02-09.csv").write_bytes(b"another file by now")
    assert run("accept", DAYS, *HISTORY, *ANN)[0] == 0
    # By itself it is: somebody asks for this one.
    assert run("accept", "days/2030-02-09.csv", *HISTORY, *ANN)[0] != 0


def test_a_damaged_file_is_told_and_the_others_enter(run: Run) -> None:
    Path("days/2030-02-10.csv").write_bytes(b"kind,fare,mail\nbus\n")
    write_day(Path("days/2030-02-11.csv"), 41)
    code, told = run("accept", DAYS, *HISTORY, *ANN)
    assert code == 1
    assert "✗ 2030-02-10" in told
    assert "2030-02-10.csv:2" in told
    assert read_history("history").names[-1] == "2030-02-11"


def test_values_of_personal_data_do_not_enter_the_history(run: Run) -> None:
    for path in Path("history").iterdir():
        assert b"example.org" not in path.read_bytes()
    span = read_history("history").spans[-1]
    assert span.private == {"mail"}
    assert span.frequent[2].texts == ()


def test_a_good_span_passes_and_enters_if_so_wanted(run: Run) -> None:
    asked = ("check", "good.csv", "--date", "2030-02-10", *HISTORY)
    assert run(*asked)[0] == 0
    assert len(read_history("history")) == 40
    told = as_json(run, *asked, "--accept-if-passed", "--by", "nightly")
    assert told["kind"] == "drift"
    assert told["accepted"].endswith("span-good.parquet")
    held = read_history("history")
    assert held.find("good") is not None
    acceptance = held.acceptances[held.names.index("good")]
    assert acceptance is not None
    assert (acceptance.by, acceptance.verdict) == ("nightly", "passed")


def test_a_bad_span_alarms_and_does_not_enter(run: Run) -> None:
    asked = ("check", "bad.csv", "--date", "2030-02-10", *HISTORY)
    code, told = run(*asked, "--accept-if-passed")
    assert code == 1
    assert "fare" in told
    assert len(read_history("history")) == 40


def test_what_alarmed_is_accepted_only_with_a_reason(run: Run) -> None:
    by = ("--date", "2030-02-10", *HISTORY, "--by", "Ann")
    code, told = run("accept", "bad.csv", *by)
    assert code == 2
    assert "the drift tests alarm on the span bad" in told
    code, _ = run("accept", "bad.csv", *by, "--reason", "new tariff")
    assert code == 0
    held = read_history("history")
    acceptance = held.acceptances[held.names.index("bad")]
    assert acceptance is not None
    assert (acceptance.verdict, acceptance.reason) == ("alarmed", "new tariff")


def test_a_summary_that_a_run_left_behind_can_be_accepted(run: Run) -> None:
    run(
        *("check", "bad.csv", "--date", "2030-02-10", *HISTORY),
        *("--summary", "artifact/summary.parquet", "--report", "bad.html"),
    )
    assert Path("bad.html").exists()
    assert json.loads(Path("bad.json").read_text())["verdict"] == "shut"
    summary = read_span(Path("artifact/summary.parquet"))
    assert (summary.acceptance, summary.verdict) == (None, "alarmed")
    with pytest.raises(UsageError, match="the drift tests alarm"):
        run("accept", "artifact", *HISTORY, "--by", "Ann")
    assert run("accept", "artifact", *HISTORY, *ANN)[0] == 0
    assert read_history("history").find("bad") is not None


def test_what_the_run_said_counts_whatever_the_settings_are(run: Run) -> None:
    asked = ("--date", "2030-02-10", *HISTORY, "--summary", "s.parquet")
    Path("lax.yaml").write_text("ignore: [fare, kind, mail]\n")
    run("check", "bad.csv", *asked)
    by = ("--settings", "lax.yaml", *HISTORY, "--by", "Ann")
    with pytest.raises(UsageError, match="the drift tests alarm"):
        run("accept", "s.parquet", *by)


def test_data_that_cannot_be_read_whole_fail_the_check(run: Run) -> None:
    Path("cut.csv").write_text('kind,fare,mail\nbus,"1')
    told = as_json(run, "check", "cut.csv", *HISTORY)
    assert [one["test"] for one in told["results"]] == ["readable"]
    assert told["kind"] == "drift"


def test_backtest_tells_the_rate_and_the_cost_of_other_promises(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tidegate.drift_tests.backtest.PROMISES", (0.05, 0.2))
    told = as_json(run, "backtest", *HISTORY, "--promises")
    assert told["spans"] + told["waiting"] == 40
    low, high = told["interval"]
    assert low <= told["rate"] <= high
    assert [one["promised"] for one in told["promises"]] == [0.05, 0.2]
    few = as_json(run, "backtest", *HISTORY, "--newest", "36")
    assert (few["spans"], few["waiting"]) == (4, 32)
    assert "promised 5.0 %" in run("backtest", *HISTORY)[1]


def test_explain_tells_a_column_now_and_then(run: Run) -> None:
    asked = ("explain", "bad.csv", "--date", "2030-02-10", *HISTORY)
    told = as_json(run, *asked, "--column", "fare", "--column", "mail")
    assert told["alarm"] is True
    assert told["ranking"][0]["column"] == "fare"
    assert "accepted spans" in told["ranking"][0]["told"][0]
    assert [one["name"] for one in told["channels"] if one["alarm"]] == ["sudden"]
    fare = {one["measure"]: one for one in told["columns"][0]["measures"]}
    assert fare["mean"]["now"] > 200 > fare["mean"]["high"] > fare["mean"]["low"]
    assert told["columns"][1]["values"] == []
    assert "mean" in run(*asked, "--column", "fare")[1]


def test_explain_knows_accepted_spans_by_name(run: Run) -> None:
    told = as_json(run, "explain", "2030-02-09", *HISTORY, "--column", "kind")
    assert told["history"] == "39 spans, 2030-01-01 to 2030-02-08"
    assert {one["value"] for one in told["columns"][0]["values"]} == {
        "bus",
        "taxi",
        "tram",
    }
    with pytest.raises(UsageError, match="did you mean 2030-02-0"):
        run("explain", "2030-02-99", *HISTORY)
    with pytest.raises(UsageError, match="did you mean fare"):
        run("explain", "2030-02-09", *HISTORY, "--column", "fares")


def test_a_span_that_is_retired_counts_no_longer(run: Run) -> None:
    code, told = run("history", "retire", "2030-02-08", *HISTORY, *ANN)
    assert (code, "counts no longer" in told) == (0, True)
    told_again = as_json(run, "history", "list", *HISTORY)
    assert len(told_again["spans"]) == 39
    assert told_again["retired"][0]["name"] == "2030-02-08"
    code, told = run("accept", DAYS, *HISTORY, *ANN)
    assert code == 2
    assert "--name 2030-02-08.2" in told


def test_a_command_without_history_says_how_to_begin(run: Run) -> None:
    with pytest.raises(UsageError, match="no accepted span") as caught:
        run("backtest", "--history", "nowhere")
    assert "tidegate drift accept" in str(caught.value.fix)


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (("check", "good.csv", "--report", "r.txt"), "--report names a file"),
        (("check", "good.csv", "--dates", "weekly"), "no such rule"),
        (("check", "good.csv", "--summary", "history/x.parquet"), "--history"),
        (("check", "good.csv", "--summary", "good.csv"), "--summary names a file"),
        (("check", "good.csv", "--name", "a/b"), "cannot have this name"),
        (("check", "none.csv"), "none.csv"),
        (("accept", "good.csv", "--by", " ", "--reason", "x"), "who answers"),
        (("check", "good.csv", "--settings", "none.yaml"), "none.yaml"),
    ],
)
def test_wrong_options_are_told(
    arguments: tuple[str, ...], fault: str, run: Run
) -> None:
    code, told = 0, ""
    try:
        code, told = run(*arguments, *HISTORY)
    except (UsageError, Problems) as error:
        code, told = int(error.exit_code), str(error)
    assert code == 2
    assert fault in told


@pytest.mark.parametrize("command", ["check", "explain"])
def test_a_mistyped_history_is_refused(run: Run, command: str) -> None:
    with pytest.raises(UsageError, match="no accepted span") as caught:
        run(command, "good.csv", "--history", "histroy")
    assert caught.value.where == "histroy"
