"""Each rule over compiled specs refuses what breaks it, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import lint_specs
import pytest

from tidegate.errors import UsageError
from tidegate.runners.kubeflow.linting import Finding, as_error, as_text, lint_spec
from tidegate.runners.kubeflow.linting.findings import Target

Spec = dict[str, Any]
Change = Callable[[Spec], Any]


def executor(spec: Spec) -> Spec:
    found: Spec = spec["deploymentSpec"]["executors"]["exec-trainer"]
    return found


def container(spec: Spec) -> Spec:
    found: Spec = executor(spec)["container"]
    return found


def task(spec: Spec) -> Spec:
    found: Spec = spec["root"]["dag"]["tasks"]["trainer"]
    return found


def instead(spec: Spec, kind: str, value: Spec) -> None:
    executor(spec).clear()
    executor(spec)[kind] = value


def given(value: Any, name: str = "note") -> Change:
    source = {"runtimeValue": {"constant": value}}
    return lambda spec: task(spec)["inputs"]["parameters"].update({name: source})


def default(value: Any, name: str = "data") -> Change:
    return lambda spec: spec["root"]["inputDefinitions"]["parameters"][name].update(
        defaultValue=value
    )


def image(name: str) -> Change:
    return lambda spec: container(spec).update(image=name)


def variable(name: str, value: str) -> Change:
    return lambda spec: container(spec).update(env=[{"name": name, "value": value}])


def arguments(*words: str) -> Change:
    return lambda spec: container(spec)["args"].extend(words)


def whole_input(value: str) -> Change:
    """A value in a container that is told all of its input in one argument."""

    def change(spec: Spec) -> None:
        arguments("--executor-input", "{{$}}")(spec)
        given(value)(spec)

    return change


def root(uri: str) -> Change:
    return lambda spec: spec.update(defaultPipelineRoot=uri)


def nothing(_: Spec) -> None:
    """Leaves the spec as it is."""


def importer(**said: Any) -> Change:
    return lambda spec: instead(spec, "importer", said)


def with_condition(spec: Spec) -> None:
    importer(artifactUri={"constant": "gs://b/x"})(spec)
    task(spec)["triggerPolicy"] = {"condition": "true"}


def add_component(spec: Spec) -> None:
    spec["components"]["comp-other"] = {"executorLabel": "exec-trainer"}


# code, what breaks the rule, what does not
CASES: list[tuple[str, Change, Change]] = [
    ("resolver-executor", lambda s: instead(s, "resolver", {}), nothing),
    ("custom-job", lambda s: instead(s, "customJob", {}), nothing),
    (
        "hook",
        lambda s: container(s).update(lifecycle={"preCacheCheck": {"command": ["x"]}}),
        lambda s: container(s).update(lifecycle={}),
    ),
    (
        "artifact-loop",
        lambda s: task(s).update(artifactIterator={"itemInput": "x"}),
        lambda s: task(s).update(parameterIterator={"itemInput": "x"}),
    ),
    (
        "importer-condition",
        with_condition,
        importer(artifactUri={"constant": "gs://b"}),
    ),
    (
        "runtime-value",
        lambda s: task(s)["inputs"]["parameters"].update(
            note={"runtimeValue": {"runtimeParameter": "x"}}
        ),
        given("x"),
    ),
    (
        "runtime-value",
        lambda s: task(s)["inputs"]["parameters"].update(
            note={"runtimeValue": {"constantValue": {"stringValue": "x"}}}
        ),
        given("x"),
    ),
    (
        "schema-uri",
        lambda s: s["components"]["comp-trainer"]["outputDefinitions"]["artifacts"][
            "model"
        ].update(artifactType={"schemaUri": "x"}),
        nothing,
    ),
    ("placeholder", arguments("{{$.inputs.parameters['nope']}}"), nothing),
    ("placeholder", arguments("{{$.inputs.parameters['note'].x}}"), nothing),
    ("placeholder", arguments("a{{$.outputs.artifacts['model'].size}}"), nothing),
    (
        "placeholder",
        arguments("{{$.inputs.artifacts['examples'].metadata['a']}}"),
        nothing,
    ),
    ("placeholder", arguments("{{$.pipeline_job_name}}"), nothing),
    ("placeholder", variable("A", "{{$.json_escape[1]}}"), nothing),
    (
        "placeholder",
        arguments("{{$.pod_name}}"),
        arguments(
            "{{$.inputs.parameters['note']}}",
            "{{$.inputs.artifacts['examples'].uri}}",
            "{{$.outputs.artifacts['model'].path}}",
            "{{.not.of.kfp}}",
        ),
    ),
    ("dangling", lambda s: s["components"].pop("comp-trainer"), nothing),
    ("dangling", lambda s: s["deploymentSpec"]["executors"].clear(), nothing),
    ("dangling", lambda s: task(s).update(dependentTasks=["gone"]), nothing),
    (
        "dangling",
        lambda s: task(s)["inputs"]["parameters"].update(
            note={"componentInputParameter": "gone"}
        ),
        nothing,
    ),
    ("secret", arguments("--password", "hunter2"), arguments("--password-file", "x")),
    ("secret", arguments("--token=hunter2"), arguments("--token={{$}}")),
    ("secret", variable("API_KEY", "hunter2"), variable("API_KEY_FILE", "/run/x")),
    ("secret", variable("ANY", "AKIAIOSFODNN7EXAMPLE"), variable("ANY", "AKIA")),
    ("secret", given("postgres://me:hunter2@db/x"), given("postgres://db/x")),
    (
        "secret",
        given({"inner": {"secret": "x1"}}),
        given({"inner": {"max_tokens": "5"}}),
    ),
    ("secret", given(json.dumps({"api_key": "x1"})), given(json.dumps({"key": "x1"}))),
    ("secret", default("-----BEGIN RSA PRIVATE KEY-----"), default("gs://b/x")),
    ("local-path-in-spec", given("/home/someone/x"), given("gs://b/x")),
    ("local-path-in-spec", default("file:///x"), default("minio://b/x")),
    (
        "local-path-in-spec",
        importer(artifactUri={"constant": "/data/x"}),
        importer(artifactUri={"constant": "s3://b/x"}),
    ),
    ("dollar", given("^[0-9]+$$"), given("^[0-9]+$")),
    ("dollar", given('{"sql": "a = $(HOME)"}'), given('{"sql": "a = (1)"}')),
    ("argo-tag", given('{"says": "{{ workflow.name }}"}'), given("{{x}} {{$}}")),
    ("argo-tag", arguments("{{=1 + 1}}"), arguments("{{ }} {{a}}")),
    ("argument-size", whole_input("x" * 130_000), whole_input("x" * 100_000)),
    ("root", root("/tmp/root"), root("minio://b/x")),
    ("root", root("hdfs://b/x"), root("s3://b/x")),
    ("unused", add_component, nothing),
    (
        "unused",
        lambda s: s["root"]["inputDefinitions"]["parameters"].update(more={}),
        nothing,
    ),
    (
        "unused",
        lambda s: s["deploymentSpec"]["executors"].update(more={}),
        nothing,
    ),
    ("image-missing", lambda s: container(s).pop("image"), nothing),
    ("image-missing", image("not an image"), nothing),
    ("image-latest", image("a/b"), image("a/b:1")),
    ("image-latest", image("a/b"), image("a/b@sha256:" + "0" * 64)),
    ("image-latest", image("host:5000/a/b:latest"), image("host:5000/a/b:1")),
    ("image-tag", image("host:5000/a/b:1"), image("a/b:1@sha256:" + "0" * 64)),
    ("image-tag", image("a:1"), image("{{$.inputs.parameters['note']}}")),
]


def found(spec: Spec, code: str, target: Target = "kfp") -> list[Finding]:
    return [one for one in lint_spec(spec, None, target=target) if one.code == code]


def changed(change: Change) -> Spec:
    spec = lint_specs.spec()
    change(spec)
    return spec


@pytest.mark.parametrize(
    ("code", "breaks", "keeps"),
    CASES,
    ids=[f"{code}-{number}" for number, (code, *_) in enumerate(CASES)],
)
def test_a_rule_finds_what_breaks_it_and_nothing_else(
    code: str, breaks: Change, keeps: Change
) -> None:
    findings = found(changed(breaks), code)
    assert findings
    assert all(one.component and one.message and one.fix for one in findings)
    assert found(changed(keeps), code) == []


def test_a_sound_spec_has_no_finding() -> None:
    assert lint_spec(lint_specs.spec(), None, target="kfp") == []


def test_vertex_wants_its_root_on_google_cloud_and_takes_resolvers() -> None:
    spec = changed(root("s3://b/x"))
    instead(spec, "resolver", {})
    codes = {one.code for one in lint_spec(spec, None, target="vertex")}
    assert codes == {"root-on-vertex"}
    job = {
        "pipelineSpec": lint_specs.spec(),
        "runtimeConfig": {"gcsOutputDirectory": "/tmp/x"},
    }
    job["pipelineSpec"]["defaultPipelineRoot"] = "gs://b/x"
    (finding,) = lint_spec(job, None, target="vertex")
    assert finding.code == "root-on-vertex"


def test_no_finding_shows_the_secret() -> None:
    spec = changed(arguments("--password", "hunter2", "--x=AKIAIOSFODNN7EXAMPLE"))
    variable("TOKEN", "hunter2")(spec)
    given("postgres://me:hunter2@db/x")(spec)
    told = json.dumps([one.as_dict() for one in lint_spec(spec, None, target="kfp")])
    assert "hunter2" not in told
    assert "AKIA" not in told


def test_what_is_the_same_of_many_steps_is_told_once() -> None:
    findings = [
        Finding("image-tag", "warning", name, "it has a tag", "why", "fix")
        for name in ("A", "B", "C")
    ]
    text = as_text(findings)
    assert text.splitlines()[0] == "warning image-tag · A, B, C: it has a tag"
    assert text.count("fix  ") == 1


def test_an_error_tells_component_reason_code_and_fix() -> None:
    error = as_error(lint_spec(changed(image("a/b")), None, target="kfp"))
    assert isinstance(error, UsageError)
    text = str(error)
    assert text.startswith("Trainer: its image a/b has no tag: it means another")
    assert "[image-latest]" in text
    assert "by its digest" in text


def test_what_is_no_spec_is_refused() -> None:
    with pytest.raises(UsageError, match="no compiled spec"):
        lint_spec({"a": 1}, None, target="kfp")


def test_a_path_in_the_image_is_not_of_this_machine() -> None:
    spec = changed(given("/home/someone/project/x"))
    listed = lint_spec(
        spec, None, target="vertex", image_folder="/home/someone/project/"
    )
    assert "local-path-in-spec" not in {one.code for one in listed}
