"""Transform: the user's preprocessing_fn over examples, in a fraction of the time."""

from __future__ import annotations

from typing import Any

from tfx.components.transform import component as stock
from tfx.dsl.components.base import executor_spec

from tidegate.errors import UsageError
from tidegate.transform.executor import Executor
from tidegate.transform.spec import COLUMNAR, ENGINE, ENGINES


class Transform(stock.Transform):  # type: ignore[misc]
    """The stock Transform, with the same arguments, outputs and results.

    The user's `preprocessing_fn` and the transform graph are TFT's; the passes
    over the data run in this process, on threads, in bounded memory. What this
    does not cover, an analyzer that is a Beam transform for example, goes to the
    stock executor on Beam; a line of the log says so and why.

    Example:
        ```python
        Transform(
            examples=example_gen.outputs["examples"],
            schema=schema.outputs["schema"],
            module_file="user_code/flights_preprocessing.py",
        )
        ```
    """

    EXECUTOR_SPEC = executor_spec.BeamExecutorSpec(Executor)

    def __init__(self, *args: Any, engine: str = COLUMNAR, **kwargs: Any) -> None:
        """Creates the component.

        Args:
            *args: As the stock Transform takes them.
            engine: "columnar" in this process, "beam" as the stock Transform
                does, with the pipeline's `beam_pipeline_args`.
            **kwargs: As the stock Transform takes them.

        Raises:
            UsageError: There is no such engine.
        """
        if engine not in ENGINES:
            raise UsageError(
                "Transform has no such engine",
                where="engine",
                expected=" or ".join(ENGINES),
                got=repr(engine),
                fix="leave it out, or name one of these",
            )
        super().__init__(*args, **kwargs)
        # The stock class makes its own specification, without this property.
        self.spec.exec_properties[ENGINE] = engine
