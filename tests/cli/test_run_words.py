"""What the last line of a run that went well says that it made."""

from __future__ import annotations

import pytest

from tidegate.cli.run import came_of
from tidegate.runners.supervisor import NodeResult, RunResult


def a_result(pushed: str | None = None, **outputs: str) -> RunResult:
    node = NodeResult(node="Last", state="done", seconds=1.0, outputs=outputs)
    return RunResult(
        pipeline="flights",
        run_id="run-1",
        exit_code=0,
        seconds=1.0,
        nodes=(node,),
        pushed=pushed,
        log="run.log",
    )


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (a_result("out/pushed/7", pushed_model="out/x"), "pushed out/pushed/7"),
        (a_result(pushed_model="out/x"), "done, nothing new to push"),
        (a_result(predictions="out/9"), "predictions in out/9"),
        (a_result(statistics="out/s"), "done"),
    ],
)
def test_a_run_says_what_came_of_it(result: RunResult, words: str) -> None:
    assert came_of(result) == words
