"""Reusable TFX components with data tests that fail the run on bad input.

Importing this package loads nothing heavy: a name is looked up when it is
first used, so that `tidegate --help` does not wait for TensorFlow.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tidegate.artifacts import (
        Explanation,
        GateDecision,
        ModelCard,
        SpanSummary,
        TestReport,
    )
    from tidegate.bulk_inferrer.component import BulkInferrer
    from tidegate.canary.component import Canary
    from tidegate.champion.component import Champion
    from tidegate.data_tests.component import DataTests
    from tidegate.drift_tests.component import DriftTests
    from tidegate.evaluator.component import Evaluator
    from tidegate.example_gen.component import ExampleGen
    from tidegate.explainer.component import Explainer
    from tidegate.gate.component import Gate
    from tidegate.infra_tests.component import InfraTests
    from tidegate.model_card_gen.component import ModelCardGen
    from tidegate.model_tests.component import ModelTests
    from tidegate.pusher.component import Pusher
    from tidegate.span_pusher.component import SpanPusher
    from tidegate.statistics_gen.component import StatisticsGen
    from tidegate.transform.component import Transform

__version__ = "0.1.0"

_HOMES = {
    "BulkInferrer": "tidegate.bulk_inferrer.component",
    "Canary": "tidegate.canary.component",
    "Champion": "tidegate.champion.component",
    "DataTests": "tidegate.data_tests.component",
    "DriftTests": "tidegate.drift_tests.component",
    "Evaluator": "tidegate.evaluator.component",
    "ExampleGen": "tidegate.example_gen.component",
    "Explainer": "tidegate.explainer.component",
    "Explanation": "tidegate.artifacts",
    "Gate": "tidegate.gate.component",
    "GateDecision": "tidegate.artifacts",
    "InfraTests": "tidegate.infra_tests.component",
    "ModelCard": "tidegate.artifacts",
    "ModelCardGen": "tidegate.model_card_gen.component",
    "ModelTests": "tidegate.model_tests.component",
    "Pusher": "tidegate.pusher.component",
    "SpanPusher": "tidegate.span_pusher.component",
    "SpanSummary": "tidegate.artifacts",
    "StatisticsGen": "tidegate.statistics_gen.component",
    "TestReport": "tidegate.artifacts",
    "Transform": "tidegate.transform.component",
}

__all__ = [
    "BulkInferrer",
    "Canary",
    "Champion",
    "DataTests",
    "DriftTests",
    "Evaluator",
    "ExampleGen",
    "Explainer",
    "Explanation",
    "Gate",
    "GateDecision",
    "InfraTests",
    "ModelCard",
    "ModelCardGen",
    "ModelTests",
    "Pusher",
    "SpanPusher",
    "SpanSummary",
    "StatisticsGen",
    "TestReport",
    "Transform",
    "__version__",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'tidegate' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
