"""BulkInferrer: what a model says of many rows, each with its key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from tfx.dsl.components.base import base_beam_component, executor_spec
from tfx.types import channel, standard_artifacts

from tidegate.bulk_inferrer import keys, spec
from tidegate.bulk_inferrer.executor import Executor
from tidegate.bulk_inferrer.settings import Settings, demand_sound


class BulkInferrer(base_beam_component.BaseBeamComponent):  # type: ignore[misc]
    """Writes the predictions of a model for all rows of examples.

    `predictions` is Parquet, `predictions-00000-of-00002.parquet` and so on: the
    key of each row, what is passed through, the outputs of the model, the split,
    and the version of the model. `inference_result` has the logs that the stock
    BulkInferrer writes. Rows keep their order, and all are there: one that the
    model does not take fails the run.

    Example:
        ```python
        champion = Champion(pushed=config.push_to)
        bulk_inferrer = BulkInferrer(
            examples=example_gen.outputs["examples"],
            model=champion.outputs["model"],
            key=["carrier", "flight", "origin", "time_hour"],
        )
        ```

    Args:
        examples: Examples to predict for, as the serving signature takes them.
        model: A model of a Trainer or of a Champion.
        model_blessing: Blessing of an Evaluator; a model that it does not bless is
            refused. The stock component only leaves its output empty.
        key: Columns of the examples that name a row. Each row has one value in
            each; rows with the key of another row are counted, with a warning.
        splits: Splits to predict for; None means all.
        data_spec: The stock component's `DataSpec`, in the place of `splits`.
        signature: Signature of the model. One that takes serialized tf.Examples
            gets the records, one that takes named features gets these.
        output_columns: Outputs of the model to write, or a mapping of outputs to
            the names of their columns; None writes all under their own names.
        pass_through: Columns of the examples to copy beside the predictions.
        engine: "columnar" works in one process in bounded memory; "beam" does the
            same file by file on Beam, as `beam_pipeline_args` say.
        allow_ops: Operations for which no model is loaded else, each with the
            reason why this model may have it.

    Raises:
        UsageError: Something of that cannot be.
    """

    SPEC_CLASS = spec.BulkInferrerSpec
    EXECUTOR_SPEC = executor_spec.BeamExecutorSpec(Executor)

    def __init__(
        self,
        examples: channel.BaseChannel,
        model: channel.BaseChannel | None = None,
        *,
        key: Sequence[str],
        model_blessing: channel.BaseChannel | None = None,
        splits: Sequence[str] | None = None,
        data_spec: Any = None,
        signature: str = "serving_default",
        output_columns: Sequence[str] | Mapping[str, str] | None = None,
        pass_through: Sequence[str] = (),
        engine: Literal["columnar", "beam"] = "columnar",
        allow_ops: Mapping[str, str] | None = None,
    ) -> None:
        settings = Settings(
            key=key,
            splits=splits,
            signature=signature,
            output_columns=output_columns,
            pass_through=pass_through,
            engine=engine,
            allow_ops=allow_ops or {},
        )
        demand_sound(settings, has_model=model is not None, data_spec=data_spec)
        optional = {keys.MODEL_BLESSING: model_blessing} if model_blessing else {}
        super().__init__(
            spec.BulkInferrerSpec(
                **{
                    keys.EXAMPLES: examples,
                    keys.MODEL: model,
                    **optional,
                    **settings.as_properties(data_spec),
                    keys.INFERENCE_RESULT: _results(),
                    keys.PREDICTIONS: _results(),
                }
            )
        )


def _results() -> channel.Channel:
    return channel.Channel(type=standard_artifacts.InferenceResult)
