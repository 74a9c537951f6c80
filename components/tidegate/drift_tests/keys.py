"""Names of what DriftTests takes and gives."""

from __future__ import annotations

EXAMPLES = "examples"
SCHEMA = "schema"
REPORT = "report"
SUMMARY = "summary"
HISTORY = "history"
HISTORY_DIGEST = "history_digest"
SETTINGS = "settings"
SETTINGS_FILE = "settings_file"
DATASET = "dataset"
DATES = "dates"
