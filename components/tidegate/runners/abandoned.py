"""What a killed run left behind: executions that never end, and half of an output."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from ml_metadata.proto import metadata_store_pb2
from tfx.orchestration import metadata


def close(connection: Any, root: Path) -> int:
    """Marks executions that a killed run left running as failed.

    What they wrote is removed, as TFX does for a component that fails: nobody
    will read it, and it may be large.

    Only for use while no other run has this metadata store.

    Args:
        connection: Of the metadata store.
        root: Folder of the artifacts, with a folder for each node and output.

    Returns:
        How many there were.
    """
    live = metadata_store_pb2.Execution.State
    with metadata.Metadata(connection) as handle:
        abandoned = [
            execution
            for execution in handle.store.get_executions()
            if execution.last_known_state in (live.NEW, live.RUNNING)
        ]
        for execution in abandoned:
            for folder in root.glob(f"*/*/{execution.id}"):
                shutil.rmtree(folder, ignore_errors=True)
            execution.last_known_state = live.FAILED
        if abandoned:
            handle.store.put_executions(abandoned)
    return len(abandoned)
