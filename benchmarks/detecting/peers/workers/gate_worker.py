"""gate-drift, as a worker: its own summaries, distances and verdict.

Run by `WorkerPeer`. The first argument is "plain" or "clusters".

gate-drift imports sentence-transformers at its top, to embed the names of columns
when it clusters them, with the weights of clip-ViT-B-32 from a model hub. In place
of that library stands a module whose one class embeds a text as the counts of its
trigrams. With "plain" nothing calls it: `detect_drift(cluster=False)` is the tool's
own code and its own option. With "clusters" a quarter of the similarity of columns
is that of trigrams where the tool has that of meanings; three quarters are the
tool's own, from the columns' statistics.
"""

from __future__ import annotations

import sys
import types
import warnings
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import pyarrow as pa

from detecting.peers.workers.serving import serve

PARTITION = "span"
CURRENT = 2**40  # Sorts behind every key: the tool takes the last for the new one.
_TYPES = {pa.int64(): pd.Int64Dtype(), pa.float64(): pd.Float64Dtype()}


class TrigramEmbedder:
    """Stands in for sentence-transformers' class."""

    def __init__(self, model: str) -> None:
        pass

    def encode(self, texts: Sequence[str]) -> Any:
        """The counts of each text's trigrams, in 512 places."""
        found = np.zeros((len(texts), 512))
        for row, text in enumerate(texts):
            for place in range(len(text) - 2):
                trigram = text[place : place + 3].encode()
                found[row, zlib.crc32(trigram) % 512] += 1
        return found


_stand_in = types.ModuleType("sentence_transformers")
_stand_in.SentenceTransformer = TrigramEmbedder  # type: ignore[attr-defined]
sys.modules["sentence_transformers"] = _stand_in

import gate  # type: ignore[import-not-found]  # noqa: E402


class Gate:
    """Keeps a summary of each span by its key."""

    def __init__(self, cluster: bool) -> None:
        self._cluster = cluster
        self._summaries: dict[int, Any] = {}

    def fit(self, history: Sequence[tuple[int, pa.Table]]) -> None:
        """Takes the accepted spans."""
        known = self._summaries
        self._summaries = {}
        for key, table in history:
            self._summaries[key] = known.get(key) or self._summary(key, table)

    def _summary(self, key: int, table: pa.Table) -> Any:
        rows = frame(table, key)
        earlier = list(self._summaries.values())[:1]
        if earlier:
            return gate.summarize(rows, previous_summaries=earlier)[0]
        names = table.column_names
        return gate.summarize(rows, columns=names, partition_key=PARTITION)[0]

    def judge(self, table: pa.Table) -> tuple[float, bool, Sequence[str]]:
        """Score, the tool's own verdict, and the columns by its z-scores.

        The score is in units of the 95th percentile of the spans' scores, where
        the tool has its threshold.
        """
        result = gate.detect_drift(
            self._summary(CURRENT, table),
            list(self._summaries.values()),
            cluster=self._cluster,
        )
        unit = float(np.quantile(result.all_scores, 0.95))
        columns = result.drifted_columns(limit=len(table.column_names))
        return result.score / max(unit, 1e-9), result.is_drifted, list(columns.index)


def frame(table: pa.Table, key: int) -> pd.DataFrame:
    """The rows in types that the tool summarises, nulls as nulls."""
    arrays = [_plain(column) for column in table.columns]
    rows = pa.table(arrays, table.column_names)
    found = rows.to_pandas(types_mapper=_TYPES.get)
    return found.assign(**{PARTITION: key})


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _plain(column.cast(kind.value_type))
    if pa.types.is_timestamp(kind):
        return column.cast(pa.timestamp("s"), safe=False).cast(pa.int64())
    if pa.types.is_date(kind):
        return column.cast(pa.date32()).cast(pa.int32()).cast(pa.int64())
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind):
        return column.cast(pa.int64())
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return column.cast(pa.float64())
    return column


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    serve(Gate(cluster=sys.argv[1:] == ["clusters"]))
