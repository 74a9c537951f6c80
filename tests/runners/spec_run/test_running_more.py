"""Tests of a run at its edges: choices, caches, other forms of a spec."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tidegate.errors import Problems, UsageError
from tidegate.runners.spec_run.refusals import refusals
from tidegate.runners.spec_run.spec_file import read_spec

if TYPE_CHECKING:
    from tests.runners.spec_run.conftest import Runner, SpecMaker

PATH = "{{$.outputs.artifacts['data'].path}}"
IN = "{{$.inputs.artifacts['data'].path}}"
CACHED = {"enableCache": True}


def log_of(run: Any, task: str) -> str:
    (result,) = [result for result in run.tasks if result.task == task]
    return Path(result.log).read_text()


def states(run: Any) -> dict[str, str]:
    return {result.task: result.state for result in run.tasks}


def branch(maker: SpecMaker, inner: dict[str, Any], name: str, text: str) -> None:
    """A task of `inner` that runs where its parameter is its own name."""
    maker.task(
        name,
        *("sh", "-c", f'echo {text} > "$0"', PATH),
        parameters={"which": {"componentInputParameter": "which"}},
        outputs=("data",),
        inside=inner,
        triggerPolicy={"condition": f"inputs.parameter_values['which'] == '{name}'"},
    )


def test_one_of_takes_the_branch_that_ran(maker: SpecMaker, runner: Runner) -> None:
    maker.parameter("which", defaultValue="b")
    source = {"componentInputParameter": "which"}
    inner = maker.nested("branches", inputs={"parameters": {"which": source}})
    declared = {"which": {"parameterType": "STRING"}}
    inner["inputDefinitions"] = {"parameters": declared}
    for name in ("a", "b"):
        branch(maker, inner, name, f"of-{name}")
    selectors = [{"producerSubtask": n, "outputArtifactKey": "data"} for n in "ab"]
    inner["dag"]["outputs"] = {"artifacts": {"out": {"artifactSelectors": selectors}}}
    inner["outputDefinitions"] = {"artifacts": {"out": maker.dataset}}
    maker.task("use", "cat", IN, artifacts={"data": "branches.out"})
    assert log_of(runner(maker), "use") == "of-b\n"
    assert log_of(runner(maker, which="a"), "use") == "of-a\n"
    neither = runner(maker, which="c")
    assert "No successful task found for output key" in str(neither.tasks[-1].error)


def test_defaults_reach_the_container_but_not_its_command(
    maker: SpecMaker, runner: Runner
) -> None:
    optional = {"parameterType": "STRING", "defaultValue": "x", "isOptional": True}
    maker.task("a", "echo", "{{$}}", types={"p": optional})
    said = json.loads(log_of(runner(maker), "a"))
    assert said["inputs"]["parameterValues"] == {"p": "x"}
    maker.task("a", "echo", "{{$.inputs.parameters['p']}}", types={"p": optional})
    (error,) = refusals(maker.read(), {}, {})
    assert 'parameter "p" not found in executor input' in error.message


def test_numbers_become_text_where_a_component_wants_text(
    maker: SpecMaker, runner: Runner
) -> None:
    maker.parameter("n", "NUMBER_DOUBLE", defaultValue=2.0)
    source = {"componentInputParameter": "n"}
    maker.task("a", "echo", "{{$}}", parameters={"n": source}, types={"n": "STRING"})
    said = json.loads(log_of(runner(maker), "a"))
    assert said["inputs"]["parameterValues"] == {"n": "2"}


def test_the_run_has_names(maker: SpecMaker, runner: Runner) -> None:
    names = ("pipeline_job_name", "pipeline_job_uuid", "pipeline_task_name")
    constants = {name: f"{{{{$.{name}}}}}" for name in names}
    maker.task("a", "echo", "{{$}}", parameters=constants)
    run = runner(maker)
    said = json.loads(log_of(run, "a"))["inputs"]["parameterValues"]
    assert said["pipeline_job_name"].startswith("demo ")
    assert said["pipeline_job_uuid"] == run.run_id
    assert said["pipeline_task_name"] == "a"


def test_tasks_that_look_alike_keep_their_own_names(
    maker: SpecMaker, runner: Runner
) -> None:
    constant = {"name": "{{$.pipeline_task_name}}"}
    made = maker.task(
        "a", "echo", "{{$.inputs.parameters['name']}}", parameters=constant
    )
    maker.root["dag"]["tasks"]["b"] = made
    run = runner(maker)
    assert (log_of(run, "a"), log_of(run, "b")) == ("a\n", "b\n")


def test_variables_are_those_of_the_spec_and_of_the_pod(
    maker: SpecMaker, runner: Runner
) -> None:
    maker.task(
        "a",
        *("sh", "-c", 'echo "$A|$B|$0|$TIDEGATE_PROJECT"', "$(A)"),
        env={"A": "x", "B": "$(A)y"},
    )
    assert log_of(runner(maker), "a") == f"x|xy|x|{runner.output.parent}\n"


def test_a_task_is_not_told_of_an_image_that_it_does_not_run_in(
    maker: SpecMaker, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIDEGATE_IMAGE", "of this environment")
    words = ("sh", "-c", 'echo "$TIDEGATE_IMAGE"')
    maker.task("a", *words, env={"TIDEGATE_IMAGE": "none:1"})
    maker.task("b", *words, env={"TIDEGATE_IMAGE": "said otherwise"})
    run = runner(maker)
    assert log_of(run, "a") == "of this environment\n"
    assert log_of(run, "b") == "said otherwise\n"


def test_a_secret_comes_from_a_variable_of_the_same_name(
    maker: SpecMaker, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    maker.task("a", "sh", "-c", 'echo "$HOOK"')
    secret = {
        "secretName": "s",
        "keyToEnv": [{"secretKey": "k", "envVar": "HOOK"}],
        "optional": True,
    }
    config = {"secretAsEnv": [secret], "nodeSelector": {"labels": {"a": "b"}}}
    maker.platform = {
        "platforms": {
            "kubernetes": {"deploymentSpec": {"executors": {"exec-a": config}}}
        }
    }
    monkeypatch.delenv("HOOK", raising=False)
    assert log_of(runner(maker), "a") == "\n"
    secret["optional"] = False
    with pytest.raises(UsageError, match="the variable HOOK, from the secret s"):
        runner(maker)
    monkeypatch.setenv("HOOK", "told")
    run = runner(maker)
    assert log_of(run, "a") == "told\n"
    assert "told" not in run.model_dump_json()
    assert any("nodeSelector" in note for note in run.notes)


def test_a_deadline_ends_a_container(maker: SpecMaker, runner: Runner) -> None:
    maker.task("a", "sleep", "30")
    config = {"activeDeadlineSeconds": 1}
    maker.platform = {
        "platforms": {
            "kubernetes": {"deploymentSpec": {"executors": {"exec-a": config}}}
        }
    }
    run = runner(maker)
    assert run.exit_code == 3
    assert "activeDeadlineSeconds" in log_of(run, "a")


def test_results_are_found_again_until_something_changes(
    maker: SpecMaker, runner: Runner
) -> None:
    maker.task("a", "sh", "-c", 'date +%N > "$0"', PATH, outputs=("data",))
    maker.task("b", "cat", IN, artifacts={"data": "a.data"}, cachingOptions=CACHED)
    maker.root["dag"]["tasks"]["a"]["cachingOptions"] = CACHED
    assert states(runner(maker)) == {"a": "done", "b": "done"}
    assert states(runner(maker)) == {"a": "cached", "b": "cached"}
    assert states(runner(maker, cache=False)) == {"a": "done", "b": "done"}
    maker.executors["exec-a"]["container"]["image"] = "none:2"
    # What made the artifact is another, so what reads it runs again, too.
    assert states(runner(maker)) == {"a": "done", "b": "done"}


def test_a_task_that_does_not_want_it_is_not_cached(
    maker: SpecMaker, runner: Runner
) -> None:
    maker.task("a", "true")
    runner(maker)
    assert states(runner(maker)) == {"a": "done"}


def test_a_failed_task_is_not_cached(
    maker: SpecMaker, runner: Runner, tmp_path: Path
) -> None:
    maker.task("a", "test", "-e", f"{tmp_path}/mark", cachingOptions=CACHED)
    assert states(runner(maker)) == {"a": "failed"}
    (tmp_path / "mark").touch()
    assert states(runner(maker)) == {"a": "done"}


def test_an_emptied_store_makes_tasks_run_again(
    maker: SpecMaker, runner: Runner
) -> None:
    maker.task("a", "true", cachingOptions=CACHED)
    runner(maker)
    shutil.rmtree(runner.output / "store")
    assert states(runner(maker)) == {"a": "done"}
    assert states(runner(maker)) == {"a": "cached"}


def test_a_pipeline_job_has_its_own_parameters_and_root(
    maker: SpecMaker, runner: Runner, tmp_path: Path
) -> None:
    maker.parameter("who")
    source = {"componentInputParameter": "who"}
    words = ("echo", "{{$}}")
    maker.task("a", *words, parameters={"who": source}, outputs=("data",))
    job = {
        "displayName": "nightly",
        "pipelineSpec": maker.document(),
        "runtimeConfig": {
            "gcsOutputDirectory": "gs://bucket/root/",
            "parameterValues": {"who": "me"},
        },
    }
    file = tmp_path / "job.json"
    file.write_text(json.dumps(job))
    spec = read_spec(file)
    run = runner(spec, **spec.given)
    said = json.loads(log_of(run, "a"))
    assert said["inputs"]["parameterValues"] == {"who": "me"}
    uri = said["outputs"]["artifacts"]["data"]["artifacts"][0]["uri"]
    assert uri.startswith(f"gs://bucket/root/demo/{run.run_id}/a/")
    assert "/gcs/bucket/root/demo/" in said["outputs"]["outputFile"]
    assert spec.display_name == "nightly"


def says(artifact: dict[str, Any]) -> str:
    """A script that changes what KFP knows of its output."""
    return (
        "import json, sys; e = json.loads(sys.argv[1]); "
        "a = e['outputs']['artifacts']['data']['artifacts'][0]; "
        f"a.update({artifact!r}); "
        "json.dump({'artifacts': {'data': {'artifacts': [a]}}}, "
        "open(e['outputs']['outputFile'], 'w'))"
    )


def test_an_output_outside_the_run_is_refused(maker: SpecMaker, runner: Runner) -> None:
    code = says({"uri": "minio://mlpipeline/other"})
    maker.task("a", "python3", "-c", code, "{{$}}", outputs=("data",))
    run = runner(maker)
    assert "does not have expected bucket prefix" in str(run.tasks[0].error)


def test_an_output_may_be_at_a_path_of_its_own(
    maker: SpecMaker, runner: Runner, tmp_path: Path
) -> None:
    (tmp_path / "mine").write_text("here\n")
    code = says({"customPath": str(tmp_path / "mine")})
    maker.task("a", "python3", "-c", code, "{{$}}", outputs=("data",))
    maker.task("b", "cat", IN, artifacts={"data": "a.data"})
    assert log_of(runner(maker), "b") == "here\n"


@pytest.mark.parametrize("text", ["{", "[]", '{"artifacts": {"data": 1}}', '{"x": 1}'])
def test_what_is_no_executor_output_fails_the_task(
    maker: SpecMaker, runner: Runner, text: str
) -> None:
    code = "import json, sys; p = json.loads(sys.argv[1])['outputs']['outputFile']; "
    code += f"open(p, 'w').write({text!r})"
    maker.task("a", "python3", "-c", code, "{{$}}")
    run = runner(maker)
    assert "failed to unmarshall ExecutorOutput" in str(run.tasks[0].error)


def test_an_output_parameter_that_was_not_written_fails_the_task(
    maker: SpecMaker, runner: Runner
) -> None:
    maker.task("a", "true", values={"n": "NUMBER_INTEGER"})
    run = runner(maker)
    assert 'failed to read output parameter name="n"' in str(run.tasks[0].error)


def test_the_executor_output_goes_before_the_parameters_file(
    maker: SpecMaker, runner: Runner
) -> None:
    code = (
        "import json, sys; o = json.loads(sys.argv[1])['outputs']; "
        "open(o['parameters']['n']['outputFile'], 'w').write('1'); "
        "json.dump({'parameterValues': {'n': 2}}, open(o['outputFile'], 'w'))"
    )
    maker.task("a", "python", "-c", code, "{{$}}", values={"n": "NUMBER_INTEGER"})
    assert runner(maker).tasks[0].parameters == {"n": 2}


def test_a_program_that_is_not_there_fails_readably(
    maker: SpecMaker, runner: Runner
) -> None:
    maker.task("a", "no-such-program")
    run = runner(maker)
    assert (run.exit_code, run.tasks[0].exit_code) == (3, 127)
    assert "no-such-program: not found" in log_of(run, "a")


def test_tasks_of_a_nested_pipeline_are_retried_as_it_says(
    maker: SpecMaker, runner: Runner
) -> None:
    policy = {"maxRetryCount": 1, "backoffMaxDuration": "3600s"}
    inner = maker.nested("inner", retryPolicy=policy)
    maker.task("bad", "false", inside=inner)
    assert runner(maker).tasks[0].attempts == 2


def test_no_retry_is_begun_that_would_be_too_late(
    maker: SpecMaker, runner: Runner
) -> None:
    policy = {
        "maxRetryCount": 3,
        "backoffDuration": "60s",
        "backoffMaxDuration": "30s",
    }
    maker.task("bad", "false", retryPolicy=policy)
    assert runner(maker).tasks[0].attempts == 1


def test_an_importer_does_not_wait(maker: SpecMaker, runner: Runner) -> None:
    maker.components["comp-get"] = {
        "executorLabel": "exec-get",
        "outputDefinitions": {"artifacts": {"artifact": maker.dataset}},
    }
    importer = {
        "artifactUri": {"constant": "gs://bucket/none"},
        "typeSchema": {"schemaTitle": "system.Dataset"},
    }
    maker.executors["exec-get"] = {"importer": importer}
    maker.task("bad", "false")
    maker.root["dag"]["tasks"]["get"] = {
        "componentRef": {"name": "comp-get"},
        "dependentTasks": ["bad"],
    }
    assert states(runner(maker)) == {"bad": "failed", "get": "done"}
    importer["artifactUri"] = {"constant": "https://example.org/x"}
    (error,) = refusals(maker.read(), {}, {})
    assert "no provider scheme found in artifact URI" in error.message


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ({"componentInputParameter": "where"}, ""),
        ({"runtimeValue": {"constant": "gs://b/k"}}, "error resolving artifact URI"),
    ],
)
def test_an_importers_uri_comes_from_the_pipeline(
    maker: SpecMaker, runner: Runner, source: dict[str, Any], reason: str
) -> None:
    maker.parameter("where")
    maker.components["comp-get"] = {
        "executorLabel": "exec-get",
        "inputDefinitions": {"parameters": {"uri": {"parameterType": "STRING"}}},
        "outputDefinitions": {"artifacts": {"artifact": maker.dataset}},
    }
    maker.executors["exec-get"] = {
        "importer": {
            "artifactUri": {"runtimeParameter": "uri"},
            "typeSchema": {"schemaTitle": "system.Dataset"},
        }
    }
    maker.root["dag"]["tasks"]["get"] = {
        "componentRef": {"name": "comp-get"},
        "inputs": {"parameters": {"uri": source}},
    }
    found = refusals(maker.read(), {"where": "gs://b/k"}, {})
    assert [reason in error.message for error in found] == [True] * bool(reason)
    if not reason:
        run = runner(maker, where="gs://b/k")
        assert run.tasks[0].uris == {"artifact": "gs://b/k"}
        wrong = runner(maker, where="/k")
        assert "no provider scheme found" in str(wrong.tasks[0].error)


def test_more_is_refused_of_what_tasks_hand_to_each_other(
    maker: SpecMaker, runner: Runner
) -> None:
    maker.task("a", "true", outputs=("data",), values={"n": "STRING"})
    maker.task("b", "true", artifacts={"data": "a.none"})
    maker.task("c", "true", artifacts={"data": "^none"})
    maker.task("d", "true", parameters={"n": maker.output_of("a", "none")})
    maker.task(
        "e",
        "true",
        parameters={"n": maker.output_of("a", "n")},
        types={"n": "NUMBER_INTEGER"},
    )
    one = {"taskOutputArtifact": {"producerTask": "a", "outputArtifactKey": "data"}}
    inner = maker.nested("inner", inputs={"artifacts": {"x": one, "y": one}})
    inner["dag"]["outputs"] = {
        "artifacts": {
            "o": {
                "artifactSelectors": [
                    {"producerSubtask": "f", "outputArtifactKey": "none"}
                ]
            }
        }
    }
    maker.task("f", "true", inside=inner)
    maker.task("g", "true", "kfp.dsl.executor_main", outputs=("data",))
    maker.components["comp-g"]["outputDefinitions"]["artifacts"]["data"] = {
        "artifactType": {"schemaUri": "x"}
    }
    with pytest.raises(Problems) as caught:
        runner(maker)
    messages = {(e.where or "").rpartition("/")[2]: "" for e in caught.value.errors}
    assert set(messages) == {
        *("b.data", "c.data", "d.n", "e.n", "inner.y", "inner.o", "g"),
    }
    assert len(caught.value.errors) == 8


def test_temporary_files_are_a_containers_own_and_near_the_root(
    maker: SpecMaker, runner: Runner
) -> None:
    maker.task("a", "sh", "-c", 'touch "$TMPDIR/x"; echo "$TMPDIR"')
    maker.task("b", "sh", "-c", 'ls "$TMPDIR"', dependentTasks=["a"])
    run = runner(maker)
    folder = Path(log_of(run, "a").strip())
    # A socket's path is at most 107 characters long.
    assert folder.parent == Path(tempfile.gettempdir())
    assert not folder.exists()
    assert log_of(run, "b") == ""


def test_a_skipped_task_counts_as_done_for_the_exit_task(
    maker: SpecMaker, runner: Runner
) -> None:
    inner = maker.nested("work")
    maker.task("step", "true", inside=inner)
    maker.task("no", "true", inside=inner, triggerPolicy={"condition": "1 == 2"})
    maker.task(
        "tell",
        *("echo", "{{$.inputs.parameters['status']}}"),
        parameters={"status": {"taskFinalStatus": {"producerTask": "work"}}},
        dependentTasks=["work"],
        triggerPolicy={"strategy": "ALL_UPSTREAM_TASKS_COMPLETED"},
    )
    assert json.loads(log_of(runner(maker), "tell"))["state"] == "COMPLETE"


def test_an_exit_task_is_not_run_for_what_never_began(
    maker: SpecMaker, runner: Runner
) -> None:
    maker.task("bad", "false")
    maker.task("after", "true", dependentTasks=["bad"])
    maker.task(
        "broken",
        "true",
        triggerPolicy={"condition": "inputs.parameter_values['x'] == 1"},
    )
    for name in ("after", "broken"):
        maker.task(
            f"tell-{name}",
            "true",
            dependentTasks=[name],
            triggerPolicy={"strategy": "ALL_UPSTREAM_TASKS_COMPLETED"},
        )
    found = states(runner(maker))
    assert found["broken"] == "failed"
    assert found["tell-broken"] == "not run"
    assert found["tell-after"] == "not run"


def test_what_a_container_installs_goes_with_it(
    maker: SpecMaker, runner: Runner
) -> None:
    maker.task("a", "sh", "-c", 'echo "$PIP_TARGET"; echo "$PYTHONPATH"')
    target, path = log_of(runner(maker), "a").splitlines()
    assert path.split(":")[0] == target
    assert not Path(target).exists()
    assert runner.output in Path(target).parents


def test_the_programs_name_is_filled_in_too(maker: SpecMaker, runner: Runner) -> None:
    program = "{{$.inputs.parameters['program']}}"
    maker.task("a", program, "hello", parameters={"program": "echo"})
    assert log_of(runner(maker), "a") == "hello\n"


def test_metadata_of_the_spec_are_those_of_the_artifact(
    maker: SpecMaker, runner: Runner
) -> None:
    maker.task("make", "true", outputs=("data",))
    outputs = maker.components["comp-make"]["outputDefinitions"]
    outputs["artifacts"] = {"data": {**maker.dataset, "metadata": {"span": 9}}}
    maker.task("use", "echo", "{{$}}", artifacts={"data": "make.data"})
    said = json.loads(log_of(runner(maker), "use"))
    listed = said["inputs"]["artifacts"]["data"]["artifacts"]
    assert listed[0]["metadata"]["span"] == 9


def test_the_state_of_a_nested_pipeline_reaches_the_one_around(
    maker: SpecMaker, runner: Runner
) -> None:
    outer = maker.nested("outer")
    inner = maker.nested("inner", inside=outer)
    maker.task("step", "true", inside=inner)
    maker.task(
        "tell",
        *("echo", "{{$.inputs.parameters['status']}}"),
        parameters={"status": {"taskFinalStatus": {"producerTask": "outer"}}},
        dependentTasks=["outer"],
        triggerPolicy={"strategy": "ALL_UPSTREAM_TASKS_COMPLETED"},
    )
    assert json.loads(log_of(runner(maker), "tell"))["state"] == "COMPLETE"


def test_a_null_is_left_out_where_a_component_can_do_without(
    maker: SpecMaker, runner: Runner
) -> None:
    maker.parameter("p", isOptional=True)
    optional = {"x": {"parameterType": "STRING", "isOptional": True}}
    source = {"componentInputParameter": "p"}
    maker.task("a", "echo", "{{$}}", parameters={"x": source}, types=optional)
    assert json.loads(log_of(runner(maker), "a"))["inputs"] == {}
    said = json.loads(log_of(runner(maker, p="v"), "a"))
    assert said["inputs"] == {"parameterValues": {"x": "v"}}
