"""Evaluator: the stock Evaluator's results, computed on columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from tfx.dsl.components.base import base_beam_component, executor_spec
from tfx.types import channel, standard_artifacts
from tfx.utils import json_utils

from tidegate.errors import UsageError
from tidegate.evaluator import spec
from tidegate.evaluator.executor import Executor
from tidegate.saved_model.allowing import allowed_property


class Evaluator(base_beam_component.BaseBeamComponent):  # type: ignore[misc]
    """Measures a model by TFMA's EvalConfig and blesses it or not.

    It takes what the stock Evaluator takes and writes the files that TFMA reads,
    with the values that TFMA computes. What it does not cover goes to the stock
    Evaluator's own executor, which the log says with the reason.

    Example:
        ```python
        evaluator = Evaluator(
            examples=example_gen.outputs["examples"],
            model=trainer.outputs["model"],
            baseline_model=champion.outputs["model"],
            eval_config=eval_config,
        )
        ```

    Args:
        examples: Examples to measure on.
        model: Model to measure.
        baseline_model: Model to compare with, and to judge changes against.
        eval_config: A `tfma.EvalConfig`: metrics, slices, thresholds.
        example_splits: Splits to measure on; None means "eval".
        schema: Schema by which examples become tensors.
        module_file: As in the stock Evaluator, which then does the work.
        module_path: As in the stock Evaluator, which then does the work.
        fairness_indicator_thresholds: As in the stock Evaluator, likewise.
        engine: "columnar" computes in process; "beam" is the stock Evaluator on
            Beam, as the pipeline's `beam_pipeline_args` say.
        allow_ops: Operations for which no model is loaded else, each with the
            reason why these models may have it.

    Raises:
        UsageError: There is no such engine, no EvalConfig, or two modules.
    """

    SPEC_CLASS = spec.EvaluatorSpec
    EXECUTOR_SPEC = executor_spec.BeamExecutorSpec(Executor)

    def __init__(
        self,
        examples: channel.BaseChannel,
        model: channel.BaseChannel | None = None,
        baseline_model: channel.BaseChannel | None = None,
        *,
        eval_config: Any,
        example_splits: Sequence[str] | None = None,
        schema: channel.BaseChannel | None = None,
        module_file: str | None = None,
        module_path: str | None = None,
        fairness_indicator_thresholds: Any = None,
        engine: Literal["columnar", "beam"] = "columnar",
        allow_ops: Mapping[str, str] | None = None,
    ) -> None:
        _check(eval_config, module_file, module_path, engine)
        splits = None if example_splits is None else list(example_splits)
        super().__init__(
            spec.EvaluatorSpec(
                **{
                    spec.EXAMPLES: examples,
                    spec.MODEL: model,
                    spec.BASELINE_MODEL: baseline_model,
                    spec.SCHEMA: schema,
                    spec.EVAL_CONFIG: eval_config,
                    spec.EXAMPLE_SPLITS: json_utils.dumps(splits),
                    spec.FAIRNESS_THRESHOLDS: _json(fairness_indicator_thresholds),
                    spec.MODULE_FILE: module_file,
                    spec.MODULE_PATH: module_path,
                    spec.ENGINE: engine,
                    **allowed_property(allow_ops, "Evaluator"),
                    spec.EVALUATION: channel.Channel(
                        type=standard_artifacts.ModelEvaluation
                    ),
                    spec.BLESSING: channel.Channel(
                        type=standard_artifacts.ModelBlessing
                    ),
                }
            )
        )
        if module_file or module_path:
            self._package_user_module()

    def _package_user_module(self) -> None:
        """Has TFX ship the user's module, as the stock Evaluator has it."""
        # The package of all stock components takes seconds to import.
        from tfx.components.util import udf_utils

        if udf_utils.should_package_user_modules():
            udf_utils.add_user_module_dependency(
                self, spec.MODULE_FILE, spec.MODULE_PATH
            )


def _json(value: Any) -> Any:
    """A value as JSON; a parameter of the run stays what it is."""
    from tfx.orchestration import data_types

    runtime = isinstance(value, data_types.RuntimeParameter)
    return value if runtime else json_utils.dumps(value)


def _check(
    eval_config: Any, module_file: str | None, module_path: str | None, engine: str
) -> None:
    if engine not in (spec.COLUMNAR, spec.BEAM):
        raise UsageError(
            "there is no such engine for the Evaluator",
            where="Evaluator(engine=…)",
            expected='"columnar" or "beam"',
            got=repr(engine),
            fix='leave it out, or engine="beam" for data beyond one machine',
        )
    if eval_config is None:
        raise UsageError(
            "the Evaluator has no EvalConfig",
            where="Evaluator(eval_config=…)",
            expected="a tfma.EvalConfig with metrics and slices",
            got="None",
            fix="pass a tfma.EvalConfig, or use the stock Evaluator of TFX",
        )
    if module_file and module_path:
        raise UsageError(
            "the Evaluator has two modules",
            where="Evaluator(module_file=…, module_path=…)",
            expected="one of them",
            got="both",
            fix="leave one of them out",
        )
