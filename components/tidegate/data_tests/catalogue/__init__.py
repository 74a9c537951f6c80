"""The tests that a suite can name, one small class each."""

from __future__ import annotations

from tidegate.data_tests.catalogue.base import CATALOGUE, DataTest, Evidence
from tidegate.data_tests.catalogue.columns import Between, Missing, OneOf
from tidegate.data_tests.catalogue.keys import NoDuplicates, Unique
from tidegate.data_tests.catalogue.label import LabelShare
from tidegate.data_tests.catalogue.label_values import LabelValues
from tidegate.data_tests.catalogue.leak import NoLeak
from tidegate.data_tests.catalogue.numbers import Finite, Typical
from tidegate.data_tests.catalogue.presence import Columns, Type
from tidegate.data_tests.catalogue.rows import RowCount, RowsWhere
from tidegate.data_tests.catalogue.sentinels import NoSentinel
from tidegate.data_tests.catalogue.spelling import NullSpellings, OneKind
from tidegate.data_tests.catalogue.texts import (
    Case,
    Length,
    Matches,
    ReadableText,
    Unpadded,
)
from tidegate.data_tests.catalogue.variety import Distinct, Varies

__all__ = [
    "CATALOGUE",
    "Between",
    "Case",
    "Columns",
    "DataTest",
    "Distinct",
    "Evidence",
    "Finite",
    "LabelShare",
    "LabelValues",
    "Length",
    "Matches",
    "Missing",
    "NoDuplicates",
    "NoLeak",
    "NoSentinel",
    "NullSpellings",
    "OneKind",
    "OneOf",
    "ReadableText",
    "RowCount",
    "RowsWhere",
    "Type",
    "Typical",
    "Unique",
    "Unpadded",
    "Varies",
]
