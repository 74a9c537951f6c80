"""The Arrow type that holds all values of a column, whatever its batches have."""

from __future__ import annotations

import pyarrow as pa

from tidegate.data_tests.whole import Whole

_KINDS = {
    "int": pa.int64(),
    "float": pa.float32(),
    "text": pa.large_string(),
    "bytes": pa.large_binary(),
    "none": pa.null(),
}


def column_types(whole: Whole) -> dict[str, pa.DataType]:
    """The Arrow type that holds all values of each column."""
    return {
        name: pa.large_list(_KINDS[profile.kind])
        if profile.is_list
        else _KINDS[profile.kind]
        for name, profile in whole.profiles.get(None, {}).items()
    }
