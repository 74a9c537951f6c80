"""What the linter finds: where, what, why, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from tidegate.errors import Problems, TidegateError, UsageError

Severity = Literal["error", "warning", "info"]
Target = Literal["kfp", "vertex"]
Ignore = Mapping[str, Sequence[str]]

EVERYWHERE = "*"
_GRAVITY: dict[Severity, int] = {"error": 0, "warning": 1, "info": 2}


@dataclass(frozen=True)
class Finding:
    """One thing that does not go to Kubeflow as it is.

    Attributes:
        code: Of the rule, such as `resolver`.
        severity: "error" if it would not run, "warning" if it may not do what is
            meant, "info" if there is a better way.
        component: Id of the node or name of the task; "pipeline" for the whole.
        message: What is wrong, in one sentence without a full stop.
        reason: Why it is wrong on this target.
        fix: What to do.
    """

    code: str
    severity: Severity
    component: str
    message: str
    reason: str
    fix: str

    def as_dict(self) -> dict[str, Any]:
        """The finding for `--json`."""
        return {
            "code": self.code,
            "severity": self.severity,
            "component": self.component,
            "message": self.message,
            "reason": self.reason,
            "fix": self.fix,
        }

    def lines(self) -> list[str]:
        """The finding as text: what is wrong, then a labelled line a detail."""
        return [
            f"{self.severity} {self.code} · {self.component}: {self.message}",
            f"  reason    {self.reason}",
            f"  fix       {self.fix}",
        ]


def in_order(findings: Iterable[Finding], ignore: Ignore | None) -> list[Finding]:
    """The findings without those that are ignored or told twice, errors first.

    Args:
        findings: As the rules yield them.
        ignore: Code to the components for which it is known; "*" is all of them.
    """
    unique = dict.fromkeys(findings)
    kept = [one for one in unique if not _ignored(one, ignore or {})]
    return sorted(kept, key=lambda one: _GRAVITY[one.severity])


def as_error(findings: Iterable[Finding]) -> TidegateError | None:
    """The errors among the findings as one error; None where there are none."""
    errors = [
        UsageError(
            f"{one.message}: {one.reason} [{one.code}]",
            where=one.component,
            fix=one.fix,
        )
        for one in _gathered(one for one in findings if one.severity == "error")
    ]
    if len(errors) < 2:
        return errors[0] if errors else None
    return Problems("the pipeline does not go to Kubeflow as it is", errors)


def as_text(findings: Iterable[Finding]) -> str:
    """Warnings and hints as text for the terminal; empty where there are none.

    What is the same of several components is told once, with all their names.
    """
    hints = _gathered(one for one in findings if one.severity != "error")
    return "\n".join(line for one in hints for line in one.lines())


def _gathered(findings: Iterable[Finding]) -> list[Finding]:
    """Findings that are the same of several components as one, with all names."""
    names: dict[Finding, list[str]] = {}
    for one in findings:
        names.setdefault(replace(one, component=""), []).append(one.component)
    return [replace(one, component=", ".join(all_)) for one, all_ in names.items()]


def _ignored(finding: Finding, ignore: Ignore) -> bool:
    components = ignore.get(finding.code, ())
    return EVERYWHERE in components or finding.component in components
