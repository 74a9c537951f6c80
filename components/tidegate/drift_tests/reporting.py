"""A decision of the drift tests as the report that a gate reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tidegate.drift_tests import plotting, wording
from tidegate.drift_tests.changed_columns import not_judged
from tidegate.drift_tests.decision import Cause, Channel, ColdStart, DriftDecision, Sign
from tidegate.drift_tests.judging.slow import WINDOW
from tidegate.drift_tests.judging.sudden import FIRST_SCORED
from tidegate.drift_tests.judging.threshold import needed_spans
from tidegate.report.model import Level, Outcome, TestReport, TestResult
from tidegate.report.wording import counted, percent, printable

# Columns that are told of, the worst first.
_MOST_COLUMNS = 5
_ALSO = 3
TABLE = "the table"
_ROWS = "rows"
_UNLIKE = "data unlike all that was accepted, which a model was never trained for"
_CREEPING = "changes so slow that no single span shows them"
_NAMES = {"sudden": "no sudden fault", "slow": "no slow drift"}


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
        found += [self._column(cause) for cause in self._guilty()]
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
            expectation=_promise(channel),
            observed=_score(channel) + ("" if alarm else self._nearest(channel)),
            outcome=self._broken if alarm else Outcome.PASSED,
            level=Level(self.decision.settings.level),
            fix=self._fix() if alarm else None,
            why=_UNLIKE if channel.name == "sudden" else _CREEPING,
            plot=plotting.of_causes(self.decision) if alarm else None,
        )

    def _nearest(self, channel: Channel) -> str:
        if not channel.signs:
            return ""
        sign = channel.signs[0]
        lead = wording.lead_of(sign, sign.column)
        column = f"{wording.short(sign.column)}: " if sign.column else ""
        return f"; farthest is {column}{lead}"

    def _too_few(self) -> TestResult:
        """That slow drift cannot be judged yet."""
        settings, spans = self.decision.settings, len(self.decision.history)
        needed = needed_spans(settings.slow_share, 2 * (WINDOW - 1) + FIRST_SCORED)
        return TestResult(
            test="slow",
            subject=TABLE,
            expectation=f"{_NAMES['slow']} over {WINDOW} spans",
            observed=f"{counted(spans, 'accepted spans')}; slow drift is judged from "
            f"{needed} on",
            outcome=Outcome.SKIPPED,
            level=Level(settings.level),
            why=_CREEPING,
        )

    def _cold_start(self, cold: ColdStart) -> TestResult:
        promise = self.decision.settings.promise
        return TestResult(
            test="history",
            subject=TABLE,
            expectation=f"{cold.needed} accepted spans, to keep the promise: {promise}",
            observed=f"{counted(cold.spans, 'accepted spans')}; until there are "
            f"{cold.needed - cold.spans} more {cold.protection}",
            outcome=Outcome.WARNED,
            level=Level.WARN,
            fix="accept past spans that are right: tidegate drift accept DATA "
            "--history HISTORY --by WHO --reason WHY",
            why="false alarms that were not promised, and faults that go unseen",
        )

    def _guilty(self) -> list[Cause]:
        """The columns of an alarm: the first, and all that alarm by themselves."""
        if not self.decision.alarm:
            return []
        first, *others = self.decision.ranking[:_MOST_COLUMNS]
        guilty = [first]
        for cause in others:
            named = {one.column for one in guilty}
            if any(
                not {sign.column, sign.other} & named for sign in self._alarming(cause)
            ):
                guilty.append(cause)
        return guilty

    def _alarming(self, cause: Cause) -> list[Sign]:
        """What of a column is beyond the threshold of its channel."""
        return [
            sign
            for channel in self.decision.channels
            for sign in channel.signs
            if sign.distance > channel.threshold
            and cause.column in (sign.column, sign.other)
            and (cause.column or not sign.column)
        ]

    def _column(self, cause: Cause) -> TestResult:
        """What changed in one column."""
        signs = self._alarming(cause) or cause.signs
        ordered = wording.most_telling(signs, cause.column)
        return TestResult(
            test="drift",
            subject=printable(cause.column) or _ROWS,
            expectation=f"like {counted(len(self.decision.history), 'accepted spans')}",
            observed=self._told(ordered, cause.column),
            outcome=self._broken,
            level=Level(self.decision.settings.level),
            fix=_hint(ordered[0], cause.column),
            plot=plotting.of_column(self.decision, cause.column, ordered[0]),
        )

    def _told(self, signs: Sequence[Sign], column: str) -> str:
        first, spans = signs[0], len(self.decision.history)
        over = WINDOW if plotting.is_slow(self.decision, first) else 1
        hours = plotting.holds_times(self.decision.measures, column)
        text = wording.told(first, column, spans, hours=hours, over=over)
        leads = dict.fromkeys(wording.lead_of(sign, column) for sign in signs)
        also = [lead for lead in leads if lead != wording.lead_of(first, column)]
        return f"{text}; also {', '.join(also[:_ALSO])}" if also else text

    def _fix(self) -> str:
        causes = self._guilty()
        named = [wording.short(cause.column) for cause in causes if cause.column]
        look = f"look at {', '.join(named) or 'the number of rows'} in the source"
        return (
            f"{look}; if it is right, accept the span: tidegate drift accept DATA "
            f"--name {self.decision.measures.name} --history HISTORY --by WHO "
            "--reason WHY"
        )


def _promise(channel: Channel) -> str:
    """What must hold, and how many good spans do not."""
    name, threshold = _NAMES[channel.name], wording.number_text(channel.threshold)
    if not channel.compared:
        return f"{name}: a score under {threshold} (1 is as far off as ever)"
    good = f"1 good span in {1 / channel.promise:.3g}"
    return (
        f"{name}: a score under {threshold}, as far off as {good} "
        f"(by the last {channel.compared} accepted spans)"
    )


def _score(channel: Channel) -> str:
    """How far the span is off, in thresholds and among the accepted spans."""
    text = f"score {wording.number_text(channel.score)}"
    if channel.alarm:
        text += f", {channel.excess:.3g} times the threshold"
    else:
        text += f", {percent(channel.score, channel.threshold)} of the threshold"
    if not channel.compared:
        return text
    farther = round(channel.p_value * (channel.compared + 1)) - 1
    if not farther:
        return f"{text}; none of {channel.compared} accepted spans was as far off"
    return f"{text}; {farther} of {channel.compared} accepted spans were as far off"


def _hint(sign: Sign, column: str) -> str | None:
    """Where to look first, by what changed."""
    name = wording.short(column)
    if sign.measure == wording.ROWS:
        return "compare the number of rows with the source: a part is lost or doubled"
    return None if not column else f"compare {name} with its source"


def _reference(decision: DriftDecision) -> str:
    spans = decision.history.spans
    if not spans:
        return "no accepted span"
    return f"{counted(len(spans), 'spans')}, newest {spans[-1].name}"
