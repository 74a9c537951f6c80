"""The flights pipeline: from monthly CSV files to a pushed model.

Every node that reads the examples stands behind the first gate, and the Pusher
behind the second, so that neither bad data nor a bad model gets through.
"""

from __future__ import annotations

from pathlib import Path

from tfx import v1 as tfx
from tfx.dsl.components.base.base_node import BaseNode

import tidegate
from pipelines.flights.config import Config
from pipelines.flights.evaluation import eval_config
from tidegate.config import CONFIG_FILE, load_config

FOLDER = Path(__file__).resolve().parent
USER_CODE = FOLDER / "user_code"
SCHEMAS = FOLDER.parents[1] / "schemas" / "flights"


def create_components(config: Config | None = None) -> list[BaseNode]:
    """The nodes of the pipeline, in the order in which they run.

    Args:
        config: Settings; None reads `config.yaml` in this folder.
    """
    config = config or load_config(FOLDER / CONFIG_FILE, Config)
    data = _data_nodes(config)
    example_gen, _, schema_gen, _, data_gate = data
    examples, schema = example_gen.outputs["examples"], schema_gen.outputs["schema"]
    transform = tidegate.Transform(
        examples=examples,
        schema=schema,
        module_file=str(USER_CODE / "flights_preprocessing.py"),
        engine=config.component_engine,
    )
    trainer = tfx.components.Trainer(
        examples=transform.outputs["transformed_examples"],
        transform_graph=transform.outputs["transform_graph"],
        schema=schema,
        module_file=str(USER_CODE / "flights_training.py"),
        custom_config=config.model_dump(
            include={"epochs", "batch_size", "learning_rate", "seed"}
        ),
    )
    model_nodes = _model_nodes(config, examples, trainer.outputs["model"])
    evaluator = model_nodes[1]
    data_gate.before(transform, trainer, evaluator)
    return [*data, transform, trainer, *model_nodes]


def _data_nodes(config: Config) -> list[BaseNode]:
    """From files to examples that passed their tests; the gate is the last."""
    example_gen = tidegate.ExampleGen(
        data=config.data,
        splits=config.splits.model_dump(),
        span=config.span,
        engine=config.component_engine,
    )
    statistics_gen = tidegate.StatisticsGen(
        examples=example_gen.outputs["examples"], engine=config.component_engine
    )
    schema_gen = tfx.components.ImportSchemaGen(
        schema_file=str(SCHEMAS / "schema.pbtxt")
    )
    data_tests = tidegate.DataTests(
        examples=example_gen.outputs["examples"],
        statistics=statistics_gen.outputs["statistics"],
        schema=schema_gen.outputs["schema"],
        suite=SCHEMAS / config.suite,
        engine=config.component_engine,
    )
    gate = tidegate.Gate(data=data_tests.outputs["report"]).with_id("DataGate")
    return [example_gen, statistics_gen, schema_gen, data_tests, gate]


def _model_nodes(
    config: Config, examples: tfx.types.BaseChannel, model: tfx.types.BaseChannel
) -> list[BaseNode]:
    """From a trained model to a pushed one; the Evaluator is the second."""
    champion = tidegate.Champion(pushed=config.push_to)
    evaluator = tidegate.Evaluator(
        examples=examples,
        model=model,
        baseline_model=champion.outputs["model"],
        eval_config=eval_config(config),
        engine=config.component_engine,
    )
    model_tests = tidegate.ModelTests(
        evaluation=evaluator.outputs["evaluation"], model=model
    )
    gate = tidegate.Gate(model=model_tests.outputs["report"]).with_id("ModelGate")
    pusher = tfx.components.Pusher(
        model=model,
        model_blessing=evaluator.outputs["blessing"],
        push_destination=tfx.proto.PushDestination(
            filesystem=tfx.proto.PushDestination.Filesystem(
                base_directory=config.push_to
            )
        ),
    )
    gate.before(pusher)
    return [champion, evaluator, model_tests, gate, pusher]
