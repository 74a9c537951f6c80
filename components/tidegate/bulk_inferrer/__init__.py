"""BulkInferrer: predictions for many rows, with the keys that name the rows."""
