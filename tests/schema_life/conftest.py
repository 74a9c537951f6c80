"""What tests start in processes of their own, importable there by its name."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = str(Path(__file__).parent)

if HERE not in sys.path:
    sys.path.append(HERE)
