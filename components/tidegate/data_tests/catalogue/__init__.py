"""The tests that a suite can name, one small class each."""

from __future__ import annotations

from tidegate.data_tests.catalogue.agreement import LabelsAgree
from tidegate.data_tests.catalogue.base import CATALOGUE, DataTest, Evidence
from tidegate.data_tests.catalogue.batch import Conserved, RowsChange
from tidegate.data_tests.catalogue.changes import MissingChange, Precision
from tidegate.data_tests.catalogue.columns import Between, Missing, OneOf
from tidegate.data_tests.catalogue.keys import NoDuplicates, Unique
from tidegate.data_tests.catalogue.label import LabelShare
from tidegate.data_tests.catalogue.label_change import LabelChange
from tidegate.data_tests.catalogue.label_values import LabelValues
from tidegate.data_tests.catalogue.leak import NoLeak
from tidegate.data_tests.catalogue.model_agreement import ModelAgrees
from tidegate.data_tests.catalogue.numbers import Finite, Typical
from tidegate.data_tests.catalogue.order import InOrder
from tidegate.data_tests.catalogue.outliers import Outliers
from tidegate.data_tests.catalogue.personal_data import NoPersonalData
from tidegate.data_tests.catalogue.personal_names import NoPersonalNames
from tidegate.data_tests.catalogue.presence import Columns, Type
from tidegate.data_tests.catalogue.redundancy import NoNearDuplicates
from tidegate.data_tests.catalogue.references import RefersTo
from tidegate.data_tests.catalogue.relations import (
    Correlated,
    MissingTogether,
    Relations,
)
from tidegate.data_tests.catalogue.rows import RowCount, RowsWhere
from tidegate.data_tests.catalogue.scales import SimilarScales
from tidegate.data_tests.catalogue.sentinels import NoSentinel
from tidegate.data_tests.catalogue.spelling import NullSpellings, OneKind
from tidegate.data_tests.catalogue.splits import SplitsApart
from tidegate.data_tests.catalogue.splits_in_time import SplitsInTime
from tidegate.data_tests.catalogue.texts import (
    Case,
    Length,
    Matches,
    ReadableText,
    Unpadded,
)
from tidegate.data_tests.catalogue.timeliness import Fresh, NoGaps
from tidegate.data_tests.catalogue.units import Unit
from tidegate.data_tests.catalogue.variety import Distinct, Varies
from tidegate.data_tests.catalogue.windows import InFuture, LateRows, TimeBetween

__all__ = [
    "CATALOGUE",
    "Between",
    "Case",
    "Columns",
    "Conserved",
    "Correlated",
    "DataTest",
    "Distinct",
    "Evidence",
    "Finite",
    "Fresh",
    "InFuture",
    "InOrder",
    "LabelChange",
    "LabelShare",
    "LabelValues",
    "LabelsAgree",
    "LateRows",
    "Length",
    "Matches",
    "Missing",
    "MissingChange",
    "MissingTogether",
    "ModelAgrees",
    "NoDuplicates",
    "NoGaps",
    "NoLeak",
    "NoNearDuplicates",
    "NoPersonalData",
    "NoPersonalNames",
    "NoSentinel",
    "NullSpellings",
    "OneKind",
    "OneOf",
    "Outliers",
    "Precision",
    "ReadableText",
    "RefersTo",
    "Relations",
    "RowCount",
    "RowsChange",
    "RowsWhere",
    "SimilarScales",
    "SplitsApart",
    "SplitsInTime",
    "TimeBetween",
    "Type",
    "Typical",
    "Unique",
    "Unit",
    "Unpadded",
    "Varies",
]
