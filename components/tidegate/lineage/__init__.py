"""Where a model comes from, and whether a run can be had again."""
