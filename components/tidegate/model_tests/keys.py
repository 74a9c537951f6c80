"""Names of what ModelTests takes and gives."""

from __future__ import annotations

EVALUATION = "evaluation"
MODEL = "model"
EXPLANATION = "explanation"
REPORT = "report"
DATASET = "dataset"
SUITE = "suite"
SUITE_FILE = "suite_file"
