"""Runs pipelines on this machine and reports their progress."""
