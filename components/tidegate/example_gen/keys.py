"""Names of what ExampleGen takes and gives."""

from __future__ import annotations

EXAMPLES = "examples"
DATA = "data"
SPLITS = "splits"
SPAN = "span"
VERSION = "version"
ENGINE = "engine"
FINGERPRINT = "fingerprint"
STATE = "state"
