"""Transform in this process: analysis, transform graph, examples, statistics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx.components.util import tfxio_utils
from tfx_bsl.tfxio.tfxio import TFXIO

from tidegate.transform import outputs
from tidegate.transform.analysis import Analyzed, analyze
from tidegate.transform.applying import Profiles, record_writer, transforming
from tidegate.transform.reading import read, unsupported_columns
from tidegate.transform.request import Request, Split
from tidegate.transform.saved_graph import SavedGraph
from tidegate.transform.traced import PreprocessingFn, Traced, trace
from tidegate.transform.unsupported import Unsupported


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
        DataError: The examples cannot be read, or not as the schema says.
    """
    source = _source(request.analyze[0], request.schema)
    refused = unsupported_columns(source.ArrowSchema())
    if refused:
        raise Unsupported(f"the column {refused[0]!r} is of a type that it cannot hold")
    traced = trace(function, source.TensorAdapter().OriginalTypeSpecs(), folder)
    analyzing, taken = traced.analyzed_columns(), traced.transformed_columns()
    if request.statistics:
        analyzing = list({*analyzing, *taken})
    return _Execution(request, traced, folder, source, analyzing, taken).run()


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
        self._before = Profiles()
        self._rows: Counter[str] = Counter()
        self._sizes: Counter[Any] = Counter()
        self._seen: set[Any] = set()

    def run(self) -> Done:
        schema = self._traced.schema()
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
        profiled = first and self._request.statistics is not None

        def looked(batch: pa.RecordBatch) -> tuple[Any, int, int, Profiles | None]:
            profiles = Profiles.of(batch) if profiled else None
            return look(batch), batch.num_rows, batch.nbytes, profiles

        for found, rows, size, profiles in read(
            split, self._analyzing.ArrowSchema(), looked
        ):
            if first:
                self._rows[split.name] += rows
                self._sizes[key] += size
            if profiles is not None:
                self._before.add(profiles)
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
    ) -> Profiles:
        graph = SavedGraph(model, self._taken.TensorAdapterConfig())
        step = transforming(
            graph,
            transformed,
            encoded,
            with_records=self._request.materialize,
            with_profiles=self._request.statistics is not None,
        )
        after = Profiles()
        with ExitStack() as stack:
            for split in self._request.transform:
                writer = None
                if split.output is not None:
                    writer = stack.enter_context(record_writer(split.output))
                for found in read(split, self._taken.ArrowSchema(), step):
                    rows[split.name] += found.rows
                    if writer is not None and found.records is not None:
                        writer.write(found.records)
                    if found.profiles is not None:
                        after.add(found.profiles)
        return after
