"""ExampleGen's executor: reads, writes, and describes the artifact."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tfx.components.util import examples_utils
from tfx.dsl.components.base import base_beam_executor
from tfx.proto import example_gen_pb2
from tfx.types import artifact_utils

from tidegate.columnar.dataset import Dataset
from tidegate.columnar.formats import DataFiles
from tidegate.errors import DataError
from tidegate.example_gen import spec
from tidegate.example_gen.bigquery import BigQueryDataset, from_data
from tidegate.example_gen.fingerprint import fingerprint
from tidegate.example_gen.inputs import find_inputs
from tidegate.example_gen.progress import Progress, ProgressLog
from tidegate.example_gen.split_rules import from_text
from tidegate.example_gen.splits import Splits
from tidegate.example_gen.writing import Written, write_examples
from tidegate.runners import progress

_LOG = logging.getLogger("tidegate.example_gen")
# Names and value that stock components look for in an Examples artifact.
_INPUT_FINGERPRINT = "input_fingerprint"
_FILE_FORMAT = "tfrecords_gzip"


class Executor(base_beam_executor.BaseBeamExecutor):  # type: ignore[misc]
    """Writes data files as the splits of an Examples artifact."""

    def Do(
        self,
        input_dict: dict[str, list[Any]],
        output_dict: dict[str, list[Any]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Writes the examples, or raises `DataError` with all that is wrong."""
        started = time.monotonic()
        data = json.loads(exec_properties[spec.DATA])
        query = from_data(data)
        inputs = None
        dataset: DataFiles
        if query is not None:
            dataset = BigQueryDataset(query)
        else:
            inputs = find_inputs(data, Path())
            dataset = inputs.open()
        splits = from_text(exec_properties[spec.SPLITS])
        output = artifact_utils.get_single_instance(output_dict[spec.EXAMPLES])
        written = self._write(
            dataset, Path(output.uri), splits, exec_properties[spec.ENGINE]
        )
        if inputs is not None:
            _refuse_changed(inputs.paths, exec_properties[spec.FINGERPRINT])
        _describe(output, splits.names, exec_properties)
        _log(written, len(dataset.parts), time.monotonic() - started)

    def _write(
        self, dataset: Dataset, folder: Path, splits: Splits, engine: str
    ) -> Written:
        if engine == "columnar":
            return write_examples(dataset, folder, splits, progress=_progress())
        from tidegate.example_gen.on_beam import write_on_beam

        return write_on_beam(dataset, folder, splits, self._make_beam_pipeline)


def _progress() -> Progress:
    """Tells `tidegate run`, and the log every few seconds."""
    progress.stage("reading")
    log = ProgressLog()

    def tell(rows: int, bytes_done: int, bytes_total: int) -> None:
        progress.report(rows=rows, bytes_done=bytes_done, bytes_total=bytes_total)
        log(rows, bytes_done, bytes_total)

    return tell


def _describe(
    output: Any, splits: Sequence[str], exec_properties: dict[str, Any]
) -> None:
    """Sets the properties that the stock ExampleGen and its driver set."""
    output.split_names = artifact_utils.encode_split_names(splits)
    output.span = exec_properties[spec.SPAN]
    if exec_properties.get(spec.VERSION) is not None:
        output.version = exec_properties[spec.VERSION]
    output.set_int_custom_property(spec.SPAN, exec_properties[spec.SPAN])
    if exec_properties.get(spec.VERSION) is not None:
        output.set_int_custom_property(spec.VERSION, exec_properties[spec.VERSION])
    output.set_string_custom_property(
        _INPUT_FINGERPRINT, exec_properties[spec.FINGERPRINT]
    )
    examples_utils.set_payload_format(output, example_gen_pb2.FORMAT_TF_EXAMPLE)
    examples_utils.set_file_format(output, _FILE_FORMAT)


def _refuse_changed(files: Sequence[Path], expected: str) -> None:
    """Refuses data that are not those for which the pipeline was built.

    Their examples would be cached under the fingerprint of other data.
    """
    if fingerprint(files) == expected:
        return
    raise DataError(
        "the data changed after the pipeline was built",
        where=", ".join(str(path) for path in files[:3]),
        expected=f"content with the fingerprint {expected[:12]}…",
        got="other content",
        fix="run again when no one writes to the files any more",
    )


def _log(written: Written, files: int, seconds: float) -> None:
    rows = sum(written.rows.values())
    splits = ", ".join(f"{name} {count:,}" for name, count in written.rows.items())
    _LOG.info(
        "%s rows of %d file(s) in %.1f s: %s", f"{rows:,}", files, seconds, splits
    )
