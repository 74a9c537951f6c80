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


class Tuning(BaseModel):
    """Whether hyperparameters are searched for before the training.

    Attributes:
        trials: Models to try; 0 leaves the search out.
        epochs: Passes over the training examples of each.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    trials: int = Field(default=0, ge=0, le=1000)
    epochs: int = Field(default=1, ge=1)


class Config(PipelineConfig):
    """What `config.yaml` and `--set` may say.

    Attributes:
        suite: The data tests, relative to `schemas/flights`.
        model_suite: The model tests, relative to `schemas/flights`.
        splits: How many of each so many examples train, and how many judge. The
            Evaluator's time grows with the second, twice as fast once there is
            a champion to compare with.
        epochs: Passes over the training examples.
        batch_size: Examples a training step.
        learning_rate: Step size of the Adam optimizer.
        seed: Seed of the weights and of the order of the examples.
        warm_start: Whether the training goes on from the champion's weights.
        tuning: The search for learning rate and layers, which overrules
            `learning_rate`.
        canary: Share of the requests, in percent, that a new version gets until
            the canary step has replayed rows to it and to the champion; 0 only
            replays, None makes it the champion at once.
        canary_suite: What must hold of a canary, relative to `schemas/flights`.
        least_auc: Area under the ROC curve below which no model is pushed.
    """

    suite: Path = Path("data_tests.yaml")
    model_suite: Path = Path("model_tests.yaml")
    splits: Splits = Splits()
    epochs: int = Field(default=3, ge=1)
    batch_size: int = Field(default=1024, ge=1)
    learning_rate: float = Field(default=0.003, gt=0)
    seed: int = Field(default=2013, ge=0)
    warm_start: bool = False
    tuning: Tuning = Tuning()
    canary: int | None = Field(default=None, ge=0, le=99)
    canary_suite: Path = Path("canary_tests.yaml")
    least_auc: float = Field(default=0.85, ge=0.5, le=1)
