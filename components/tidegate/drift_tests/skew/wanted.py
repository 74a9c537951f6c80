"""What is to be held against what."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tensorflow_metadata.proto.v0 import schema_pb2

from tidegate.columnar.dataset import Dataset
from tidegate.drift_tests.history.root import Root
from tidegate.drift_tests.settings import DriftSettings
from tidegate.drift_tests.skew.columns import training_only_of
from tidegate.drift_tests.skew.division import Order
from tidegate.errors import UsageError


@dataclass(frozen=True)
class SkewWanted:
    """What is to be held against what.

    Attributes:
        serving: Files, folders, globs or patterns of the serving log, or a data set.
        training: The same of the training data, or the folder of an Examples
            artifact; none where a history is given.
        history: Accepted spans instead: a folder, or a URL that fsspec knows.
        settings: What is promised.
        training_only: Columns that serving does not have, such as the label.
        serving_only: Columns that training does not have, such as the prediction.
        order: How the training rows are ordered; None finds it out.
        dataset: Name of the data set, for the report.
        schema: Marks private columns, and those that serving does not have.
        settings_file: Where the settings are, for the report.
    """

    serving: Sequence[str] | Dataset
    training: Sequence[str] | Dataset = ()
    history: str | Path | Root | None = None
    settings: DriftSettings = field(default_factory=DriftSettings)
    training_only: Collection[str] = ()
    serving_only: Collection[str] = ()
    order: Order | None = None
    dataset: str = "data"
    schema: schema_pb2.Schema | None = None
    settings_file: str | None = None

    @property
    def lacking(self) -> frozenset[str]:
        """Columns that serving need not have."""
        return frozenset(self.training_only) | training_only_of(self.schema)

    def demand_one(self) -> None:
        """Refuses nothing, or two things, to hold the log against.

        Raises:
            UsageError: Not exactly one of training data and history is given.
        """
        given = isinstance(self.training, Dataset) or bool(self.training)
        if given is (self.history is not None):
            raise UsageError(
                "a serving log is held against training data or against a history",
                expected="one of --training and --history",
                got="both" if given else "neither",
                fix="--training FILES, or --history FOLDER",
            )
