"""Proof that a gate closes: what was tried, what was caught, what escaped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, Union

import pyarrow as pa

from tidegate.errors import ExitCode, TidegateError, UsageError
from tidegate.testing.cases import Case

if TYPE_CHECKING:
    from tidegate.report.model import TestReport

Check: TypeAlias = Callable[[pa.Table], Union[bool, "TestReport"]]
_LISTED = 40


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a gate did about one case.

    Attributes:
        case: The corruption.
        what: What it did, in words, or why it could do nothing.
        shut: True if the gate shut.
        tests: The tests that failed, where the check tells: "missing dep_delay".
    """

    case: Case
    what: str
    shut: bool
    tests: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.case.name}: {self.what}"


@dataclass(frozen=True, eq=False)
class Proof:
    """Everything that was tried on a gate; `str()` tells it.

    Attributes:
        clean_shut: Tests that shut the gate on the clean table; None if it
            stayed open, as it must for anything else to mean something.
        caught: Corruptions that shut the gate.
        escaped: Corruptions that did not.
        idle: Corruptions without effect on this table: they prove nothing.
        alarms: Harmless changes that shut the gate all the same.
        quiet: Harmless changes that did not.
    """

    clean_shut: tuple[str, ...] | None
    caught: tuple[Outcome, ...] = ()
    escaped: tuple[Outcome, ...] = ()
    idle: tuple[Outcome, ...] = ()
    alarms: tuple[Outcome, ...] = ()
    quiet: tuple[Outcome, ...] = ()

    @property
    def closes(self) -> bool:
        """True if at least one corruption was tried, and all went as they must."""
        wrong = self.escaped or self.alarms or self.clean_shut is not None
        return bool(self.caught) and not wrong

    def kinds(self) -> dict[str, tuple[int, int]]:
        """How many were caught, and how many tried, of each kind."""
        caught = Counter(outcome.case.kind for outcome in self.caught)
        tried = caught + Counter(outcome.case.kind for outcome in self.escaped)
        return {kind: (caught[kind], tried[kind]) for kind in sorted(tried)}

    def __str__(self) -> str:
        if self.clean_shut is not None:
            tests = ", ".join(self.clean_shut) or "it does not say by which test"
            return f"the gate is shut on the clean table already: {tests}"
        tried = len(self.caught) + len(self.escaped)
        lines = [f"{len(self.caught):,} of {tried:,} corruptions shut the gate"]
        lines += _listed("escaped", self.escaped)
        lines += _listed("harmless, but shut the gate", self.alarms)
        lines += _listed("without effect, so they prove nothing", self.idle)
        return "\n".join(lines)


def prove(check: Check, table: pa.Table, cases: Iterable[Case]) -> Proof:
    """What a gate does about each case; nothing is tried if clean data shut it.

    Args:
        check: Tells of a table whether it may pass: a bool, True for yes, or a
            TestReport. A `GateShut` or `DataError` that it raises is a no.
        table: Clean rows.
        cases: Such as `sweep(table)`.
    """
    passed, tests = _ask(check, table)
    if not passed:
        return Proof(tests)
    groups: dict[str, list[Outcome]] = {}
    for case in cases:
        group, outcome = _tried(check, table, case)
        groups.setdefault(group, []).append(outcome)
    return Proof(None, **{group: tuple(found) for group, found in groups.items()})


def assert_gate_closes(check: Check, table: pa.Table, cases: Iterable[Case]) -> Proof:
    """Proves that a gate stays open on a clean table and shuts on every case.

        def check(table: pa.Table) -> bool:
            return table["price"].null_count == 0

        cases = sweep(table, kinds=["missing"], columns=["price"], seeds=range(5))
        assert_gate_closes(check, table, cases)

    Args:
        check: As for `prove`.
        table: Clean rows.
        cases: Such as `sweep(table)`.

    Raises:
        AssertionError: A case escaped, a harmless change or the clean table
            shut the gate, or no case had an effect. Lists them by name.
    """
    proof = prove(check, table, cases)
    if not proof.closes:
        raise AssertionError(str(proof))
    return proof


def _tried(check: Check, table: pa.Table, case: Case) -> tuple[str, Outcome]:
    try:
        broken, fault = case.apply(table)
    except UsageError as error:
        return "idle", Outcome(case, error.message, shut=False)
    if not fault.changed:
        return "idle", Outcome(case, fault.what, shut=False)
    passed, tests = _ask(check, broken)
    return _group(case, passed), Outcome(case, fault.what, not passed, tests)


def _group(case: Case, passed: bool) -> str:
    if case.harmless:
        return "quiet" if passed else "alarms"
    return "escaped" if passed else "caught"


def _ask(check: Check, table: pa.Table) -> tuple[bool, tuple[str, ...]]:
    """Whether the table passes, and the tests that failed."""
    try:
        answer: Any = check(table)
    except TidegateError as error:
        if error.exit_code is not ExitCode.TESTS_FAILED:
            raise
        return False, (error.message,)
    if isinstance(answer, bool):
        return answer, ()
    failed = getattr(answer, "failed", ())
    return bool(answer.passed), tuple(f"{one.test} {one.subject}" for one in failed)


def _listed(title: str, outcomes: tuple[Outcome, ...]) -> list[str]:
    if not outcomes:
        return []
    more = len(outcomes) - _LISTED
    shown = [f"  {outcome}" for outcome in outcomes[:_LISTED]]
    rest = [f"  and {more:,} more"] if more > 0 else []
    return [f"{title} ({len(outcomes):,}):", *shown, *rest]
