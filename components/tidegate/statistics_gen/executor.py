"""StatisticsGen's executor: reads the artifacts, generates, writes."""

from __future__ import annotations

import json
import logging
import os
import time
from pathlib import Path
from typing import Any

from tfx.dsl.components.base import base_beam_executor, base_executor
from tfx.types import artifact_utils
from tfx.utils import json_utils

from tidegate.errors import UsageError
from tidegate.statistics_gen import spec
from tidegate.statistics_gen.generate import FILE_NAME, fold_here, generate, write
from tidegate.statistics_gen.not_covered import NotCovered
from tidegate.statistics_gen.options import Options, parse
from tidegate.statistics_gen.second_look import Fold

_LOG = logging.getLogger("tidegate.statistics")
# Properties that the stock executor gives its artifact.
_DASHBOARD = "stats_dashboard_link"
_SAMPLE_RATES = "sample_rate_by_split"
# What an Examples artifact says of its files, and what it says where they are
# gzipped records of tf.Examples in one folder a split.
_USUAL = {
    "payload_format": "FORMAT_TF_EXAMPLE",
    "file_format": "tfrecords_gzip",
    "custom_split_pattern": "",
}

Artifacts = dict[str, list[Any]]


class Executor(base_beam_executor.BaseBeamExecutor):  # type: ignore[misc]
    """Writes the statistics of each split."""

    def __init__(self, context: Any = None) -> None:
        # Not the Beam executor's, which packs TFX for workers: that takes
        # seconds, and only an engine on Beam needs it.
        base_executor.BaseExecutor.__init__(self, context)

    def Do(
        self,
        input_dict: Artifacts,
        output_dict: Artifacts,
        exec_properties: dict[str, Any],
    ) -> None:
        """Writes `Split-<name>/FeatureStats.pb`, or raises `DataError`."""
        try:
            self._generate(input_dict, output_dict, exec_properties)
        except NotCovered as reason:
            _LOG.info("the stock StatisticsGen makes these statistics: %s", reason)
            _stock(self._context).Do(input_dict, output_dict, exec_properties)

    def _generate(
        self,
        input_dict: Artifacts,
        output_dict: Artifacts,
        exec_properties: dict[str, Any],
    ) -> None:
        started = time.monotonic()
        examples = artifact_utils.get_single_instance(input_dict[spec.EXAMPLES])
        output = artifact_utils.get_single_instance(output_dict[spec.STATISTICS])
        options = _options(input_dict, exec_properties)
        _demand_covered(examples, options)
        splits = _splits(examples, exec_properties)
        fold = self._fold(exec_properties, output.uri)
        made = generate(Path(examples.uri), splits, options, fold)
        for split in splits:
            folder = artifact_utils.get_split_uri([_named(output, splits)], split)
            write(made[split], Path(folder) / FILE_NAME)
        _describe(output, examples, splits)
        rows = sum(one.datasets[0].num_examples for one in made.values())
        seconds = time.monotonic() - started
        _LOG.info("statistics of %s rows in %.1f s", f"{rows:,}", seconds)

    def _fold(self, exec_properties: dict[str, Any], folder: str) -> Fold:
        if exec_properties.get(spec.ENGINE) != "beam":
            return fold_here
        from tidegate.data_tests.on_beam import BeamEngine

        return BeamEngine(_Pipelines(self._context).make, folder).fold


class _Pipelines(base_beam_executor.BaseBeamExecutor):  # type: ignore[misc]
    """Makes pipelines with the options that the node was given."""

    def make(self) -> Any:
        """An empty pipeline."""
        return self._make_beam_pipeline()

    def Do(
        self,
        input_dict: Artifacts,
        output_dict: Artifacts,
        exec_properties: dict[str, Any],
    ) -> None:
        """Nothing; it is no executor."""
        raise NotImplementedError


def _stock(context: Any) -> Any:
    """The stock executor; it imports TensorFlow."""
    from tfx.components.statistics_gen import executor as stock

    return stock.Executor(context)


def _options(input_dict: Artifacts, exec_properties: dict[str, Any]) -> Options:
    schema = None
    if input_dict.get(spec.SCHEMA):
        from tidegate.data_tests.schema_verdict import read_schema

        folder = Path(artifact_utils.get_single_uri(input_dict[spec.SCHEMA]))
        schema = read_schema(_only_file(folder))
    return parse(exec_properties.get(spec.STATS_OPTIONS), schema)


def _only_file(folder: Path) -> Path:
    files = [path for path in folder.iterdir() if not path.name.startswith(".")]
    if len(files) != 1:
        raise UsageError(
            "the Schema artifact is not one file",
            where=str(folder),
            expected="one file",
            got=f"{len(files)} of them",
            fix="import the schema again",
        )
    return files[0]


def _demand_covered(examples: Any, options: Options) -> None:
    reasons = [*options.uncovered, *_unusual(examples)]
    if reasons:
        raise NotCovered("; ".join(reasons))


def _unusual(examples: Any) -> list[str]:
    """What sets the artifact apart from the files of tf.Examples that are read."""
    found = []
    if "://" in examples.uri or not os.path.isdir(examples.uri):
        found.append(f"the examples are at {examples.uri}")
    for name, usual in _USUAL.items():
        if examples.has_custom_property(name):
            value = examples.get_string_custom_property(name)
            if value not in ("", usual):
                found.append(f"the examples have {name} {value}")
    return found


def _splits(examples: Any, exec_properties: dict[str, Any]) -> list[str]:
    excluded = json.loads(exec_properties.get(spec.EXCLUDE_SPLITS) or "null") or []
    named = artifact_utils.decode_split_names(examples.split_names)
    found = [split for split in named if split not in excluded]
    if not found:
        raise UsageError(
            "there is no split to make statistics of",
            where=examples.uri,
            expected="one split at least that is not excluded",
            got=f"splits {', '.join(named) or 'none'}, excluded {excluded}",
            fix="exclude fewer splits",
        )
    return found


def _named(output: Any, splits: list[str]) -> Any:
    """The output with its splits, without which their folders are unknown."""
    output.split_names = artifact_utils.encode_split_names(splits)
    return output


def _describe(output: Any, examples: Any, splits: list[str]) -> None:
    """Sets the properties that the stock executor sets."""
    output.span = examples.span
    output.set_string_custom_property(_DASHBOARD, "")
    rates = json_utils.dumps(dict.fromkeys(splits, 1.0))
    output.set_json_value_custom_property(_SAMPLE_RATES, rates)
