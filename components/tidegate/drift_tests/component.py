"""DriftTests: asks whether a span is like the spans before it, and reports."""

from __future__ import annotations

import hashlib
from pathlib import Path

from tfx.dsl.components.base import base_component
from tfx.types import channel

from tidegate.artifacts import SpanSummary, TestReport
from tidegate.compiling import is_compiling
from tidegate.drift_tests import keys, spec
from tidegate.drift_tests.executor import Executor
from tidegate.drift_tests.history.root import root_of
from tidegate.drift_tests.settings import DriftSettings, load_settings
from tidegate.drift_tests.span_dates import demand_rule
from tidegate.gate.placement import GuardedExecutorSpec


class DriftTests(base_component.BaseComponent):  # type: ignore[misc]
    """Holds a span against the accepted spans before it, and reports.

    One decision a run, calibrated on the history, with a promised rate of false
    alarms. The report fails nothing by itself: a Gate reads it. Nor does it change
    the history: a SpanPusher behind the gate lets the span in.

    Example:
        ```python
        drift_tests = DriftTests(
            examples=example_gen.outputs["examples"],
            history="gs://bucket/flights/history",
            dates="days",
        )
        gate = Gate(drift=drift_tests.outputs["report"]).before(transform, trainer)
        pusher = SpanPusher(
            summary=drift_tests.outputs["summary"],
            gate=gate.outputs["decision"],
            history="gs://bucket/flights/history",
        )
        ```

    Args:
        examples: Examples of the span, all splits together.
        history: Folder of the accepted spans, or a URL that fsspec knows.
        settings: What is promised: a YAML file, or `DriftSettings` built in Python;
            None promises what is usual.
        schema: Schema whose private columns leave no value in the summary.
        dataset: Name of the data set, for reports.
        dates: How the first day of a span is known, for weekday and season:
            "days" (the span's number counts days since 1970-01-01, as patterns
            with YYYY, MM and DD do), "yyyymmdd", or "column:NAME" of times.

    Raises:
        UsageError: The settings are missing or wrong, or there is no such rule.
    """

    SPEC_CLASS = spec.DriftTestsSpec
    EXECUTOR_SPEC = GuardedExecutorSpec(Executor)
    TESTS = keys.EXAMPLES
    REPORT_KIND = "drift"
    # The history decides, too: no runner may cache it by its inputs alone.
    READS_OUTSIDE = True

    def __init__(
        self,
        *,
        examples: channel.BaseChannel,
        history: str | Path,
        settings: str | Path | DriftSettings | None = None,
        schema: channel.BaseChannel | None = None,
        dataset: str = "data",
        dates: str | None = None,
    ) -> None:
        demand_rule(dates)
        texts = {keys.HISTORY_DIGEST: _digest(history), keys.DATES: dates}
        if isinstance(settings, (str, Path)):
            texts[keys.SETTINGS_FILE] = str(settings)
        super().__init__(
            spec.DriftTestsSpec(
                **{
                    keys.EXAMPLES: examples,
                    **({keys.SCHEMA: schema} if schema else {}),
                    keys.HISTORY: str(history),
                    keys.SETTINGS: _parsed(settings).model_dump_json(),
                    keys.DATASET: dataset,
                    **{name: text for name, text in texts.items() if text},
                    keys.REPORT: channel.Channel(type=TestReport),
                    keys.SUMMARY: channel.Channel(type=SpanSummary),
                }
            )
        )
        self.executor_spec.guard(self)


def _parsed(settings: str | Path | DriftSettings | None) -> DriftSettings:
    if settings is None:
        return DriftSettings()
    if isinstance(settings, DriftSettings):
        return settings
    return load_settings(Path(settings))


def _digest(history: str | Path) -> str:
    """Of the names in a local history; files are never changed, so these suffice.

    A bucket is not asked: pipelines are compiled where it may be out of reach.
    """
    if "://" in str(history) or is_compiling():
        return ""
    names = [name for name in root_of(history).names() if not name.startswith(".")]
    return hashlib.sha256("\n".join(names).encode()).hexdigest()
