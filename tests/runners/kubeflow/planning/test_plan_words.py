"""A plan says what changes as a person would."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import plan_specs
import pytest

from tidegate.errors import UsageError
from tidegate.runners.kubeflow.planning import Plan, parse, plan
from tidegate.runners.kubeflow.planning.graph import Graph
from tidegate.runners.kubeflow.planning.reading import of
from tidegate.runners.kubeflow.planning.steps import take_apart

DIGESTS = ("sha256:" + "a1" * 32, "sha256:" + "b2" * 32)
Parts = dict[str, Any]


def planned(change: Callable[[Parts], None]) -> Plan:
    """The plan from the small spec to a changed copy of it."""
    old = {"spec": plan_specs.spec(), "platform": plan_specs.platform()}
    new = copy.deepcopy(old)
    change(new)
    return plan(
        of(old["spec"], old["platform"], "old.yaml"),
        of(new["spec"], new["platform"], "new.yaml"),
    )


def texts(found: Plan) -> list[str]:
    return [f"{one.sign} {one.name}: {one.text}" for one in found.changes]


def task(parts: Parts, name: str = "trainer") -> Parts:
    made: Parts = plan_specs.tasks(parts["spec"])[name]
    return made


def container(parts: Parts) -> Parts:
    return plan_specs.container(parts["spec"], "trainer")


def needs(parts: Parts) -> Parts:
    executors: Parts = parts["platform"]["platforms"]["kubernetes"]["deploymentSpec"]
    found: Parts = executors["executors"]["exec-trainer"]
    return found


def parameters(parts: Parts) -> Parts:
    found: Parts = parts["spec"]["root"]["inputDefinitions"]["parameters"]
    return found


def constant(parts: Parts, name: str, value: Any) -> None:
    given = task(parts)["inputs"]["parameters"]
    given[name] = {"runtimeValue": {"constant": value}}


def put(place: Callable[[Parts], Any], **values: Any) -> Callable[[Parts], None]:
    return lambda parts: place(parts).update(values)


CONFIG = json.dumps({"epochs": 5, "seed": 1})
CASES: dict[str, tuple[Callable[[Parts], None], str]] = {
    "a property": (
        lambda parts: constant(parts, "steps", 200),
        "~ Trainer: steps 100 → 200",
    ),
    "inside JSON": (
        lambda parts: constant(parts, "custom_config", CONFIG),
        "~ Trainer: custom_config.epochs 3 → 5",
    ),
    "a new property": (
        lambda parts: constant(parts, "warm", True),
        "+ Trainer: warm on",
    ),
    "a property by parameter": (
        put(
            lambda p: task(p)["inputs"]["parameters"],
            steps={"componentInputParameter": "epochs"},
        ),
        "~ Trainer: steps 100 → the parameter epochs of the pipeline",
    ),
    "an input": (
        lambda p: task(p)["inputs"]["artifacts"]["examples"][
            "taskOutputArtifact"
        ].update(producerTask="example-gen"),
        "~ Trainer: examples from Transform.transformed, now from "
        "ExampleGen.transformed",
    ),
    "order": (
        put(task, dependentTasks=["data-gate", "example-gen"]),
        "+ Trainer: waits for ExampleGen",
    ),
    "no order": (
        put(task, dependentTasks=[]),
        "- Trainer: no longer waits for DataGate",
    ),
    "a tag": (
        put(container, image="registry.example/flights:1.5"),
        "~ Trainer: image tag 1.4 → 1.5",
    ),
    "a digest": (
        put(container, image=f"registry.example/flights:1.4@{DIGESTS[0]}"),
        "~ Trainer: image now pinned to sha256:a1a1a1a1a1a1…",
    ),
    "another image": (
        put(container, image="registry.example/birds:1.4"),
        "~ Trainer: image registry.example/flights → registry.example/birds",
    ),
    "user code": (
        lambda p: plan_specs.reinvoked(
            p["spec"],
            "transform",
            files={"user_code": "b" * 64, "schemas/schema.pbtxt": "c" * 64},
        ),
        "~ Transform: user code of Transform (user_code) changed",
    ),
    "resources": (
        lambda p: container(p)["resources"].update(cpuLimit=4.0),
        "~ Trainer: CPU limit 2.0 → 4.0",
    ),
    "a GPU": (
        lambda p: container(p)["resources"].update(
            accelerator={"type": "nvidia.com/gpu", "count": "1"}
        ),
        '+ Trainer: accelerator {"type": "nvidia.com/gpu", "count": "1"}',
    ),
    "a node selector": (
        lambda p: needs(p)["nodeSelector"]["labels"].update(pool="a100"),
        "~ Trainer: node selector pool gpu → a100",
    ),
    "a toleration": (
        lambda p: needs(p)["tolerations"].clear(),
        '- Trainer: toleration {"key": "gpu", "operator": "Exists", '
        '"effect": "NoSchedule"}',
    ),
    "a volume": (
        lambda p: needs(p)["pvcMount"][0].update(constant="other"),
        "~ Trainer: volume /cache.constant cache → other",
    ),
    "retries": (
        lambda p: task(p)["retryPolicy"].update(maxRetryCount=5),
        "~ Trainer: retries 2 → 5",
    ),
    "caching": (
        lambda p: task(p)["cachingOptions"].update(enableCache=False),
        "~ Trainer: caching on → off",
    ),
    "an option": (
        lambda p: container(p)["args"].__setitem__(3, "{{$.inputs}}"),
        "~ Trainer: argument --executor-input {{$}} → {{$.inputs}}",
    ),
    "a label": (
        lambda p: needs(p)["podMetadata"]["labels"].update(team="birds"),
        "~ Trainer: label of the pod team flights → birds",
    ),
    "the root": (
        lambda p: p["spec"].update(defaultPipelineRoot="gs://b/f"),
        "~ : pipeline root minio://bucket/flights → gs://b/f",
    ),
    "the compiler": (
        lambda p: p["spec"].update(sdkVersion="tidegate-0.8"),
        "~ : compiled by tidegate-0.7 → tidegate-0.8",
    ),
    "a default": (
        lambda p: parameters(p)["epochs"].update(defaultValue=4),
        "~ : default of epochs 3 → 4",
    ),
    "a type": (
        lambda p: parameters(p)["epochs"].update(parameterType="STRING"),
        "~ : type of epochs NUMBER_INTEGER → STRING",
    ),
    "a new parameter": (
        lambda p: parameters(p).update(span={"parameterType": "NUMBER_INTEGER"}),
        "+ : parameter span (NUMBER_INTEGER, required)",
    ),
    "no parameter": (
        lambda p: parameters(p).pop("epochs"),
        "- : parameter epochs (NUMBER_INTEGER, default 3)",
    ),
    "anything else": (
        lambda p: p["spec"].update(unheardOf={"a": 1}),
        '+ : spec.unheardOf {"a": 1}',
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_one_change_is_said_in_one_line(name: str) -> None:
    change, said = CASES[name]
    assert texts(planned(change)) == [said]


@pytest.mark.parametrize("was_told", [True, False])
def test_the_variable_that_repeats_the_image_is_no_change_of_its_own(
    was_told: bool,
) -> None:
    def told(parts: Parts, image: str) -> None:
        variables = [{"name": "TIDEGATE_IMAGE", "value": image}]
        container(parts).update(image=image, env=variables)

    old = {"spec": plan_specs.spec(), "platform": plan_specs.platform()}
    new = copy.deepcopy(old)
    container(old).update(image=f"registry.example/flights@{DIGESTS[0]}")
    del container(old)["env"]
    if was_told:
        told(old, f"registry.example/flights@{DIGESTS[0]}")
    told(new, f"registry.example/flights@{DIGESTS[1]}")
    found = plan(*(of(one["spec"], one["platform"], "x") for one in (old, new)))
    assert texts(found) == [
        "~ Trainer: image digest sha256:a1a1a1a1a1a1… → sha256:b2b2b2b2b2b2…"
    ]


def test_a_variable_that_contradicts_the_image_is_a_change() -> None:
    def contradict(parts: Parts) -> None:
        variables = container(parts)["env"]
        variables.append({"name": "TIDEGATE_IMAGE", "value": "registry.example/other"})

    (told,) = texts(planned(contradict))
    assert told.startswith("+ Trainer: environment")


def test_a_step_is_added_and_removed() -> None:
    def add(parts: Parts) -> None:
        plan_specs.step(
            parts["spec"],
            "pusher",
            node="Pusher",
            artifacts={"model": ("trainer", "model")},
        )

    there = planned(add)
    assert texts(there) == ["+ Pusher: step is new"]
    assert not {"old", "new"} & there.changes[0].as_dict().keys()
    assert there.consequences == [
        "runs again from Pusher on (cache keys change): 1 of 5 steps"
    ]
    old = {"spec": plan_specs.spec(), "platform": plan_specs.platform()}
    new = copy.deepcopy(old)
    add(old)
    back = plan(*(of(one["spec"], one["platform"], "x") for one in (old, new)))
    assert texts(back) == ["- Pusher: step is gone"]


def test_a_renamed_step_is_not_one_gone_and_one_new() -> None:
    def rename(parts: Parts) -> None:
        parts["spec"] = plan_specs.renamed(
            parts["spec"], "transform", "prepare", "Prepare"
        )
        parts["spec"]["deploymentSpec"]["executors"]["exec-prepare"]["container"][
            "image"
        ] = "registry.example/flights:1.5"

    assert texts(planned(rename)) == [
        "~ Prepare: step renamed from Transform",
        "~ Prepare: image tag 1.4 → 1.5",
    ]


def test_a_step_in_the_place_of_another_one_is_new() -> None:
    def replace(parts: Parts) -> None:
        made = plan_specs.renamed(parts["spec"], "transform", "prepare", "Prepare")
        plan_specs.reinvoked(made, "prepare", executor="example.Other")
        parts["spec"] = made

    told = texts(planned(replace))
    assert "+ Prepare: step is new" in told
    assert "- Transform: step is gone" in told


def test_a_step_and_its_consumer_can_be_renamed_together() -> None:
    def rename(parts: Parts) -> None:
        made = plan_specs.renamed(parts["spec"], "transform", "prepare", "Prepare")
        parts["spec"] = plan_specs.renamed(made, "trainer", "fit", "Fit")
        executors = parts["platform"]["platforms"]["kubernetes"]["deploymentSpec"]
        executors["executors"]["exec-fit"] = executors["executors"].pop("exec-trainer")

    assert texts(planned(rename)) == [
        "~ Prepare: step renamed from Transform",
        "~ Fit: step renamed from Trainer",
    ]


def test_a_step_in_a_group_runs_behind_the_gates_of_its_group() -> None:
    made = plan_specs.spec()
    tasks = made["root"]["dag"]["tasks"]
    tasks["transform"]["dependentTasks"] = []
    inner = {"trainer": tasks.pop("trainer")}
    inner["trainer"].update(dependentTasks=[], inputs={})
    made["components"]["comp-all"] = {"dag": {"tasks": inner}}
    tasks["all"] = {
        "componentRef": {"name": "comp-all"},
        "dependentTasks": ["data-gate"],
    }
    graph = Graph(take_apart(of(made, None, "x")).steps)
    assert graph.gates("all/trainer") == {"data-gate"}
    assert graph.gates("transform") == set()
    assert graph.after(["data-gate"]) == {"data-gate", "all", "all/trainer"}


def test_steps_that_move_into_a_group_stay_the_same_steps() -> None:
    def group(parts: Parts) -> None:
        made = parts["spec"]
        made["components"]["comp-all"] = {"dag": made["root"]["dag"]}
        handled = {"componentRef": {"name": "comp-all"}, "taskInfo": {"name": "all"}}
        end = {
            "taskInfo": {"name": "notify"},
            "componentRef": {"name": "comp-trainer"},
            "dependentTasks": ["all"],
            "triggerPolicy": {"strategy": "ALL_UPSTREAM_TASKS_COMPLETED"},
        }
        made["root"]["dag"] = {"tasks": {"all": handled, "notify": end}}

    found = planned(group)
    assert "+ all: step is new" in texts(found)
    assert "~ Trainer: step now in the group all" in texts(found)
    assert not [one for one in found.changes if one.sign == "-"]
    at_the_end = "notify now runs at the end of every run, a failed one too"
    # Its component is the trainer's, which has a node of its own in the arguments.
    assert at_the_end.replace("notify", "Trainer") in found.consequences


def test_a_consumer_that_leaves_its_gate_is_said() -> None:
    def leave(parts: Parts) -> None:
        for name in ("transform", "trainer"):
            task(parts, name)["dependentTasks"] = []

    found = planned(leave)
    assert "Trainer no longer runs behind the gate DataGate" in found.consequences
    assert "Transform no longer runs behind the gate DataGate" in found.consequences


def test_a_parameter_without_its_default_is_required() -> None:
    def demand(parts: Parts) -> None:
        parameters(parts)["data"] = {"parameterType": "STRING"}
        parameters(parts).pop("epochs")

    found = planned(demand)
    assert "- : parameter data optional → required" in texts(found)
    assert found.consequences[0] == "a run without --param data will now be refused"
    assert found.consequences[1].startswith("a run that gives --param epochs")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda p: plan_specs.reinvoked(p["spec"], "transform", files={}),
            "runs again from Transform on (cache keys change): 2 of 4 steps",
        ),
        (
            lambda p: parameters(p)["data"].update(defaultValue="gs://b/x.csv"),
            "runs again from ExampleGen on (cache keys change): 4 of 4 steps",
        ),
        (
            lambda p: container(p)["resources"].update(cpuLimit=4.0),
            "no step runs again for it: the cache keys stay as they are",
        ),
        (
            lambda p: p["spec"]["pipelineInfo"].update(name="birds"),
            "every step runs again: results are kept by the pipeline's name",
        ),
    ],
)
def test_the_plan_says_from_where_the_next_run_works_anew(
    change: Callable[[Parts], None], said: str
) -> None:
    assert planned(change).consequences == [said]


def test_a_secret_is_named_and_never_shown() -> None:
    def reveal(parts: Parts) -> None:
        container(parts)["env"].append({"name": "DB_PASSWORD", "value": "hunter2"})
        constant(parts, "url", "postgres://me:hunter2@db/flights")
        constant(parts, "custom_config", json.dumps({"api_key": "hunter2"}))
        parameters(parts).update(
            token={"parameterType": "STRING", "defaultValue": "hunter2"}
        )
        needs(parts)["secretAsEnv"][0]["keyToEnv"][0]["secretKey"] = "other"
        container(parts)["args"] += ["--token", "hunter2", "--password=hunter2"]

    found = planned(reveal)
    assert "hunter2" not in "\n".join(texts(found))
    assert "hunter2" not in json.dumps(found.as_dict())
    assert any("token → other" in text for text in texts(found))


@pytest.mark.parametrize("value", ["x" * 1000, "a\x1b[31mb", "a\nb"])
def test_a_value_is_capped_and_harmless(value: str) -> None:
    (text,) = texts(planned(lambda parts: constant(parts, "note", value)))
    assert len(text) < 120
    assert text.isprintable()


def test_json_has_every_change_with_its_place() -> None:
    told = planned(lambda parts: constant(parts, "steps", 200)).as_dict()
    assert told["same"] is False
    assert (told["added"], told["changed"], told["removed"]) == (0, 1, 0)
    assert told["changes"] == [
        {
            "step": "Trainer",
            "task": "trainer",
            "sign": "~",
            "kind": "property",
            "what": "steps",
            "old": 100,
            "new": 200,
            "path": "task.inputs.parameters.steps.runtimeValue.constant",
            "text": "steps 100 → 200",
        }
    ]


def test_specs_of_different_targets_are_refused() -> None:
    kfp = of(plan_specs.spec(), None, "kfp.yaml")
    vertex = of(plan_specs.job(), None, "vertex.json")
    with pytest.raises(UsageError, match=r"different targets") as refused:
        plan(kfp, vertex)
    assert refused.value.got == "kfp and vertex"


@pytest.mark.parametrize(
    ("text", "got"),
    [
        ("", "nothing"),
        ("- a", "list"),
        ("a: 1", "the keys a"),
        ("kind: Workflow", "an Argo Workflow, which KFP v1 compiled to"),
        ("root: {}\npipelineInfo: {}\n---\na: 1\n---\nb: 1", "3 YAML documents"),
        ("root: {1: a}\npipelineInfo: {}", "the key 1, which is no text"),
        ("root: {a: 2013-01-01}\npipelineInfo: {}", "the unquoted value 2013-01-01"),
        ("[" * 3000, None),
        ('{"root":' * 3000, None),
        ("a: [", None),
        ("\x00", None),
        ("root: &a [*a]\npipelineInfo: {}", "values nested more than 80 deep"),
    ],
)
def test_what_is_no_spec_is_refused_with_a_reason(text: str, got: str | None) -> None:
    with pytest.raises(UsageError) as refused:
        parse(text, "spec.yaml")
    assert (refused.value.where or "").startswith("spec.yaml")
    if got:
        assert (refused.value.got or "").startswith(got)


def test_a_bomb_of_aliases_is_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12)]
    with pytest.raises(UsageError) as refused:
        parse("\n".join([*lines, "root: {}", "pipelineInfo: {}"]), "spec.yaml")
    assert "values" in (refused.value.got or "")
