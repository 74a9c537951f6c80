"""A small project whose pipeline has a bit of everything that is compiled."""

from __future__ import annotations

from pathlib import Path

IMAGE = "registry.example/tidegate@sha256:" + 4 * "0123456789abcdef"
FILES = {
    "pyproject.toml": "",
    "schemas/schema.pbtxt": 'feature { name: "size" type: FLOAT }\n',
    "schemas/tests.yaml": "dataset: sizes\ntests:\n  - rows: {at_least: 10}\n",
    "small/__init__.py": "",
    "small/config.yaml": "name: small\ndata: data/*.csv\n",
    "small/config.py": '''"""Settings."""

from pydantic import Field

from tidegate.config import PipelineConfig


class Config(PipelineConfig):
    """Settings of the small pipeline."""

    epochs: int = Field(default=3, ge=1, le=100)
    rate: float = 0.5
    warm: bool = False
    optimizer: str = "adam"
    doubled: int = 1
    with_pusher: bool = True
''',
    "small/code/train.py": '"""Training."""\n',
    "small/code/features.py": '"""Features."""\n',
    "small/pipeline.py": '''"""The small pipeline."""

from pathlib import Path

from tfx import v1 as tfx

import tidegate

FOLDER = Path(__file__).resolve().parent


def create_components(config):
    """From files to a pushed model."""
    examples = tidegate.ExampleGen(data=config.data, span=config.span)
    statistics = tidegate.StatisticsGen(examples=examples.outputs["examples"])
    schema = tfx.components.ImportSchemaGen(
        schema_file=str(FOLDER.parent / "schemas" / "schema.pbtxt")
    )
    tests = tidegate.DataTests(
        examples=examples.outputs["examples"],
        statistics=statistics.outputs["statistics"],
        schema=schema.outputs["schema"],
        suite=FOLDER.parent / "schemas" / "tests.yaml",
    )
    hyper = tfx.dsl.Importer(
        source_uri="gs://bucket/best",
        artifact_type=tfx.types.standard_artifacts.HyperParameters,
        custom_properties={"trial": 7},
    ).with_id("BestTrial")
    trainer = tfx.components.Trainer(
        examples=examples.outputs["examples"],
        schema=schema.outputs["schema"],
        hyperparameters=hyper.outputs["result"],
        module_file=str(FOLDER / "code" / "train.py"),
        custom_config={
            "epochs": config.epochs,
            "rate": config.rate,
            "name": f"run-{config.optimizer}",
            "warm": config.warm,
            "steps": 2 * config.doubled,
        },
    )
    gate = tidegate.Gate(data=tests.outputs["report"]).before(trainer)
    nodes = [examples, statistics, schema, tests, gate, hyper, trainer]
    if config.with_pusher:
        nodes.append(
            tfx.components.Pusher(
                model=trainer.outputs["model"],
                push_destination=tfx.proto.PushDestination(
                    filesystem=tfx.proto.PushDestination.Filesystem(
                        base_directory="gs://bucket/pushed"
                    )
                ),
            )
        )
    return nodes
''',
    "kubeflow/dev.yaml": """image: IMAGE
pipeline_root: gs://bucket/root
settings: {data: "gs://bucket/data/*.csv"}
parameters: [data, span, epochs, rate, optimizer, warm]
steps:
  cpu: {request: 500m, limit: 2}
  memory: 4Gi
  retries: 2
  labels: {team: sizes}
  secret_env: [{name: store, keys: {token: STORE_TOKEN}}]
components:
  Trainer:
    gpu: 1
    memory: 16Gi
    node_selector: {pool: gpu}
    tolerations: [{key: gpu, operator: Exists, effect: NoSchedule}]
    env: {TF_FORCE_GPU_ALLOW_GROWTH: "true"}
notify: {secret: notify-urls, title: sizes}
""",
    "kubeflow/vertex.yaml": """image: IMAGE
pipeline_root: gs://bucket/root
settings: {data: "gs://bucket/data/*.csv"}
parameters: [span]
steps: {cpu: 2, memory: 4Gi, retries: 2}
components:
  Trainer: {gpu: {type: NVIDIA_TESLA_T4, count: 1}}
""",
}


def write(folder: Path) -> Path:
    """Writes the project; returns the folder of its pipeline."""
    for name, text in FILES.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text.replace("IMAGE", IMAGE))
    return folder / "small"
