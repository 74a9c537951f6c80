"""Settings of the batch pipeline, beside those that every pipeline has."""

from __future__ import annotations

from pathlib import Path

from tidegate.config import PipelineConfig


class Config(PipelineConfig):
    """What `config.yaml` and `--set` may say.

    `push_to` is where the flights pipeline pushes to: its champion predicts.

    Attributes:
        suite: The data tests, relative to `schemas/flights`.
        signature: Signature of the model that is asked.
    """

    suite: Path = Path("serving_tests.yaml")
    signature: str = "serving_default"
