"""What Transform takes besides what the stock component takes."""

from __future__ import annotations

ENGINE = "engine"
COLUMNAR = "columnar"
BEAM = "beam"
ENGINES = (COLUMNAR, BEAM)
