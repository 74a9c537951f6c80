"""TFDV's own verdict on statistics and a schema, without TensorFlow.

TFDV decides in a native module; importing its Python package would import
TensorFlow for ten seconds first. The module is loaded by the place of its file
instead, in milliseconds, and speaks serialized protos.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import re
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2

from tidegate.errors import InfrastructureError, UsageError

_PACKAGE = "tensorflow_data_validation"
_MODULE = "tensorflow_data_validation_extension"
_LINE = re.compile(r"^(\d+):(\d+) ?: ?(.*)", re.DOTALL)


def schema_anomalies(
    statistics: bytes, schema: bytes, environment: str = ""
) -> anomalies_pb2.Anomalies:
    """What TFDV finds wrong with one split.

    Args:
        statistics: Serialized `DatasetFeatureStatistics` of one data set.
        schema: Serialized `Schema`.
        environment: One of the schema's default environments, such as
            "SERVING"; empty looks at every column.

    Raises:
        InfrastructureError: TFDV is not installed.
    """
    # In order: environment, statistics of the previous span, of serving and of
    # the previous version, needed features, validation options, diff regions.
    found = _native().validation.ValidateFeatureStatistics(
        statistics, schema, environment.encode(), b"", b"", b"", b"", b"", False
    )
    anomalies = anomalies_pb2.Anomalies()
    anomalies.ParseFromString(found)
    return anomalies


def infer_schema(
    statistics: bytes, *, largest_domain: int = 100, shapes: bool = True
) -> schema_pb2.Schema:
    """The schema that TFDV guesses from the statistics of one data set.

    Args:
        statistics: Serialized `DatasetFeatureStatistics` of one data set.
        largest_domain: A text column with at most as many distinct values gets
            them as its domain.
        shapes: Whether to fix the shape of columns that always have the same
            number of values.

    Raises:
        InfrastructureError: TFDV is not installed.
    """
    inferred = _native().validation.InferSchema(statistics, largest_domain, shapes)
    return schema_pb2.Schema.FromString(inferred)


def update_schema(
    schema: schema_pb2.Schema, statistics: bytes, *, largest_domain: int = 100
) -> tuple[schema_pb2.Schema, anomalies_pb2.Anomalies]:
    """The schema widened so that the statistics hold, and what did not before.

    Args:
        schema: The schema in force; left as it is.
        statistics: Serialized `DatasetFeatureStatistics` of one data set.
        largest_domain: See `infer_schema`.

    Raises:
        InfrastructureError: TFDV is not installed.
    """
    before = schema.SerializeToString()
    widened = _native().validation.UpdateSchema(before, statistics, largest_domain)
    anomalies = schema_anomalies(statistics, before)
    return schema_pb2.Schema.FromString(widened), anomalies


def read_schema(path: Path) -> schema_pb2.Schema:
    """The schema in a text file (`schema.pbtxt`).

    Raises:
        UsageError: The file is missing or cannot be parsed; names the line.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            "the schema cannot be read",
            where=str(path),
            got=str(error),
            fix="name a schema.pbtxt that exists, in UTF-8",
        ) from None
    try:
        return text_format.Parse(text, schema_pb2.Schema())
    except text_format.ParseError as error:
        found = _LINE.match(str(error))
        place, reason = (f"{path}:{found[1]}", found[3]) if found else (path, error)
        raise UsageError(
            "the schema is not valid",
            where=str(place),
            expected="the text format of tensorflow_metadata's Schema",
            got=str(reason),
            fix="mend the line",
        ) from None


@lru_cache(maxsize=1)
def _native() -> Any:
    """TFDV's native module; the one already loaded if TFDV is imported."""
    name = f"{_PACKAGE}.pywrap.{_MODULE}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.find_spec(_PACKAGE)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    for folder in folders:
        for suffix in importlib.machinery.EXTENSION_SUFFIXES:
            file = Path(folder) / "pywrap" / f"{_MODULE}{suffix}"
            if file.is_file():
                return _load(file)
    raise InfrastructureError(
        "TFDV's native module is not on this machine",
        where=", ".join(folders) or "the Python in use",
        expected=f"{_MODULE} of {_PACKAGE}",
        got="none",
        fix="tidegate doctor shows what is missing",
    )


def _load(file: Path) -> Any:
    # Under the name that TFDV imports it by, so that TFDV finds it when it comes
    # later: loaded a second time, it frees its memory twice when Python ends.
    name = f"{_PACKAGE}.pywrap.{_MODULE}"
    loader = importlib.machinery.ExtensionFileLoader(name, str(file))
    spec = importlib.util.spec_from_file_location(name, file, loader=loader)
    if spec is None:
        raise InfrastructureError(
            "TFDV's native module cannot be loaded", where=str(file)
        )
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    sys.modules[name] = module
    return module
