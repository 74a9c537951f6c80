"""ModelCardGen: what a model is, what it is for and how good, on one page."""
