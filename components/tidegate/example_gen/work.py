"""ExampleGen's work: finds, reads, writes, and describes the artifact."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tidegate.columnar.dataset import Dataset
from tidegate.columnar.formats import DataFiles
from tidegate.example_gen import keys
from tidegate.example_gen.bigquery import BigQueryDataset, from_data
from tidegate.example_gen.fingerprint import fingerprint
from tidegate.example_gen.found_inputs import any_url, changed, found_inputs
from tidegate.example_gen.inputs import Inputs, refuse_second_rule
from tidegate.example_gen.progress import Progress, ProgressLog
from tidegate.example_gen.split_rules import as_splits, from_text
from tidegate.example_gen.splits import GivenSplits, Splits
from tidegate.example_gen.writing import Written, write_examples
from tidegate.runners import progress
from tidegate.steps.context import Artifacts, Context, NeedsExecutor
from tidegate.steps.reading import encode_split_names, get_single_instance

# A function that makes an empty Beam pipeline with the options of the run.
BEAM_TOOL = "make_beam_pipeline"
_LOG = logging.getLogger("tidegate.example_gen")
# Names and values that stock components look for in an Examples artifact.
_INPUT_FINGERPRINT = "input_fingerprint"
_PAYLOAD_FORMAT, _TF_EXAMPLE = "payload_format", "FORMAT_TF_EXAMPLE"
_FILE_FORMAT, _TFRECORDS = "file_format", "tfrecords_gzip"


@dataclass(frozen=True)
class _Source:
    """What is read.

    Attributes:
        dataset: The rows.
        splits: How they are split.
        span: Span of the artifact.
        version: Version of the span, None without one.
        fingerprint: Digest of the content.
    """

    dataset: DataFiles
    splits: Splits
    span: int
    version: int | None
    fingerprint: str


def do(
    inputs: Artifacts,
    outputs: Artifacts,
    properties: Mapping[str, Any],
    context: Context,
) -> None:
    """Writes data files as the splits of an Examples artifact.

    Raises:
        DataError: The data cannot be read whole.
        NeedsExecutor: They are to be read on Beam, and nobody gave a pipeline.
    """
    started = time.monotonic()
    output = get_single_instance(outputs[keys.EXAMPLES])
    with _source(properties, context.temporary) as source:
        written = _write(source, Path(output.uri), properties[keys.ENGINE], context)
        files = len(source.dataset.parts)
    _describe(output, source)
    _log(written, files, time.monotonic() - started)


@contextmanager
def _source(properties: Mapping[str, Any], temporary: str | None) -> Iterator[_Source]:
    """What the properties name; afterwards it is seen that it did not change."""
    data = json.loads(properties[keys.DATA])
    span = properties.get(keys.SPAN)
    query = from_data(data)
    if query is not None:
        splits = from_text(properties[keys.SPLITS])
        known = properties[keys.FINGERPRINT]
        yield _Source(BigQueryDataset(query), splits, span or 0, None, known)
        return
    state = properties.get(keys.STATE)
    with found_inputs(
        data, span, state=state, temporary=temporary, tell=_fetched()
    ) as found:
        known = properties.get(keys.FINGERPRINT)
        digest = known or fingerprint(found.paths)
        chosen = span if found.span is None else found.span
        version = properties.get(keys.VERSION)
        yield _Source(
            found.open(),
            _splits(properties.get(keys.SPLITS), found),
            chosen or 0,
            found.version if version is None else version,
            digest,
        )
        # Copies of what is in a store are nobody else's.
        if not any_url(data) and fingerprint(found.paths) != digest:
            raise changed(found.paths)


def _splits(text: str | None, found: Inputs) -> Splits:
    rule = None if text is None else from_text(text)
    if not found.splits:
        return rule or as_splits(None)
    refuse_second_rule(rule)
    return rule or GivenSplits(found.splits)


def _write(source: _Source, folder: Path, engine: str, context: Context) -> Written:
    dataset: Dataset = source.dataset
    if engine == "columnar":
        return write_examples(dataset, folder, source.splits, progress=_progress())
    make_pipeline = context.tools.get(BEAM_TOOL)
    if make_pipeline is None:
        raise NeedsExecutor("the examples are to be written on Beam")
    from tidegate.example_gen.on_beam import write_on_beam

    return write_on_beam(dataset, folder, source.splits, make_pipeline)


def _fetched() -> Any:
    """Tells `tidegate run` how much of the data was fetched."""
    begun = False

    def tell(done: int, total: int) -> None:
        nonlocal begun
        if not begun:
            begun = True
            progress.stage("fetching", bytes_total=total)
        progress.report(bytes_done=done)

    return tell


def _progress() -> Progress:
    """Tells `tidegate run`, and the log every few seconds."""
    progress.stage("reading")
    log = ProgressLog()

    def tell(rows: int, bytes_done: int, bytes_total: int) -> None:
        progress.report(rows=rows, bytes_done=bytes_done, bytes_total=bytes_total)
        log(rows, bytes_done, bytes_total)

    return tell


def _describe(output: Any, source: _Source) -> None:
    """Sets the properties that the stock ExampleGen and its driver set."""
    names: Sequence[str] = source.splits.names
    output.split_names = encode_split_names(names)
    output.span = source.span
    output.set_int_custom_property(keys.SPAN, source.span)
    if source.version is not None:
        output.version = source.version
        output.set_int_custom_property(keys.VERSION, source.version)
    output.set_string_custom_property(_INPUT_FINGERPRINT, source.fingerprint)
    output.set_string_custom_property(_PAYLOAD_FORMAT, _TF_EXAMPLE)
    output.set_string_custom_property(_FILE_FORMAT, _TFRECORDS)


def _log(written: Written, files: int, seconds: float) -> None:
    rows = sum(written.rows.values())
    splits = ", ".join(f"{name} {count:,}" for name, count in written.rows.items())
    _LOG.info(
        "%s rows of %d file(s) in %.1f s: %s", f"{rows:,}", files, seconds, splits
    )
