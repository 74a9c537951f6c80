"""Seconds of each component, as MLMD has them: the same clock for both peers."""

from __future__ import annotations

import sqlite3
from pathlib import Path

_QUERY = """
    select t.name, e.create_time_since_epoch, e.last_update_time_since_epoch
    from Execution e join Type t on t.id = e.type_id
    order by e.id
"""


def seconds(database: Path) -> dict[str, float]:
    """Seconds from a node's start to the publishing of its outputs, by its class.

    A component's class is named alike in both peers; the ExampleGens and
    ExampleGen itself are all called ExampleGen.
    """
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        rows = connection.execute(_QUERY).fetchall()
    connection.close()
    return {_step(name): (ended - began) / 1000 for name, began, ended in rows}


def _step(name: str) -> str:
    short = name.rpartition(".")[2]
    return "ExampleGen" if short.endswith("ExampleGen") else short
