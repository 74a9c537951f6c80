"""Tests of loops: what each iteration gets, and what is collected of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tidegate.runners.spec_run.refusals import refusals

if TYPE_CHECKING:
    from tests.runners.spec_run.conftest import Runner, SpecMaker

ITEM = {"parameterType": "NUMBER_INTEGER"}


def loop(maker: SpecMaker, items: Any, **task: Any) -> dict[str, Any]:
    """A loop whose iterations double a number; it collects the results as `all`."""
    inner = maker.nested(
        "loop",
        parameterIterator={"itemInput": "item", "items": items},
        **task,
    )
    inner["inputDefinitions"] = {"parameters": {"item": ITEM}}
    maker.task(
        "double",
        *("sh", "-c", 'echo $(($0 * 2)) > "$1"', "{{$.inputs.parameters['n']}}"),
        "{{$.outputs.parameters['out'].output_file}}",
        parameters={"n": {"componentInputParameter": "item"}},
        types={"n": "NUMBER_INTEGER"},
        values={"out": "NUMBER_INTEGER"},
        inside=inner,
    )
    selector = {"producerSubtask": "double", "outputParameterKey": "out"}
    inner["dag"]["outputs"] = {"parameters": {"all": {"valueFromParameter": selector}}}
    inner["outputDefinitions"] = {"parameters": {"all": ITEM}}
    return inner


def use(maker: SpecMaker) -> None:
    maker.task(
        "use",
        *("echo", "{{$.inputs.parameters['all']}}"),
        parameters={"all": maker.output_of("loop", "all")},
        types={"all": "LIST"},
    )


def test_iterations_are_collected_in_order(maker: SpecMaker, runner: Runner) -> None:
    loop(maker, {"raw": "[1, 2, 3]"})
    use(maker)
    run = runner(maker)
    assert run.state == "succeeded"
    tasks = {task.task: task for task in run.tasks}
    assert set(tasks) == {"loop", "use", *(f"loop/{i}/double" for i in range(3))}
    assert json.loads(Path(str(tasks["use"].log)).read_text()) == [2, 4, 6]


def test_items_may_come_from_a_parameter(maker: SpecMaker, runner: Runner) -> None:
    maker.parameter("numbers", "LIST")
    inner = loop(
        maker,
        {"inputParameter": "given"},
        inputs={"parameters": {"given": {"componentInputParameter": "numbers"}}},
        iteratorPolicy={"parallelismLimit": 1},
    )
    inner["inputDefinitions"]["parameters"]["given"] = {"parameterType": "LIST"}
    use(maker)
    run = runner(maker, numbers=[5, 7])
    tasks = {task.task: task for task in run.tasks}
    assert json.loads(Path(str(tasks["use"].log)).read_text()) == [10, 14]


def test_a_loop_over_nothing_is_done_at_once(maker: SpecMaker, runner: Runner) -> None:
    loop(maker, {"raw": "[]"})
    use(maker)
    run = runner(maker)
    assert {task.task: task.state for task in run.tasks} == {
        "loop": "done",
        "use": "done",
    }


def test_one_failed_iteration_fails_the_loop(maker: SpecMaker, runner: Runner) -> None:
    loop(maker, {"raw": "[1, 2]"})
    maker.executors["exec-double"]["container"]["command"][2] = 'test "$0" = 1'
    del maker.components["comp-loop"]["dag"]["outputs"]
    maker.components["comp-double"]["outputDefinitions"] = {}
    maker.executors["exec-double"]["container"]["command"].pop()
    maker.task("after", "true", dependentTasks=["loop"])
    run = runner(maker)
    assert {task.task: task.state for task in run.tasks} == {
        "loop/0/double": "done",
        "loop/1/double": "failed",
        "loop": "failed",
        "after": "not run",
    }
    assert run.failed == "loop/1/double"


@pytest.mark.parametrize(
    ("items", "reason"),
    [
        ({}, "cannot find parameter iterator"),
        ({"raw": "{}"}, "the items are no JSON list"),
        ({"inputParameter": "zz"}, "cannot find input parameter"),
    ],
)
def test_a_loop_without_items_is_refused(
    maker: SpecMaker, items: dict[str, str], reason: str
) -> None:
    loop(maker, items)
    found = refusals(maker.read(), {}, {})
    assert [reason in error.message for error in found] == [True]
