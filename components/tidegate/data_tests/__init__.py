"""DataTests: runs a suite of data tests over examples and reports."""
