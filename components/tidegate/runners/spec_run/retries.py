"""When a failed container is tried again.

Retries are those of the launcher's pod, with Argo's back-off (argocompiler/
container.go:getTaskRetryStrategyFromInput; argo-workflows operator.go:
processNodeRetries). The driver is not asked again: inputs and URIs stay.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tidegate.runners.spec_run.state import DagRun


@dataclass(frozen=True)
class Policy:
    """How often, and when.

    Attributes:
        limit: Retries at most.
        first: Seconds before the first.
        factor: By which each wait is longer than the one before; 0 for none.
        longest: Seconds since the beginning after which no retry may begin.
    """

    limit: int = 0
    first: float = 0.0
    factor: float = 0.0
    longest: float = 0.0

    def wait(self, attempts: int, seconds: float) -> float | None:
        """Seconds until the next attempt, None where there is none.

        Args:
            attempts: How many there were.
            seconds: Since the first began.
        """
        if attempts > self.limit:
            return None
        wait = self.first * (self.factor ** (attempts - 1) if self.factor > 0 else 1)
        return wait if seconds + wait <= self.longest else None


def policy_of(task: Any, dag: DagRun) -> Policy:
    """The policy of a task, or else of the nested pipeline that it is in.

    compiler/visitor.go:dfs hands the policy of a nested pipeline to its tasks.
    """
    if task.HasField("retry_policy"):
        policy = task.retry_policy
        return Policy(
            policy.max_retry_count,
            float(policy.backoff_duration.seconds),
            float(policy.backoff_factor),
            float(policy.backoff_max_duration.seconds),
        )
    if dag.made_by is not None and dag.parent is not None:
        return policy_of(dag.made_by, dag.parent)
    return Policy()
