"""Stock TFX on one CSV file: ExampleGen, StatisticsGen, SchemaGen, ExampleValidator.

Usage: python benchmarks/stock_validation.py FOLDER_WITH_THE_CSV WORKING_FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

from tfx import v1 as tfx

# In full: DirectRunner may try a binary from outside first.
RUNNER = "apache_beam.runners.portability.fn_api_runner.FnApiRunner"


def main(data: Path, work: Path) -> None:
    """Runs the four components with the runner and the defaults of stock TFX."""
    examples = tfx.components.CsvExampleGen(input_base=str(data))
    statistics = tfx.components.StatisticsGen(examples=examples.outputs["examples"])
    schema = tfx.components.SchemaGen(statistics=statistics.outputs["statistics"])
    validator = tfx.components.ExampleValidator(
        statistics=statistics.outputs["statistics"], schema=schema.outputs["schema"]
    )
    tfx.orchestration.LocalDagRunner().run(
        tfx.dsl.Pipeline(
            pipeline_name="stock",
            pipeline_root=str(work / "root"),
            components=[examples, statistics, schema, validator],
            metadata_connection_config=(
                tfx.orchestration.metadata.sqlite_metadata_connection_config(
                    str(work / "metadata.db")
                )
            ),
            beam_pipeline_args=[f"--runner={RUNNER}"],
        )
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
