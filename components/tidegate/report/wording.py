"""How counts, shares, places and foreign text read in every report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from tidegate.report.model import (
    READABLE,
    Place,
    RowSample,
    TestReport,
    TestResult,
    Waived,
)

_LONGEST_REASON = 120
SOON = 14  # days before its end in which a waiver is announced
# What a report of each kind counts.
THINGS = {"data": "rows", "drift": "rows", "model": "examples", "infra": "requests"}


def printable(text: str, longest: int | None = None) -> str:
    r"""Text of unknown origin with every control character made visible.

    Escape sequences could recolour or overwrite a terminal, and bidirectional
    marks could turn a line around; they become `\x1b` and the like.

    Args:
        text: Any text, for instance a value from a data file.
        longest: Characters to keep; None keeps all.
    """
    if longest is not None and len(text) > longest:
        text = text[: longest - 1] + "…"
    return "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode()
        for sign in text
    )


def counted(number: int, thing: str) -> str:
    """`1 row`, `3,419 rows`: a count with its thing, given in the plural."""
    return f"{number:,} {thing[:-1] if number == 1 else thing}"


def percent(part: float, whole: float) -> str:
    """A share in percent, with as many digits as it needs to be told from 0 %."""
    if not whole:
        return "0 %"
    share = 100 * part / whole
    if share in (0, 100):
        return f"{share:.0f} %"
    # Nearly nothing must not read as nothing, nor nearly all as all.
    if share < 0.1:
        return f"{share:.1g} %" if share >= 0.0001 else "under 0.0001 %"
    return f"{share:.1f} %" if share <= 99.9 else f"{min(share, 99.99):.2f} %"


def places(sample: Iterable[RowSample], total: int | None, most: int = 3) -> str:
    """The first places, each file named once: `a.csv:18, 44, b.csv:3 …`."""
    found = [row.place for row in sample]
    shown = found[:most]
    parts: list[str] = []
    before: Place | None = None
    for place in shown:
        parts.append(_short(place, before))
        before = place
    more = (total or len(found)) > len(shown)
    return printable(", ".join(parts)) + (" …" if parts and more else "")


def expectation(result: TestResult) -> str:
    """What must hold, and for which rows: `at most 5 % where origin = 'JFK'`."""
    if result.slice is None:
        return result.expectation
    return f"{result.expectation} where {result.slice}"


def observed(result: TestResult, longest: int) -> str:
    """What was seen, printable and shortened; its end stays if that is a place.

    Args:
        result: The result.
        longest: Characters to keep.
    """
    text = result.observed
    if result.test != READABLE or len(text) <= longest:
        return printable(text, longest)
    tail = longest * 2 // 3
    return printable(f"{text[: longest - tail - 1]}…{text[-tail:]}")


def waiver(waived: Waived) -> str:
    """Who answers for a failure and how long: `fleet team, until 2030-02-03`."""
    ended = waived.state == "expired"
    return f"{waived.owner}, {'expired on' if ended else 'until'} {waived.expires}"


def ending(report: TestReport) -> list[str]:
    """One line a waiver that ends within `SOON` days of the report."""
    today = report.created.date()
    lines: dict[str, None] = {}
    for result in report.waived:
        if result.waiver is None:
            continue
        left = (result.waiver.expires - today).days
        if 0 <= left <= SOON:
            when = f"in {counted(left, 'days')}" if left else "today"
            lines[
                f"the waiver of {result.test} on {result.subject} ends {when} "
                f"({result.waiver.expires}): {result.waiver.owner}"
            ] = None
    return [printable(line) for line in lines]


def quarantined(report: TestReport) -> str | None:
    """How many rows were taken out, and of which share; None where none were."""
    if not report.quarantined:
        return None
    rows = counted(report.quarantined, "rows")
    return f"{rows}, {percent(report.quarantined, report.rows)}"


def headline(report: TestReport) -> str:
    """The report in one line, without its sign."""
    return " · ".join(
        part
        for part in (
            None if report.passed else "gate shut",
            printable(report.dataset),
            None if report.span is None else f"span {report.span}",
            verdict(report),
            duration(report.seconds),
        )
        if part
    )


def fixes(report: TestReport, most: int = 3) -> Sequence[str]:
    """What to do about the failed tests, each thing once, the first few."""
    told = dict.fromkeys(result.fix for result in report.failed if result.fix)
    return [printable(text) for text in list(told)[:most]]


def skipped(report: TestReport, most: int = 5) -> list[str]:
    """A line a reason for which tests were skipped: `2 tests: … (unit ×2)`.

    Args:
        report: The report.
        most: Lines; the last one counts what has no room.
    """
    reasons: dict[str, Counter[str]] = {}
    for result in report.skipped:
        reasons.setdefault(result.observed, Counter())[result.test] += 1
    ordered = sorted(reasons.items(), key=lambda one: -one[1].total())
    shown = len(ordered) if len(ordered) <= most else most - 1
    lines = [
        f"{counted(names.total(), 'tests')}: {printable(reason, _LONGEST_REASON)} "
        f"({_named(names)})"
        for reason, names in ordered[:shown]
    ]
    if rest := ordered[shown:]:
        tests = sum(names.total() for _, names in rest)
        lines.append(f"{counted(tests, 'tests')} for {len(rest)} other reasons")
    return lines


def _named(tests: Counter[str], most: int = 4) -> str:
    """The most frequent names with their counts: `unit ×4, relations, …`."""
    told = [
        printable(name) + (f" ×{count}" if count > 1 else "")
        for name, count in tests.most_common(most)
    ]
    return ", ".join([*told, *(["…"] if len(tests) > most else [])])


def _short(place: Place, before: Place | None) -> str:
    if before is None or (place.file or place.split) != (before.file or before.split):
        return str(place)
    return str(place.row if place.line is None else place.line)


def verdict(report: TestReport) -> str:
    """How many tests failed, or passed, on how many rows."""
    on = f"on {counted(report.rows, THINGS[report.kind])}"
    ran = len(report.results) - len(report.skipped)
    if not ran:
        return f"no test ran {on}"
    aside = "".join(
        f", {len(results)} {what}"
        for what, results in (("waived", report.waived), ("skipped", report.skipped))
        if results
    )
    if report.failed:
        return f"{len(report.failed)} of {counted(ran, 'tests')} failed{aside} {on}"
    warned = f", {len(report.warned)} warned" if report.warned else ""
    held = ran - len(report.warned) - len(report.waived)
    return f"{counted(held, 'tests')} passed{warned}{aside} {on}"


def duration(seconds: float) -> str | None:
    """`1.3 s`, `40 ms`; None where nobody measured it."""
    if not seconds:
        return None
    return f"{seconds:.1f} s" if seconds >= 0.1 else f"{1000 * seconds:.0f} ms"
