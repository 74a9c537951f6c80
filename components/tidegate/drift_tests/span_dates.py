"""The first day of a span, by which weekday and season are known.

A rule says where to find it: "days" and "yyyymmdd" read it from the span's
number, "column:NAME" from a column of times.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from tidegate.data_tests.catalogue.cells import cells
from tidegate.data_tests.times import moment_of, times_of
from tidegate.data_tests.whole import Whole
from tidegate.documents import near_miss
from tidegate.errors import UsageError

DAYS, YYYYMMDD, COLUMN = "days", "yyyymmdd", "column:"
RULES = '"days", "yyyymmdd" or "column:NAME"'
_EPOCH = date(1970, 1, 1)
# Stray rows of another time must not decide: a tenth of the rows may be earlier.
_EARLY = 0.1


def demand_rule(rule: str | None) -> None:
    """Refuses a rule that there is not.

    Raises:
        UsageError: It is none of `RULES`.
    """
    if rule is None or rule in (DAYS, YYYYMMDD):
        return
    if rule.startswith(COLUMN) and len(rule) > len(COLUMN):
        return
    near = near_miss(rule, (DAYS, YYYYMMDD))
    raise UsageError(
        "there is no such rule for the day of a span",
        where="dates",
        expected=f"{RULES}: days since 1970-01-01 (as a pattern with YYYY, MM and DD "
        "counts spans), numbers such as 20300102, or a column of times",
        got=repr(rule),
        fix=f'dates="{near or "column:time"}"',
    )


def day_of(rule: str | None, span: int | None, whole: Whole) -> date | None:
    """The first day of a span; None where the rule finds none.

    Args:
        rule: One of `RULES`; None knows no day.
        span: Number of the span.
        whole: What is known of its data.

    Raises:
        UsageError: There is no such rule.
    """
    demand_rule(rule)
    if rule is None:
        return None
    if rule.startswith(COLUMN):
        return _by_column(rule.removeprefix(COLUMN), whole)
    return None if span is None else _by_number(rule, span)


def _by_number(rule: str, span: int) -> date | None:
    try:
        if rule == DAYS:
            return _EPOCH + timedelta(days=span)
        return date(span // 10_000, span // 100 % 100, span % 100)
    except (ValueError, OverflowError):
        return None


def _by_column(name: str, whole: Whole) -> date | None:
    """The day of the column's early times; None without such a column or times."""
    table, _ = whole.sample()
    if name not in table.column_names:
        return None
    found = times_of(cells(table[name])).micros
    if not len(found):
        return None
    early = np.quantile(found, _EARLY, method="lower")
    return moment_of(int(early)).date()
