"""Rules of the linter: one small function each, with all that is said of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from tidegate.runners.kubeflow.linting.findings import Finding, Severity, Target

SubjectT = TypeVar("SubjectT")
BOTH: tuple[Target, ...] = ("kfp", "vertex")
KFP: tuple[Target, ...] = ("kfp",)


@dataclass(frozen=True)
class Fault:
    """What a rule found at one component.

    Attributes:
        component: Id of the node, or name of the task.
        message: What is wrong, in one sentence without a full stop.
        fix: Instead of the rule's own.
        severity: Instead of the rule's own.
    """

    component: str
    message: str
    fix: str | None = None
    severity: Severity | None = None


@dataclass(frozen=True)
class Rule(Generic[SubjectT]):
    """One rule.

    Attributes:
        code: By which a finding is named and ignored.
        what: What it looks for, for the page of rules.
        why: Why that does not work, as each finding tells it.
        fix: What to do.
        source: Where that can be read: a file of kubeflow/pipelines, or other.
        severity: Of its findings.
        targets: Where it applies.
        check: Yields what it finds in a subject.
    """

    code: str
    what: str
    why: str
    fix: str
    source: str
    severity: Severity
    targets: tuple[Target, ...]
    check: Callable[[SubjectT], Iterable[Fault]]

    def findings(self, subject: SubjectT) -> Iterator[Finding]:
        """What the rule finds."""
        for fault in self.check(subject):
            yield Finding(
                self.code,
                fault.severity or self.severity,
                fault.component,
                fault.message,
                self.why,
                fault.fix or self.fix,
            )


class Rules(list[Rule[Any]]):
    """Rules, in the order of their definition."""

    def rule(
        self,
        code: str,
        *,
        what: str,
        why: str,
        fix: str,
        source: str,
        severity: Severity = "error",
        targets: tuple[Target, ...] = BOTH,
    ) -> Callable[[Callable[[Any], Iterable[Fault]]], Callable[[Any], Iterable[Fault]]]:
        """Makes a rule of the function below."""

        def register(
            check: Callable[[Any], Iterable[Fault]],
        ) -> Callable[[Any], Iterable[Fault]]:
            made = Rule[Any](code, what, why, fix, source, severity, targets, check)
            self.append(made)
            return check

        return register
