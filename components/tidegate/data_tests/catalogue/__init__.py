"""The tests that a suite can name, one small class each."""

from __future__ import annotations

from tidegate.data_tests.catalogue.base import CATALOGUE, DataTest, Evidence
from tidegate.data_tests.catalogue.columns import Between, Missing, OneOf
from tidegate.data_tests.catalogue.rows import RowCount, RowsWhere, Unique

__all__ = [
    "CATALOGUE",
    "Between",
    "DataTest",
    "Evidence",
    "Missing",
    "OneOf",
    "RowCount",
    "RowsWhere",
    "Unique",
]
