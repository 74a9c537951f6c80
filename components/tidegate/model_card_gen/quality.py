"""How good a model is, and what it hangs on, as chapters of its card."""

from __future__ import annotations

from collections.abc import Iterable

from tidegate.explain.figure import figure
from tidegate.model_card_gen.card import Fact, Section, Table
from tidegate.model_card_gen.known import Known
from tidegate.model_card_gen.words import number
from tidegate.report import wording
from tidegate.report.model import Picture, TestReport, TestResult

FACTORS, METRICS = "Factors", "Metrics"
ANALYSES, SERVING = "Quantitative analyses", "Serving"
_LONGEST = 200
_MOST_TESTS = 60
_ORDER = ("failed", "warned", "waived", "passed", "skipped")


def factors(known: Known) -> Section:
    """For which parts of the data it is known how good the model is."""
    facts: list[Fact] = []
    lacking: list[str] = []
    if known.facts is not None and known.facts.slices:
        facts.append(Fact("judged apart by", ", ".join(known.facts.slices)))
    else:
        lacking.append("how good it is for parts of the data: no slices were evaluated")
    figures: tuple[Picture, ...] = ()
    if known.importance is not None and known.importance.features:
        top = known.importance.features[0]
        facts.append(Fact("what matters most", top.feature))
        facts.append(
            Fact("measured on", wording.counted(known.importance.rows, "rows"))
        )
        figures = (figure(known.importance),)
    else:
        lacking.append("what its predictions hang on: no explanation was given")
    return Section(FACTORS, facts=tuple(facts), figures=figures, lacking=tuple(lacking))


def metrics(known: Known) -> Section:
    """What was measured, and what had to hold."""
    tables: list[Table] = []
    lacking: list[str] = []
    if known.metrics:
        rows = [(name, number(value)) for name, value in known.metrics.items()]
        tables.append(Table.of("Over all rows", ("metric", "value"), rows))
    else:
        lacking.append("what was measured: no evaluation was given")
    report = known.reports.get("model")
    if report is None:
        lacking.append("what had to hold: no report of model tests was given")
    else:
        tables.append(tests("Model tests", report))
    return Section(METRICS, tables=tuple(tables), lacking=tuple(lacking))


def analyses(known: Known) -> Section:
    """The figures of the model tests."""
    report = known.reports.get("model")
    if report is not None and report.figures:
        facts: tuple[Fact, ...] = (Fact("model tests", wording.verdict(report)),)
        return Section(ANALYSES, facts=facts, figures=report.figures)
    why = "has no figures" if report else "was not given"
    return Section(ANALYSES, lacking=(f"curves: the report of model tests {why}",))


def serving(known: Known) -> Section:
    """What was tried before the model was let out."""
    report = known.reports.get("infra")
    if report is None:
        told = "whether it can be served: no report of infra tests was given"
        return Section(SERVING, lacking=(told,))
    facts = (Fact("infra tests", wording.verdict(report)),)
    return Section(
        SERVING,
        facts=facts,
        tables=(tests("Infra tests", report),),
        figures=report.figures,
    )


def tests(title: str, report: TestReport) -> Table:
    """What each test asked and saw, the worst first."""
    order = sorted(report.results, key=lambda r: _ORDER.index(r.outcome.value))
    head = ("subject", "test", "expected", "observed", "outcome")
    return Table.of(title, head, [_row(one) for one in order], _MOST_TESTS)


def weak(reports: Iterable[TestReport]) -> list[str]:
    """What did not hold and was let through, a line each."""
    return [
        f"{report.kind} test {result.test} of {result.subject} "
        f"{result.outcome.value}: {wording.observed(result, _LONGEST)}"
        + (f" ({wording.waiver(result.waiver)})" if result.waiver else "")
        for report in reports
        for result in (*report.failed, *report.warned, *report.waived)
    ]


def _row(result: TestResult) -> tuple[str, ...]:
    return (
        result.subject,
        result.test,
        wording.expectation(result),
        wording.observed(result, _LONGEST),
        result.outcome.value,
    )
