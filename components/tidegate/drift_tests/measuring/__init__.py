"""Measuring the columns of a span."""
