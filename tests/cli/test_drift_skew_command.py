"""`tidegate drift skew`: the command as people and scheduled jobs use it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from tidegate.cli.main import app
from tidegate.errors import Problems, TidegateError, UsageError

Run = Callable[..., tuple[int, str]]
TRAINING = ("--training", "training.csv")
LOG = ("skew", "log.csv", "--training-only", "late")


def write_rides(
    path: Path, seed: int, rows: int, *, label: bool = False, factor: float = 1.0
) -> None:
    random = np.random.default_rng(seed)
    miles = factor * random.gamma(3, 2, rows)
    lines = random.choice(["A", "B"], rows)
    late = random.integers(0, 2, rows)
    told = [
        f"{line},{mile:.2f}" + (f",{one}" if label else "")
        for line, mile, one in zip(lines, miles, late, strict=True)
    ]
    head = "line,miles" + (",late" if label else "")
    path.write_text("\n".join([head, *told]) + "\n")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command in a folder with training data and two logs."""
    monkeypatch.chdir(tmp_path)
    write_rides(Path("training.csv"), 0, 4_000, label=True)
    write_rides(Path("log.csv"), 1, 100)
    write_rides(Path("bad.csv"), 1, 100, factor=1.6)

    def invoke(*arguments: str) -> tuple[int, str]:
        done: Any = CliRunner().invoke(
            app, ["drift", *arguments], standalone_mode=False
        )
        if done.exception is not None:
            raise done.exception
        return int(done.return_value or 0), done.stdout

    return invoke


def test_a_log_like_the_training_data_ends_with_0(run: Run) -> None:
    code, output = run(*LOG, *TRAINING)
    assert code == 0
    assert "tests passed" in output


def test_skew_ends_with_1_and_names_the_column(run: Run) -> None:
    code, output = run("skew", "bad.csv", *TRAINING, "--training-only", "late")
    assert code == 1
    assert "miles" in output


def test_a_label_that_the_log_lacks_fails_unless_it_is_named(run: Run) -> None:
    code, output = run("skew", "log.csv", *TRAINING)
    assert code == 1
    assert "--training-only late" in " ".join(output.split())


def test_json_is_the_report_and_nothing_else(run: Run) -> None:
    code, output = run(*LOG, *TRAINING, "--json", "--order", "random")
    told = json.loads(output)
    assert (code, told["kind"], told["verdict"]) == (0, "drift", "open")
    assert told["reference"].endswith("at random, as asked")


def test_the_page_and_its_json_are_written(run: Run) -> None:
    run(*LOG, *TRAINING, "--report", "skew.html")
    assert "<html" in Path("skew.html").read_text()
    assert json.loads(Path("skew.json").read_text())["kind"] == "drift"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "against training data or against a history"),
        ((*TRAINING, "--history", "h"), "against training data or against a history"),
        ((*TRAINING, "--report", "x.txt"), "names a file of another kind"),
        ((*TRAINING, "--order", "time"), "no column of times"),
        (("--history", "nothing"), "no accepted span"),
    ],
)
def test_what_cannot_be_is_refused_with_a_way_out(
    run: Run, arguments: tuple[str, ...], words: str
) -> None:
    with pytest.raises(UsageError, match=words) as raised:
        run(*LOG, *arguments)
    assert raised.value.fix


def test_a_report_never_takes_the_place_of_its_data(run: Run) -> None:
    Path("training.csv").rename("training.html.csv")
    Path("skew.json").write_text("mine")
    with pytest.raises(TidegateError) as raised:
        run("skew", "skew.json", *TRAINING, "--report", "skew.html")
    assert isinstance(raised.value, (Problems, UsageError))
    assert Path("skew.json").read_text() == "mine"
