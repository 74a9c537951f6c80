"""One peer of the pipeline benchmarks, in a process of its own.

Usage: python benchmarks/pipeline_process.py PEER DATA WORK [--until STEP]
PEER is `stock`, `tidegate`, `stock-parquet`, `tidegate-parquet`, or `scale`, which
takes the folder of a trained model in the place of a training (--model).
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT)]

from pipelines.flights.config import Config, Splits  # noqa: E402
from pipelines.flights.pipeline import (  # noqa: E402
    SCHEMAS,
    USER_CODE,
    create_components,
)
from tfx import v1 as tfx  # noqa: E402
from tfx.components.example_gen.component import FileBasedExampleGen  # noqa: E402
from tfx.components.example_gen.custom_executors import parquet_executor  # noqa: E402
from tfx.dsl.components.base import executor_spec  # noqa: E402

import tidegate  # noqa: E402
from tidegate.runners import events, local  # noqa: E402

STEPS = ("ExampleGen", "StatisticsGen", "Transform", "Evaluator", "Pusher")
SPLITS = {"train": 2, "eval": 1}
# In full: DirectRunner may try a binary from outside first.
RUNNER = "--runner=apache_beam.runners.portability.fn_api_runner.FnApiRunner"


def main() -> None:
    """Runs the peer that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("peer")
    parser.add_argument("data", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--until", choices=STEPS, default=STEPS[-1])
    parser.add_argument("--model", type=Path)
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    config = Config(
        name="flights",
        data=str(given.data),
        output=given.work,
        epochs=1,
        splits=Splits(**SPLITS),
    )
    if given.peer == "stock":
        run_stock(cut(stock_nodes(config), given.until), given.work)
    elif given.peer == "stock-parquet":
        run_stock([stock_parquet(given.data)], given.work)
    elif given.peer == "tidegate-parquet":
        run_ours([tidegate.ExampleGen(str(given.data), splits=SPLITS)], given.work)
    elif given.peer == "tidegate":
        run_ours(cut(create_components(config), given.until), given.work)
    else:
        run_ours(scale_nodes(config, given.model), given.work)


def stock_nodes(config: Config) -> list[Any]:
    """The same pipeline of stock components, with ExampleValidator for the tests."""
    example_gen = tfx.components.CsvExampleGen(
        input_base=str(Path(str(config.data)).parent)
    )
    examples = example_gen.outputs["examples"]
    statistics = tfx.components.StatisticsGen(examples=examples)
    schema_gen = tfx.components.ImportSchemaGen(str(SCHEMAS / "schema.pbtxt"))
    schema = schema_gen.outputs["schema"]
    validator = tfx.components.ExampleValidator(
        statistics=statistics.outputs["statistics"], schema=schema
    )
    transform = tfx.components.Transform(
        examples=examples,
        schema=schema,
        module_file=str(USER_CODE / "flights_preprocessing.py"),
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
    model = trainer.outputs["model"]
    champion = tfx.dsl.Resolver(
        strategy_class=tfx.dsl.experimental.LatestBlessedModelStrategy,
        model=tfx.dsl.Channel(type=tfx.types.standard_artifacts.Model),
        model_blessing=tfx.dsl.Channel(type=tfx.types.standard_artifacts.ModelBlessing),
    ).with_id("latest_blessed_model_resolver")
    evaluator = tfx.components.Evaluator(
        examples=examples,
        model=model,
        baseline_model=champion.outputs["model"],
        eval_config=_eval_config(config),
    )
    pusher = tfx.components.Pusher(
        model=model,
        model_blessing=evaluator.outputs["blessing"],
        push_destination=tfx.proto.PushDestination(
            filesystem=tfx.proto.PushDestination.Filesystem(
                base_directory=str(config.push_to)
            )
        ),
    )
    before = [example_gen, statistics, schema_gen, validator, transform, trainer]
    return [*before, champion, evaluator, pusher]


def stock_parquet(folder: Path) -> Any:
    """The stock ExampleGen of the Parquet files in a folder."""
    return FileBasedExampleGen(
        input_base=str(folder),
        custom_executor_spec=executor_spec.BeamExecutorSpec(parquet_executor.Executor),
    )


def scale_nodes(config: Config, model: Path) -> list[Any]:
    """The columnar components alone, with a model that is there."""
    example_gen = tidegate.ExampleGen(str(config.data), splits=SPLITS)
    examples = example_gen.outputs["examples"]
    schema_gen = tfx.components.ImportSchemaGen(str(SCHEMAS / "schema.pbtxt"))
    statistics = tidegate.StatisticsGen(examples=examples)
    transform = tidegate.Transform(
        examples=examples,
        schema=schema_gen.outputs["schema"],
        module_file=str(USER_CODE / "flights_preprocessing.py"),
    )
    trained = tfx.dsl.Importer(
        source_uri=str(model), artifact_type=tfx.types.standard_artifacts.Model
    ).with_id("model")
    evaluator = tidegate.Evaluator(
        examples=examples,
        model=trained.outputs["result"],
        eval_config=_eval_config(config),
    )
    # One after the other, as they are timed.
    transform.add_upstream_node(statistics)
    evaluator.add_upstream_node(transform)
    return [example_gen, schema_gen, statistics, transform, trained, evaluator]


def cut(nodes: list[Any], until: str) -> list[Any]:
    """The nodes up to the one called so; a stock one may have a longer name."""
    ends = [place for place, node in enumerate(nodes) if node.id.endswith(until)]
    kept, left = nodes[: ends[-1] + 1], nodes[ends[-1] + 1 :]
    for node in kept:
        # A gate is named upstream of all that it guards, and TFX wants those, too.
        node.downstream_nodes.difference_update(left)
    return kept


def run_stock(nodes: list[Any], work: Path) -> None:
    """Runs stock components with the stock runner and its defaults."""
    connection = tfx.orchestration.metadata.sqlite_metadata_connection_config(
        str(work / "metadata.sqlite")
    )
    tfx.orchestration.LocalDagRunner().run(
        tfx.dsl.Pipeline(
            pipeline_name="flights",
            pipeline_root=str(work / "artifacts"),
            components=nodes,
            enable_cache=False,
            metadata_connection_config=connection,
            beam_pipeline_args=[RUNNER],
        )
    )


def run_ours(nodes: list[Any], work: Path) -> None:
    """Runs the nodes; notes seconds and peak memory of each in nodes.jsonl."""
    pipeline = local.build(nodes, name="flights", root=work, cache=False)
    with open(work / "nodes.jsonl", "w", encoding="utf-8") as stream:

        def told(event: events.Event) -> None:
            if isinstance(event, events.NodeEnded):
                noted = {"node": event.node, "seconds": event.seconds, "peak": peak()}
                print(json.dumps(noted), file=stream, flush=True)

        local.run(pipeline, told)


def peak() -> float:
    """Largest resident size since the last call, in MiB; Linux forgets it then."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    kilobytes = next(line.split()[1] for line in lines if line.startswith("VmHWM"))
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return int(kilobytes) / 1024


def _eval_config(config: Config) -> Any:
    from pipelines.flights.evaluation import eval_config

    return eval_config(config)


if __name__ == "__main__":
    main()
