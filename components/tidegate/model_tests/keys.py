"""Names of what ModelTests takes and gives."""

from __future__ import annotations

EVALUATION = "evaluation"
MODEL = "model"
REPORT = "report"
DATASET = "dataset"
