"""All tests of a model that needs no Docker: files, operations, and a child."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tidegate.infra_tests import results, told
from tidegate.infra_tests.confinement import Limits
from tidegate.infra_tests.parity import parity
from tidegate.infra_tests.probe import probe
from tidegate.infra_tests.samples import Requests, count_rows, draw, without
from tidegate.infra_tests.settings import Settings
from tidegate.report.model import Outcome, TestReport, TestResult
from tidegate.saved_model.catalogue import catalogue
from tidegate.saved_model.files import Files, asset_faults, look_at
from tidegate.saved_model.loadable import graphs_in
from tidegate.saved_model.op_rules import refused
from tidegate.saved_model.wholeness import GRAPH, lacking
from tidegate.saved_model.wire import Damaged


@dataclass(frozen=True)
class Subject:
    """What is tested, and with what.

    Attributes:
        model: Folder with `saved_model.pb`.
        dataset: Name of the model in reports.
        examples: Folder of the Examples artifact; None without one.
        evaluation: Folder of the ModelEvaluation; None without one.
        features: Features that requests have; None where nobody knows.
        temporary: Folder for files that need not be kept.
    """

    model: Path
    dataset: str = "model"
    examples: Path | None = None
    evaluation: Path | None = None
    features: frozenset[str] | None = None
    temporary: str | None = None


def check(subject: Subject, settings: Settings) -> TestReport:
    """The report on a model; a bad one is reported, never raised.

    Raises:
        TidegateError: The examples cannot be read, or have no such split.
    """
    started = time.monotonic()
    asked = _requests(subject, settings)
    found = tuple(_results(subject, settings, asked))
    return TestReport(
        kind="infra",
        dataset=subject.dataset,
        results=found,
        rows=len(asked.records),
        seconds=time.monotonic() - started,
    )


def _results(
    subject: Subject, settings: Settings, asked: Requests
) -> Iterator[TestResult]:
    files = _files(subject.model)
    judged = [*_static(subject.model, files, settings)]
    yield from judged
    yield from results.size(files.size, settings)
    if any(one.outcome is Outcome.FAILED for one in judged):
        yield from results.not_loaded()
        return
    found = probe(
        subject.model,
        settings.signature,
        asked.records,
        Limits(settings.seconds, settings.memory),
        subject.temporary,
        allow_ops=settings.allow_ops,
    )
    count = len(asked.records)
    yield from told.loading(found, settings)
    yield from told.signature(found, settings, subject.features)
    yield from told.requests(found, count)
    yield from told.determinism(found, count)
    yield from told.server(found, count)
    yield from parity(
        found, asked, subject.evaluation, lambda: _rows(subject, settings)
    )
    yield from told.latency(found, settings)
    yield from told.memory(found, settings)


def _static(model: Path, files: Files, settings: Settings) -> Iterator[TestResult]:
    """What is known of a model before it is loaded."""
    lacks = lacking(files.names)
    harmful = (*files.faults, *files.code)
    if GRAPH not in files.names:
        yield from results.whole(lacks or GRAPH, harmful, len(files.names))
        return
    try:
        graphs = graphs_in(model)
    except Damaged as damage:
        yield from results.whole(lacks, harmful, len(files.names))
        yield from results.unreadable(str(damage))
        return
    faults = (*harmful, *asset_faults(graphs, files))
    yield from results.whole(lacks, faults, len(files.names))
    yield from results.operations(
        tuple(refused(graphs, catalogue(), settings.allow_ops)),
        sum(len(scope.nodes) for graph in graphs for scope in graph.scopes),
        settings.allow_ops,
    )


def _files(model: Path) -> Files:
    try:
        return look_at(model)
    except OSError as error:
        return Files((), 0, (f"the folder cannot be listed: {error.strerror}",))


def _requests(subject: Subject, settings: Settings) -> Requests:
    if subject.examples is None:
        return Requests()
    drawn = draw(subject.examples, settings.split, settings.sample)
    if not settings.without:
        return drawn
    left = tuple(without(one, settings.without) for one in drawn.records)
    return Requests(left, drawn.rows)


def _rows(subject: Subject, settings: Settings) -> int:
    return (
        0 if subject.examples is None else count_rows(subject.examples, settings.split)
    )
