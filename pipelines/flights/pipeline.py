"""The flights pipeline: from monthly CSV files to a pushed model.

Every node that reads the examples stands behind the first gate, and the Pusher
behind the second, so that neither bad data nor a bad model gets through.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from tfx import v1 as tfx
from tfx.dsl.components.base.base_node import BaseNode

import tidegate
from pipelines.flights.config import Config
from pipelines.flights.evaluation import eval_config
from pipelines.flights.user_code import flights_features as features
from tidegate.config import CONFIG_FILE, load_config

FOLDER = Path(__file__).resolve().parent
USER_CODE = FOLDER / "user_code"
SCHEMAS = FOLDER.parents[1] / "schemas" / "flights"
# What the record of a pushed model says beside what the artifacts tell.
SETTINGS_OF_A_MODEL = {
    *("span", "splits", "epochs", "batch_size", "learning_rate", "seed"),
    *("warm_start", "tuning", "least_auc"),
}

Channel: TypeAlias = Any


def create_components(config: Config | None = None) -> list[BaseNode]:
    """The nodes of the pipeline, in the order in which they run.

    Args:
        config: Settings; None reads `config.yaml` in this folder.
    """
    config = config or load_config(FOLDER / CONFIG_FILE, Config)
    data = _data_nodes(config)
    transform = tidegate.Transform(
        examples=data.examples,
        schema=data.schema,
        module_file=str(USER_CODE / "flights_preprocessing.py"),
        engine=config.component_engine,
    )
    champion = tidegate.Champion(pushed=config.push_to)
    training = _training_nodes(config, transform, data.schema, champion)
    model = training[-1].outputs["model"]
    judging = _judging_nodes(config, data, model, champion)
    data.gate.before(transform, *training, *judging.measuring)
    pushing = _pushing_nodes(config, data, model, judging)
    judging.gate.before(*pushing)
    return [
        *data.nodes,
        transform,
        champion,
        *training,
        *judging.nodes,
        *pushing,
    ]


@dataclass(frozen=True)
class DataNodes:
    """From files to examples that passed their tests."""

    nodes: list[BaseNode]
    examples: Channel
    statistics: Channel
    schema: Channel
    report: Channel
    gate: tidegate.Gate


@dataclass(frozen=True)
class JudgingNodes:
    """From a trained model to the gate before the push.

    Attributes:
        nodes: All of them.
        measuring: Those that read examples, and so stand behind the data's gate.
        evaluation: What the Evaluator measured.
        explanation: What the predictions hang on.
        model_report: What the model tests say.
        infra_report: What the infra tests say.
        gate: The gate that reads both.
    """

    nodes: list[BaseNode]
    measuring: list[BaseNode]
    evaluation: Channel
    explanation: Channel
    model_report: Channel
    infra_report: Channel
    gate: tidegate.Gate


def _data_nodes(config: Config) -> DataNodes:
    example_gen = tidegate.ExampleGen(
        data=config.data,
        splits=config.splits.model_dump(),
        span=config.span,
        engine=config.component_engine,
    )
    examples = example_gen.outputs["examples"]
    statistics_gen = tidegate.StatisticsGen(
        examples=examples, engine=config.component_engine
    )
    schema_gen = tfx.components.ImportSchemaGen(
        schema_file=str(SCHEMAS / "schema.pbtxt")
    )
    data_tests = tidegate.DataTests(
        examples=examples,
        statistics=statistics_gen.outputs["statistics"],
        schema=schema_gen.outputs["schema"],
        suite=SCHEMAS / config.suite,
        engine=config.component_engine,
    )
    gate = tidegate.Gate(data=data_tests.outputs["report"]).with_id("DataGate")
    return DataNodes(
        nodes=[example_gen, statistics_gen, schema_gen, data_tests, gate],
        examples=examples,
        statistics=statistics_gen.outputs["statistics"],
        schema=schema_gen.outputs["schema"],
        report=data_tests.outputs["report"],
        gate=gate,
    )


def _training_nodes(
    config: Config, transform: BaseNode, schema: Channel, champion: BaseNode
) -> list[BaseNode]:
    """The Trainer, behind a Tuner where the settings want one."""
    given = {
        "examples": transform.outputs["transformed_examples"],
        "transform_graph": transform.outputs["transform_graph"],
        "schema": schema,
    }
    settings = config.model_dump(
        include={"epochs", "batch_size", "learning_rate", "seed"}
    )
    tuners: list[BaseNode] = []
    chosen: dict[str, Channel] = {}
    if config.tuning.trials:
        tuner = tfx.components.Tuner(
            **given,
            module_file=str(USER_CODE / "flights_tuning.py"),
            custom_config=settings | config.tuning.model_dump(),
        )
        tuners = [tuner]
        chosen["hyperparameters"] = tuner.outputs["best_hyperparameters"]
    if config.warm_start:
        chosen["base_model"] = champion.outputs["model"]
    trainer = tfx.components.Trainer(
        **given,
        **chosen,
        module_file=str(USER_CODE / "flights_training.py"),
        custom_config=settings,
    )
    return [*tuners, trainer]


def _judging_nodes(
    config: Config, data: DataNodes, model: Channel, champion: BaseNode
) -> JudgingNodes:
    evaluator = tidegate.Evaluator(
        examples=data.examples,
        model=model,
        baseline_model=champion.outputs["model"],
        eval_config=eval_config(config),
        engine=config.component_engine,
    )
    explainer = tidegate.Explainer(
        examples=data.examples,
        model=model,
        label=features.LABEL,
        weight=features.WEIGHT,
    )
    model_tests = tidegate.ModelTests(
        evaluation=evaluator.outputs["evaluation"],
        model=model,
        explanation=explainer.outputs["explanation"],
        suite=SCHEMAS / config.model_suite,
    )
    infra_tests = tidegate.InfraTests(
        model=model,
        examples=data.examples,
        evaluation=evaluator.outputs["evaluation"],
        dataset="flights model",
        # Nobody who asks at departure has these.
        without=features.AFTER_LANDING,
    )
    gate = tidegate.Gate(
        model=model_tests.outputs["report"], infra=infra_tests.outputs["report"]
    ).with_id("ModelGate")
    return JudgingNodes(
        nodes=[evaluator, explainer, model_tests, infra_tests, gate],
        measuring=[evaluator, explainer, infra_tests],
        evaluation=evaluator.outputs["evaluation"],
        explanation=explainer.outputs["explanation"],
        model_report=model_tests.outputs["report"],
        infra_report=infra_tests.outputs["report"],
        gate=gate,
    )


def _pushing_nodes(
    config: Config, data: DataNodes, model: Channel, judging: JudgingNodes
) -> list[BaseNode]:
    """The Pusher, the canary step where the settings want one, and the card."""
    reports = {
        "data_report": data.report,
        "model_report": judging.model_report,
        "infra_report": judging.infra_report,
    }
    pusher = tidegate.Pusher(
        model=model,
        push_to=config.push_to,
        examples=data.examples,
        schema=data.schema,
        evaluation=judging.evaluation,
        parameters=config.model_dump(mode="json", include=SETTINGS_OF_A_MODEL),
        becomes="champion" if config.canary is None else "canary",
        percent=config.canary or 0,
        code=__file__,
        **reports,
    )
    canaries: list[BaseNode] = []
    if config.canary is not None:
        canary = tidegate.Canary(
            pusher.outputs["pushed_model"],
            data.examples,
            config.push_to,
            suite=SCHEMAS / config.canary_suite,
            label=features.LABEL,
            weight=features.WEIGHT,
            slices=["origin"],
        )
        canary_gate = tidegate.Gate(model=canary.outputs["report"])
        canaries = [canary, canary_gate.with_id("CanaryGate")]
    card = tidegate.ModelCardGen(
        pushed_model=pusher.outputs["pushed_model"],
        evaluation=judging.evaluation,
        schema=data.schema,
        statistics=data.statistics,
        explanation=judging.explanation,
        about=SCHEMAS / "about_model.yaml",
        name=config.name,
        **reports,
    )
    return [pusher, card, *canaries]
