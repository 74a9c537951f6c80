"""Which bad rows may leave into quarantine, and when they are too many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tidegate.data_tests.blame import Blame, union
from tidegate.data_tests.judged import Judged
from tidegate.report.model import Outcome
from tidegate.report.wording import counted

_NOWHERE = "; they could leave into quarantine, but nothing takes them out here"


def leaving(failed: Judged, most: int, divides: bool) -> Judged:
    """A failed test whose rows may leave: warned if they do, failed if they cannot.

    Args:
        failed: The failed test, with its rows.
        most: The most rows that may leave.
        divides: Whether rows are taken out afterwards.
    """
    rows = failed.blame or Blame()
    if len(rows) > most:
        return failed
    if not divides:
        observed = failed.result.observed + _NOWHERE
        fix = "name a folder with --quarantine, or " + (failed.result.fix or "fix them")
        told = {"observed": observed, "fix": fix}
        return replace(failed, result=failed.result.model_copy(update=told))
    left = f"{failed.result.observed}; they left into quarantine"
    warned = {"outcome": Outcome.WARNED, "observed": left}
    result = failed.result.model_copy(update=warned)
    return replace(failed, result=result, leaves=True, most=most)


def within_the_maximum(judged: Sequence[Judged], rows: int) -> list[Judged]:
    """The results; those fail whose maximum all leaving rows together exceed.

    A data set of which nothing would be left fails as well.

    Args:
        judged: The results of all tests.
        rows: Rows of the data set.
    """
    gone = len(union(one.blame or Blame() for one in judged if one.leaves))
    return [
        _failed(one, gone) if one.leaves and (gone > one.most or gone == rows) else one
        for one in judged
    ]


def _failed(left: Judged, gone: int) -> Judged:
    observed = (
        f"{left.result.observed}, but {counted(gone, 'rows')} of all tests together "
        f"are more than may leave ({left.most:,})"
    )
    told = {"outcome": Outcome.FAILED, "observed": observed}
    return replace(left, result=left.result.model_copy(update=told), leaves=False)
