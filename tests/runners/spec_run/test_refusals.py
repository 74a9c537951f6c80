"""Tests of what is refused, with KFP's reason, before anything runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tidegate.errors import ExitCode, Problems, TidegateError, UsageError
from tidegate.runners.spec_run.refusals import refusals
from tidegate.runners.spec_run.spec_file import read_spec

if TYPE_CHECKING:
    from tests.runners.spec_run.conftest import Runner, SpecMaker

Change = Callable[["SpecMaker"], Any]


def resolver(maker: SpecMaker) -> None:
    maker.executors["exec-a"] = {"resolver": {"outputArtifactQueries": {}}}


def custom_job(maker: SpecMaker) -> None:
    maker.executors["exec-a"] = {"customJob": {"customJob": {}}}


def hook(maker: SpecMaker) -> None:
    container = maker.executors["exec-a"]["container"]
    container["lifecycle"] = {"preCacheCheck": {"command": ["python"]}}


def word(text: str) -> Change:
    def change(maker: SpecMaker) -> None:
        maker.executors["exec-a"]["container"]["args"] = [text]

    return change


def of_task(**fields: Any) -> Change:
    def change(maker: SpecMaker) -> None:
        maker.root["dag"]["tasks"]["a"].update(fields)

    return change


def given(**parameters: Any) -> Change:
    """The task gets inputs from these sources; each parameter is an INTEGER."""

    def change(maker: SpecMaker) -> None:
        maker.root["dag"]["tasks"]["a"]["inputs"] = {"parameters": parameters}
        maker.components["comp-a"]["inputDefinitions"] = {
            "parameters": {k: {"parameterType": "NUMBER_INTEGER"} for k in parameters}
        }

    return change


def needed(**declared: Any) -> Change:
    def change(maker: SpecMaker) -> None:
        maker.components["comp-a"]["inputDefinitions"] = {"parameters": declared}

    return change


def circle(maker: SpecMaker) -> None:
    maker.task("b", "true", dependentTasks=["a"])
    maker.root["dag"]["tasks"]["a"]["dependentTasks"] = ["b"]


def environment(maker: SpecMaker) -> None:
    maker.executors["exec-a"]["container"]["env"] = [{"name": "A", "value": "{{$}}"}]


def secret(maker: SpecMaker) -> None:
    maker.platform = kubernetes(
        secretAsEnv=[
            {
                "secretName": "hook",
                "keyToEnv": [{"secretKey": "url", "envVar": "TIDEGATE_NO_SUCH"}],
            }
        ]
    )


def volume(maker: SpecMaker) -> None:
    maker.platform = kubernetes(
        pvcMount=[{"mountPath": "/no/such/folder", "constant": "claim"}]
    )


def kubernetes(**config: Any) -> dict[str, Any]:
    executors = {"exec-a": config}
    return {"platforms": {"kubernetes": {"deploymentSpec": {"executors": executors}}}}


def root_elsewhere(maker: SpecMaker) -> None:
    maker.extra["defaultPipelineRoot"] = "file:///tmp/x"


CASES: list[tuple[Change, str]] = [
    (resolver, "non-container and non-importer executor not implemented"),
    (custom_job, "non-container and non-importer executor not implemented"),
    (hook, "lifecycle.preCacheCheck"),
    (circle, "the tasks wait for each other in a circle: a, b"),
    (environment, "unknown placeholder in the variable A"),
    (
        secret,
        "the variable TIDEGATE_NO_SUCH, from the secret hook, key url, is not here",
    ),
    (volume, "pvcMount mounts /no/such/folder, where there is no folder here"),
    (root_elsewhere, "unsupported storage scheme"),
    (word("{{$.pipeline_job_name}}"), "unknown placeholder {{$.pipeline_job_name}}"),
    (word("{{$.json_escape[1]}}"), "unknown placeholder {{$.json_escape[1]}}"),
    (
        word("x{{$.inputs.parameters['n']}}"),
        "unknown placeholder {{$.inputs.parameters",
    ),
    (
        word("{{$.outputs.output_file}}"),
        "unknown placeholder {{$.outputs.output_file}}",
    ),
    (word('{"Concat": ["a", "b"]}'), "Concat placeholders are not resolved"),
    (word('{"IfPresent": {"InputName": "x", "Then": [1]}}'), "non-string item in IfPr"),
    (
        word("x{{inputs.parameters.q}}"),
        "Argo Workflows, under KFP, fills in {{inputs.parameters.q}}",
    ),
    (word("{{=1 + 1}} rows"), "Argo Workflows, under KFP, fills in {{=1 + 1}}"),
    (of_task(componentRef={"name": "zz"}), 'cannot find component ref name="zz"'),
    (of_task(componentRef={}), "component ref name is empty"),
    (of_task(dependentTasks=["zz"]), 'unknown producer task "zz" in DAG'),
    (
        of_task(artifactIterator={"items": {"inputArtifact": "x"}, "itemInput": "y"}),
        "artifact iterator not implemented yet",
    ),
    (
        of_task(triggerPolicy={"condition": "a =="}),
        "the condition is no CEL expression",
    ),
    (
        of_task(retryPolicy={"maxRetryCount": 1}),
        "it would never be retried: without backoffMaxDuration",
    ),
    (
        of_task(
            retryPolicy={
                "maxRetryCount": 1,
                "backoffFactor": 1.5,
                "backoffMaxDuration": "9s",
            }
        ),
        "Argo takes whole numbers only as the factor",
    ),
    (
        of_task(triggerPolicy={"strategy": "ALL_UPSTREAM_TASKS_COMPLETED"}),
        "an exit task watches over one task",
    ),
    (
        given(n={"runtimeValue": {"constant": "text"}}),
        "type mismatch: expect NUMBER_INTEGER, got string",
    ),
    (
        given(n={"componentInputParameter": "zz"}),
        "parent DAG does not have input parameter zz",
    ),
    (
        given(n={"runtimeValue": {"runtimeParameter": "zz"}}),
        "param runtime value spec of this type not implemented",
    ),
    (
        given(n={"runtimeValue": {"constant": "{{$.workspace_path}}/a"}}),
        "it needs the pipeline's workspace",
    ),
    (
        given(n={"runtimeValue": {"constant": "run {{$.pipeline_job_name}}"}}),
        "unknown placeholder {{$.pipeline_job_name}}",
    ),
    (given(n={"taskFinalStatus": {}}), "the task has no dependent tasks"),
    (
        needed(n={"parameterType": "STRING"}),
        'neither value nor default value provided for non-optional parameter "n"',
    ),
    (
        needed(n={"parameterType": "STRING", "defaultValue": "x"}),
        "KFP's driver takes no default of a parameter that is not optional",
    ),
]


@pytest.mark.parametrize(("change", "reason"), CASES, ids=[r for _, r in CASES])
def test_what_kfp_refuses_is_refused_with_its_reason(
    maker: SpecMaker, change: Change, reason: str
) -> None:
    maker.task("a", "true")
    assert refusals(maker.read(), {}, {}) == []
    change(maker)
    found = refusals(maker.read(), {}, {})
    assert any(reason in error.message for error in found), [str(e) for e in found]
    assert all(error.fix for error in found)


def test_a_variable_that_all_tasks_need_is_asked_for_once(maker: SpecMaker) -> None:
    for name in ("a", "b"):
        maker.task(name, "true")
    secret(maker)
    assert maker.platform is not None
    executors = maker.platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    executors["exec-b"] = executors["exec-a"]
    (error,) = refusals(maker.read(), {}, {})
    assert "TIDEGATE_NO_SUCH" in error.message
    assert refusals(maker.read(), {}, {"TIDEGATE_NO_SUCH": "x"}) == []


def test_everything_is_refused_at_once_and_nothing_runs(
    maker: SpecMaker, runner: Runner
) -> None:
    maker.task("a", "true")
    maker.task("b", "sh", "-c", "{{$.nobody}}")
    resolver(maker)
    maker.parameter("n", "NUMBER_INTEGER")
    with pytest.raises(Problems) as caught:
        runner(maker, extra=1)
    messages = [error.message for error in caught.value.errors]
    assert len(messages) == 4
    assert caught.value.exit_code == ExitCode.USAGE
    assert not runner.output.exists()


@pytest.mark.parametrize(
    ("declared", "value", "reason"),
    [
        ({"parameterType": "STRING"}, 5, "requires type string"),
        ({"parameterType": "NUMBER_INTEGER"}, "5", "requires type number"),
        ({"parameterType": "BOOLEAN"}, 1, "requires type bool"),
        ({"parameterType": "LIST"}, {}, "requires type list"),
        ({"parameterType": "STRUCT"}, [], "requires type struct"),
        ({}, "x", "has unspecified type"),
        ({"parameterType": "TASK_FINAL_STATUS"}, {}, "invalid for root component"),
    ],
)
def test_a_parameter_of_another_type_is_refused(
    maker: SpecMaker, declared: dict[str, Any], value: Any, reason: str
) -> None:
    maker.task("a", "true")
    maker.root["inputDefinitions"] = {"parameters": {"p": declared}}
    (error,) = refusals(maker.read(), {"p": value}, {})
    assert reason in error.message


def test_a_null_is_refused_where_a_task_needs_a_value(maker: SpecMaker) -> None:
    maker.parameter("p", isOptional=True)
    source = {"componentInputParameter": "p"}
    maker.task("a", "true", parameters={"x": source})
    (error,) = refusals(maker.read(), {}, {})
    assert error.message == "the resolved input parameter is null: p"
    assert refusals(maker.read(), {"p": "x"}, {}) == []


def test_a_null_is_not_handed_into_a_nested_pipeline(maker: SpecMaker) -> None:
    maker.parameter("p", isOptional=True)
    inner = maker.nested(
        "inner", inputs={"parameters": {"q": {"componentInputParameter": "p"}}}
    )
    declared = {"q": {"parameterType": "STRING", "isOptional": True}}
    inner["inputDefinitions"] = {"parameters": declared}
    optional = {"x": {"parameterType": "STRING", "isOptional": True}}
    source = {"componentInputParameter": "q"}
    maker.task("a", "true", parameters={"x": source}, types=optional, inside=inner)
    (error,) = refusals(maker.read(), {}, {})
    assert error.message == "parent DAG does not have input parameter q"
    assert refusals(maker.read(), {"p": "x"}, {}) == []


def test_a_component_that_is_a_part_of_itself_is_refused(maker: SpecMaker) -> None:
    inner = maker.nested("inner")
    inner["dag"]["tasks"]["again"] = {"componentRef": {"name": "comp-inner"}}
    found = refusals(maker.read(), {}, {})
    assert [e.message for e in found] == ['component "comp-inner" is a part of itself']


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no pipeline spec is provided"),
        ("a: [", "unable to decode the document"),
        ("- 1", "a document of the file is not a mapping"),
        ("pipelineInfo: {name: a}\npipelineInfo: {}", "unable to decode the document"),
        ("pipelineInfo: {name: a}\nwhat: 1", "not a PipelineSpec"),
        (
            "pipelineInfo: {name: a}\nschemaVersion: 2.0.0",
            "KFP only supports schema version 2.1.0, but the pipeline spec has version",
        ),
        ("pipelineInfo: {}\nschemaVersion: 2.1.0", "name is empty"),
        ("pipelineInfo: {name: ../x}\nschemaVersion: 2.1.0", "name should consist of"),
        ("pipelineInfo: {name: a}\nschemaVersion: 2.1.0", "root component is empty"),
        (
            "pipelineInfo: {name: a}\n---\npipelineInfo: {name: b}",
            "multiple pipeline s",
        ),
        ("pipelineInfo: {name: 2013-01-01}\nschemaVersion: 2.1.0", "root component is"),
    ],
)
def test_a_file_that_is_no_compiled_spec_is_refused(
    tmp_path: Path, text: str, reason: str
) -> None:
    file = tmp_path / "spec.yaml"
    file.write_text(text)
    with pytest.raises(UsageError) as caught:
        read_spec(file)
    assert reason in caught.value.message
    assert str(file) in str(caught.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TidegateError) as caught:
        read_spec(tmp_path / "none.yaml")
    assert caught.value.got == "No such file or directory"


def test_a_task_does_not_wait_for_an_exit_task(maker: SpecMaker) -> None:
    maker.task("a", "true")
    strategy = {"strategy": "ALL_UPSTREAM_TASKS_COMPLETED"}
    maker.task("exit", "true", dependentTasks=["a"], triggerPolicy=strategy)
    assert refusals(maker.read(), {}, {}) == []
    maker.task("b", "true", dependentTasks=["exit"])
    (error,) = refusals(maker.read(), {}, {})
    assert error.message == "it waits for exit, which is an exit task"


def test_an_exit_task_of_a_loop_is_refused(maker: SpecMaker) -> None:
    iterator = {"itemInput": "item", "items": {"raw": "[1]"}}
    inner = maker.nested("loop", parameterIterator=iterator)
    maker.task("a", "true", inside=inner)
    strategy = {"strategy": "ALL_UPSTREAM_TASKS_COMPLETED"}
    maker.task("exit", "true", dependentTasks=["loop"], triggerPolicy=strategy)
    (error,) = refusals(maker.read(), {}, {})
    assert "KFP never runs an exit task of a loop" in error.message


def test_a_pipeline_of_exit_tasks_alone_is_refused(maker: SpecMaker) -> None:
    strategy = {"strategy": "ALL_UPSTREAM_TASKS_COMPLETED"}
    maker.task("exit", "true", triggerPolicy=strategy)
    messages = [error.message for error in refusals(maker.read(), {}, {})]
    assert "DAG root must contain one or more non-exit tasks" in messages
