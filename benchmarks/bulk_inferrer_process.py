"""One peer of the BulkInferrer's benchmark, in a process of its own.

Usage: python benchmarks/bulk_inferrer_process.py PEER MODEL EXAMPLES WORK
PEER is `stock` or `tidegate`; MODEL and EXAMPLES are folders of artifacts.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from pipeline_process import run_ours, run_stock
from tfx import v1 as tfx

import tidegate

KEY = ("carrier", "flight", "origin", "time_hour")


def main() -> None:
    """Runs the peer that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("peer", choices=("stock", "tidegate"))
    parser.add_argument("model", type=Path)
    parser.add_argument("examples", type=Path)
    parser.add_argument("work", type=Path)
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    model, examples = _importers(given.model, given.examples)
    inputs = {
        "examples": examples.outputs["result"],
        "model": model.outputs["result"],
    }
    if given.peer == "stock":
        run_stock([model, examples, tfx.components.BulkInferrer(**inputs)], given.work)
    else:
        inferrer = tidegate.BulkInferrer(**inputs, key=KEY)
        run_ours([model, examples, inferrer], given.work)


def _importers(model: Path, examples: Path) -> tuple[Any, Any]:
    splits = sorted(one.name.removeprefix("Split-") for one in examples.glob("Split-*"))
    types = tfx.types.standard_artifacts
    return (
        tfx.dsl.Importer(source_uri=str(model), artifact_type=types.Model).with_id(
            "model"
        ),
        tfx.dsl.Importer(
            source_uri=str(examples),
            artifact_type=types.Examples,
            properties={"split_names": json.dumps(splits)},
        ).with_id("examples"),
    )


if __name__ == "__main__":
    main()
