"""Training-serving skew: a serving log held against the training data."""

from __future__ import annotations

from tidegate.drift_tests.skew.check import SkewChecked, SkewWanted, check_skew

__all__ = ["SkewChecked", "SkewWanted", "check_skew"]
