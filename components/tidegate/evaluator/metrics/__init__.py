"""Metrics of a model on a batch of columns, with TFMA's keys and TFMA's values."""
