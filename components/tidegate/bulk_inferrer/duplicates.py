"""Rows whose key another row has, too: counted on the files, in bounded memory."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def rows_with_the_key_of_another(
    files: Sequence[Path], key: Sequence[str], temporary: Path
) -> int:
    """Rows beyond the first of each key.

    Args:
        files: Parquet files of predictions.
        key: Columns of the key.
        temporary: Folder for what memory does not hold.
    """
    import duckdb

    columns = ", ".join(_quoted(name) for name in key)
    query = (
        "select coalesce(sum(n - 1), 0) from (select count(*) as n "
        f"from read_parquet(?) group by {columns} having n > 1)"
    )
    config = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "memory_limit": "2GB",
        "temp_directory": str(temporary),
    }
    with duckdb.connect(":memory:", config=config) as connection:
        found = connection.execute(query, [[str(file) for file in files]]).fetchone()
    return int(found[0]) if found else 0


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
