"""Transform in this process: analysis, transform graph, examples, statistics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx.components.util import tfxio_utils
from tfx_bsl.tfxio.tfxio import TFXIO

from tidegate.columnar.statistics.dataset_statistics import (
    DatasetStatistics,
    SlicedStatistics,
)
from tidegate.columnar.statistics.slices import ALL_ROWS
from tidegate.columnar.twin import Twin, TwinFile, write_manifest
from tidegate.errors import DataError
from tidegate.runners import progress
from tidegate.transform import outputs
from tidegate.transform.analysis import Analyzed, analyze
from tidegate.transform.applying import BEFORE, transforming
from tidegate.transform.reading import is_empty, read, unsupported_columns
from tidegate.transform.request import Request, Split
from tidegate.transform.saved_graph import SavedGraph
from tidegate.transform.traced import PreprocessingFn, Traced, trace
from tidegate.transform.unsupported import Unsupported
from tidegate.transform.writing import SplitWriter


@dataclass(frozen=True)
class Done:
    """What was done.

    Attributes:
        analyzed: Rows of each analyzed split.
        transformed: Rows of each transformed split.
    """

    analyzed: Mapping[str, int]
    transformed: Mapping[str, int]


def run(request: Request, function: PreprocessingFn, folder: str) -> Done:
    """Does what is asked for.

    Args:
        request: What to do.
        function: The user's preprocessing_fn.
        folder: Folder for temporary files.

    Raises:
        Unsupported: It is for the stock executor; nothing has been written.
        DataError: The examples cannot be read, or not as the schema says, or
            there are none to analyze.
        UsageError: The function fails.
    """
    _demand_examples(request.analyze)
    source = _source(request.analyze[0], request.schema)
    refused = unsupported_columns(source.ArrowSchema())
    if refused:
        raise Unsupported(f"the column {refused[0]!r} is of a type that it cannot hold")
    traced = trace(function, source.TensorAdapter().OriginalTypeSpecs(), folder)
    analyzing, taken = traced.analyzed_columns(), traced.transformed_columns()
    if request.statistics:
        analyzing = list({*analyzing, *taken})
    return _Execution(request, traced, folder, source, analyzing, taken).run()


def _demand_examples(splits: Sequence[Split]) -> None:
    """Refuses to analyze nothing: means would be 0, and vocabularies of no word."""
    if all(is_empty(split) for split in splits):
        names = ", ".join(dict.fromkeys(split.name for split in splits))
        raise DataError(
            "there are no examples to analyze",
            where=f"split {names}",
            expected="at least one tf.Example in the splits that are analyzed",
            got="files without records",
            fix="look at what wrote the examples, or name other splits to analyze "
            "in splits_config",
        )


def _source(split: Split, schema: schema_pb2.Schema) -> TFXIO:
    """TFX's own reader: not to read, but for the types that it would give."""
    return tfxio_utils.make_tfxio(
        file_pattern=split.pattern,
        telemetry_descriptors=["Transform"],
        payload_format="FORMAT_TF_EXAMPLE",
        schema=schema,
    )


class _Execution:
    """One execution: two passes over what is analyzed, one over the rest."""

    def __init__(
        self,
        request: Request,
        traced: Traced,
        folder: str,
        source: TFXIO,
        analyzing: Sequence[str],
        taken: Sequence[str],
    ) -> None:
        self._request = request
        self._traced = traced
        self._folder = folder
        self._analyzing = source.Project(list(analyzing))
        self._taken = source.Project(list(taken))
        self._by_key = {split.key: split for split in request.analyze}
        self._before = _NOTHING
        self._rows: Counter[str] = Counter()
        self._sizes: Counter[Any] = Counter()
        self._seen: set[Any] = set()

    def run(self) -> Done:
        """Does all of it."""
        schema = self._traced.schema()
        progress.stage("analyzing")
        analyzed = analyze(
            self._traced,
            self._analyzing.TensorAdapterConfig(),
            passing=self._pass,
            data_sets=list(self._by_key),
            folder=self._folder,
            with_cache=self._request.cache is not None,
        )
        self._look_at_the_rest()
        metadata = outputs.write_graph(
            self._request.output,
            analyzed.model,
            self._request.schema,
            self._traced.asset_names,
        )
        self._write_cache(analyzed)
        rows: Counter[str] = Counter()
        if self._request.materialize or self._request.statistics:
            progress.stage("transforming")
            after = self._transform(analyzed.model, metadata.schema, schema, rows)
            if self._request.statistics:
                outputs.write_statistics(
                    self._request.statistics,
                    self._before,
                    after,
                    self._request.schema,
                    schema,
                )
        return Done(self._rows, rows)

    def _pass(self, key: Any, look: Callable[[pa.RecordBatch], Any]) -> Iterator[Any]:
        """One pass over a data set; the first takes its statistics along."""
        split = self._by_key[key]
        first = key not in self._seen
        self._seen.add(key)
        wanted = first and self._request.statistics is not None

        def looked(batch: pa.RecordBatch) -> tuple[Any, int, int]:
            return look(batch), batch.num_rows, batch.nbytes

        def seen(table: pa.Table) -> SlicedStatistics:
            return SlicedStatistics.of(table, BEFORE)

        schema = self._analyzing.ArrowSchema()
        for made, known in read(split, schema, looked, seen if wanted else None):
            if known is not None:
                self._before = self._before.merge(known)
            for found, rows, size in made:
                progress.advance(rows=rows)
                if first:
                    self._rows[split.name] += rows
                    self._sizes[key] += size
                yield found

    def _look_at_the_rest(self) -> None:
        """Reads what no analyzer wanted, for its statistics."""
        for key in self._by_key:
            if key not in self._seen and self._request.statistics is not None:
                for _ in self._pass(key, lambda _: None):
                    pass

    def _write_cache(self, analyzed: Analyzed) -> None:
        folder = self._request.cache
        if folder is not None:
            outputs.write_cache(folder, analyzed.cache, self._sizes)

    def _transform(
        self,
        model: str,
        transformed: schema_pb2.Schema,
        encoded: schema_pb2.Schema,
        rows: Counter[str],
    ) -> SlicedStatistics:
        step = transforming(
            SavedGraph(model, self._taken.TensorAdapterConfig()),
            transformed,
            encoded,
            with_records=self._request.materialize,
            with_statistics=self._request.statistics is not None,
        )
        after = _NOTHING
        twins: dict[Path, list[TwinFile]] = {}
        for split in self._request.transform:
            with ExitStack() as stack:
                writer = None
                if split.output is not None:
                    writer = SplitWriter(split.output, split.name)
                    stack.enter_context(writer)
                for made, _ in read(split, self._taken.ArrowSchema(), step):
                    for found in made:
                        progress.advance(rows=found.rows)
                        rows[split.name] += found.rows
                        if writer is not None and found.written is not None:
                            writer.add(found.written)
                        if found.statistics is not None:
                            after = after.merge(found.statistics)
            if writer is not None:
                twins.setdefault(writer.artifact, []).append(writer.described())
        for artifact, files in twins.items():
            write_manifest(artifact, Twin(null_means="absent", files=files))
        return after


_NOTHING = SlicedStatistics({ALL_ROWS: DatasetStatistics()})
