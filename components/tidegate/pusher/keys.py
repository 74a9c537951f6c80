"""Names of what Pusher takes and gives."""

from __future__ import annotations

MODEL = "model"
EXAMPLES = "examples"
SCHEMA = "schema"
EVALUATION = "evaluation"
# In the order of a gate: data, drift, model, infra.
REPORTS = ("data_report", "drift_report", "model_report", "infra_report")
MODEL_BLESSING = "model_blessing"
PUSH_TO = "push_to"
PARAMETERS = "parameters"
BECOMES = "becomes"
PERCENT = "percent"
BY = "by"
REASON = "reason"
KEY = "key"
CODE = "code"
PUSHED_MODEL = "pushed_model"
# The stock Pusher's custom properties of a pushed model.
PUSHED = "pushed"
PUSHED_DESTINATION = "pushed_destination"
PUSHED_VERSION = "pushed_version"
EVENT_FILE = "push.json"
