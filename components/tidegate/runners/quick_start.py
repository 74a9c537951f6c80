"""Imports TFX sooner: half of its time goes to what no local run uses.

Two causes, neither of which changes what a module does once it is used:

* Garbage collections. Importing makes a million objects that all stay; the
  collector looks through all of them again and again.
* `tfx.v1.extensions`, which imports Google's AI Platform client, 2.5 s. It is
  loaded when a pipeline first uses something of it.
"""

from __future__ import annotations

import atexit
import gc
import importlib.machinery
import importlib.util
import logging
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import NoReturn

_LATE = ("tfx.v1.extensions",)


class _LateImports:
    """Finds the modules of `_LATE` as ever, and runs them at their first use."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name not in _LATE:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = importlib.util.LazyLoader(spec.loader)
        return spec


@contextmanager
def quick_imports() -> Iterator[None]:
    """Within it, heavy imports take about half their time."""
    collecting = gc.isenabled()
    sys.meta_path.insert(0, _LateImports)  # type: ignore[arg-type]
    gc.disable()
    try:
        yield
    finally:
        # What was imported stays until the end: collections need not look at it.
        gc.freeze()
        if collecting:
            gc.enable()
        sys.meta_path.remove(_LateImports)  # type: ignore[arg-type]


def end_process(code: int) -> NoReturn:
    """Ends this process without taking TensorFlow apart, which takes 2 s.

    What Python does at exit is done: threads are waited for, and whoever asked
    to be called is called. Only the objects are not freed one by one.
    """
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()
    # `os._exit` does not call them, and Python has no public name for this.
    atexit._run_exitfuncs()
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and not stream.closed:
            stream.flush()
    os._exit(code)
