"""What data a model was made of and judged on, as chapters of its card."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tensorflow_metadata.proto.v0 import schema_pb2

from tidegate.data_tests.private_columns import pii_columns
from tidegate.ledger.events import ExamplesRecord
from tidegate.model_card_gen.card import Fact, Section, Table
from tidegate.model_card_gen.known import Known
from tidegate.model_card_gen.words import number
from tidegate.report import wording
from tidegate.report.model import TestReport

TRAINING, EVALUATION = "Training data", "Evaluation data"
_MOST_VALUES = 8  # of a domain
_LONGEST_VALUE = 40
_PRIVATE = "private"
_TYPES = {"BYTES": "text", "INT": "whole number", "FLOAT": "number"}


def training(known: Known) -> Section:
    """The examples, what is in them, and what the data tests said of them."""
    facts: list[Fact] = []
    tables: list[Table] = []
    lacking = []
    event = known.event
    origin = event.model.provenance if event and event.model else None
    if origin is not None and origin.examples:
        tables.append(_examples(origin.examples))
    else:
        lacking.append("which examples it was trained on: the ledger does not say")
    report = known.reports.get("data")
    if report is None:
        lacking.append("whether the data was tested: no report was given")
    else:
        facts += data_tests(report)
    if known.schema is None:
        lacking.append("which features there are: no schema was given")
    else:
        tables.append(features(known.schema, known.statistics))
        if origin is not None and origin.data_schema is not None:
            facts.append(Fact("schema, SHA-256", origin.data_schema.sha256, code=True))
        if not known.statistics:
            lacking.append("how often each is missing: no statistics were given")
    return Section(
        TRAINING, facts=tuple(facts), tables=tuple(tables), lacking=tuple(lacking)
    )


def evaluation(known: Known) -> Section:
    """How many rows the model was judged on, and which parts of them apart."""
    facts: list[Fact] = []
    lacking: list[str] = []
    report = known.reports.get("model")
    if known.facts is not None:
        facts.append(Fact("rows", f"{known.facts.rows:,}"))
        facts.append(Fact("task", known.facts.task))
        compared = "the champion" if known.facts.champion else "nothing"
        facts.append(Fact("compared with", compared))
    elif report is not None:
        facts.append(Fact("rows", f"{report.rows:,}"))
    else:
        lacking.append("what it was judged on: no evaluation was given")
    if known.schema is not None:
        facts.append(Fact("features", f"{len(known.schema.feature):,}"))
    return Section(EVALUATION, facts=tuple(facts), lacking=tuple(lacking))


def data_tests(report: TestReport) -> Iterator[Fact]:
    """How many tests passed, and what became of the rows that did not."""
    counts = {name: number for name, number in report.counts.items() if number}
    told = ", ".join(f"{count:,} {name}" for name, count in counts.items())
    yield Fact("data tests", told or "none ran")
    yield Fact("tested rows", f"{report.rows:,}")
    if report.failing_rows:
        share = wording.percent(report.failing_rows, report.rows)
        yield Fact("failing rows", f"{report.failing_rows:,} ({share})")
    if quarantined := wording.quarantined(report):
        yield Fact("in quarantine", quarantined)
    if report.suite_file:
        yield Fact("suite", report.suite_file, code=True)


def features(schema: schema_pb2.Schema, statistics: Any = None) -> Table:
    """The features with type, what is allowed, and how often they are missing.

    Of private ones neither values nor ranges are shown.

    Args:
        schema: The schema.
        statistics: Split to its statistics; empty leaves the column out.
    """
    private = pii_columns(schema)
    domains = {domain.name: domain for domain in schema.string_domain}
    missing = _missing(statistics or {})
    head = ["feature", "type", "allowed", *(["missing"] if missing else [])]
    rows = []
    for one in schema.feature:
        allowed = _PRIVATE if one.name in private else _allowed(one, domains)
        row = [one.name, _type(one), allowed]
        rows.append([*row, missing.get(one.name, "")] if missing else row)
    return Table.of("Features", head, rows)


def _type(feature: schema_pb2.Feature) -> str:
    name = str(schema_pb2.FeatureType.Name(feature.type))
    return _TYPES.get(name, name.lower())


def _allowed(feature: schema_pb2.Feature, domains: dict[str, Any]) -> str:
    """What values a feature may have, in a few words."""
    kind = feature.WhichOneof("domain_info")
    if kind == "domain":
        domain = domains.get(feature.domain)
        return _values(domain.value) if domain is not None else feature.domain
    if kind == "string_domain":
        return _values(feature.string_domain.value)
    if kind in ("int_domain", "float_domain"):
        return _range(getattr(feature, kind))
    return kind.removesuffix("_domain") if kind else "any"


def _values(values: Any) -> str:
    shown = [wording.printable(one, _LONGEST_VALUE) for one in values[:_MOST_VALUES]]
    more = len(values) - len(shown)
    return ", ".join(shown) + (f" and {more:,} more" if more else "")


def _range(domain: Any) -> str:
    low, high = domain.HasField("min"), domain.HasField("max")
    if low and high:
        return f"{number(domain.min)} to {number(domain.max)}"
    if low:
        return f"at least {number(domain.min)}"
    return f"at most {number(domain.max)}" if high else "any"


def _missing(statistics: Any) -> dict[str, str]:
    """Feature to the share of rows, over all splits, in which it is missing."""
    rows: dict[str, list[int]] = {}
    for dataset in statistics.values():
        for one in dataset.features:
            name = one.path.step[0] if one.path.step else one.name
            kind = one.WhichOneof("stats")
            common = getattr(one, kind).common_stats if kind else None
            held = rows.setdefault(name, [0, 0])
            if common is not None:
                held[0] += common.num_missing
                held[1] += common.num_missing + common.num_non_missing
    return {
        name: wording.percent(missing, total) for name, (missing, total) in rows.items()
    }


def _examples(examples: tuple[ExamplesRecord, ...]) -> Table:
    rows = []
    for one in examples:
        splits = [
            f"{name} {one.rows[name]:,}" if name in one.rows else name
            for name in one.splits
        ]
        span = "" if one.span is None else str(one.span)
        digest = (one.digest or "")[:16]
        rows.append((one.uri, span, ", ".join(splits), digest))
    return Table.of("Examples", ("where", "span", "rows", "SHA-256, begin"), rows)
