"""Settings of the flights pipeline, beside those that every pipeline has."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from tidegate.config import PipelineConfig


class Splits(BaseModel):
    """How the examples are shared out: buckets of each split."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    train: int = Field(default=4, ge=1)
    eval: int = Field(default=1, ge=1)


class Config(PipelineConfig):
    """What `config.yaml` and `--set` may say.

    Attributes:
        suite: The data tests, relative to `schemas/flights`.
        splits: How many of each so many examples train, and how many judge. The
            Evaluator's time grows with the second, twice as fast once there is
            a champion to compare with.
        epochs: Passes over the training examples.
        batch_size: Examples a training step.
        learning_rate: Step size of the Adam optimizer.
        seed: Seed of the weights and of the order of the examples.
        least_auc: Area under the ROC curve below which no model is pushed.
        most_auc_drop: How much lower than the champion's the area may be.
    """

    suite: Path = Path("data_tests.yaml")
    splits: Splits = Splits()
    epochs: int = Field(default=3, ge=1)
    batch_size: int = Field(default=1024, ge=1)
    learning_rate: float = Field(default=0.003, gt=0)
    seed: int = Field(default=2013, ge=0)
    least_auc: float = Field(default=0.85, ge=0.5, le=1)
    most_auc_drop: float = Field(default=0.01, ge=0, le=1)
