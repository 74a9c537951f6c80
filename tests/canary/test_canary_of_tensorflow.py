"""A canary step over SavedModels that TensorFlow loads."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.canary.replayed import Bench, records, write_examples

from tidegate.evaluation.scored_rows import read_rows
from tidegate.ledger.ledger import Ledger


@pytest.mark.parametrize(
    ("scale", "decision"), [(2.0, "promoted"), (-1.0, "abandoned")]
)
def test_saved_models_are_replayed_and_decided_upon(
    tmp_path: Path, scale: float, decision: str
) -> None:
    import tensorflow as tf
    from tests.serving.serving_models import write_model

    bench = Bench(tmp_path, write_examples(tmp_path / "examples", eval=records(500)))
    old = bench.push(write_model(tmp_path / "champion")).version
    model = write_model(
        tmp_path / "canary", lambda given: tf.sigmoid(scale * given["x"])
    )
    new = bench.push(model, "canary").version
    report = bench.run(new)
    assert report.get_string_custom_property("decision") == decision
    assert (Path(report.uri) / "report.html").is_file()
    champion = Ledger(bench.pushed).state().champion
    assert champion == (new if decision == "promoted" else old)
    rows = read_rows(bench.evaluation)
    assert rows is not None
    assert len(rows) == 500
