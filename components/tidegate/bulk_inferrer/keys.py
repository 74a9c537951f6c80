"""Names of what BulkInferrer takes and gives."""

from __future__ import annotations

EXAMPLES = "examples"
MODEL = "model"
MODEL_BLESSING = "model_blessing"
INFERENCE_RESULT = "inference_result"
PREDICTIONS = "predictions"
KEY = "key"
SPLITS = "splits"
SIGNATURE = "signature"
OUTPUT_COLUMNS = "output_columns"
PASS_THROUGH = "pass_through"
ENGINE = "engine"
COLUMNAR = "columnar"
BEAM = "beam"

# Columns of the predictions beside those of the examples and the model.
SPLIT = "split"
MODEL_VERSION = "model_version"

# In the metadata of each Parquet file, behind `tidegate.`, and custom properties
# of the artifact.
MODEL_DIGEST = "model_digest"
RUN = "run"
ROWS = "rows"
DUPLICATES = "rows_with_the_key_of_another"
NOT_FINITE = "rows_with_a_prediction_that_is_no_number"
SPLIT_ROWS = "split_rows"
