"""Names of what StatisticsGen takes and gives."""

from __future__ import annotations

EXAMPLES = "examples"
SCHEMA = "schema"
STATISTICS = "statistics"
STATS_OPTIONS = "stats_options_json"
EXCLUDE_SPLITS = "exclude_splits"
ENGINE = "engine"
