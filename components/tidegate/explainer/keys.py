"""Names of what Explainer takes and gives."""

from __future__ import annotations

EXAMPLES = "examples"
MODEL = "model"
EXPLANATION = "explanation"
LABEL = "label"
WEIGHT = "weight"
LABEL_FROM = "label_from"
METRIC = "metric"
SIGNATURE = "signature"
OUTPUT = "output"
FEATURES = "features"
SPLIT = "split"
ROWS = "rows"
REPEATS = "repeats"
SEED = "seed"
METHOD = "method"
# Custom properties of the explanation, besides method and metric.
TOP = "top"
