"""Processes that containers leave behind."""

from __future__ import annotations

import os
import time
from pathlib import Path


def ends(process: int, seconds: float = 60.0) -> bool:
    """Whether a process ends within some time.

    One that has ended may stay in the system's table until its parent asks for it.
    """
    end = time.monotonic() + seconds
    while _runs(process):
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except ProcessLookupError:
        return False
    except FileNotFoundError:  # It has just gone, or this is not Linux.
        return True
    return state != "Z"
