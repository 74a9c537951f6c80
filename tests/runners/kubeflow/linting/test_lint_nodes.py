"""Each rule over nodes refuses what breaks it, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest
from tfx import v1 as tfx
from tfx.dsl.component.experimental import executor_specs
from tfx.dsl.components.base import (
    base_beam_component,
    base_component,
    base_driver,
    base_executor,
    executor_spec,
)
from tfx.dsl.components.common import manual_node
from tfx.dsl.context_managers import dsl_context_registry
from tfx.dsl.input_resolution.strategies import span_range_strategy
from tfx.extensions.google_cloud_ai_platform.trainer import component as ai_platform
from tfx.orchestration.kubeflow.decorators import FinalStatusStr
from tfx.types.component_spec import (
    ChannelParameter,
    ComponentSpec,
    ExecutionParameter,
)

import tidegate
from tidegate.errors import Problems, UsageError
from tidegate.runners.kubeflow.linting import (
    Finding,
    as_error,
    as_text,
    lint_nodes,
)
from tidegate.runners.kubeflow.linting.findings import Target

Examples = tfx.types.standard_artifacts.Examples
SUITE = Path(__file__).parents[4] / "schemas/flights/data_tests.yaml"
Nodes = Callable[[], Sequence[Any]]


@pytest.fixture(autouse=True)
def _own_registry() -> Iterator[None]:
    with dsl_context_registry.new_registry():
        yield


class Executor(base_executor.BaseExecutor):
    """Does nothing, and can be imported."""

    def Do(self, *_: Any) -> None:
        """Does nothing."""


class NoteSpec(ComponentSpec):
    """A component of one property."""

    PARAMETERS: ClassVar = {"note": ExecutionParameter(type=Any, optional=True)}
    INPUTS: ClassVar = {"examples": ChannelParameter(type=Examples, optional=True)}
    OUTPUTS: ClassVar = {"out": ChannelParameter(type=Examples)}


class Note(base_component.BaseComponent):
    """Has a property in which anything may be."""

    SPEC_CLASS = NoteSpec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)

    def __init__(self, note: Any = None, examples: Any = None) -> None:
        given = {"examples": examples} if examples is not None else {}
        out = tfx.dsl.Channel(type=Examples)
        super().__init__(NoteSpec(note=note, out=out, **given))


class BeamNote(Note, base_beam_component.BaseBeamComponent):
    """The same on Beam."""

    EXECUTOR_SPEC = executor_spec.BeamExecutorSpec(Executor)


class ContainerNote(Note):
    """The same by a container of its own."""

    EXECUTOR_SPEC = executor_specs.TemplatedExecutorContainerSpec(
        image="busybox:1", command=["true"]
    )


class OddSpec(executor_spec.ExecutorSpec):
    """An executor spec that no compiler knows."""

    def encode(self, component_spec: Any = None) -> Any:
        """Nothing."""

    def copy(self) -> OddSpec:
        """Itself."""
        return self


class OddNote(Note):
    """The same by that."""

    EXECUTOR_SPEC = OddSpec()


class Driver(base_driver.BaseDriver):
    """A driver of one's own."""


class DriverNote(Note):
    """The same with that."""

    DRIVER_CLASS = Driver


def champion(strategy: Any) -> Any:
    return tfx.dsl.Resolver(
        strategy_class=strategy,
        model=tfx.dsl.Channel(type=tfx.types.standard_artifacts.Model),
        model_blessing=tfx.dsl.Channel(type=tfx.types.standard_artifacts.ModelBlessing),
    ).with_id("champion")


def span_range() -> Any:
    return tfx.dsl.Resolver(
        strategy_class=span_range_strategy.SpanRangeStrategy,
        config={"range_config": tfx.proto.RangeConfig()},
        examples=tfx.dsl.Channel(type=Examples),
    ).with_id("spans")


def infra_validator() -> Any:
    return tfx.components.InfraValidator(
        model=tfx.dsl.Channel(type=tfx.types.standard_artifacts.Model),
        serving_spec=tfx.proto.ServingSpec(),
    )


def under_condition() -> list[Any]:
    first = Note().with_id("First")
    with tfx.dsl.Cond(first.outputs["out"].future()[0].property("span") == 1):
        second = Note(examples=first.outputs["out"]).with_id("Second")
    return [first, second]


def local_type() -> Any:
    class Odd(Examples):
        TYPE_NAME = "Odd"

    class OddOutSpec(ComponentSpec):
        PARAMETERS: ClassVar = {}
        INPUTS: ClassVar = {}
        OUTPUTS: ClassVar = {"out": ChannelParameter(type=Odd)}

    class OddOut(base_component.BaseComponent):
        SPEC_CLASS = OddOutSpec
        EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)

    return OddOut(OddOutSpec(out=tfx.dsl.Channel(type=Odd)))


def ranged(**config: Any) -> Any:
    return tfx.components.CsvExampleGen(
        input_base="gs://b/span-{SPAN}", range_config=tfx.proto.RangeConfig(**config)
    )


def parameter(kind: type = str) -> Any:
    return tfx.dsl.experimental.RuntimeParameter(name="steps", ptype=kind)


def on_beam(*arguments: str) -> Any:
    return BeamNote().with_beam_pipeline_args(list(arguments))


def importer(uri: str) -> Any:
    return tfx.dsl.Importer(source_uri=uri, artifact_type=Examples)


def trainer(train_args: Any) -> Any:
    return tfx.components.Trainer(
        examples=tfx.dsl.Channel(type=Examples),
        run_fn="user_code.run_fn",
        train_args=train_args,
        eval_args=tfx.proto.EvalArgs(),
    )


def nodes_with_tests(*, gated: bool) -> list[Any]:
    example_gen = tfx.components.ImportExampleGen(input_base="gs://b/examples")
    examples = example_gen.outputs["examples"]
    statistics = tfx.components.StatisticsGen(examples=examples)
    schema = tfx.components.SchemaGen(statistics=statistics.outputs["statistics"])
    tests = tidegate.DataTests(
        examples=examples,
        statistics=statistics.outputs["statistics"],
        schema=schema.outputs["schema"],
        suite=SUITE,
    )
    consumer = Note(examples=examples)
    nodes = [example_gen, statistics, schema, tests, consumer]
    if gated:
        gate = tidegate.Gate(data=tests.outputs["report"])
        nodes.append(gate.before(consumer))
    tfx.dsl.Pipeline(pipeline_name="p", pipeline_root="r", components=nodes)
    return nodes


LatestBlessed = tfx.dsl.experimental.LatestBlessedModelStrategy
LatestArtifact = tfx.dsl.experimental.LatestArtifactStrategy

# code, target, what breaks the rule, what does not
CASES: list[tuple[str, Target, Nodes, Nodes]] = [
    ("resolver", "kfp", lambda: [champion(LatestBlessed)], lambda: [Note()]),
    ("resolver", "kfp", lambda: [champion(LatestArtifact)], lambda: [span_range()]),
    ("span-range", "vertex", lambda: [span_range()], lambda: [Note()]),
    ("infra-validator", "vertex", lambda: [infra_validator()], lambda: [Note()]),
    ("conditional", "kfp", under_condition, lambda: [Note()]),
    (
        "exit-handler",
        "vertex",
        lambda: [Note(FinalStatusStr("x"))],
        lambda: [Note("x")],
    ),
    (
        "sub-pipeline",
        "kfp",
        lambda: [
            tfx.dsl.Pipeline(pipeline_name="in", pipeline_root="", components=[Note()])
        ],
        lambda: [Note()],
    ),
    (
        "sub-pipeline",
        "kfp",
        lambda: [manual_node.ManualNode(description="look")],
        lambda: [Note()],
    ),
    ("driver", "kfp", lambda: [DriverNote()], lambda: [importer("gs://b/x")]),
    ("container-component", "kfp", lambda: [ContainerNote()], lambda: [Note()]),
    ("executor-spec", "kfp", lambda: [OddNote()], lambda: [ContainerNote()]),
    (
        "vertex-executor",
        "kfp",
        lambda: [
            ai_platform.Trainer(
                examples=tfx.dsl.Channel(type=Examples),
                run_fn="user_code.run_fn",
                train_args=tfx.proto.TrainArgs(),
                eval_args=tfx.proto.EvalArgs(),
            )
        ],
        lambda: [trainer(tfx.proto.TrainArgs())],
    ),
    ("not-importable", "kfp", lambda: [local_type()], lambda: [Note()]),
    (
        "name-collision",
        "kfp",
        lambda: [Note().with_id("DataGate"), Note().with_id("data_gate")],
        lambda: [Note().with_id("DataGate"), Note().with_id("data_gates")],
    ),
    (
        "ungated",
        "kfp",
        lambda: nodes_with_tests(gated=False),
        lambda: nodes_with_tests(gated=True),
    ),
    (
        "runtime-parameter-inside",
        "vertex",
        lambda: [trainer({"num_steps": parameter(int)})],
        lambda: [trainer({"num_steps": 5}), Note(parameter())],
    ),
    (
        "runtime-parameter-inside",
        "kfp",
        lambda: [Note(f'{{"steps": {parameter()}}}')],
        lambda: [Note("a RuntimeParameter")],
    ),
    ("runtime-parameter", "kfp", lambda: [Note(parameter())], lambda: [Note("x")]),
    (
        "dynamic-property",
        "kfp",
        lambda: [Note(Note().outputs["out"].future()[0].value)],
        lambda: [Note("x")],
    ),
    (
        "large-property",
        "kfp",
        lambda: [Note("x" * 100_001)],
        lambda: [Note("x" * 100_000)],
    ),
    ("range-config", "kfp", lambda: [ranged(rolling_range={"num_spans": 3})], list),
    (
        "range-config",
        "kfp",
        lambda: [ranged(static_range={"start_span_number": 1, "end_span_number": 3})],
        lambda: [ranged(static_range={"start_span_number": 3, "end_span_number": 3})],
    ),
    (
        "importer-uri",
        "vertex",
        lambda: [importer("/data/x")],
        lambda: [importer("s3://b/x")],
    ),
    (
        "beam-runner",
        "vertex",
        lambda: [on_beam("--runner=DirectRunner")],
        lambda: [on_beam("--runner=DataflowRunner")],
    ),
    (
        "beam-elsewhere",
        "kfp",
        lambda: [on_beam("--runner=FlinkRunner")],
        lambda: [on_beam("--runner=apache_beam.runners.x.FnApiRunner")],
    ),
    (
        "beam-file",
        "kfp",
        lambda: [on_beam("--setup_file=./setup.py")],
        lambda: [on_beam("--temp_location=gs://b/tmp")],
    ),
]


def found(
    nodes: Sequence[Any], code: str, target: Target = "kfp", **given: Any
) -> list[Finding]:
    findings = lint_nodes(nodes, project=given.pop("project", None), target=target)
    return [one for one in findings if one.code == code]


@pytest.mark.parametrize(
    ("code", "target", "breaks", "keeps"),
    CASES,
    ids=[f"{code}-{number}" for number, (code, *_) in enumerate(CASES)],
)
def test_a_rule_finds_what_breaks_it_and_nothing_else(
    code: str, target: Target, breaks: Nodes, keeps: Nodes
) -> None:
    findings = found(breaks(), code, target)
    assert findings
    assert all(one.component and one.message and one.fix for one in findings)
    assert found(keeps(), code, target) == []


@pytest.mark.parametrize(
    ("code", "nodes"),
    [
        ("resolver", lambda: [champion(LatestBlessed)]),
        ("conditional", under_condition),
        ("container-component", lambda: [ContainerNote()]),
    ],
)
def test_vertex_is_fine_with_what_only_open_source_kfp_refuses(
    code: str, nodes: Nodes
) -> None:
    assert found(nodes(), code, "kfp")
    assert found(nodes(), code, "vertex") == []


def test_the_champion_takes_the_place_of_the_blessed_resolver() -> None:
    (finding,) = found([champion(LatestBlessed)], "resolver")
    assert "tidegate.Champion" in finding.fix
    assert (
        "tidegate.Champion" not in found([champion(LatestArtifact)], "resolver")[0].fix
    )


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        ("file:///data/x.csv", "error"),
        ("/home/someone/x.csv", "error"),
        ("../x.csv", "error"),
        ("~/x.csv", "error"),
        ('{"inner": ["/tmp/x.csv"]}', "error"),
        ("/mnt/volume/x.csv", "warning"),
        ("gs://b/x.csv", None),
        ("project://schemas/x.pbtxt", None),
        ("/gcs/b/x.csv", None),
        ("flights/x.csv or another", None),
        ("/", None),
        ("select a / b from t", None),
    ],
)
def test_a_path_of_this_machine_in_a_property_is_found(
    text: str, severity: str | None
) -> None:
    findings = found([Note(text)], "local-path")
    assert [one.severity for one in findings] == ([severity] if severity else [])


def test_a_file_of_the_project_is_no_local_path(tmp_path: Path) -> None:
    inside = tmp_path / "schema.pbtxt"
    inside.write_text("")
    assert found([Note(str(inside))], "local-path", project=tmp_path) == []
    (tmp_path / "pushed").mkdir()
    for name in ("gone", "pushed"):
        other = found([Note(str(tmp_path / name))], "local-path", project=tmp_path)
        assert [one.severity for one in other] == ["error"]


def test_an_executor_in_the_project_is_told() -> None:
    here = Path(__file__).parent
    findings = found([Note()], "executor-in-project", project=here)
    assert [one.severity for one in findings] == ["warning"]
    assert found([Note()], "executor-in-project", project=here / "elsewhere") == []


def test_a_finding_can_be_ignored_for_one_component_or_for_all() -> None:
    nodes = [Note("/home/a/b").with_id("One"), Note("/home/a/b").with_id("Two")]
    for names, left in ((["One"], ["Two"]), (["*"], []), ([], ["One", "Two"])):
        ignore = {"local-path": names}
        findings = lint_nodes(nodes, project=None, target="kfp", ignore=ignore)
        assert [one.component for one in findings] == left


def test_errors_come_first_and_travel_together() -> None:
    nodes = [Note("/volume/x"), champion(LatestBlessed), OddNote()]
    findings = lint_nodes(nodes, project=None, target="kfp")
    assert [one.severity for one in findings] == ["error", "error", "warning"]
    error = as_error(findings)
    assert isinstance(error, Problems)
    assert [one.where for one in error.errors] == ["champion", "OddNote"]
    assert "local-path" in as_text(findings)
    assert "champion" not in as_text(findings)
    assert isinstance(as_error(findings[:1]), UsageError)
    assert as_error(findings[2:]) is None
