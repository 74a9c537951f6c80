"""ExampleGen: data files to examples, strictly."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, cast

from tfx.components.example_gen.utils import get_query_for_span
from tfx.dsl.components.base import base_beam_component, executor_spec
from tfx.types import channel, standard_artifacts

from tidegate.compiling import is_compiling
from tidegate.errors import UsageError
from tidegate.example_gen import bigquery, keys, spec
from tidegate.example_gen.bigquery import BigQuery
from tidegate.example_gen.executor import Executor
from tidegate.example_gen.fingerprint import fingerprint
from tidegate.example_gen.found_inputs import any_span, any_url, state_of
from tidegate.example_gen.inputs import (
    Data,
    Texts,
    anchored,
    as_texts,
    find_inputs,
    refuse_second_rule,
)
from tidegate.example_gen.split_rules import as_splits, to_text
from tidegate.example_gen.splits import GivenSplits, Splits

# ML Metadata keeps it in 64 bits.
_LARGEST_SPAN = 2**63 - 1


class ExampleGen(base_beam_component.BaseBeamComponent):  # type: ignore[misc]
    """Reads data files whole or not at all, and writes them as tf.Examples.

    It gives what the stock ExampleGens give (types, examples, splits), and
    refuses what these turn into fewer rows and success. It remembers the source
    line of each row, so that a data test can name it, and keeps a columnar twin
    of the examples, from which Tidegate's components read them many times
    faster.

    Example:
        ```python
        ExampleGen("data/2013-*.csv", span=9)
        ExampleGen("data/{YYYY}-{MM}-{DD}/*.parquet")
        ExampleGen("gs://bucket/flights/{SPAN}/*.csv")
        ExampleGen("data", splits=TimeSplit("time_hour", train="2013-10-01", eval=None))
        ExampleGen({"train": "data/train/*.csv", "eval": "data/eval/*.csv"})
        ```

    Args:
        data: Files, folders, globs, or patterns with `{SPAN}`, `{VERSION}` or
            `{YYYY}`, `{MM}` and `{DD}`, of CSV (.csv, .csv.gz, .csv.bz2),
            Parquet, or TFRecord of tf.Example, all of one format; the folder of
            an Examples artifact; or for each split, by its name, its files.
            Relative paths start from the working folder. URLs that fsspec knows
            (gs://, s3://, minio://) are looked at when the component runs, and
            so is everything within `tidegate.compiling.compiling()`. Or a
            `BigQuery` query.
        splits: Hash buckets of each split, or `HashSplit`, `ColumnSplit` or
            `TimeSplit`. None means 2 buckets of train and 1 of eval, or the
            splits that the files are in already.
        span: Number of the batch of data, such as its month. Where `data` is a
            pattern, that span is read; None reads the newest.
        base: Folder that relative paths start from instead.
        engine: "columnar" works in this process, in bounded memory; "beam" runs
            the same on Beam, a file at a time, as the pipeline's
            `beam_pipeline_args` say. Both give the same examples.

    Raises:
        UsageError: There is no such file or engine, or the splits cannot be used.
    """

    SPEC_CLASS = spec.ExampleGenSpec
    EXECUTOR_SPEC = executor_spec.BeamExecutorSpec(Executor)
    # Not only its inputs decide what it gives: no runner may cache it by them.
    READS_OUTSIDE = True

    def __init__(
        self,
        data: Data | BigQuery,
        *,
        splits: Splits | Mapping[str, int] | None = None,
        span: int | None = None,
        base: str | Path | None = None,
        engine: Literal["columnar", "beam"] = "columnar",
    ) -> None:
        _check_span(span)
        _check_engine(engine)
        rule = None if splits is None else as_splits(splits)
        if isinstance(data, BigQuery):
            held = _of_query(data, rule, span, engine)
        else:
            texts = as_texts(data)
            held = _of_files(texts, rule, span, Path(base or "").absolute())
        super().__init__(
            spec.ExampleGenSpec(
                **{
                    **held,
                    keys.ENGINE: engine,
                    keys.EXAMPLES: channel.Channel(type=standard_artifacts.Examples),
                }
            )
        )

    def pin_outside(self) -> None:
        """Has TFX's cache see what is at URLs now, for a run that starts now.

        Raises:
            TidegateError: A store does not answer, or has no such data.
        """
        held = self.spec.exec_properties
        if held.get(keys.FINGERPRINT) is not None:
            return
        data = json.loads(held[keys.DATA])
        if any_url(data):
            held[keys.STATE] = state_of(data, held.get(keys.SPAN))


def _of_files(
    data: Texts, rule: Splits | None, span: int | None, base: Path
) -> dict[str, Any]:
    """Execution properties of an ExampleGen that reads files."""
    if is_compiling() or any_url(data):
        return _of_later(data, rule, span, base)
    inputs = find_inputs(data, base, span if any_span(data) else None)
    if inputs.splits:
        refuse_second_rule(rule)
        rule = GivenSplits(inputs.splits)
    chosen = inputs.span if inputs.span is not None else span
    version = {} if inputs.version is None else {keys.VERSION: inputs.version}
    return {
        keys.DATA: json.dumps(inputs.data),
        keys.SPLITS: to_text(rule or as_splits(None)),
        keys.SPAN: chosen or 0,
        keys.FINGERPRINT: fingerprint(inputs.paths),
        **version,
    }


def _of_later(
    data: Texts, rule: Splits | None, span: int | None, base: Path
) -> dict[str, Any]:
    """Execution properties of an ExampleGen whose files are found when it runs."""
    if isinstance(data, dict):
        refuse_second_rule(rule)
        rule = GivenSplits(tuple(data))
        held: Texts = {split: anchored(texts, base) for split, texts in data.items()}
    else:
        held = anchored(data, base)
    return {
        keys.DATA: json.dumps(held),
        **({} if rule is None else {keys.SPLITS: to_text(rule)}),
        **({} if span is None else {keys.SPAN: span}),
    }


def _of_query(
    source: BigQuery, rule: Splits | None, span: int | None, engine: str
) -> dict[str, Any]:
    """Execution properties of an ExampleGen that reads the result of a query."""
    if not source.query.strip() or engine != "columnar":
        raise UsageError(
            "the query cannot be run so",
            where="ExampleGen(BigQuery(…))",
            expected='a query in SQL, with engine="columnar"',
            got=f"engine={engine!r}, {len(source.query)} characters",
            fix="on Beam, take TFX's BigQueryExampleGen",
        )
    query = source.query
    if span is not None:
        query = get_query_for_span(query, span)
    data = bigquery.to_text(BigQuery(query, source.project))
    return {
        keys.DATA: data,
        keys.SPLITS: to_text(rule or as_splits(None)),
        keys.SPAN: span or 0,
        # What the tables hold is not known here: the query is all there is.
        keys.FINGERPRINT: hashlib.sha256(data.encode()).hexdigest(),
    }


def _check_span(span: object) -> None:
    if span is None:
        return
    whole = isinstance(span, int) and not isinstance(span, bool)
    if whole and 0 <= cast(int, span) <= _LARGEST_SPAN:
        return
    raise UsageError(
        "the span of the ExampleGen cannot be used",
        where="ExampleGen(span=…)",
        expected="a whole number from 0 on",
        got=repr(span),
        fix="for example span=9",
    )


def _check_engine(engine: object) -> None:
    if engine not in ("columnar", "beam"):
        raise UsageError(
            "there is no such engine for examples",
            where="ExampleGen(engine=…)",
            expected='"columnar" or "beam"',
            got=repr(engine),
            fix='leave it out, or engine="beam" for data beyond one machine',
        )
