"""Tests of a run: what is handed on, how it is ordered, how it ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.runners.spec_run.processes import ends

if TYPE_CHECKING:
    from tests.runners.spec_run.conftest import Runner, SpecMaker

PATH = "{{$.outputs.artifacts['data'].path}}"
IN = "{{$.inputs.artifacts['data'].path}}"
TOUCH = ("sh", "-c", 'echo made > "$0"', PATH)


def log_of(run: Any, task: str) -> str:
    """What a task printed."""
    (result,) = [result for result in run.tasks if result.task == task]
    return Path(result.log).read_text()


def states(run: Any) -> dict[str, str]:
    """Task to how it ended."""
    return {result.task: result.state for result in run.tasks}


def test_artifacts_and_parameters_reach_the_next_task(
    maker: SpecMaker, runner: Runner
) -> None:
    maker.task(
        "make",
        "sh",
        "-c",
        'mkdir "$0" && echo hello > "$0/a.txt" && echo 5 > "$1"',
        PATH,
        "{{$.outputs.parameters['n'].output_file}}",
        outputs=("data",),
        values={"n": "NUMBER_INTEGER"},
    )
    maker.task(
        "use",
        *("sh", "-c", 'cat "$0/a.txt"; echo "$1"'),
        *(IN, "n={{$.inputs.parameters['n']}}"),
        parameters={"n": maker.output_of("make", "n")},
        types={"n": "NUMBER_INTEGER"},
        artifacts={"data": "make.data"},
    )
    run = runner(maker)
    assert (run.state, run.exit_code) == ("succeeded", 0)
    assert log_of(run, "use") == "hello\nn=5\n"
    assert run.tasks[0].parameters == {"n": 5}


def test_what_is_written_beside_the_local_copy_is_lost(
    maker: SpecMaker, runner: Runner
) -> None:
    maker.task(
        "make",
        *("sh", "-c", 'mkdir -p "./$0" && echo lost > "./$0/a"'),
        "{{$.outputs.artifacts['data'].uri}}",
        outputs=("data",),
    )
    maker.task(
        "use", "sh", "-c", 'ls "$0" || echo none', IN, artifacts={"data": "make.data"}
    )
    run = runner(maker)
    assert run.state == "succeeded"
    assert log_of(run, "use").endswith("none\n")
    assert run.tasks[0].outputs == {}


def test_a_failed_task_leaves_its_log_and_nothing_else(
    maker: SpecMaker, runner: Runner
) -> None:
    words = ("sh", "-c", 'echo half > "$0"; echo why; exit 1', PATH)
    maker.task("make", *words, outputs=("data",))
    maker.task("use", "cat", IN, artifacts={"data": "make.data"})
    run = runner(maker)
    assert states(run) == {"make": "failed", "use": "not run"}
    assert (run.exit_code, run.failed) == (1, "make")
    assert log_of(run, "make") == "why\n"
    kept = [p.name for p in (runner.output / "store").rglob("*") if p.is_file()]
    assert kept == ["executor-logs-0"]
    assert not (Path(run.folder) / "scratch").exists()


@pytest.mark.parametrize(
    ("code", "ours"), [(1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (77, 3)]
)
def test_the_run_ends_with_the_containers_code_where_it_is_ours(
    maker: SpecMaker, runner: Runner, code: int, ours: int
) -> None:
    maker.task("bad", "sh", "-c", f"exit {code}")
    assert runner(maker).exit_code == ours


def test_other_branches_go_on_after_a_failure(maker: SpecMaker, runner: Runner) -> None:
    maker.task("bad", "false")
    maker.task("a", "sleep", "0.2")
    maker.task("b", "true", dependentTasks=["a"])
    maker.task("c", "true", dependentTasks=["b", "bad"])
    maker.task("d", "true", dependentTasks=["c"])
    run = runner(maker)
    assert states(run) == {
        "bad": "failed",
        "a": "done",
        "b": "done",
        "c": "not run",
        "d": "not run",
    }


def test_independent_tasks_run_side_by_side(
    maker: SpecMaker, runner: Runner, tmp_path: Path
) -> None:
    """Each waits for the other one, however slow the machine is."""
    script = 'touch "$0"; for i in $(seq 600); do test -e "$1" && exit; sleep 0.1; done'
    for name, other in (("a", "b"), ("b", "a")):
        words = (f"{script}; exit 1", str(tmp_path / name), str(tmp_path / other))
        maker.task(name, "sh", "-c", *words)
    assert runner(maker).state == "succeeded"


def test_a_task_without_its_condition_is_skipped_with_all_behind_it(
    maker: SpecMaker, runner: Runner
) -> None:
    maker.task("first", "true")
    maker.task(
        "no",
        "true",
        parameters={"x": "a"},
        dependentTasks=["first"],
        triggerPolicy={"condition": "inputs.parameter_values['x'] == 'b'"},
    )
    maker.task(
        "yes",
        "true",
        parameters={"n": 6},
        triggerPolicy={"condition": "int(inputs.parameter_values['n']) > 5"},
    )
    maker.task("behind", "true", dependentTasks=["no"])
    run = runner(maker)
    assert run.state == "succeeded"
    assert states(run) == {
        "first": "done",
        "no": "skipped",
        "yes": "done",
        "behind": "not run",
    }


def test_a_condition_that_cannot_be_evaluated_fails_the_task(
    maker: SpecMaker, runner: Runner
) -> None:
    maker.task(
        "no", "true", triggerPolicy={"condition": "inputs.parameter_values['z'] == 1"}
    )
    run = runner(maker)
    assert (run.state, run.exit_code) == ("failed", 3)
    assert "no such key" in str(run.tasks[0].error)


@pytest.mark.parametrize(
    ("command", "state"), [("true", "COMPLETE"), ("false", "FAILED")]
)
def test_an_exit_task_learns_how_the_pipeline_ended(
    maker: SpecMaker, runner: Runner, command: str, state: str
) -> None:
    inner = maker.nested("work")
    maker.task("step", command, inside=inner)
    maker.task(
        "tell",
        "echo",
        "{{$.inputs.parameters['status']}}",
        parameters={"status": {"taskFinalStatus": {"producerTask": "work"}}},
        dependentTasks=["work"],
        triggerPolicy={"strategy": "ALL_UPSTREAM_TASKS_COMPLETED"},
    )
    run = runner(maker)
    assert run.state == ("succeeded" if command == "true" else "failed")
    said = json.loads(log_of(run, "tell"))
    assert (said["state"], said["pipelineTaskName"]) == (state, "work")


def test_a_failed_exit_task_does_not_change_how_the_run_ends(
    maker: SpecMaker, runner: Runner
) -> None:
    maker.task("step", "true")
    maker.task(
        "tell",
        "false",
        dependentTasks=["step"],
        triggerPolicy={"strategy": "ALL_UPSTREAM_TASKS_COMPLETED"},
    )
    run = runner(maker)
    assert (run.state, states(run)["tell"]) == ("succeeded", "failed")
    assert run.failed is None


def test_a_pipeline_whose_tasks_all_came_from_the_cache_never_is_complete(
    maker: SpecMaker, runner: Runner
) -> None:
    inner = maker.nested("work")
    maker.task("step", "true", inside=inner, cachingOptions={"enableCache": True})
    maker.task(
        "tell",
        "echo",
        "{{$.inputs.parameters['status']}}",
        parameters={"status": {"taskFinalStatus": {"producerTask": "work"}}},
        dependentTasks=["work"],
        triggerPolicy={"strategy": "ALL_UPSTREAM_TASKS_COMPLETED"},
    )
    assert json.loads(log_of(runner(maker), "tell"))["state"] == "COMPLETE"
    # As in KFP, where launchers alone bring the state of a DAG up to date.
    assert json.loads(log_of(runner(maker), "tell"))["state"] == "RUNNING"


def test_outputs_of_a_nested_pipeline_reach_the_one_around(
    maker: SpecMaker, runner: Runner
) -> None:
    maker.parameter("who", defaultValue="you")
    inner = maker.nested(
        "inner",
        inputs={"parameters": {"name": {"componentInputParameter": "who"}}},
    )
    inner["inputDefinitions"] = {"parameters": {"name": {"parameterType": "STRING"}}}
    maker.task(
        "make",
        *("sh", "-c", 'echo "$0" > "$1"', "{{$.inputs.parameters['x']}}", PATH),
        parameters={"x": {"componentInputParameter": "name"}},
        outputs=("data",),
        inside=inner,
    )
    inner["dag"]["outputs"] = {
        "artifacts": {
            "out": {
                "artifactSelectors": [
                    {"producerSubtask": "make", "outputArtifactKey": "data"}
                ]
            }
        }
    }
    inner["outputDefinitions"] = {"artifacts": {"out": maker.dataset}}
    maker.task("use", "cat", IN, artifacts={"data": "inner.out"})
    run = runner(maker, who="me")
    assert log_of(run, "use") == "me\n"
    assert states(run) == {"inner/make": "done", "use": "done"}


def test_artifacts_lose_their_type_on_the_way(maker: SpecMaker, runner: Runner) -> None:
    maker.task("make", *TOUCH, outputs=("data",))
    maker.task("use", "echo", "{{$}}", artifacts={"data": "make.data"})
    inner = maker.nested(
        "inner",
        inputs={
            "artifacts": {
                "d": {
                    "taskOutputArtifact": {
                        "producerTask": "make",
                        "outputArtifactKey": "data",
                    }
                }
            }
        },
    )
    inner["inputDefinitions"] = {"artifacts": {"d": maker.dataset}}
    maker.task("deep", "echo", "{{$}}", artifacts={"data": "^d"}, inside=inner)
    run = runner(maker)

    def given(task: str) -> Any:
        said = json.loads(log_of(run, task))
        return said["inputs"]["artifacts"]["data"]["artifacts"][0]

    assert given("use")["type"] == {"instanceSchema": ""}
    assert "type" not in given("inner/deep")
    assert given("inner/deep")["name"] == given("use")["name"]


def test_metadata_come_back_as_the_metadata_store_has_them(
    maker: SpecMaker, runner: Runner
) -> None:
    said = {"n": 5, "yes": True, "list": [1, True], "map": {"a": 1}, "text": "x"}
    code = (
        "import json, sys; e = json.loads(sys.argv[1]); "
        "a = e['outputs']['artifacts']['data']['artifacts'][0]; "
        f"a['metadata'] = {said!r}; "
        "json.dump({'artifacts': {'data': {'artifacts': [a]}}}, "
        "open(e['outputs']['outputFile'], 'w'))"
    )
    maker.task("make", "python", "-c", code, "{{$}}", outputs=("data",))
    maker.task("use", "echo", "{{$}}", artifacts={"data": "make.data"})
    said_to_use = json.loads(log_of(runner(maker), "use"))
    metadata = said_to_use["inputs"]["artifacts"]["data"]["artifacts"][0]["metadata"]
    assert metadata == {
        "n": 5,
        "yes": 1,
        "list": {"list": [1, True]},
        "map": {"struct": {"a": 1}},
        "text": "x",
        "display_name": "data",
        "store_session_info": '{"Provider":"minio","Params":{"fromEnv":"true"}}',
    }


def test_a_task_is_retried_with_fresh_copies_and_a_log_each(
    maker: SpecMaker, runner: Runner, tmp_path: Path
) -> None:
    mark = tmp_path / "mark"
    maker.task(
        "flaky",
        "sh",
        "-c",
        f'ls; touch left; test -e {mark} || {{ touch {mark}; exit 4; }}; echo "$0"',
        "{{$}}",
        retryPolicy={
            "maxRetryCount": 2,
            "backoffDuration": "0s",
            "backoffFactor": 2,
            "backoffMaxDuration": "3600s",
        },
    )
    run = runner(maker)
    assert (run.state, run.tasks[0].attempts) == ("succeeded", 2)
    logs = Path(run.folder) / "logs"
    assert (logs / "flaky.txt").read_text() == ""
    said = json.loads((logs / "flaky.1.txt").read_text())
    logged = said["outputs"]["artifacts"]["executor-logs"]["artifacts"][0]["uri"]
    assert logged.endswith("executor-logs-1")


def test_retries_end_with_the_last_exit_code(maker: SpecMaker, runner: Runner) -> None:
    maker.task(
        "bad",
        *("sh", "-c", "exit 4"),
        retryPolicy={"maxRetryCount": 2, "backoffMaxDuration": "3600s"},
    )
    run = runner(maker)
    assert (run.exit_code, run.tasks[0].attempts) == (4, 3)


def test_an_importer_gives_what_is_in_the_store(
    maker: SpecMaker, runner: Runner
) -> None:
    file = runner.output / "store" / "s3" / "bucket" / "in" / "a.csv"
    file.parent.mkdir(parents=True)
    file.write_text("1,2\n")
    maker.components["comp-get"] = {
        "executorLabel": "exec-get",
        "outputDefinitions": {"artifacts": {"artifact": maker.dataset}},
    }
    maker.executors["exec-get"] = {
        "importer": {
            "artifactUri": {"constant": "s3://bucket/in"},
            "typeSchema": {"schemaTitle": "system.Dataset"},
            "metadata": {"span": 9},
        }
    }
    maker.root["dag"]["tasks"]["get"] = {
        "componentRef": {"name": "comp-get"},
        "taskInfo": {"name": "get"},
    }
    words = ("sh", "-c", 'cat "$0/a.csv"; echo "$1"', IN, "{{$}}")
    maker.task(
        "use",
        *words,
        artifacts={"data": "get.artifact"},
        cachingOptions={"enableCache": True},
    )
    run = runner(maker)
    text, said = log_of(run, "use").splitlines()
    assert text == "1,2"
    artifact = json.loads(said)["inputs"]["artifacts"]["data"]["artifacts"][0]
    assert artifact["metadata"]["span"] == 9
    # An artifact that was imported before is the same one.
    assert states(runner(maker))["use"] == "cached"


def test_children_of_a_container_end_with_it(
    maker: SpecMaker, runner: Runner, tmp_path: Path
) -> None:
    mark = tmp_path / "child"
    maker.task("leaves", "sh", "-c", f"sleep 600 & echo $! > {mark}; exit 0")
    assert runner(maker).state == "succeeded"
    assert ends(int(mark.read_text()))
