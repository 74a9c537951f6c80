"""Names of what Canary takes and gives."""

from __future__ import annotations

PUSHED_MODEL = "pushed_model"
EXAMPLES = "examples"
EXPLANATION = "explanation"
PUSH_TO = "push_to"
SUITE = "suite"
SUITE_FILE = "suite_file"
LABEL = "label"
WEIGHT = "weight"
OUTPUT = "output"
SIGNATURE = "signature"
SLICES = "slices"
SPLITS = "splits"
ROWS = "rows"
DATASET = "dataset"
BY = "by"
EVALUATION = "evaluation"
REPORT = "report"
# Custom property of the report: what became of the canary.
DECISION = "decision"
