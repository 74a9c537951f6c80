"""Names of what ModelCardGen takes and gives."""

from __future__ import annotations

PUSHED_MODEL = "pushed_model"
MODEL = "model"
EVALUATION = "evaluation"
SCHEMA = "schema"
STATISTICS = "statistics"
EXPLANATION = "explanation"
DATA_REPORT = "data_report"
MODEL_REPORT = "model_report"
INFRA_REPORT = "infra_report"
REPORTS = (DATA_REPORT, MODEL_REPORT, INFRA_REPORT)
PUSH_TO = "push_to"
NAME = "name"
ABOUT = "about"
CARD = "card"
# Custom property of the card.
VERSION = "version"
HTML_FILE = "model-card.html"
MARKDOWN_FILE = "model-card.md"
