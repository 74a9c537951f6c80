"""What one execution of Transform is to do, out of TFX's artifacts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tensorflow_metadata.proto.v0 import schema_pb2
from tfx.components.transform import executor as stock
from tfx.components.transform import executor_utils, labels
from tfx.components.util import examples_utils, tfxio_utils
from tfx.proto import example_gen_pb2
from tfx.types import artifact_utils
from tfx.types import standard_component_specs as keys
from tfx.utils import io_utils

from tidegate.transform.unsupported import Unsupported

Artifacts = Mapping[str, Sequence[Any]]
_GZIPPED_RECORDS = "tfrecords_gzip"


@dataclass(frozen=True)
class Split:
    """One split of one artifact.

    Attributes:
        key: The key of its analyzer cache, a DatasetKey of TFT's.
        pattern: Its files, as TFX names them.
        artifact: Folder of the Examples artifact.
        name: Name of the split.
        output: Where its transformed examples go: a prefix of file names. None
            if they are not materialized.
    """

    key: Any
    pattern: str
    artifact: Path
    name: str
    output: str | None = None


@dataclass(frozen=True)
class Statistics:
    """Where the statistics go: folders, by TFX's names of the outputs."""

    pre_stats: Path
    pre_schema: Path
    post_stats: Path
    post_schema: Path
    post_anomalies: Path


@dataclass(frozen=True)
class Request:
    """What is to be done.

    Attributes:
        analyze: Splits to analyze, in TFX's order.
        transform: Splits to transform.
        schema: Schema of the examples.
        output: Folder of the transform graph.
        cache: Folder of the analyzer cache; None if there is to be none.
        statistics: Where statistics go; None if there are to be none.
        materialize: Whether to write transformed examples.
    """

    analyze: Sequence[Split]
    transform: Sequence[Split]
    schema: schema_pb2.Schema
    output: Path
    cache: Path | None
    statistics: Statistics | None
    materialize: bool


def resolve(
    inputs: Artifacts, outputs: dict[str, Any], properties: Mapping[str, Any]
) -> Request:
    """The request that artifacts and properties describe.

    Raises:
        Unsupported: It is for the stock executor.
    """
    _demand_supported(inputs, outputs, properties)
    executor_utils.MatchNumberOfTransformedExamplesArtifacts(inputs, outputs)
    splits = executor_utils.ResolveSplitsConfig(
        properties.get(keys.SPLITS_CONFIG_KEY), inputs[keys.EXAMPLES_KEY]
    )
    transformed = outputs.get(keys.TRANSFORMED_EXAMPLES_KEY)
    executor_utils.SetSplitNames(splits.transform, transformed)
    targets = executor_utils.GetSplitPaths(transformed)
    (schema_folder,) = (artifact.uri for artifact in inputs[keys.SCHEMA_KEY])
    schema = io_utils.SchemaReader().read(io_utils.get_only_uri_in_dir(schema_folder))
    cache = executor_utils.GetCachePathEntry(keys.UPDATED_ANALYZER_CACHE_KEY, outputs)
    folder = cache.get(labels.CACHE_OUTPUT_PATH_LABEL)
    return Request(
        analyze=_splits(inputs, splits.analyze, []),
        transform=_splits(inputs, splits.transform, targets),
        schema=schema,
        output=Path(artifact_utils.get_single_uri(outputs[keys.TRANSFORM_GRAPH_KEY])),
        cache=Path(folder) if folder else None,
        statistics=_statistics(outputs, properties),
        materialize=bool(targets),
    )


def _demand_supported(
    inputs: Artifacts, outputs: Artifacts, properties: Mapping[str, Any]
) -> None:
    examples = inputs[keys.EXAMPLES_KEY]
    if inputs.get(keys.ANALYZER_CACHE_KEY):
        raise Unsupported("an analyzer cache is to be read")
    if properties.get(keys.FORCE_TF_COMPAT_V1_KEY):
        raise Unsupported("force_tf_compat_v1 is set")
    if properties.get(keys.SAVE_OPTIONS_KEY) is not None:
        raise Unsupported("save_options are set")
    kind, _ = tfxio_utils.resolve_payload_format_and_data_view_uri(examples)
    if kind != example_gen_pb2.FORMAT_TF_EXAMPLE:
        raise Unsupported("the payloads are not tf.Examples")
    files = {examples_utils.get_file_format(artifact) for artifact in examples}
    if files != {_GZIPPED_RECORDS}:
        raise Unsupported(f"the examples are in files of {', '.join(sorted(files))}")
    every = (*inputs.values(), *outputs.values())
    remote = [one.uri for group in every for one in group if "://" in one.uri]
    if remote:
        raise Unsupported(f"{remote[0]} is not on this machine")


def _splits(
    inputs: Artifacts, names: Sequence[str], targets: Sequence[str]
) -> list[Split]:
    """The splits, in the order of their keys as TFX has them."""
    found = _named(inputs, names)
    places = {pattern: (artifact, name) for pattern, artifact, name in found}
    patterns = list(places)
    sets = stock.TransformProcessor()._MakeDatasetList(
        patterns,
        [_GZIPPED_RECORDS] * len(patterns),
        example_gen_pb2.FORMAT_TF_EXAMPLE,
        None,
        False,
        None,
        list(targets) or None,
    )
    return [
        Split(
            one.dataset_key,
            one.file_pattern,
            *places[one.file_pattern],
            one.materialize_output_path if targets else None,
        )
        for one in sets
    ]


def _named(inputs: Artifacts, names: Sequence[str]) -> Iterator[tuple[str, Path, str]]:
    for name in names:
        for artifact in inputs[keys.EXAMPLES_KEY]:
            (uri,) = artifact_utils.get_split_uris([artifact], name)
            yield io_utils.all_files_pattern(uri), Path(artifact.uri), name


def _statistics(outputs: Artifacts, properties: Mapping[str, Any]) -> Statistics | None:
    if properties.get(keys.DISABLE_STATISTICS_KEY):
        return None
    places = executor_utils.GetStatsOutputPathEntries(False, outputs)
    if not places:
        raise Unsupported("statistics are to stand inside the transform graph")
    return Statistics(
        pre_stats=Path(places[labels.PRE_TRANSFORM_OUTPUT_STATS_PATH_LABEL]),
        pre_schema=Path(places[labels.PRE_TRANSFORM_OUTPUT_SCHEMA_PATH_LABEL]),
        post_stats=Path(places[labels.POST_TRANSFORM_OUTPUT_STATS_PATH_LABEL]),
        post_schema=Path(places[labels.POST_TRANSFORM_OUTPUT_SCHEMA_PATH_LABEL]),
        post_anomalies=Path(places[labels.POST_TRANSFORM_OUTPUT_ANOMALIES_PATH_LABEL]),
    )
