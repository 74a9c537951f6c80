"""Names of what InfraTests takes and gives."""

from __future__ import annotations

MODEL = "model"
EXAMPLES = "examples"
SCHEMA = "schema"
EVALUATION = "evaluation"
REPORT = "report"
SETTINGS = "settings"
DATASET = "dataset"
