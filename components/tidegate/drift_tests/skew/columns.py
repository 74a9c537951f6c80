"""Which columns a serving log and the training data have in common."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tensorflow_metadata.proto.v0 import schema_pb2

from tidegate.documents import near_miss
from tidegate.report.model import Level, Outcome, TestResult
from tidegate.report.wording import printable

SERVING = "SERVING"
_MOST = 20
_WORDS = {"int": "numbers", "float": "numbers", "text": "text", "bytes": "bytes"}


@dataclass(frozen=True)
class Columns:
    """The columns of a serving log and of the training data.

    Attributes:
        compared: Columns that both have, of one kind; in the training order.
        lacking: Columns that the serving log lacks but should have.
        added: Columns that only the serving log has and nobody named.
        other_kind: Of columns that both have: training kind and serving kind.
        expected: Columns of the training data alone, as they should be.
    """

    compared: tuple[str, ...]
    lacking: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    other_kind: Mapping[str, tuple[str, str]] | None = None
    expected: tuple[str, ...] = ()


def columns_of(
    training: Mapping[str, str],
    serving: Mapping[str, str],
    training_only: Collection[str] = (),
    serving_only: Collection[str] = (),
) -> Columns:
    """What the columns of both have in common.

    Whole numbers and others are one kind: logs in JSON often tell 3 as 3.0. A
    column without any value is of every kind: what is missing is measured.

    Args:
        training: Kind of each column of the training data.
        serving: Kind of each column of the serving log.
        training_only: Columns that the serving log need not have.
        serving_only: Columns that the training data need not have.
    """
    both = [name for name in training if name in serving]
    left_out = set(training_only) | set(serving_only)
    other = {
        name: (training[name], serving[name])
        for name in both
        if name not in left_out and not same_kind(training[name], serving[name])
    }
    return Columns(
        tuple(name for name in both if name not in other and name not in left_out),
        tuple(n for n in training if n not in serving and n not in left_out),
        tuple(n for n in serving if n not in training and n not in left_out),
        other,
        tuple(name for name in training if name in training_only),
    )


def same_kind(one: str, other: str) -> bool:
    """Whether columns of two kinds can be compared."""
    kinds = _WORDS.get(one), _WORDS.get(other)
    text = {"text", "bytes"}
    return None in kinds or kinds[0] == kinds[1] or set(kinds) == text


def training_only_of(schema: schema_pb2.Schema | None) -> frozenset[str]:
    """Features that the schema says are not there in serving.

    That is TFX's way to say it: `not_in_environment: "SERVING"`.
    """
    if schema is None:
        return frozenset()
    return frozenset(
        feature.name
        for feature in schema.feature
        if SERVING in feature.not_in_environment
        or (feature.in_environment and SERVING not in feature.in_environment)
    )


def column_results(found: Columns, level: str) -> list[TestResult]:
    """What is to be said of the columns, a result for each that is not as it was.

    A column that is new in the serving log only warns: the model does not read it.

    Args:
        found: The columns.
        level: "fail" or "warn" for the others.
    """
    results = [*_lacking(found, level), *_of_other_kind(found, level), *_added(found)]
    if results:
        return results
    return [
        TestResult(
            test="skew_columns",
            subject="columns",
            expectation="the columns of the training data",
            observed=f"{len(found.compared)} columns compared{_but(found.expected)}",
            outcome=Outcome.PASSED,
            family="columns",
        )
    ]


def _lacking(found: Columns, level: str) -> Iterator[TestResult]:
    for name in found.lacking[:_MOST]:
        near = near_miss(name, found.added)
        meant = f"; {near} is new there, and may be it" if near else ""
        yield _result(
            name,
            "in the serving log as in the training data",
            f"the serving log has no such column{printable(meant)}",
            level,
            f"log the column, or say that serving never has it: --training-only {name}",
        )
    yield from _more(found.lacking, "the serving log has no such column", level)


def _of_other_kind(found: Columns, level: str) -> Iterator[TestResult]:
    for name, (training, serving) in list((found.other_kind or {}).items())[:_MOST]:
        yield _result(
            name,
            f"{_WORDS[training]}, as in the training data",
            f"{_WORDS[serving]} in the serving log",
            level,
            "log the column as it was in training; nothing else of it was compared",
        )


def _added(found: Columns) -> Iterator[TestResult]:
    for name in found.added[:_MOST]:
        yield _result(
            name,
            "in the training data as in the serving log",
            "the training data have no such column",
            "warn",
            f"if only serving has it: --serving-only {name}",
        )
    yield from _more(found.added, "the training data have no such column", "warn")


def _more(names: Sequence[str], observed: str, level: str) -> Iterator[TestResult]:
    if len(names) > _MOST:
        count = f"{len(names) - _MOST} more columns"
        yield _result(count, "in both", observed, level, "name them, or log them")


def _result(
    name: str, expectation: str, observed: str, level: str, fix: str
) -> TestResult:
    return TestResult(
        test="skew_columns",
        subject=name,
        expectation=expectation,
        observed=observed,
        outcome=Outcome.FAILED if level == "fail" else Outcome.WARNED,
        level=Level(level),
        fix=fix,
        why="a model that does not get what it was trained on guesses",
        family="columns",
    )


def _but(expected: Sequence[str]) -> str:
    if not expected:
        return ""
    return f"; only training has {', '.join(map(printable, expected[:5]))}"
