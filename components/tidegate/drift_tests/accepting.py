"""Lets spans into the history on a person's word: one of them, or all of a pattern."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tensorflow_metadata.proto.v0 import schema_pb2

from tidegate.drift_tests.check import verdict_of
from tidegate.drift_tests.deliveries import Delivery
from tidegate.drift_tests.history import (
    History,
    Written,
    accept_span,
    read_history,
    read_retired,
    read_span,
)
from tidegate.drift_tests.history.acceptance import Verdict
from tidegate.drift_tests.history.names import SUMMARY_FILE
from tidegate.drift_tests.history.root import Root, root_of
from tidegate.drift_tests.history.seal import KEY
from tidegate.drift_tests.measured import measure
from tidegate.drift_tests.summary import SpanMeasures
from tidegate.errors import Problems, TidegateError, UsageError

if TYPE_CHECKING:
    from tidegate.drift_tests.settings import DriftSettings

_TAIL = 1 << 20
_BY_HAND = "accepted by hand"


@dataclass(frozen=True)
class Acceptor:
    """Who lets what into which history.

    Attributes:
        history: The history's folder, or a URL that fsspec knows.
        by: Who answers for it.
        reason: Why it is right; None only of a span without an alarm.
        settings: By which one span is judged before it enters; None does not ask.
        dates: Rule by which first days are found.
        schema: Marks private columns.
    """

    history: str | Path | Root
    by: str
    reason: str | None = None
    settings: DriftSettings | None = None
    dates: str | None = None
    schema: schema_pb2.Schema | None = None


@dataclass(frozen=True)
class Entered:
    """What became of one span.

    Attributes:
        name: Its name.
        rows: Its rows; None where it was not read.
        written: Its file; None where it did not enter.
        verdict: What the drift tests say of it, if they were asked.
        known: Whether it was in the history before.
        error: Why it did not enter.
    """

    name: str
    rows: int | None = None
    written: Written | None = None
    verdict: Verdict | None = None
    known: bool = False
    error: TidegateError | None = None


def accept_all(
    deliveries: Sequence[Delivery],
    acceptor: Acceptor,
    progress: Callable[[str, int, int], None] | None = None,
) -> list[Entered]:
    """Lets every delivery into the history that is not there; goes on after faults.

    Args:
        deliveries: The spans, oldest first.
        acceptor: Who lets them in, and why.
        progress: Called with a span's name, its number, and the number of all.

    Raises:
        UsageError: The history is damaged, or nobody answers for the spans.
        InfrastructureError: The history cannot be reached.
    """
    place = root_of(acceptor.history)
    _demand_words(acceptor)
    history, gone = read_history(place), read_retired(place)
    entered: list[Entered] = []
    for number, delivery in enumerate(deliveries, 1):
        if progress is not None:
            progress(delivery.name, number, len(deliveries))
        if delivery.name in gone:
            entered.append(Entered(delivery.name, error=_retired(delivery.name)))
            continue
        if len(deliveries) > 1 and history.find(delivery.name) is not None:
            entered.append(Entered(delivery.name, known=True))
            continue
        try:
            measures = _measured(delivery, acceptor, history)
            alone = len(deliveries) == 1
            verdict = _verdict(measures, acceptor, history) if alone else None
            one = _entered(measures, acceptor, verdict)
        except (TidegateError, Problems) as error:
            entered.append(Entered(delivery.name, error=error))
            continue
        entered.append(one)
        if one.written is not None and one.written.new:
            history = History.of([*history.spans, measures])
    return entered


def accept_summary(path: Path, acceptor: Acceptor) -> Entered:
    """Lets the span in that a run left behind, such as one that alarmed.

    Raises:
        UsageError: It is no summary, nobody answers for it, or another span has
            its name.
    """
    _demand_words(acceptor)
    span = read_span(path)
    measures, history = span.measures, read_history(acceptor.history)
    # The run knew its settings; what it said counts.
    verdict = span.verdict or _verdict(measures, acceptor, history)
    return _entered(measures, acceptor, verdict)


def summary_in(data: Sequence[str]) -> Path | None:
    """The summary that somebody names in place of data; None if it is data."""
    if len(data) != 1:
        return None
    path = Path(data[0])
    if path.is_dir():
        path = path / SUMMARY_FILE
    try:
        with path.open("rb") as stream:
            size = stream.seek(0, 2)
            stream.seek(max(size - _TAIL, 0))
            return path if KEY in stream.read() else None
    except OSError:
        return None


def _measured(delivery: Delivery, acceptor: Acceptor, history: History) -> SpanMeasures:
    return measure(
        delivery.data,
        delivery.name,
        span=delivery.span,
        start=delivery.start,
        dates=acceptor.dates,
        schema=acceptor.schema,
        partners=history,
    ).measures


def _entered(
    measures: SpanMeasures, acceptor: Acceptor, verdict: Verdict | None
) -> Entered:
    if verdict == "alarmed" and acceptor.reason is None:
        raise UsageError(
            f"the drift tests alarm on the span {measures.name}",
            expected="a reason why it is right all the same",
            got="none",
            fix='look at it with `tidegate drift explain`, then say --reason "why"',
        )
    written = accept_span(
        acceptor.history,
        measures,
        acceptor.by,
        acceptor.reason or _BY_HAND,
        verdict=verdict,
    )
    return Entered(
        measures.name, measures.rows, written, verdict, known=not written.new
    )


def _verdict(
    measures: SpanMeasures, acceptor: Acceptor, history: History
) -> Verdict | None:
    """What the drift tests say; None if they were not asked, or cannot say yet."""
    if acceptor.settings is None:
        return None
    from tidegate.drift_tests.decide import decide

    before = history.before(measures)
    if not len(before):
        return None
    return verdict_of(decide(before, measures, acceptor.settings))


def _demand_words(acceptor: Acceptor) -> None:
    empty = [
        name
        for name, text in (("by", acceptor.by), ("reason", acceptor.reason))
        if text is not None and not text.strip()
    ]
    if empty:
        raise UsageError(
            "an acceptance says who answers for it, and why",
            expected=" and ".join(f"--{name} with a text" for name in empty),
            got="an empty one",
            fix='--by "Ada, flights team" --reason "new airport since July"',
        )


def _retired(name: str) -> UsageError:
    return UsageError(
        f"the span {name} was retired, which is for ever",
        expected="a span that was never in the history",
        fix=f"give it another name: --name {name}.2",
    )
