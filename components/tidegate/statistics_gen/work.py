"""StatisticsGen's work: reads the artifacts, generates, writes."""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tidegate.errors import UsageError
from tidegate.statistics_gen import keys
from tidegate.statistics_gen.generate import FILE_NAME, fold_here, generate, write
from tidegate.statistics_gen.not_covered import NotCovered
from tidegate.statistics_gen.options import Options, parse
from tidegate.statistics_gen.second_look import Fold
from tidegate.steps.context import Artifacts, Context, NeedsExecutor
from tidegate.steps.reading import (
    decode_split_names,
    encode_split_names,
    get_single_instance,
    get_single_uri,
    get_split_uri,
)

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

# Makes, for a folder to work in, the engine on Beam; only a Beam executor can.
FOLD_ON_BEAM = "fold_on_beam"


def do(
    inputs: Artifacts, outputs: Artifacts, properties: dict[str, Any], context: Context
) -> None:
    """Writes `Split-<name>/FeatureStats.pb`, or raises `DataError`.

    Raises:
        NotCovered: The stock executor has to do it.
        NeedsExecutor: It is to be done on Beam.
    """
    started = time.monotonic()
    examples = get_single_instance(inputs[keys.EXAMPLES])
    output = get_single_instance(outputs[keys.STATISTICS])
    options = _options(inputs, properties)
    _demand_covered(examples, options)
    splits = _splits(examples, properties)
    fold = _fold(properties, context, output.uri)
    made = generate(Path(examples.uri), splits, options, fold)
    for split in splits:
        folder = get_split_uri([_named(output, splits)], split)
        write(made[split], Path(folder) / FILE_NAME)
    _describe(output, examples, splits)
    rows = sum(one.datasets[0].num_examples for one in made.values())
    seconds = time.monotonic() - started
    _LOG.info("statistics of %s rows in %.1f s", f"{rows:,}", seconds)


def _fold(properties: dict[str, Any], context: Context, folder: str) -> Fold:
    if properties.get(keys.ENGINE) != "beam":
        return fold_here
    make: Callable[[str], Fold] | None = context.tools.get(FOLD_ON_BEAM)
    if make is None:
        raise NeedsExecutor("statistics on Beam")
    return make(folder)


def _options(inputs: Artifacts, properties: dict[str, Any]) -> Options:
    schema = None
    if inputs.get(keys.SCHEMA):
        from tidegate.data_tests.schema_verdict import read_schema

        folder = Path(get_single_uri(inputs[keys.SCHEMA]))
        schema = read_schema(_only_file(folder))
    return parse(properties.get(keys.STATS_OPTIONS), schema)


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


def _splits(examples: Any, properties: dict[str, Any]) -> list[str]:
    excluded = json.loads(properties.get(keys.EXCLUDE_SPLITS) or "null") or []
    named = decode_split_names(examples.split_names)
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
    output.split_names = encode_split_names(splits)
    return output


def _describe(output: Any, examples: Any, splits: list[str]) -> None:
    """Sets the properties that the stock executor sets."""
    output.span = examples.span
    output.set_string_custom_property(_DASHBOARD, "")
    rates = json.dumps(dict.fromkeys(splits, 1.0), sort_keys=True)
    output.set_json_value_custom_property(_SAMPLE_RATES, rates)
