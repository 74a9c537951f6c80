"""Training-serving skew: a serving log held against the training data."""

from __future__ import annotations

from tidegate.drift_tests.skew.check import SkewChecked, check_skew
from tidegate.drift_tests.skew.wanted import SkewWanted

__all__ = ["SkewChecked", "SkewWanted", "check_skew"]
