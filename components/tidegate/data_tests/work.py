"""DataTests' work: reads the artifacts, evaluates, writes the report."""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tidegate.columnar.dataset import Dataset
from tidegate.columnar.open_data import open_artifact
from tidegate.columnar.parquet_sink import ParquetSink
from tidegate.data_tests import keys
from tidegate.data_tests.accepted_spans import open_reference
from tidegate.data_tests.counterparts import count_rows, source_rows, statistics_rows
from tidegate.data_tests.divided_examples import divide_examples
from tidegate.data_tests.evaluate import (
    Circumstances,
    Evaluation,
    conclude,
    look,
    unreadable,
)
from tidegate.data_tests.failing_rows import Sink
from tidegate.data_tests.plan import Glance
from tidegate.data_tests.schema_verdict import read_schema
from tidegate.data_tests.suite import Suite, parse_suite
from tidegate.errors import ExitCode, TidegateError
from tidegate.report.html import write_page
from tidegate.report.model import FAILING_ROWS_FILE, TestReport, write_report
from tidegate.steps.context import Artifacts, Context
from tidegate.steps.description import describe
from tidegate.steps.reading import (
    decode_split_names,
    encode_split_names,
    get_single_instance,
    get_single_uri,
    shown_uri,
)

if TYPE_CHECKING:
    from tidegate.data_tests.on_beam import BeamEngine

_SCHEMA_FILE = "schema.pbtxt"
# What stock components look for in an Examples artifact, beside its splits.
_NUMBERS = ("span", "version")
_TEXTS = ("input_fingerprint", "payload_format", "file_format")

# The engine on Beam, which only a Beam executor can give.
ENGINE = "engine"


def do(
    inputs: Artifacts, outputs: Artifacts, properties: dict[str, Any], context: Context
) -> None:
    """Writes `report.json`, `report.html`, the failing rows, and examples.

    It never raises because the data is bad.
    """
    engine: BeamEngine | None = context.tools.get(ENGINE)
    started = time.monotonic()
    examples = get_single_instance(inputs[keys.EXAMPLES])
    suite = parse_suite(properties[keys.SUITE])
    output = get_single_instance(outputs[keys.REPORT])
    folder = Path(output.uri)
    sink = ParquetSink(folder / FAILING_ROWS_FILE)
    try:
        dataset, splits = _dataset(examples), _splits(examples)
        statistics = _statistics(inputs, splits)
        evaluation = _evaluated(
            suite,
            dataset,
            None if not inputs.get(keys.SCHEMA) else statistics,
            _schema(inputs),
            _circumstances(inputs, properties, splits, statistics),
            sink,
            engine,
        )
        sink.close()
    except TidegateError as error:
        sink.discard()
        if error.exit_code is not ExitCode.TESTS_FAILED:
            raise
        evaluation = unreadable(suite, error, _span(examples))
    except BaseException:
        sink.discard()
        raise
    report = evaluation.report.model_copy(
        update={
            "suite_file": properties.get(keys.SUITE_FILE) or None,
            "seconds": time.monotonic() - started,
        }
    )
    if keys.ACCEPTED in outputs:
        report = _divided(report, evaluation, examples, outputs)
    write_page(report, folder)
    write_report(report, folder)
    describe(output, report)
    logging.info(
        "%d of %d data tests failed on %d rows",
        len(report.failed),
        len(report.results),
        report.rows,
    )


def _evaluated(
    suite: Suite,
    dataset: Dataset,
    statistics: dict[str, bytes] | None,
    schema: Any,
    given: Circumstances,
    sink: Sink,
    engine: BeamEngine | None,
) -> Evaluation:
    if engine is None:
        glance, dataset = look(suite, dataset)
    else:
        glance = engine.look(suite, dataset)
    return conclude(
        suite,
        dataset,
        _in_order(glance),
        statistics,
        schema,
        given,
        sink=sink,
        engine=engine,
    )


def _in_order(glance: Glance) -> Glance:
    """The same with the columns by name, in whatever order the files came."""
    profiles = {
        where: dict(sorted(columns.items()))
        for where, columns in glance.profiles.items()
    }
    return replace(glance, profiles=profiles)


def _divided(
    report: TestReport, evaluation: Evaluation, examples: Any, outputs: Artifacts
) -> TestReport:
    """Writes accepted and quarantined examples; the report, with their numbers.

    While the gate is shut no example is accepted: both artifacts have no split.
    """
    divisions = [
        get_single_instance(outputs[name]) for name in (keys.ACCEPTED, keys.QUARANTINED)
    ]
    readable = evaluation.dataset is not None and evaluation.glance is not None
    for output in divisions:
        _describe_examples(output, examples, report.passed and readable)
    if not report.passed or evaluation.dataset is None or evaluation.glance is None:
        return report
    accepted, quarantined = (Path(output.uri) for output in divisions)
    divided = divide_examples(
        evaluation.dataset.parts,
        evaluation.glance.rows,
        evaluation.bad,
        Path(examples.uri),
        accepted,
        quarantined,
    )
    told: dict[str, Any] = {"quarantined": divided.quarantined}
    if divided.quarantined:
        told["quarantine"] = shown_uri(divisions[1])
    return report.model_copy(update=told)


def _describe_examples(output: Any, examples: Any, filled: bool) -> None:
    """Sets the properties that the artifact has whose examples these are."""
    splits = _splits(examples) if filled else []
    output.split_names = encode_split_names(splits)
    for name in _NUMBERS:
        if getattr(examples, name, None):
            setattr(output, name, getattr(examples, name))
        if examples.has_custom_property(name):
            number = examples.get_int_custom_property(name)
            output.set_int_custom_property(name, number)
    for name in _TEXTS:
        if examples.has_custom_property(name):
            text = examples.get_string_custom_property(name)
            output.set_string_custom_property(name, text)


def _circumstances(
    inputs: Artifacts,
    properties: dict[str, Any],
    splits: list[str],
    statistics: dict[str, bytes] | None,
) -> Circumstances:
    """What the verdict depends on besides suite, schema and examples."""
    examples = get_single_instance(inputs[keys.EXAMPLES])
    reference = properties.get(keys.REFERENCE)
    counts = {
        "source": source_rows(Path(examples.uri), splits),
        "statistics": statistics_rows(statistics, splits) if statistics else None,
    }
    if inputs.get(keys.COUNTERPART):
        other = get_single_instance(inputs[keys.COUNTERPART])
        counts["counterpart"] = count_rows(Path(other.uri), _splits(other))
    return Circumstances(
        span=_span(examples),
        reference=open_reference(reference) if reference else None,
        counterparts={name: n for name, n in counts.items() if n is not None},
        schema_file=_shown_schema_file(inputs),
        divides=True,
    )


def _dataset(examples: Any) -> Dataset:
    return open_artifact(Path(examples.uri), _splits(examples), span=_span(examples))


def _splits(examples: Any) -> list[str]:
    return decode_split_names(examples.split_names)


def _statistics(inputs: Artifacts, splits: list[str]) -> dict[str, bytes] | None:
    """Serialized statistics of each split that has them; None without any."""
    if not inputs.get(keys.STATISTICS):
        return None
    artifact = get_single_instance(inputs[keys.STATISTICS])
    covered = _splits(artifact)
    return {
        split: (Path(artifact.uri) / f"Split-{split}" / "FeatureStats.pb").read_bytes()
        for split in splits
        if split in covered
    }


def _schema(inputs: Artifacts) -> Any:
    file = _schema_file(inputs)
    return None if file is None else read_schema(file)


def _schema_file(inputs: Artifacts) -> Path | None:
    if not inputs.get(keys.SCHEMA):
        return None
    return Path(get_single_uri(inputs[keys.SCHEMA])) / _SCHEMA_FILE


def _shown_schema_file(inputs: Artifacts) -> str | None:
    """Where people find the schema's file."""
    if not inputs.get(keys.SCHEMA):
        return None
    return f"{shown_uri(get_single_instance(inputs[keys.SCHEMA]))}/{_SCHEMA_FILE}"


def _span(artifact: Any) -> int | None:
    """Span of the examples; stock ExampleGen writes 0 where there is none."""
    if not artifact.has_custom_property("span"):
        return None
    return int(artifact.get_int_custom_property("span")) or None
