"""Rules over the nodes of a pipeline, before it is compiled."""

from __future__ import annotations

from collections.abc import Iterator

from tidegate.errors import Problems, TidegateError
from tidegate.runners.kubeflow.compiling.names import task_name
from tidegate.runners.kubeflow.linting import node_facts as facts
from tidegate.runners.kubeflow.linting.node_facts import Nodes, is_a
from tidegate.runners.kubeflow.linting.rules import KFP, Fault, Rules

NODE_RULES = Rules()
_DAG = "backend/src/v2/compiler/argocompiler/dag.go"
_VISITOR = "backend/src/v2/compiler/visitor.go"
_TFX_BUILDER = "TFX: orchestration/kubeflow/v2/pipeline_builder.py"
_GOOGLE_CLOUD = "tfx.extensions.google_cloud_"


@NODE_RULES.rule(
    "resolver",
    what="`tfx.dsl.Resolver`",
    why="open-source KFP has no code for resolvers: it ends with "
    '"non-container and non-importer executor not implemented"',
    fix="use a component that looks it up in the container",
    source=_VISITOR,
    targets=KFP,
)
def _resolver(nodes: Nodes) -> Iterator[Fault]:
    for name, node in nodes.components():
        if not is_a(node, facts.RESOLVER) or _strategy(node) == "SpanRangeStrategy":
            continue
        strategy = _strategy(node)
        fix = None
        if strategy in ("LatestBlessedModelStrategy", "LatestBlessedModelResolver"):
            fix = (
                "take tidegate.Champion instead: it reads the model that was "
                "pushed last, and its output `model` goes where the resolver's went"
            )
        yield Fault(name, f"it is a Resolver ({strategy})", fix)


@NODE_RULES.rule(
    "span-range",
    what="`SpanRange` of several spans, by `SpanRangeStrategy`",
    why="spans of earlier runs are resolved from TFX's metadata, which open-source "
    "KFP does not have, and Vertex AI does not ask",
    fix="give ExampleGen the files of all spans: data: 'gs://…/span-{SPAN}/*'",
    source=_DAG,
)
def _span_range(nodes: Nodes) -> Iterator[Fault]:
    for name, node in nodes.components():
        if is_a(node, facts.RESOLVER) and _strategy(node) == "SpanRangeStrategy":
            yield Fault(name, "it resolves a range of spans")


@NODE_RULES.rule(
    "infra-validator",
    what="`InfraValidator`",
    why="it starts a model server by Docker or by Kubernetes' API, neither of which "
    "a step's container can reach",
    fix="take it out of this pipeline, and try the server where the model is deployed",
    source="TFX: components/infra_validator/model_server_runners/",
)
def _infra_validator(nodes: Nodes) -> Iterator[Fault]:
    for name, node in nodes.components():
        if is_a(node, facts.INFRA_VALIDATOR):
            yield Fault(name, "it is an InfraValidator")


@NODE_RULES.rule(
    "conditional",
    what="`tfx.dsl.Cond`",
    why="the condition is over properties of artifacts, and KFP's conditions see "
    "parameters only",
    fix="let a gate stop the run instead: Gate(…).before(node)",
    source="backend/src/v2/driver/driver.go",
    targets=KFP,
)
def _conditional(nodes: Nodes) -> Iterator[Fault]:
    for name, node in nodes.components():
        if facts.conditions(node):
            yield Fault(name, "it stands under tfx.dsl.Cond")


@NODE_RULES.rule(
    "exit-handler",
    what="an exit handler of TFX among the nodes",
    why="TFX's exit handlers take the run's status in Vertex AI's form, and only its "
    "runner for Vertex AI knows where they go",
    fix="say `notify:` in the environment file: a message after every run",
    source=_TFX_BUILDER,
)
def _exit_handler(nodes: Nodes) -> Iterator[Fault]:
    for name, key, value in nodes.properties():
        if type(value).__name__ == "FinalStatusStr":
            yield Fault(name, f"its property {key} takes the run's final status")


@NODE_RULES.rule(
    "sub-pipeline",
    what="a pipeline within the pipeline, and `ManualNode`",
    why="neither compiler has a form for it",
    fix="list the inner nodes in create_components()",
    source=_TFX_BUILDER,
)
def _sub_pipeline(nodes: Nodes) -> Iterator[Fault]:
    for name, node in nodes.components():
        if is_a(node, facts.PIPELINE):
            yield Fault(name, "it is a pipeline of its own")
        if is_a(node, facts.MANUAL):
            yield Fault(name, "it waits for a person", "take it out of the pipeline")


@NODE_RULES.rule(
    "driver",
    what="a driver class of one's own",
    why="KFP's driver is its own program: no TFX driver runs there",
    fix="do in the executor what the driver does",
    source="backend/src/v2/driver/container.go",
)
def _driver(nodes: Nodes) -> Iterator[Fault]:
    for name, node in nodes.components():
        driver = getattr(node, "driver_class", None)
        module = str(getattr(driver, "__module__", "tfx."))
        if not module.startswith(("tfx.", "tidegate.")):
            own = getattr(driver, "__qualname__", driver)
            yield Fault(name, f"it has a driver of its own, {own}")


@NODE_RULES.rule(
    "container-component",
    what="a component made of a container image",
    why="its command is filled in by TFX's own placeholders, for artifacts as Vertex "
    "AI hands them over; KFP's launcher makes local copies instead",
    fix="write a component with an executor class, or run it on Vertex AI",
    source="backend/src/v2/component/launcher_v2.go",
    targets=KFP,
)
def _container(nodes: Nodes) -> Iterator[Fault]:
    for name, node in nodes.components():
        if is_a(node.executor_spec, facts.CONTAINER_SPEC):
            image = getattr(node.executor_spec, "image", "an image")
            yield Fault(name, f"it runs {image} by a container spec of TFX")


@NODE_RULES.rule(
    "executor-spec",
    what="an executor spec that is neither a class nor a container",
    why="a step's container runs an executor class, named by its import path",
    fix="give the component an ExecutorClassSpec",
    source=_TFX_BUILDER,
)
def _executor_spec(nodes: Nodes) -> Iterator[Fault]:
    known = (facts.CLASS_SPEC, facts.CONTAINER_SPEC)
    for name, node in nodes.components():
        spec = node.executor_spec
        if not is_a(spec, *known) and not is_a(node, facts.RESOLVER, facts.IMPORTER):
            yield Fault(name, f"its executor spec is {type(spec).__qualname__}")


@NODE_RULES.rule(
    "vertex-executor",
    what="an executor of `tfx.extensions.google_cloud_ai_platform`",
    why="it hands its work to Vertex AI by the URIs of artifacts, but outputs are in "
    "the step's local copies until it has ended",
    fix="take the stock component, with resources in the environment file",
    source="backend/src/v2/component/launcher_v2.go",
    targets=KFP,
)
def _vertex_executor(nodes: Nodes) -> Iterator[Fault]:
    for name, node in nodes.components():
        kind = facts.executor_class(node)
        module = str(getattr(kind, "__module__", ""))
        if module.startswith(f"{_GOOGLE_CLOUD}ai_platform"):
            yield Fault(name, f"its executor is {facts.full_name(kind)}")


@NODE_RULES.rule(
    "not-importable",
    what="an executor or artifact type that is defined in `__main__` or in a function",
    why="the container imports it by its path, and there it has none",
    fix="define it at the top level of a module that is in the image",
    source="tidegate/runners/kubeflow/invocation.py",
)
def _not_importable(nodes: Nodes) -> Iterator[Fault]:
    for name, node in nodes.components():
        kind = facts.executor_class(node)
        if kind is not None and not facts.is_importable(kind):
            yield Fault(name, f"its executor {kind.__qualname__} cannot be imported")
        channels = {**node.inputs, **node.outputs}
        for key, channel in sorted(channels.items()):
            if not facts.is_importable(channel.type):
                said = f"the type of {key}, {channel.type.__qualname__},"
                yield Fault(name, f"{said} cannot be imported")


@NODE_RULES.rule(
    "executor-in-project",
    what="an executor class in the project itself",
    why="the image has the project's files, but perhaps not on Python's path, and "
    "not those that came after it was built",
    fix="build the image from this very project, or put the class in a package",
    source="kubeflow/Dockerfile",
    severity="warning",
)
def _in_project(nodes: Nodes) -> Iterator[Fault]:
    for name, node in nodes.components():
        kind = facts.executor_class(node)
        file = facts.module_file(kind)
        package = str(getattr(kind, "__module__", "")).partition(".")[0]
        if file is None or nodes.project is None or package in ("tidegate", "tfx"):
            continue
        inside = file.resolve().is_relative_to(nodes.project.resolve())
        if inside and not {"site-packages", "dist-packages"} & set(file.parts):
            yield Fault(name, f"its executor is in {file.name} of the project")


@NODE_RULES.rule(
    "name-collision",
    what="two ids that are one task name in lower case with hyphens",
    why="tasks of a spec are a map by name: one of the two would be lost",
    fix="give one of them another id: .with_id(…)",
    source="api/v2alpha1/pipeline_spec.proto",
)
def _collision(nodes: Nodes) -> Iterator[Fault]:
    seen: dict[str, str] = {}
    for name, _ in nodes.components():
        task = task_name(name)
        if not task:
            yield Fault(name, "its id has no letter or figure in it")
        elif task in seen:
            yield Fault(name, f"it becomes the task {task}, as {seen[task]} does")
        seen.setdefault(task, name)


@NODE_RULES.rule(
    "ungated",
    what="a consumer of tested examples that does not wait for the gate",
    why="tests report and a gate decides: without one, bad data go through",
    fix="put it behind the gate: gate.before(node)",
    source="tidegate/gate/placement.py",
)
def _ungated(nodes: Nodes) -> Iterator[Fault]:
    tests = [node for node in nodes.nodes if getattr(type(node), "TESTS", None)]
    if not tests:
        return
    from tidegate.gate import placement

    try:
        placement.check(tests)
    except TidegateError as error:
        found = error.errors if isinstance(error, Problems) else (error,)
        for one in found:
            yield Fault(one.where or "pipeline", one.message, one.fix)


def _strategy(node: object) -> str:
    kind = getattr(node, "_strategy_class", None)
    return str(getattr(kind, "__name__", "no strategy"))
