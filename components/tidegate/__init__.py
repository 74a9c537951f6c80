"""Reusable TFX components with data tests that fail the run on bad input.

Importing this package loads nothing heavy: a name is looked up when it is
first used, so that `tidegate --help` does not wait for TensorFlow.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tidegate.artifacts import GateDecision, SpanSummary, TestReport
    from tidegate.champion.component import Champion
    from tidegate.data_tests.component import DataTests
    from tidegate.drift_tests.component import DriftTests
    from tidegate.evaluator.component import Evaluator
    from tidegate.example_gen.component import ExampleGen
    from tidegate.gate.component import Gate
    from tidegate.model_tests.component import ModelTests
    from tidegate.span_pusher.component import SpanPusher
    from tidegate.statistics_gen.component import StatisticsGen
    from tidegate.transform.component import Transform

__version__ = "0.1.0"

_HOMES = {
    "Champion": "tidegate.champion.component",
    "DataTests": "tidegate.data_tests.component",
    "DriftTests": "tidegate.drift_tests.component",
    "Evaluator": "tidegate.evaluator.component",
    "ExampleGen": "tidegate.example_gen.component",
    "Gate": "tidegate.gate.component",
    "GateDecision": "tidegate.artifacts",
    "ModelTests": "tidegate.model_tests.component",
    "SpanPusher": "tidegate.span_pusher.component",
    "SpanSummary": "tidegate.artifacts",
    "StatisticsGen": "tidegate.statistics_gen.component",
    "TestReport": "tidegate.artifacts",
    "Transform": "tidegate.transform.component",
}

__all__ = [
    "Champion",
    "DataTests",
    "DriftTests",
    "Evaluator",
    "ExampleGen",
    "Gate",
    "GateDecision",
    "ModelTests",
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
