"""The batch pipeline of flights: predictions for a delivery, by the served model.

Whoever wants the predictions finds them as Parquet in the artifact `predictions`
of the BulkInferrer, with the key of each flight and the version of the model.
Nothing is predicted for a delivery that failed its tests.
"""

from __future__ import annotations

from pathlib import Path

from tfx import v1 as tfx
from tfx.dsl.components.base.base_node import BaseNode

import tidegate
from pipelines.flights_batch.config import Config
from tidegate.config import CONFIG_FILE, load_config

FOLDER = Path(__file__).resolve().parent
SCHEMAS = FOLDER.parents[1] / "schemas" / "flights"
SPLIT = "serving"
# What names a flight, here as in the suites.
KEY = ("carrier", "flight", "origin", "time_hour")


def create_components(config: Config | None = None) -> list[BaseNode]:
    """The nodes of the pipeline, in the order in which they run.

    Args:
        config: Settings; None reads `config.yaml` in this folder.
    """
    config = config or load_config(FOLDER / CONFIG_FILE, Config)
    data = _data_nodes(config)
    example_gen, gate = data[0], data[-1]
    champion = tidegate.Champion(pushed=config.push_to)
    bulk_inferrer = tidegate.BulkInferrer(
        examples=example_gen.outputs["examples"],
        model=champion.outputs["model"],
        key=KEY,
        pass_through=["dest"],
        signature=config.signature,
        engine=config.component_engine,
    )
    gate.before(bulk_inferrer)
    return [*data, champion, bulk_inferrer]


def _data_nodes(config: Config) -> list[BaseNode]:
    """From files to examples that passed their tests; the gate is the last."""
    example_gen = tidegate.ExampleGen(
        data=config.data,
        splits={SPLIT: 1},
        span=config.span,
        engine=config.component_engine,
    )
    examples = example_gen.outputs["examples"]
    statistics_gen = tidegate.StatisticsGen(
        examples=examples, engine=config.component_engine
    )
    schema_gen = tfx.components.ImportSchemaGen(
        schema_file=str(SCHEMAS / "serving_schema.pbtxt")
    )
    data_tests = tidegate.DataTests(
        examples=examples,
        statistics=statistics_gen.outputs["statistics"],
        schema=schema_gen.outputs["schema"],
        suite=SCHEMAS / config.suite,
        engine=config.component_engine,
    )
    gate = tidegate.Gate(data=data_tests.outputs["report"]).with_id("DataGate")
    return [example_gen, statistics_gen, schema_gen, data_tests, gate]
