"""Features of very many distinct values have TFDV's figures, not estimates."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tensorflow_data_validation as tfdv
from google.protobuf import text_format
from proto_differences import differences
from stock_statistics import Values, load, run, schema_artifact, write_examples
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx.components.statistics_gen import executor as stock
from tfx_bsl.public.proto import slicing_spec_pb2

from tidegate.columnar.dataset import Batch, Dataset
from tidegate.data_tests.schema_verdict import read_schema
from tidegate.errors import DataError
from tidegate.statistics_gen import second_look
from tidegate.statistics_gen.executor import Executor
from tidegate.statistics_gen.generate import fold_here, generate
from tidegate.statistics_gen.not_covered import NotCovered
from tidegate.statistics_gen.options import Options, parse

ROWS = 40_000
SCHEMA = """
    feature { name: "category" type: INT int_domain { is_categorical: true } }
    feature { name: "image" type: BYTES image_domain {} }
"""
SLICES = 'slicing_specs { feature_keys: "half" }'
OPTIONS = tfdv.StatsOptions(
    weight_feature="weight",
    slicing_config=text_format.Parse(SLICES, slicing_spec_pb2.SlicingConfig()),
).to_json()
# The first row with a feature that no batch before has.
LATE = ROWS - 25_000


def many_rows() -> list[dict[str, Values | None]]:
    """Rows whose words, ids and categories are more than a first look can count."""
    draw = random.Random(11)
    return [_row(draw, place) for place in range(ROWS)]


def _row(draw: random.Random, place: int) -> dict[str, Values | None]:
    # Every fourth word is one of few, so that counts are tied on several levels.
    word = draw.randrange(40_000) if place % 4 else int(draw.paretovariate(0.6)) % 999
    row: dict[str, Values | None] = {
        "words": [f"wörd-{word}".encode()] if place % 17 else [],
        "id": [b"%032x" % draw.getrandbits(128)],
        "category": [draw.randrange(-(2**62), 2**62) >> 45, draw.randrange(9)],
        "image": [draw.randbytes(8)],
        "weight": [draw.choice([0.0, 0.125, 0.25, 2.5])],
        "half": [place % 2],
    }
    if place >= LATE:
        row["late"] = [b"\xff" + b"%d" % draw.randrange(60_000)]
    return row


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("many") / "artifact"
    rows = many_rows()
    return write_examples(folder, {"train": rows, "few": rows[:50]})


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Any:
    parsed = text_format.Parse(SCHEMA, schema_pb2.Schema())
    return schema_artifact(tmp_path_factory.mktemp("schema") / "artifact", parsed)


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory, examples: Any, schema: Any) -> Any:
    folder = tmp_path_factory.mktemp("theirs")
    return run(stock.Executor, folder, examples, schema, stats_options_json=OPTIONS)


@pytest.mark.parametrize("engine", ["columnar", "beam"])
def test_many_values_are_counted_as_the_stock_component_does(
    engine: str, examples: Any, schema: Any, theirs: Any, tmp_path: Path
) -> None:
    ours = run(
        Executor,
        tmp_path,
        examples,
        schema,
        stats_options_json=OPTIONS,
        engine=engine,
    )
    for split in ("train", "few"):
        assert list(differences(load(ours, split), load(theirs, split))) == []


@pytest.mark.parametrize(
    ("bound", "counted"),
    [(50_000, ["late", "words"]), (25_000, ["late"])],
    ids=["two", "one"],
)
def test_what_is_beyond_the_bound_is_named_and_stays_an_estimate(
    bound: int,
    counted: list[str],
    examples: Any,
    theirs: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    # Those of which fewer differ than of the others have room, and no more.
    monkeypatch.setattr(second_look, "MOST_VALUES", bound)
    with caplog.at_level(logging.INFO, "tidegate.statistics"):
        ours = run(Executor, tmp_path, examples, exclude_splits='["few"]')
    again, estimated, _ = caplog.messages
    left = sorted({"category", "id", "image", "late", "words"} - {*counted})
    assert again.startswith(f"many distinct values in {', '.join(counted)}:")
    assert f"count each in {', '.join(left)};" in estimated
    found, stock_ones = (
        {one.path.step[0]: one.string_stats for one in made.datasets[0].features}
        for made in (load(ours, "train"), load(theirs, "train"))
    )
    for name in counted:
        assert found[name].rank_histogram == stock_ones[name].rank_histogram
        assert found[name].unique == stock_ones[name].unique
    assert abs(found["id"].unique / ROWS - 1) < 0.1


def test_categories_beyond_the_bound_go_to_the_stock_executor(
    examples: Any, schema: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(second_look, "MOST_VALUES", 10)
    options = parse(None, read_schema(Path(schema.uri) / "schema.pbtxt"))
    with pytest.raises(NotCovered, match="too many different categories in category"):
        generate(Path(examples.uri), ["train"], options)


def test_examples_that_change_between_looks_are_refused(
    examples: Any, tmp_path: Path
) -> None:
    def fold(dataset: Dataset, look: Callable[[Batch], Any]) -> Any:
        found = fold_here(dataset, look)
        return found.merge(found) if isinstance(look, second_look.Count) else found

    with pytest.raises(DataError, match="changed while they were read"):
        generate(Path(examples.uri), ["train"], Options(), fold)
