"""Metrics of scored rows with their uncertainty, on numpy alone."""
