"""A decision of the drift tests as the report that a gate reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tidegate.drift_tests import plotting, wording
from tidegate.drift_tests.changed_columns import not_judged
from tidegate.drift_tests.channel_words import NAMES, promise_of, score_of
from tidegate.drift_tests.decision import Channel, ColdStart, DriftDecision, Sign
from tidegate.drift_tests.hints import hint
from tidegate.drift_tests.judging.slow import SKIPPED, WINDOW
from tidegate.drift_tests.judging.threshold import needed_spans
from tidegate.drift_tests.phrases import TOP
from tidegate.report.model import Level, Outcome, TestReport, TestResult
from tidegate.report.wording import counted, printable

# Columns that are told of, the worst first.
_MOST_COLUMNS = 5
_ALSO = 2
_LONGEST = 150  # characters, of what a terminal shows
TABLE = "the table"
_ROWS = "rows"
_UNLIKE = "data unlike all that was accepted, which a model was never trained for"
_CREEPING = "changes so slow that no single span shows them"


def report_of(decision: DriftDecision, dataset: str) -> TestReport:
    """The decision as a report: its verdict, then the columns that caused it.

    Args:
        decision: What the drift tests say.
        dataset: Name of the data set.
    """
    now = decision.measures
    teller = _Teller(decision)
    return TestReport(
        kind="drift",
        dataset=dataset,
        results=tuple(teller.results()),
        rows=now.rows,
        span=now.span,
        columns=len(now.columns),
        private=tuple(sorted(now.private)),
        reference=_reference(decision),
    )


@dataclass(frozen=True)
class _Teller:
    """Puts a decision into results.

    Attributes:
        decision: What the drift tests say.
    """

    decision: DriftDecision

    def results(self) -> list[TestResult]:
        """The verdict of each channel, then the columns, then what was not judged."""
        decision = self.decision
        found = [
            self._channel(one) if one.threshold < float("inf") else self._too_few()
            for one in decision.channels
        ]
        if decision.sudden is not None and decision.slow is None:
            found.append(self._too_few())
        found += [self._column(*one) for one in self._guilty().items()]
        if decision.cold_start is not None:
            found.append(self._cold_start(decision.cold_start))
        unknown = not_judged(decision)
        return found if unknown is None else [*found, unknown]

    @property
    def _broken(self) -> Outcome:
        failing = self.decision.settings.level == Level.FAIL.value
        return Outcome.FAILED if failing else Outcome.WARNED

    def _channel(self, channel: Channel) -> TestResult:
        """The verdict of one channel; it alone says whether there is an alarm."""
        alarm = channel.alarm
        return TestResult(
            test=channel.name,
            subject=TABLE,
            expectation=promise_of(channel),
            observed=score_of(channel) + ("" if alarm else self._nearest(channel)),
            outcome=self._broken if alarm else Outcome.PASSED,
            level=Level(self.decision.settings.level),
            fix=self._fix() if alarm else None,
            why=_UNLIKE if channel.name == "sudden" else _CREEPING,
            plot=plotting.of_channel(self.decision, channel) if alarm else None,
        )

    def _nearest(self, channel: Channel) -> str:
        if not channel.signs:
            return ""
        sign = channel.signs[0]
        lead = wording.lead_of(sign, sign.column)
        alone = sign.column and not sign.other
        column = f"{wording.short(sign.column)}: " if alone else ""
        return f"; farthest is {column}{lead}"

    def _too_few(self) -> TestResult:
        """That slow drift cannot be judged yet, or is quiet after an alarm."""
        spans = counted(len(self.decision.history), "accepted spans")
        needed = needed_spans(self.decision.settings.slow_share, SKIPPED)
        sudden = self.decision.sudden
        if sudden is not None and sudden.alarm:
            observed = "not judged beside a sudden fault, which is in the mean too"
        elif len(self.decision.history) < needed:
            observed = f"too few to tell it from chance: {spans} of {needed}"
        else:
            observed = f"quiet: an alarm was accepted in the last {WINDOW} spans"
        return TestResult(
            test="slow",
            subject=TABLE,
            expectation=f"{NAMES['slow']} over {WINDOW} spans",
            observed=observed,
            outcome=Outcome.SKIPPED,
            level=Level(self.decision.settings.level),
            why=_CREEPING,
        )

    def _cold_start(self, cold: ColdStart) -> TestResult:
        promise = self.decision.settings.promise
        return TestResult(
            test="history",
            subject=TABLE,
            expectation=f"{cold.needed} accepted spans, to keep the promise: {promise}",
            observed=f"{counted(cold.spans, 'accepted spans')}; until there are "
            f"{cold.needed - cold.spans} more, {cold.protection}",
            outcome=Outcome.WARNED,
            level=Level.WARN,
            fix=self._wider(cold.needed)
            or "accept past spans that are right: tidegate drift accept DATA "
            "--history HISTORY --by WHO --reason WHY",
            why="false alarms that were not promised, and faults that go unseen",
        )

    def _wider(self, needed: int) -> str | None:
        """What to do where the settings keep fewer spans than are needed."""
        window = self.decision.settings.window
        if window >= needed:
            return None
        return f"raise `window` in the settings from {window} to {needed} at least"

    def _guilty(self) -> dict[str, list[Sign]]:
        """The columns of an alarm, each with its signs.

        A column that alarms only by what it has to do with one before it is none.
        """
        found: dict[str, list[Sign]] = {}
        for cause in self.decision.ranking if self.decision.alarm else ():
            signs = self._alarming(cause.column)
            own = [sign for sign in signs if not {sign.column, sign.other} & {*found}]
            if own and len(found) < _MOST_COLUMNS:
                found[cause.column] = own
        return found

    def _alarming(self, column: str) -> list[Sign]:
        """What of a column is beyond the threshold, of the first channel that is."""
        for channel in self.decision.channels:
            signs = [
                sign
                for sign in channel.signs
                if sign.distance > channel.threshold and _is_of(sign, column)
            ]
            if signs:
                return signs
        return []

    def _column(self, column: str, signs: Sequence[Sign]) -> TestResult:
        """What changed in one column."""
        ordered = wording.most_telling(signs, column)
        return TestResult(
            test="drift",
            subject=printable(column) or _ROWS,
            expectation=f"like {counted(len(self.decision.history), 'accepted spans')}",
            observed=self._told(ordered, column),
            outcome=self._broken,
            level=Level(self.decision.settings.level),
            fix=hint(ordered[0], column),
            plot=plotting.of_column(self.decision, column, ordered[0]),
        )

    def _told(self, signs: Sequence[Sign], column: str) -> str:
        spans = len(self.decision.history)
        over = WINDOW if plotting.is_slow(self.decision, signs[0]) else 1
        first = self._with_value(signs[0])
        hours = plotting.holds_times(self.decision.measures, column)
        text = wording.told(first, column, spans, hours=hours, over=over)
        leads = dict.fromkeys(wording.lead_of(sign, column) for sign in signs)
        also = [lead for lead in leads if lead != wording.lead_of(signs[0], column)]
        for count in range(min(len(also), _ALSO), 0, -1):
            more = f"{text}; also {', '.join(also[:count])}"
            if len(more) <= _LONGEST:
                return more
        return text

    def _with_value(self, sign: Sign) -> Sign:
        """A sign of the most frequent value, with that value if it may be shown."""
        now = self.decision.measures
        place = now.place(sign.column)
        if sign.measure != TOP or place is None:
            return sign
        if plotting.is_private(self.decision, sign.column):
            return sign
        return replace(sign, detail="".join(now.frequent[place].texts[:1]))

    def _fix(self) -> str:
        named = [wording.short(name) or "the number of rows" for name in self._guilty()]
        look = f"look at {', '.join(named)} in the source"
        return (
            f"{look}; if it is right, accept the span: tidegate drift accept DATA "
            f"--name {self.decision.measures.name} --history HISTORY --by WHO "
            "--reason WHY"
        )


def _is_of(sign: Sign, column: str) -> bool:
    """Whether a sign is of a column; of the table as a whole for ""."""
    if not column:
        return not sign.column
    return column in (sign.column, sign.other)


def _reference(decision: DriftDecision) -> str:
    spans = decision.history.spans
    if not spans:
        return "no accepted span"
    return f"{counted(len(spans), 'spans')}, newest {spans[-1].name}"
