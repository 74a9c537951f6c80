"""The Explainer as a step of Kubeflow Pipelines: in a container, without TFX."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.explain.known_models import rows, write_examples, write_known
from tests.runners.kubeflow.entrypoint.handed_steps import (
    EXAMPLES,
    ROOT,
    Cluster,
    arguments,
    output_uri,
)
from tfx.types import channel, standard_artifacts

import tidegate
from tidegate.explain.importance import read_importance
from tidegate.runners.kubeflow.invocation import (
    ArtifactType,
    Input,
    Invocation,
    Property,
    PropertyKind,
)

MODEL = ArtifactType(name="Model", path="tfx.types.standard_artifacts.Model")
EXPLANATION = ArtifactType(
    name="tidegate.Explanation", path="tidegate.artifacts.Explanation"
)
KINDS: dict[type, PropertyKind] = {str: "string", int: "int"}


def step() -> tuple[Invocation, dict[str, Any]]:
    """How the compiler has the component called, and what it is given."""
    node = tidegate.Explainer(
        channel.Channel(type=standard_artifacts.Examples),
        channel.Channel(type=standard_artifacts.Model),
        label="answer",
        weight="mass",
        rows=100,
    )
    given = {name: value for name, value in node.exec_properties.items() if value}
    executor = type(node).EXECUTOR_SPEC.executor_class
    invocation = Invocation(
        pipeline="known",
        node="Explainer",
        executor=f"{executor.__module__}.{executor.__qualname__}",
        inputs={
            "examples": Input(type=EXAMPLES, parts=("examples",)),
            "model": Input(type=MODEL, parts=("model",)),
        },
        outputs={"explanation": EXPLANATION},
        properties={
            name: Property(kind=KINDS[type(value)]) for name, value in given.items()
        },
    )
    return invocation, given


def test_the_step_explains_without_tfx(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path / "copies")
    uris = {name: f"{ROOT}/before/{name}" for name in ("examples", "model")}
    write_known(cluster.copy(uris["model"]) / "Format-Serving")
    write_examples(cluster.copy(uris["examples"]), rows(200))
    invocation, given = step()
    handed = cluster.handed(
        inputs={
            "examples": [
                {
                    "name": "1",
                    "uri": uris["examples"],
                    "metadata": {"split_names": '["eval"]'},
                }
            ],
            "model": [{"name": "2", "uri": uris["model"]}],
        },
        outputs={"explanation": {}},
        parameters=given,
    )
    process = cluster.start(arguments(invocation, handed), "-X", "importtime")
    _, said = process.communicate()
    assert process.returncode == 0, said[-2000:]
    loaded = {line.rsplit("|", 1)[-1].strip() for line in said.splitlines()}
    assert "tensorflow" in loaded
    assert not loaded & {"tfx", "tfx.types", "apache_beam", "kfp", "shap"}
    (told,) = cluster.told()["artifacts"]["explanation"]["artifacts"]
    assert told["uri"] == output_uri("explanation")
    assert told["metadata"]["top"] == "strong"
    assert told["metadata"]["metric"] == "auc"
    assert read_importance(cluster.copy(told["uri"])).features[0].feature == "strong"
