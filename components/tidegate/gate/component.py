"""Gate: reads test reports and fails the run when a test failed."""

from __future__ import annotations

from tfx.dsl.components.base import base_component, base_node, executor_spec
from tfx.types import channel

from tidegate.artifacts import GateDecision
from tidegate.errors import UsageError
from tidegate.gate.decision import REPORT_KINDS
from tidegate.gate.executor import Executor
from tidegate.gate.keys import DECISION
from tidegate.gate.spec import GateSpec


class Gate(base_component.BaseComponent):  # type: ignore[misc]
    """Fails the run, before anything downstream starts, if a test failed.

    A test component never raises because of bad data: TFX publishes no output
    of a failed execution, so its report would be lost when it is needed most.
    The gate is the node that fails.

    Example:
        ```python
        gate = Gate(data=data_tests.outputs["report"]).before(transform, trainer)
        ```

    Args:
        data: Report of a DataTests.
        drift: Report of a DriftTests.
        model: Report of a ModelTests.
        infra: Report of an InfraTests.

    Raises:
        UsageError: No report is given.
    """

    SPEC_CLASS = GateSpec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)

    def __init__(
        self,
        *,
        data: channel.BaseChannel | None = None,
        drift: channel.BaseChannel | None = None,
        model: channel.BaseChannel | None = None,
        infra: channel.BaseChannel | None = None,
    ) -> None:
        reports = dict(zip(REPORT_KINDS, (data, drift, model, infra), strict=True))
        given = {kind: report for kind, report in reports.items() if report is not None}
        if not given:
            raise UsageError(
                "a gate needs at least one report",
                where="Gate",
                expected=" or ".join(f"{kind}=" for kind in REPORT_KINDS),
                got="none",
                fix='Gate(data=data_tests.outputs["report"])',
            )
        super().__init__(
            GateSpec(**given, **{DECISION: channel.Channel(type=GateDecision)})
        )

    def before(self, *nodes: base_node.BaseNode) -> Gate:
        """Puts `nodes` downstream of this gate and returns the gate.

        Args:
            *nodes: Every node that must not run while the gate is shut.
        """
        for node in nodes:
            self.add_downstream_node(node)
        return self
