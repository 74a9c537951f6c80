"""Every fuzz target runs, takes its seeds and lets nothing escape."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

FUZZ = Path(__file__).parents[2] / "fuzz"
TARGETS = sorted(path.name for path in FUZZ.glob("fuzz_*.py"))


@pytest.mark.parametrize("target", TARGETS)
def test_a_fuzz_target_lets_nothing_escape(target: str) -> None:
    ended = subprocess.run(
        [sys.executable, str(FUZZ / target), "--seconds", "1"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert " taken" in ended.stdout


def test_there_is_a_target_for_each_parser() -> None:
    parsers = ("byte_stream", "csv", "documents", "parquet", "tf_example", "tf_record")
    assert [f"fuzz_{name}.py" for name in parsers] == TARGETS
