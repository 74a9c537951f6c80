"""Loads TFX soon, and without the lines that it logs while it is built with."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from tidegate.runners.quick_start import quick_imports


@contextmanager
def quiet_imports() -> Iterator[None]:
    """Within it, TFX and TensorFlow are loaded fast and say nothing but errors."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with quick_imports(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
