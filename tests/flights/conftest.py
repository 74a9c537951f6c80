"""The module files of the flights pipeline, importable as TFX ships them."""

from __future__ import annotations

import sys
from pathlib import Path

USER_CODE = Path(__file__).parents[2] / "pipelines" / "flights" / "user_code"

if str(USER_CODE) not in sys.path:
    sys.path.append(str(USER_CODE))
