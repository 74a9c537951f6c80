"""A test report as JUnit XML, which every CI system shows.

One suite a report and one case a test. CI systems know failed, skipped and
passed: a warning is a passed case with its text as output, a waived failure a
skipped case that says who answers for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from tidegate.report import wording
from tidegate.report.model import (
    Outcome,
    RowSample,
    TestReport,
    TestResult,
    write_whole,
)

_Element = ElementTree.Element
_LONGEST = 300  # characters of a name, a message or a value
_MOST_ROWS = 10


def write_junit(report: TestReport, path: Path) -> Path:
    """Writes the report as JUnit XML to `path`, whole or not at all."""
    return write_whole(path, junit_xml(report))


def junit_xml(report: TestReport) -> bytes:
    """The report as a JUnit XML document in UTF-8."""
    cases = list(report.results)
    counts = {
        "tests": len(cases),
        "failures": len(report.failed),
        "errors": 0,
        "skipped": len(report.skipped) + len(report.waived),
    }
    numbers = {name: str(number) for name, number in counts.items()}
    name = f"tidegate {report.kind} tests: {report.dataset}"
    about = {"name": _line(name), **numbers, "time": f"{report.seconds:.3f}"}
    root = ElementTree.Element("testsuites", about)
    suite = ElementTree.SubElement(root, "testsuite", about)
    suite.set("timestamp", report.created.isoformat(timespec="seconds"))
    properties = ElementTree.SubElement(suite, "properties")
    for key, value in _properties(report):
        ElementTree.SubElement(properties, "property", name=key, value=_line(value))
    for result in cases:
        suite.append(_case(result, report))
    ElementTree.indent(root)
    return bytes(ElementTree.tostring(root, "utf-8", xml_declaration=True)) + b"\n"


def _properties(report: TestReport) -> Iterator[tuple[str, str]]:
    """What else the report says of its input, in names and values."""
    told: dict[str, object] = {
        "verdict": "gate open" if report.passed else "gate shut",
        "rows": report.rows,
        "columns": report.columns,
        "failing_rows": report.failing_rows,
        "quarantined": report.quarantined,
        "quarantine": report.quarantine,
        "span": report.span,
        "schema_file": report.schema_file,
        "suite_file": report.suite_file,
        "reference": report.reference,
        **{f"rows.{split}": rows for split, rows in report.splits.items()},
    }
    for key, value in told.items():
        if value is not None:
            yield _line(key), str(value)


def _case(result: TestResult, report: TestReport) -> _Element:
    about = {
        "classname": _line(f"{report.dataset}.{result.family or result.test}"),
        "name": _line(f"{result.subject}: {wording.expectation(result)}"),
        "time": "0",
    }
    file, _, line = (result.source or "").rpartition(":")
    if file and line.isdigit():
        about |= {"file": _line(file), "line": line}
    case = ElementTree.Element("testcase", about)
    message = wording.observed(result, _LONGEST)
    if result.outcome is Outcome.FAILED:
        failure = ElementTree.SubElement(case, "failure", message=message)
        failure.set("type", _line(result.test))
        failure.text = _body(result)
    elif result.outcome is Outcome.SKIPPED:
        ElementTree.SubElement(case, "skipped", message=message)
    elif result.outcome is Outcome.WAIVED:
        ElementTree.SubElement(case, "skipped", message=_line(_waived(result)))
    elif result.outcome is Outcome.WARNED:
        ElementTree.SubElement(case, "system-out").text = f"warning\n{_body(result)}"
    return case


def _waived(result: TestResult) -> str:
    if result.waiver is None:
        return f"waived; {result.observed}"
    who = wording.waiver(result.waiver)
    return f"waived by {who}: {result.waiver.reason}; {result.observed}"


def _body(result: TestResult) -> str:
    """What a person needs who sees nothing but this case."""
    told = {
        "test": result.test,
        "expected": wording.expectation(result),
        "observed": wording.observed(result, _LONGEST),
        "why": result.why,
        "fix": result.fix,
        "suite": result.source,
        "waiver": wording.waiver(result.waiver) if result.waiver else None,
    }
    lines = [f"{label:<9}{_line(text)}" for label, text in told.items() if text]
    lines += [f"row      {_row(row)}" for row in result.sample[:_MOST_ROWS]]
    hidden = (result.failing_rows or 0) - len(result.sample[:_MOST_ROWS])
    if result.sample and hidden > 0:
        lines.append(f"         and {wording.counted(hidden, 'rows')} more")
    return "\n".join(lines)


def _row(row: RowSample) -> str:
    values = ", ".join(f"{name}={value}" for name, value in row.values.items())
    return _line(f"{row.place}  {values}" if values else str(row.place))


def _line(text: str) -> str:
    """Text in which every sign is one that XML 1.0 allows, and no line ends."""
    return wording.printable(text, _LONGEST)
