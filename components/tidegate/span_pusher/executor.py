"""SpanPusher's executor: reads summary and decision, writes into the history."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from tfx.dsl.components.base import base_executor
from tfx.types import artifact_utils

from tidegate.span_pusher import spec
from tidegate.span_pusher.push import push


class Executor(base_executor.BaseExecutor):  # type: ignore[misc]
    """Lets a span into the history."""

    def Do(
        self,
        input_dict: dict[str, list[Any]],
        output_dict: dict[str, list[Any]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Writes one file into the history, if it is not there."""
        context = getattr(self, "_context", None)
        written = push(
            Path(artifact_utils.get_single_uri(input_dict[spec.SUMMARY])),
            Path(artifact_utils.get_single_uri(input_dict[spec.GATE])),
            exec_properties[spec.HISTORY],
            by=exec_properties[spec.BY],
            run=getattr(context, "pipeline_run_id", None) or None,
        )
        what = "accepted" if written.new else "was accepted before"
        logging.info("%s: %s", written.path, what)
