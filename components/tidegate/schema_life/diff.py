"""What changed between two files, or between a schema and data."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tidegate.data_tests.private_columns import pii_columns
from tidegate.data_tests.schema_verdict import read_schema
from tidegate.data_tests.suite import load_suite
from tidegate.errors import UsageError
from tidegate.schema_life.acceptance import SUITE_NAME
from tidegate.schema_life.changes import Change
from tidegate.schema_life.schema_diff import schema_diff
from tidegate.schema_life.seen_data import see
from tidegate.schema_life.suite_diff import suite_diff
from tidegate.schema_life.widened import widened

_SCHEMA = (".pbtxt", ".textproto", ".prototxt", ".txtpb")
_SUITE = (".yaml", ".yml")


def diff(old: Path, new: Sequence[str], *, span: int | None = None) -> list[Change]:
    """What changed.

    Args:
        old: A schema or a suite.
        new: A later one; or data, for what accepting them would change.
        span: The span of the data.

    Raises:
        UsageError: They cannot be compared, or cannot be read.
        DataError: The data cannot be read whole.
    """
    later = Path(new[0])
    if _is(old, _SUITE):
        if len(new) != 1 or not _is(later, _SUITE):
            raise _unlike(old, new)
        return suite_diff(load_suite(old), load_suite(later))
    if not _is(old, _SCHEMA):
        raise _unlike(old, new)
    if _is(later, _SCHEMA) and len(new) == 1:
        before, after = read_schema(old), read_schema(later)
        return schema_diff(before, after, _private_beside(old, later))
    if any(_is(Path(one), (*_SCHEMA, *_SUITE)) for one in new):
        raise _unlike(old, new)
    schema, seen = read_schema(old), see(new, span=span)
    private = pii_columns(schema) | seen.private | _private_beside(old)
    return schema_diff(schema, widened(schema, seen, None, private), private)


def _private_beside(*schemas: Path) -> frozenset[str]:
    """Columns that the suites beside the schemas call private."""
    suites = {path.with_name(SUITE_NAME) for path in schemas}
    there = sorted(path for path in suites if path.is_file())
    return frozenset(name for path in there for name in load_suite(path).pii)


def _is(path: Path, endings: tuple[str, ...]) -> bool:
    return path.name.lower().endswith(endings)


def _unlike(old: Path, new: Sequence[str]) -> UsageError:
    return UsageError(
        "these cannot be compared",
        expected="two schemas (.pbtxt), two suites (.yaml), or a schema and data",
        got=f"{old} and {', '.join(new[:3])}",
        fix="name two files of one kind, the older one first",
    )
