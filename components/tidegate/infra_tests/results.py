"""What was found of a model before it is loaded, as test results. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from tidegate.infra_tests.settings import Settings, shown_bytes
from tidegate.report.model import Outcome, TestResult
from tidegate.saved_model.op_rules import Refused

_MOST_NAMED = 8
WHY = {
    "whole": "a model that is not whole fails where it is served, not here",
    "ops": "a model is a program: it could read, write or send what it likes",
    "loads": "what cannot be loaded, hangs or eats the memory takes a server with it",
    "signature": "callers know the signature by its name and its types",
    "requests": "each request must be answered, whatever others it comes with",
    "determinism": "an answer that changes by itself cannot be explained or repeated",
    "server": "TensorFlow Serving restores a model in its own way, and answers by it",
    "parity": "what was evaluated must be what is served",
    "latency": "callers wait for the answer",
    "memory": "a server has so much and no more",
    "size": "what is large is slow to push, to load and to roll back",
}
_LOADED = (
    "loads",
    "signature",
    "requests",
    "determinism",
    "server",
    "parity",
    "latency",
    "memory",
)


def result(
    test: str,
    subject: str,
    expectation: str,
    observed: str,
    *,
    ok: bool | None,
    fix: str | None = None,
) -> TestResult:
    """One result; `ok` None is a test that could not say anything."""
    outcome = (
        Outcome.SKIPPED if ok is None else Outcome.PASSED if ok else Outcome.FAILED
    )
    return TestResult(
        test=test,
        subject=subject,
        expectation=expectation,
        observed=observed,
        outcome=outcome,
        fix=None if ok else fix,
        why=WHY[test],
    )


def whole(lacks: str | None, faults: Sequence[str], count: int) -> Iterator[TestResult]:
    """Whether all files of the model are there, and no others that harm."""
    yield result(
        "whole",
        "files",
        "every file of the SavedModel",
        f"{count} files" if lacks is None else f"it lacks {lacks}",
        ok=lacks is None,
        fix="export the model again, and push nothing that is still being written",
    )
    yield result(
        "whole",
        "safe files",
        "no code, no link or asset that leads out of the folder",
        "; ".join(some(faults)) or "none",
        ok=not faults,
        fix="refused for security, and not loaded: export the model without these",
    )


def operations(
    refused: Sequence[Refused], nodes: int, allowed: Mapping[str, str]
) -> Iterator[TestResult]:
    """Whether every operation may be there."""
    kinds = Counter(one.op for one in refused)
    for op, count in sorted(kinds.items())[:_MOST_NAMED]:
        first = next(one for one in refused if one.op == op)
        place = f"in {first.where}" if first.where else "in the graph"
        yield result(
            "ops",
            op[:120],
            "no such operation in a model that is served",
            f"{count} times, first {place[:120]}: {first.why}",
            ok=False,
            fix="refused for security, and not loaded: export the model without it, "
            f'or answer for it with allow_ops={{"{op[:60]}": "…"}}',
        )
    if len(kinds) > _MOST_NAMED:
        yield result(
            "ops",
            "others",
            "no such operation",
            f"{len(kinds) - _MOST_NAMED} more kinds",
            ok=False,
            fix="refused for security, and not loaded",
        )
    if not kinds:
        answered = "; ".join(f"{op} allowed: {why}" for op, why in allowed.items())
        yield result(
            "ops",
            "graph",
            "only operations that compute",
            f"{nodes:,} operations" + (f"; {answered}" if answered else ""),
            ok=True,
        )


def unreadable(reason: str) -> Iterator[TestResult]:
    """A graph that cannot be read is not loaded either."""
    yield result(
        "ops",
        "graph",
        "a graph that can be read",
        reason,
        ok=False,
        fix="refused for security, and not loaded: export the model again",
    )


def not_loaded() -> Iterator[TestResult]:
    """The tests that need the model, which was not loaded."""
    for test in _LOADED:
        yield result(
            test, "model", "a model that may be loaded", "it was not loaded", ok=None
        )


def size(bytes_: int, settings: Settings) -> Iterator[TestResult]:
    """How large the model's files are."""
    most = settings.size_at_most
    yield result(
        "size",
        "files",
        f"at most {shown_bytes(most)}" if most else "any, there is no budget",
        shown_bytes(bytes_),
        ok=most is None or bytes_ <= most,
        fix="make the model smaller, or the budget larger",
    )


def some(names: Sequence[str]) -> list[str]:
    """The first few, and how many more there are."""
    more = len(names) - _MOST_NAMED
    return [*names[:_MOST_NAMED], *([f"{more} more"] if more > 0 else [])]
