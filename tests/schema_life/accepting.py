"""Acceptances for processes of their own: to their end, or killed on the way."""

from __future__ import annotations

import os
import signal

import tidegate.schema_life.accept as module
from tidegate.schema_life.accept import accept
from tidegate.schema_life.acceptance import Acceptance


def accepts(wanted: Acceptance) -> None:
    """Accepts it."""
    accept(wanted)


def killed_at(wanted: Acceptance, step: str) -> None:
    """Accepts it, and is killed where it takes this step."""

    def dies(*values: object) -> object:
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("not killed")

    setattr(module, step, dies)
    accept(wanted)
