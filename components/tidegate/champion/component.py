"""Champion: the model that is served, as an artifact."""

from __future__ import annotations

import os
from pathlib import Path

from tfx.dsl.components.base import base_component, executor_spec
from tfx.types import channel, standard_artifacts

from tidegate.champion import keys, spec
from tidegate.champion.champion import newest_version
from tidegate.champion.executor import Executor
from tidegate.champion.work import state_of
from tidegate.columnar.remote import stores
from tidegate.compiling import is_compiling
from tidegate.errors import UsageError


class Champion(base_component.BaseComponent):  # type: ignore[misc]
    """Gives the model that is served, for the next to be held against.

    It stands in the place of a Resolver, which Kubeflow Pipelines does not have,
    and looks where the Pusher pushes to: what is served is the champion, on a
    laptop as on a cluster. That is what the ledger of Tidegate's Pusher says,
    which a promotion or a rollback changes, too. Where models are pushed without
    one, versions are folders called by whole numbers, and the largest counts. A
    version whose SavedModel is not whole is passed over.

    Where nothing was pushed yet, the artifact says so by its custom property
    `tidegate_absent`, and Tidegate's Evaluator goes on without a baseline.

    Example:
        ```python
        champion = Champion(pushed=config.push_to)
        evaluator = Evaluator(
            examples=example_gen.outputs["examples"],
            model=trainer.outputs["model"],
            baseline_model=champion.outputs["model"],
            eval_config=eval_config,
        )
        ```

    Args:
        pushed: Where the Pusher pushes to: a folder, or a URL that fsspec knows.

    Raises:
        UsageError: It is empty.
    """

    SPEC_CLASS = spec.ChampionSpec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)
    # Not only its inputs decide what it gives: no runner may cache it by them.
    READS_OUTSIDE = True

    def __init__(self, pushed: str | Path) -> None:
        where = str(pushed)
        if not where:
            raise UsageError(
                "the Champion does not know where models are pushed to",
                where="Champion(pushed=…)",
                expected="a folder, or a URL such as gs://bucket/flights/pushed",
                got="an empty text",
                fix="give it the destination of the Pusher",
            )
        local = stores.local_path(where)
        if local is not None:
            where = os.path.abspath(os.path.expanduser(local))
        super().__init__(
            spec.ChampionSpec(
                **{
                    keys.PUSHED: where,
                    keys.MODEL: channel.Channel(type=standard_artifacts.Model),
                }
            )
        )
        if local is not None and not is_compiling():
            self.pin_outside()

    def pin_outside(self) -> None:
        """Has TFX's cache see which model is the champion now, for a run from now.

        Raises:
            TidegateError: The store does not answer.
        """
        held = self.spec.exec_properties
        held[keys.NEWEST] = state_of(newest_version(held[keys.PUSHED]))
