"""What is asked of a model and its examples, and whether it can be. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tidegate.errors import UsageError, raise_all

METHODS = ("permutation", "shap")
METRIC_NAMES = ("auc", "accuracy", "log_loss", "rmse", "mae")
LABEL_FROM = "transform_features"
SIGNATURE = "serving_default"
SPLIT = "eval"
ROWS, REPEATS, SEED = 5000, 3, 20130101


@dataclass(frozen=True)
class Question:
    """How a model is to be explained.

    Attributes:
        label: Output of `label_from`, or raw feature, with the label.
        weight: The same with the weight of each row; None weighs all alike.
        label_from: Signature of the model that makes label and weight of raw
            examples; None takes them from the examples.
        signature: Signature that predicts.
        output: Output of it with the prediction; None where it has one.
        metric: Name of the metric; None takes the task's.
        features: Raw features to measure; None are those that the model reads.
        rows: Rows to sample, at most.
        repeats: Times that each feature is shuffled.
        seed: Seed of the sample and of the shuffling.
        method: "permutation" or "shap".
    """

    label: str
    weight: str | None = None
    label_from: str | None = LABEL_FROM
    signature: str = SIGNATURE
    output: str | None = None
    metric: str | None = None
    features: tuple[str, ...] | None = None
    rows: int = ROWS
    repeats: int = REPEATS
    seed: int = SEED
    method: str = METHODS[0]


def demand(question: Question, where: str) -> None:
    """Refuses what cannot be asked, all of it at once.

    Args:
        question: What is asked.
        where: By whom, as errors are to name it.

    Raises:
        UsageError: A setting is wrong; of several, all are named together.
    """
    raise_all("a model cannot be explained so", list(_faults(question, where)))


def _faults(question: Question, where: str) -> Iterator[UsageError]:
    if not question.label:
        yield UsageError(
            "it is not said what the model predicts",
            where=f"{where}: label",
            expected="the name of an output of label_from, or of a raw feature",
            got="an empty text",
            fix='name the label, such as "late"',
        )
    for name, given, known in (
        ("method", question.method, METHODS),
        ("metric", question.metric or "auc", METRIC_NAMES),
    ):
        if given not in known:
            yield UsageError(
                f"there is no such {name}",
                where=f"{where}: {name}",
                expected=" or ".join(map(repr, known)),
                got=repr(given),
                fix="take one of these, or leave it out",
            )
    for name, number, least in (
        ("rows", question.rows, 2),
        ("repeats", question.repeats, 1),
        ("seed", question.seed, 0),
    ):
        if number < least:
            yield UsageError(
                f"{name} is too small",
                where=f"{where}: {name}",
                expected=f"a whole number from {least} on",
                got=str(number),
                fix="leave it out for what is usual",
            )
    if question.features is not None and not question.features:
        yield UsageError(
            "there is no feature to measure",
            where=f"{where}: features",
            expected="names of raw features",
            got="an empty list",
            fix="leave it out for all that the model reads",
        )
