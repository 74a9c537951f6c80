"""What runs leave behind that were killed: local copies, and a state that is over."""

from __future__ import annotations

import shutil
from pathlib import Path

from filelock import FileLock, Timeout

from tidegate.errors import ExitCode
from tidegate.runners.spec_run.launcher import clear
from tidegate.runners.spec_run.results import RESULT_FILE, SpecRun, write_result

LOCK = ".lock"
SCRATCH = "scratch"


def sweep(runs: Path) -> None:
    """Ends killed runs: their copies go, their records say that they are over.

    Args:
        runs: The folder with a folder for each run.
    """
    for folder in runs.iterdir():
        if not (folder / SCRATCH).is_dir() and not _goes_on(folder):
            continue
        try:
            with FileLock(folder / LOCK, timeout=0):
                clear_all(folder / SCRATCH)
                _end(folder)
        except (Timeout, OSError, ValueError):
            continue  # It does go on, or its record is of another version.


def clear_all(scratch: Path) -> None:
    """Removes the local copies of a run."""
    for attempt in scratch.glob("*"):
        clear(attempt)
    shutil.rmtree(scratch, ignore_errors=True)


def _goes_on(folder: Path) -> bool:
    """Whether its record says so; a look at the text, since there may be many."""
    try:
        return b'"state": "running"' in (folder / RESULT_FILE).read_bytes()
    except OSError:
        return False


def _end(folder: Path) -> None:
    if not _goes_on(folder):
        return
    result = SpecRun.model_validate_json((folder / RESULT_FILE).read_bytes())
    if result.state == "running":
        ended = {"state": "interrupted", "exit_code": int(ExitCode.INTERRUPTED)}
        write_result(folder, result.model_copy(update=ended))
