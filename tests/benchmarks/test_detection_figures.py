"""The figures of the tables, from runs made by hand."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from detecting import sweep, tables
from detecting.data_sets import Recurring
from detecting.faults import KINDS
from detecting.figures import HELPED, OURS, by_kind, delays, figures
from detecting.ours import Tidegate
from detecting.peers.peer import Judged
from detecting.sweep import RAMP_SPANS, SHARES, Plan, Run, first_judged, onsets_of

DAYS = 40


def clean(detector: str, day: int, score: float, alarm: bool = False) -> Run:
    return Run(detector, day, "", 0.0, score, alarm, -2, 0.1)


def faulty(
    detector: str, share: float, score: float, alarm: bool = False, place: int = 0
) -> Run:
    return Run(detector, 1, "missing", share, score, alarm, place, 0.3)


def a_few_runs() -> list[Run]:
    """Ours alarms on two clean days of 40; the other never alarms by itself."""
    runs = [clean(OURS, day, day / 40, alarm=day >= 38) for day in range(DAYS)]
    runs += [clean("other", day, day) for day in range(DAYS)]
    for share, ours, other in zip(SHARES, (1, 2, 3, 4), (0, 1, 2, 3), strict=True):
        for n in range(4):
            runs.append(faulty(OURS, share, 0.1, alarm=n < ours, place=n))
            runs.append(faulty("other", share, 100 if n < other else 0, place=-1))
    return runs


def test_ours_is_told_by_its_alarms_and_others_by_the_help_they_get() -> None:
    ours, helped, other = figures(a_few_runs())
    assert [ours.detector, helped.detector, other.detector] == [OURS, HELPED, "other"]
    assert (ours.clean, ours.alarms, ours.false_alarms) == (40, 2, 0.05)
    assert ours.recall == (0.25, 0.5, 0.75, 1.0)
    assert ours.matched == 0.05
    low, high = ours.interval
    assert 0 < low < 0.05 < high < 0.2
    # Their threshold is a clean day's score, above which is what is promised.
    assert other.recall == (0.0, 0.25, 0.5, 0.75)
    assert other.matched == 0.05
    assert other.alarms == 0
    # With a threshold on its scores ours would see nothing here.
    assert helped.recall == (0, 0, 0, 0)
    assert ours.faults == (4, 4, 4, 4)


def test_who_names_no_column_is_not_judged_by_it() -> None:
    ours, _, other = figures(a_few_runs())
    assert (ours.first, ours.third) == (0.25, 0.75)
    assert (other.first, other.third) == (None, None)
    # Faults of whole rows have no column that could be named.
    rows = [faulty(OURS, 0.2, 1.0, place=-2) for _ in range(9)]
    assert figures([*a_few_runs(), *rows])[0].first == 0.25


def test_what_nobody_tried_is_not_a_number() -> None:
    (ours, _) = figures([clean(OURS, day, 1.0) for day in range(5)])
    assert all(math.isnan(share) for share in ours.recall)
    assert ours.cpu == 0.1


def sequence(
    day: int, kind: str, alarm_after: int | None, spans: int = 20
) -> list[Run]:
    last = spans - 1 if alarm_after is None else alarm_after
    return [
        Run(OURS, day, kind, 0.01, 1.0, after == alarm_after, 0, 0.1, after)
        for after in range(last + 1)
    ]


def test_delays_count_spans_until_the_alarm() -> None:
    runs = [
        *sequence(1, "ramp missing", 0),
        *sequence(2, "ramp missing", 4),
        *sequence(3, "ramp sign", 9),
        *sequence(4, "ramp sign", None),
        *sequence(1, "lasting sign", 2),
    ]
    told = delays(runs, "ramp")
    assert told is not None
    assert (told.count, told.seen, told.middle) == (4, 3, 7.5)
    assert told.within == (0.25, 0.25, 0.5, 0.75)
    of_sign = delays(runs, "ramp", "sign")
    assert of_sign is not None
    assert math.isinf(of_sign.middle)
    assert delays(runs, "ramp", "typo") is None
    assert delays([], "lasting") is None


def test_sequences_are_in_no_other_figure() -> None:
    runs = a_few_runs()
    more = [*runs, *sequence(2, "ramp missing", 4), *sequence(2, "lasting sign", None)]
    assert figures(more) == figures(runs)
    assert by_kind(more) == by_kind(runs) == {"missing": [0.25, 0.5, 0.75, 1.0]}


def test_tables_have_a_row_for_each_detector_and_as_many_cells_as_heads() -> None:
    runs = [*a_few_runs(), *sequence(2, "ramp missing", 4)]
    data = recurring(DAYS)
    for lines in (
        list(tables.section(data, runs)),
        list(tables.kinds(runs)),
        list(tables.summary([("made up", figures(runs))])),
    ):
        rows = [line for line in lines if line.startswith("|")]
        assert len({line.count("|") for line in rows}) == 1
    (told,) = [
        x for x in tables.summary([("d", figures(runs))]) if x.startswith("| d |")
    ]
    assert told.endswith("| 4 of 4 | 1 of 4 |")


def test_days_are_judged_from_where_enough_is_known() -> None:
    assert (first_judged(119), first_judged(120)) == (40, 60)
    days = onsets_of(365, 40)
    assert len(set(days)) == 40
    assert days == sorted(days) == onsets_of(365, 40)
    assert 60 <= days[0] < 90
    assert 330 < days[-1] < 365
    assert onsets_of(50, 40) == list(range(40, 50))


class Watcher:
    """A detector that alarms when a share of the column is missing."""

    name = OURS

    def __init__(self, limit: float) -> None:
        self.limit = limit
        self.fitted: list[int] = []

    def fit(self, history: Sequence[pa.Table], starts: Sequence[date]) -> None:
        assert len(history) == len(starts)
        self.fitted.append(len(history))

    def judge(self, table: pa.Table) -> Judged:
        score = table["a"].null_count / max(table.num_rows, 1)
        return Judged(score, score > self.limit, ("b", "a"))


def recurring(days: int) -> Recurring:
    spans = [pa.table({"a": np.arange(200.0) + day}) for day in range(days)]
    starts = [date(2030, 1, 1) + timedelta(day) for day in range(days)]
    return Recurring("made up", "nowhere", tuple(spans), tuple(starts), None)


def test_a_sequence_ends_with_the_alarm_and_quiet_spans_become_history() -> None:
    missing = next(kind for kind in KINDS if kind.name == "missing")
    seen = Watcher(0.035)
    data = recurring(50)
    found = list(sweep._sequence(data, 20, 40, missing, "ramp", seen))
    assert [run.share for run in found] == pytest.approx([0.01, 0.02, 0.03, 0.04])
    assert [run.alarm for run in found] == [False, False, False, True]
    assert [run.after for run in found] == [0, 1, 2, 3]
    assert seen.fitted == [20, 21, 22, 23]
    assert {run.place for run in found} == {1}
    blind = list(sweep._sequence(data, 40, 50, missing, "lasting", Watcher(1.0)))
    assert [run.share for run in blind] == [sweep.PERSISTENT] * 10
    assert not any(run.alarm for run in blind)
    assert RAMP_SPANS == 20


def test_a_day_has_its_clean_span_and_every_fault_that_fits() -> None:
    data = recurring(50)
    plan = Plan("made up", Path(), seeds=1)
    quiet = list(sweep._day(data, 45, False, plan, [Watcher(0.5)], []))
    assert [(run.kind, run.place) for run in quiet] == [("", -2)]
    found = list(sweep._day(data, 45, True, plan, [Watcher(0.15)], []))
    kinds = {run.kind for run in found}
    assert {"", "missing", "sign", "duplicate rows"} <= kinds
    assert {"typo", "swapped columns"}.isdisjoint(kinds)
    shares = [run.share for run in found if run.kind == "missing"]
    assert shares == list(SHARES)
    alarms = {(run.kind, run.share) for run in found if run.alarm}
    assert alarms == {
        *(("missing", share) for share in (0.2, 0.5)),
        *(("missing in a block", share) for share in (0.2, 0.5)),
    }


def test_ours_names_the_column_and_measures_a_span_of_the_history_once() -> None:
    data = recurring(45)
    ours = Tidegate()
    ours.fit(data.tables[:44], data.starts[:44])
    before = [id(one[1]) for one in ours._measured.values()]
    ours.fit(data.tables, data.starts)
    after = [id(one[1]) for one in ours._measured.values()]
    assert after[:44] == before
    broken = pa.table({"a": pa.array([None] * 100 + [1.0] * 100, pa.float64())})
    said = ours.judge(broken)
    assert said.alarm
    assert said.score > 1
    assert said.ranking[0] == "a"
