"""The catalogue of model tests; importing it registers every test."""

from __future__ import annotations

from tidegate.model_tests.catalogue.against_champion import (
    AgainstChampion as AgainstChampion,
)
from tidegate.model_tests.catalogue.bounds import Bounds as Bounds
from tidegate.model_tests.catalogue.calibration import Calibration as Calibration
from tidegate.model_tests.catalogue.fairness import Fairness as Fairness
from tidegate.model_tests.catalogue.latency import Latency as Latency
from tidegate.model_tests.catalogue.predictions import (
    PredictionsLikeChampion as PredictionsLikeChampion,
)
from tidegate.model_tests.catalogue.single_feature import SingleFeature as SingleFeature
from tidegate.model_tests.catalogue.size import SizeBudget as SizeBudget
from tidegate.model_tests.catalogue.slices import Slices as Slices
from tidegate.model_tests.catalogue.too_good import TooGood as TooGood
from tidegate.model_tests.model_test import CATALOGUE as CATALOGUE
from tidegate.model_tests.model_test import ModelTest as ModelTest
