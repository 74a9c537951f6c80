"""The work of light components loads nothing heavy."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "components"
HEAVY = ("tfx", "tensorflow", "apache_beam", "kfp", "ml_metadata", "pandas")


@pytest.mark.parametrize(
    "component",
    [
        "canary",
        "data_tests",
        "drift_tests",
        "gate",
        "model_card_gen",
        "model_tests",
        "pusher",
        "span_pusher",
        "statistics_gen",
    ],
)
def test_the_work_of_a_light_component_imports_nothing_heavy(component: str) -> None:
    code = (
        f"import sys, tidegate.{component}.work as work\n"
        f"assert callable(work.do)\n"
        f"print(*sorted(set({HEAVY!r}) & set(sys.modules)))"
    )
    said = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )
    assert said.stdout.strip() == ""
