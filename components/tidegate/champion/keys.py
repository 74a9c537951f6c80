"""Names of what Champion takes and gives."""

from __future__ import annotations

PUSHED = "pushed"
NEWEST = "newest"
MODEL = "model"
# Custom properties of the model.
VERSION = "version"
SOURCE = "source_uri"
