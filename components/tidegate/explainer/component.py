"""Explainer: how much each raw feature matters to a model."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Literal

from tfx.dsl.components.base import base_component, executor_spec
from tfx.types import channel

from tidegate.artifacts import Explanation
from tidegate.explain.question import (
    LABEL_FROM,
    REPEATS,
    ROWS,
    SEED,
    SIGNATURE,
    SPLIT,
    Question,
    demand,
)
from tidegate.explainer import keys, spec
from tidegate.explainer.executor import Executor
from tidegate.saved_model.allowing import allowed_property


class Explainer(base_component.BaseComponent):  # type: ignore[misc]
    """Measures what the model's predictions hang on.

    Each raw feature that the model reads is shuffled among a sample of rows, and
    what the metric then loses is the feature's importance; `alone` is the metric
    with all others shuffled, so that it is seen where one feature explains all.
    The same model, examples and seed give the same document.

    Example:
        ```python
        explainer = Explainer(
            examples=example_gen.outputs["examples"],
            model=trainer.outputs["model"],
            label="late",
            weight="weight",
        )
        model_tests = ModelTests(
            evaluation=evaluator.outputs["evaluation"],
            explanation=explainer.outputs["explanation"],
            suite="schemas/flights/model_tests.yaml",
        )
        ```

    Args:
        examples: Raw examples, as the model is served with them.
        model: Model to explain.
        label: Output of `label_from`, or raw feature, with the label: a number.
        weight: The same with the weight of each row; rows of weight 0 are left
            out. None weighs all alike.
        label_from: Signature of the model that makes label and weight of raw
            examples; None takes them from the examples.
        metric: "auc", "accuracy", "log_loss", "rmse" or "mae"; None takes the
            task's: "auc" for labels of 0 and 1 with probabilities, "accuracy" for
            a probability a class, else "rmse".
        signature: Signature that predicts.
        output: Output of it with the prediction; None where it has only one.
        features: Raw features to measure; None are all that the model reads.
        split: Split of the examples to measure on.
        rows: Rows to sample from it, at most.
        repeats: Times that each feature is shuffled.
        seed: Seed of the sample and of the shuffling.
        method: "permutation", or "shap" for mean absolute SHAP values, which needs
            the package: `pip install 'tidegate[shap]'`.
        allow_ops: Operations for which no model is loaded else, each with the
            reason why this model may have it.

    Raises:
        UsageError: A setting is wrong.
    """

    SPEC_CLASS = spec.ExplainerSpec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)

    def __init__(
        self,
        examples: channel.BaseChannel,
        model: channel.BaseChannel,
        *,
        label: str,
        weight: str | None = None,
        label_from: str | None = LABEL_FROM,
        metric: str | None = None,
        signature: str = SIGNATURE,
        output: str | None = None,
        features: Sequence[str] | None = None,
        split: str = SPLIT,
        rows: int = ROWS,
        repeats: int = REPEATS,
        seed: int = SEED,
        method: Literal["permutation", "shap"] = "permutation",
        allow_ops: Mapping[str, str] | None = None,
    ) -> None:
        question = Question(
            label=label,
            weight=weight,
            label_from=label_from,
            signature=signature,
            output=output,
            metric=metric,
            features=None if features is None else tuple(features),
            rows=rows,
            repeats=repeats,
            seed=seed,
            method=method,
        )
        demand(question, "Explainer")
        super().__init__(
            spec.ExplainerSpec(
                **{
                    keys.EXAMPLES: examples,
                    keys.MODEL: model,
                    **_properties(question),
                    keys.SPLIT: split,
                    **allowed_property(allow_ops, "Explainer"),
                    keys.EXPLANATION: channel.Channel(type=Explanation),
                }
            )
        )


def _properties(question: Question) -> dict[str, str | int]:
    """The question as execution properties; what is None has none."""
    features = question.features
    told = {
        keys.LABEL: question.label,
        keys.WEIGHT: question.weight,
        keys.LABEL_FROM: question.label_from,
        keys.METRIC: question.metric,
        keys.SIGNATURE: question.signature,
        keys.OUTPUT: question.output,
        keys.FEATURES: None if features is None else json.dumps(list(features)),
        keys.ROWS: question.rows,
        keys.REPEATS: question.repeats,
        keys.SEED: question.seed,
        keys.METHOD: question.method,
    }
    return {name: value for name, value in told.items() if value is not None}
