"""What of a span the drift tests cannot judge: columns that came or changed."""

from __future__ import annotations

from collections.abc import Sequence

from tidegate.drift_tests.decision import DriftDecision
from tidegate.drift_tests.wording import short
from tidegate.report.model import Level, Outcome, TestResult

_MOST = 8
_RETYPED = "now of another type"


def not_judged(decision: DriftDecision) -> TestResult | None:
    """The columns without a past, or of another type; None without any."""
    spans = decision.history.spans
    if not spans:
        return None
    now, newest = decision.measures, spans[-1]
    past = dict(zip(newest.columns, newest.kinds, strict=True))
    present = dict(zip(now.columns, now.kinds, strict=True))
    ignored = decision.settings.ignore
    groups = {
        "new": [name for name in present if name not in decision.history.columns],
        _RETYPED: [
            name
            for name, kind in present.items()
            if _differ(kind, past.get(name, "none"))
        ],
    }
    parts = [
        f"{what}: {_listed(kept)}"
        for what, found in groups.items()
        if (kept := [name for name in found if name not in ignored])
    ]
    if not parts:
        return None
    return TestResult(
        test="columns",
        subject="columns",
        expectation="the columns of the accepted spans",
        observed=f"{'; '.join(parts)} (a schema test judges that, drift cannot)",
        # Numbers that turned to text are a fault that only a schema names for sure.
        outcome=Outcome.WARNED if groups[_RETYPED] else Outcome.SKIPPED,
        level=Level(decision.settings.level),
    )


def _differ(now: str, then: str) -> bool:
    """Whether figures of one kind say little of the other; whole numbers may turn."""
    numbers = {"int", "float"}
    return "none" not in (now, then) and now != then and {now, then} != numbers


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return ", ".join(map(short, names[:_MOST])) + more
