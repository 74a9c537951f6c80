"""How counts, shares, places and foreign text read in every report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tidegate.report.model import Place, RowSample, TestReport

_THINGS = {"data": "rows", "drift": "rows", "model": "examples", "infra": "requests"}


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


def headline(report: TestReport) -> str:
    """The report in one line, without its sign."""
    return " · ".join(
        part
        for part in (
            None if report.passed else "gate shut",
            printable(report.dataset),
            None if report.span is None else f"span {report.span}",
            verdict(report),
            _time(report.seconds),
        )
        if part
    )


def fixes(report: TestReport, most: int = 3) -> Sequence[str]:
    """What to do about the failed tests, each thing once, the first few."""
    told = dict.fromkeys(result.fix for result in report.failed if result.fix)
    return [printable(text) for text in list(told)[:most]]


def _short(place: Place, before: Place | None) -> str:
    if before is None or (place.file or place.split) != (before.file or before.split):
        return str(place)
    return str(place.row if place.line is None else place.line)


def verdict(report: TestReport) -> str:
    """How many tests failed, or passed, on how many rows."""
    on = f"on {counted(report.rows, _THINGS[report.kind])}"
    ran = len(report.results) - len(report.skipped)
    if not ran:
        return f"no test ran {on}"
    skipped = f", {len(report.skipped)} skipped" if report.skipped else ""
    if report.failed:
        return f"{len(report.failed)} of {counted(ran, 'tests')} failed{skipped} {on}"
    warned = f", {len(report.warned)} warned" if report.warned else ""
    return f"{counted(ran - len(report.warned), 'tests')} passed{warned}{skipped} {on}"


def _time(seconds: float) -> str | None:
    if not seconds:
        return None
    return f"{seconds:.1f} s" if seconds >= 0.1 else f"{1000 * seconds:.0f} ms"
