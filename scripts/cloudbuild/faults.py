"""What is wrong with a file: the place, the fact, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from tidegate.errors import UsageError


@dataclass(frozen=True, order=True)
class Fault:
    """One thing that is wrong in one line of a file.

    Attributes:
        path: The file, as people would name it from the root of the checkout.
        line: Its line, counted from 1.
        message: What is wrong, in one sentence without a full stop.
        fix: What to write instead, as an instruction.
        rule: Id of the rule that was broken; `cloudbuild rules` explains it.
    """

    path: str
    line: int
    message: str
    fix: str
    rule: str = ""

    def __str__(self) -> str:
        rule = f"  [{self.rule}]" if self.rule else ""
        return f"{self.path}:{self.line}: {self.message}{rule}\n    fix: {self.fix}"


class FaultsFound(UsageError):
    """A file cannot be used; every fault of it is told at once."""

    def __init__(self, message: str, *, faults: Sequence[Fault] = ()) -> None:
        super().__init__(
            message + "".join(f"\n  {fault}" for fault in faults),
            fix="mend the faults that are listed",
        )
        self.faults = tuple(faults)

    def __reduce__(self) -> tuple[object, ...]:
        return (_again, (self.message, self.faults))


def _again(message: str, faults: Sequence[Fault]) -> FaultsFound:
    error = FaultsFound(message)
    error.message, error.faults = message, tuple(faults)
    return error


def in_order(faults: Iterable[Fault]) -> list[Fault]:
    """Each fault once, by file and line."""
    return sorted(set(faults))


def as_json(faults: Iterable[Fault]) -> list[dict[str, object]]:
    """The faults as plain values, in the order they were given."""
    return [asdict(fault) for fault in faults]
