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
from collections import Counter
from functools import lru_cache
from pathlib import Path
from typing import Any

from google.protobuf import message, text_format
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2

from tidegate.errors import (
    InfrastructureError,
    TidegateError,
    UsageError,
    raise_all,
)
from tidegate.report.wording import printable

_PACKAGE = "tensorflow_data_validation"
_MODULE = "tensorflow_data_validation_extension"
_LONGEST = 200  # characters of a schema that an error quotes
_MOST_ERRORS = 200
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
        UsageError: The file is missing, cannot be parsed, or names a column
            twice; names the lines.
    """
    text = _text(path)
    try:
        schema = text_format.Parse(text, schema_pb2.Schema())
        # TFDV reads the bytes, and neither it nor Python nests without an end.
        schema_pb2.Schema.FromString(schema.SerializeToString())
    except text_format.ParseError as error:
        found = _LINE.match(str(error))
        place, reason = (f"{path}:{found[1]}", found[3]) if found else (path, error)
        raise UsageError(
            "the schema is not valid",
            where=str(place),
            expected="the text format of tensorflow_metadata's Schema",
            got=printable(str(reason), _LONGEST),
            fix="mend the line",
        ) from None
    except (RecursionError, message.DecodeError):
        raise UsageError(
            "the schema is nested too deep",
            where=str(path),
            expected="at most some tens of domains within each other",
            got="more",
            fix="give nested values columns of their own",
        ) from None
    _demand_names(schema, text, path)
    return schema


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        raise UsageError(
            "the schema cannot be read",
            where=str(path),
            got=getattr(error, "strerror", None) or str(error),
            fix="name a schema.pbtxt that exists",
        ) from None
    try:
        # Editors on Windows write a byte-order mark.
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UsageError(
            "the schema is not UTF-8",
            where=f"{path}:{line}",
            got=f"byte 0x{content[error.start]:02x}",
            fix="save it as UTF-8, or name the right file",
        ) from None


def _demand_names(schema: schema_pb2.Schema, text: str, path: Path) -> None:
    """Refuses features without a name, and those of which TFDV sees but one."""
    counts = Counter(feature.name for feature in schema.feature)
    errors: list[TidegateError] = [
        UsageError(
            f"the feature {printable(name, _LONGEST)!r} stands {count} times"
            if name
            else "a feature has no name",
            where=_place(name, text, path),
            expected="each column once, by its name",
            got=f"{count} times" if name else "none",
            fix="keep one of them" if name else "name it, or take it out",
        )
        for name, count in counts.items()
        if count > 1 or not name
    ]
    raise_all("the schema is not valid", errors[:_MOST_ERRORS])


def _place(name: str, text: str, path: Path) -> str:
    """The second line that gives a name, as far as words can tell."""
    written = re.compile(rf"""\bname\s*:?\s*["']{re.escape(name)}["']""")
    found = [match.start() for match in written.finditer(text)]
    return f"{path}:{text.count(chr(10), 0, found[1]) + 1}" if found[1:] else str(path)


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
