"""Tests of specs that kfp's own compiler makes."""

# No postponed annotations: kfp reads those of components as objects.

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tidegate.runners.spec_run.spec_file import read_spec

if TYPE_CHECKING:
    from tests.runners.spec_run.conftest import Runner


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pipeline with a loop, a condition, an exit handler and a nested pipeline."""
    from kfp import compiler, dsl

    def double(number: int, out: dsl.OutputPath(int)) -> dsl.ContainerSpec:  # type: ignore[valid-type]
        return dsl.ContainerSpec(
            image="busybox:1",
            command=["sh", "-c", 'mkdir -p "$(dirname "$1")"; echo $(($0 * 2)) > "$1"'],
            args=[number, out],
        )

    def total(numbers: list, out: dsl.Output[dsl.Dataset]) -> dsl.ContainerSpec:  # type: ignore[type-arg]
        return dsl.ContainerSpec(
            image="busybox:1",
            command=["sh", "-c", 'echo "$0" > "$1"'],
            args=[numbers, out.path],
        )

    def say(text: str) -> dsl.ContainerSpec:
        return dsl.ContainerSpec(image="busybox:1", command=["echo"], args=[text])

    def show(data: dsl.Input[dsl.Dataset]) -> dsl.ContainerSpec:
        return dsl.ContainerSpec(image="busybox:1", command=["cat"], args=[data.path])

    make = {f.__name__: dsl.container_component(f) for f in (double, total, say, show)}

    @dsl.pipeline(name="inner")
    def inner(numbers: list) -> dsl.Dataset:  # type: ignore[type-arg]
        summed = make["total"](numbers=numbers)
        return summed.outputs["out"]

    @dsl.pipeline(name="sdk-demo")
    def pipeline(who: str = "you", loud: bool = False) -> None:
        farewell = make["say"](text=f"bye {who}")
        with dsl.ExitHandler(farewell, name="guarded"):
            with dsl.ParallelFor([1, 2, 3]) as item:
                doubled = make["double"](number=item)
            nested = inner(numbers=dsl.Collected(doubled.outputs["out"]))
            make["show"](data=nested.output)
            with dsl.If(loud == True):  # noqa: E712
                make["say"](text="HELLO")
            with dsl.If(who == "you"):
                make["say"](text="hello you").set_retry(2)

    file = tmp_path_factory.mktemp("sdk") / "spec.yaml"
    compiler.Compiler().compile(pipeline, str(file))
    return file


def states(run: Any) -> dict[str, str]:
    return {task.task: task.state for task in run.tasks}


def log_of(run: Any, task: str) -> str:
    (result,) = [result for result in run.tasks if result.task == task]
    return Path(result.log).read_text()


def test_a_pipeline_of_the_sdk_runs_as_it_is_compiled(
    compiled: Path, runner: "Runner"
) -> None:
    run = runner(read_spec(compiled), cache=False)
    assert run.state == "succeeded", run
    found = states(run)
    assert found["exit-handler-1/condition-4/say-2"] == "skipped"
    assert "exit-handler-1/condition-4" not in found
    assert found["exit-handler-1/condition-5/say-3"] == "done"
    assert json.loads(log_of(run, "exit-handler-1/show")) == [2, 4, 6]
    assert log_of(run, "say") == "bye you\n"


def test_conditions_follow_the_parameters(compiled: Path, runner: "Runner") -> None:
    run = runner(read_spec(compiled), cache=False, who="me", loud=True)
    found = states(run)
    assert found["exit-handler-1/condition-4/say-2"] == "done"
    assert found["exit-handler-1/condition-5/say-3"] == "skipped"
    assert log_of(run, "say") == "bye me\n"
