"""Every row has its prediction, with its key, in order, or the run fails."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import tensorflow as tf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet
from tensorflow_serving.apis import (  # type: ignore[import-untyped]
    prediction_log_pb2,
)
from tests.bulk_inferrer.bulk_trial import (
    RUN,
    infer,
    model_artifact,
    rows_of,
    simple_model,
    write_examples,
)
from tests.serving.serving_models import serialized

from tidegate.bulk_inferrer import inference, shard
from tidegate.champion.absence import mark_absent
from tidegate.columnar.tf_record import read_record_batches, read_records, write_records
from tidegate.errors import (
    ComponentError,
    DataError,
    GateShut,
    Problems,
    TidegateError,
    UsageError,
)
from tidegate.ledger.digests import digest_of
from tidegate.runners.kubeflow.invocation import ArtifactType
from tidegate.steps.artifact import Artifact
from tidegate.steps.context import Context, NeedsExecutor

ROOT = Path(__file__).parents[2]


def _expected(rows: list[dict[str, Any]]) -> np.ndarray[Any, Any]:
    x = np.array([row["x"] for row in rows], np.float32)
    return 1 / (1 + np.exp(-x))


@pytest.mark.parametrize("kind", ["simple", "named"])
def test_every_row_has_its_prediction_in_order(
    kind: str,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shard, "BATCH_ROWS", 16)
    rows = rows_of(100)
    examples = write_examples(tmp_path / "x", {"a": [rows[:70]], "b": [rows[70:]]})
    model = model_artifact(request.getfixturevalue(kind))
    made = infer(tmp_path, examples, model, pass_through=["name"])
    table = made.table
    assert table.column_names == ["id", "name", "probability", "split", "model_version"]
    assert table["id"].to_pylist() == list(range(100))
    assert table["name"].to_pylist() == [row["name"] for row in rows]
    assert table["split"].to_pylist() == ["a"] * 70 + ["b"] * 30
    np.testing.assert_allclose(table["probability"], _expected(rows), rtol=1e-6)
    names = [file.name for file in made.files]
    assert names == [f"predictions-0000{n}-of-00002.parquet" for n in (0, 1)]


def test_the_logs_are_of_the_same_rows_in_the_same_order(
    simple: Path, tmp_path: Path
) -> None:
    rows = rows_of(30)
    examples = write_examples(tmp_path / "x", {"a": [rows]})
    made = infer(tmp_path, examples, model_artifact(simple))
    logs = [prediction_log_pb2.PredictionLog.FromString(one) for one in made.records]
    given = [one.predict_log.request.inputs["examples"].string_val[0] for one in logs]
    (stored,) = (tmp_path / "x/Split-a").iterdir()
    assert given == list(read_records(stored))
    said = [
        one.predict_log.response.outputs["probability"].float_val[0] for one in logs
    ]
    assert said == made.table["probability"].to_pylist()


def test_the_log_of_a_model_of_named_features_has_the_record_as_inputs(
    named: Path, tmp_path: Path
) -> None:
    examples = write_examples(tmp_path / "x", {"a": [rows_of(3)]})
    (first, *_) = infer(tmp_path, examples, model_artifact(named)).records
    log = prediction_log_pb2.PredictionLog.FromString(first)
    assert list(log.predict_log.request.inputs) == ["inputs"]


def test_outputs_of_all_kinds_become_columns(all_kinds: Path, tmp_path: Path) -> None:
    rows = rows_of(20)
    examples = write_examples(tmp_path / "x", {"a": [rows]})
    table = infer(tmp_path, examples, model_artifact(all_kinds)).table
    x = np.array([row["x"] for row in rows], np.float32)
    kinds = {name: table.schema.field(name).type for name in table.column_names}
    assert kinds["one"] == kinds["plain"] == kinds["half"] == pa.float32()
    assert kinds["double"] == pa.float64()
    assert (kinds["whole"], kinds["small"]) == (pa.int64(), pa.int32())
    assert (kinds["flag"], kinds["word"]) == (pa.bool_(), pa.large_string())
    # Newer pyarrow calls the values of a list read from Parquet otherwise.
    for name, value, size in (
        ("vector", pa.float32(), 3),
        ("words", pa.large_string(), 2),
    ):
        assert pa.types.is_fixed_size_list(kinds[name])
        assert (kinds[name].value_type, kinds[name].list_size) == (value, size)
    assert str(kinds["matrix"]).count("fixed_size_list") == 2
    assert table["one"].to_pylist() == (x * 2).tolist()
    assert table["vector"].to_pylist() == np.stack([x, -x, x * x], 1).tolist()
    steps = np.stack([x, x + 1, x + 2, x + 3], 1).reshape(-1, 2, 2)
    assert table["matrix"].to_pylist() == steps.tolist()
    assert table["flags"].to_pylist() == np.stack([x > 0, x < 0], 1).tolist()
    assert table["word"].to_pylist() == ["später" if one > 0 else "früh" for one in x]


def test_chosen_outputs_are_written_under_the_names_given(
    all_kinds: Path, tmp_path: Path
) -> None:
    examples = write_examples(tmp_path / "x", {"a": [rows_of(4)]})
    model = model_artifact(all_kinds)
    chosen = infer(
        tmp_path / "1", examples, model, output_columns=["whole", "one"]
    ).table
    assert chosen.column_names == ["id", "whole", "one", "split", "model_version"]
    named = infer(
        tmp_path / "2", examples, model, output_columns={"one": "score"}
    ).table
    assert named.column_names == ["id", "score", "split", "model_version"]


@pytest.mark.parametrize(
    ("properties", "version"),
    [({"version": 17}, "17"), ({"pushed_version": "5"}, "5"), ({}, None)],
    ids=["champion", "pushed", "trained"],
)
def test_every_file_and_every_row_says_which_model_it_was(
    properties: dict[str, Any], version: str | None, simple: Path, tmp_path: Path
) -> None:
    digest = digest_of(simple / "Format-Serving").digest
    version = version or digest[:12]
    examples = write_examples(tmp_path / "x", {"a": [rows_of(5)], "b": [rows_of(3, 5)]})
    made = infer(tmp_path, examples, model_artifact(simple, **properties))
    for file, split, rows in zip(made.files, "ab", (5, 3), strict=True):
        read = parquet.ParquetFile(file)
        said = {
            name.decode(): value.decode()
            for name, value in read.metadata.metadata.items()
        }
        assert said["tidegate.model_version"] == version
        assert said["tidegate.model_digest"] == digest
        assert said["tidegate.run"] == RUN
        assert (said["tidegate.split"], said["tidegate.rows"]) == (split, str(rows))
        column = read.schema_arrow.field("model_version").type
        assert pa.types.is_dictionary(column)
        assert read.read()["model_version"].to_pylist() == [version] * rows
    for one in (made.predictions, made.logs):
        assert one.get_string_custom_property("model_version") == version
        assert one.get_string_custom_property("model_digest") == digest
        assert one.get_int_custom_property("rows") == 8
        assert one.get_json_value_custom_property("split_rows") == {"a": 5, "b": 3}


def test_only_the_splits_asked_for_are_predicted(simple: Path, tmp_path: Path) -> None:
    splits = {name: [rows_of(4, 10 * n)] for n, name in enumerate("abc")}
    examples = write_examples(tmp_path / "x", splits)
    made = infer(tmp_path, examples, model_artifact(simple), splits=["c", "a"])
    assert set(made.table["split"].to_pylist()) == {"a", "c"}


def test_rows_with_the_key_of_another_are_counted(
    simple: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rows = rows_of(9)
    again = {**rows[0], "x": 3.0}
    splits = {"a": [[*rows, again, again]], "b": [[rows[5]]]}
    examples = write_examples(tmp_path / "x", splits)
    made = infer(tmp_path, examples, model_artifact(simple))
    told = made.predictions.get_int_custom_property("rows_with_the_key_of_another")
    assert told == 3
    assert made.table.num_rows == 12
    assert "3 of 12 rows have the key of a row before them" in caplog.text
    whole = infer(tmp_path / "2", examples, model_artifact(simple), key=["id", "x"])
    told = whole.predictions.get_int_custom_property("rows_with_the_key_of_another")
    assert told == 2


def test_an_empty_split_has_no_file(
    simple: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    examples = write_examples(tmp_path / "x", {"a": [[]], "b": [[], rows_of(3)]})
    made = infer(tmp_path, examples, model_artifact(simple))
    assert [file.name for file in made.files] == ["predictions-00000-of-00001.parquet"]
    assert made.predictions.get_json_value_custom_property("split_rows") == {
        "a": 0,
        "b": 3,
    }
    assert "split a has no rows" in caplog.text


def test_no_rows_at_all_are_refused(simple: Path, tmp_path: Path) -> None:
    examples = write_examples(tmp_path / "x", {"a": [[]]})
    with pytest.raises(DataError, match="no r"):
        infer(tmp_path, examples, model_artifact(simple))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"key": ["idd"]}, ["no column 'idd'", "did you mean id?"]),
        ({"pass_through": ["colour"]}, ["no column 'colour'"]),
        ({"key": ["void"]}, ["no column 'void'"]),
        ({"key": ["gaps"]}, ["rows have no value in the column 'gaps'", "2 of 6 rows"]),
        ({"key": ["gaps", "late"]}, ["2 problems", "'late'", "5 of 6 rows"]),
        ({"splits": ["c", "d"]}, ["no split 'c'", "no split 'd'", "one of a"]),
        ({"output_columns": ["odds"]}, ["no output 'odds'", "one of probability"]),
        ({"output_columns": {"probability": "id"}}, ["would be called 'id'"]),
        ({"output_columns": {"probability": "split"}}, ["would be called 'split'"]),
        ({"signature": "other"}, ["no signature 'other'"]),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_readably(
    asked: dict[str, Any], said: list[str], simple: Path, tmp_path: Path
) -> None:
    rows: list[dict[str, Any]] = rows_of(6)
    for place, row in enumerate(rows):
        row["void"] = None
        row["gaps"] = None if place in (2, 4) else place
        row["late"] = 1 if place == 5 else None
    examples = write_examples(tmp_path / "x", {"a": [rows]})
    with pytest.raises(TidegateError) as refused:
        infer(tmp_path, examples, model_artifact(simple), **asked)
    for words in said:
        assert words in str(refused.value)
    assert not list(tmp_path.glob("*/*.parquet"))


def test_a_key_of_several_values_is_refused(simple: Path, tmp_path: Path) -> None:
    example = tf.train.Example.FromString(serialized(rows_of(1)[0]))
    example.features.feature["id"].int64_list.value.append(4)
    examples = write_examples(tmp_path / "x", {"a": [rows_of(2)]})
    file = next((tmp_path / "x/Split-a").iterdir())
    write_records(file, [example.SerializeToString()])
    with pytest.raises(DataError, match="several values"):
        infer(tmp_path, examples, model_artifact(simple))


def test_columns_that_are_empty_at_first_or_change_their_shape_are_copied(
    simple: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shard, "BATCH_ROWS", 4)
    rows = rows_of(12)
    records = []
    for place, row in enumerate(rows):
        example = tf.train.Example.FromString(serialized(row))
        feature = example.features.feature
        if place > 8:
            feature["late"].int64_list.value.append(place)
        feature["several"].int64_list.value.extend(range(1 + place // 6))
        feature["text"].bytes_list.value.append(b"\xff" if place > 8 else b"a")
        records.append(example.SerializeToString())
    # Two files: all rows of one are looked at together.
    examples = write_examples(tmp_path / "x", {"a": [[], []]})
    first, second = sorted((tmp_path / "x/Split-a").iterdir())
    write_records(first, records[:6])
    write_records(second, records[6:])
    copied = ["late", "several", "text"]
    table = infer(tmp_path, examples, model_artifact(simple), pass_through=copied).table
    assert table["late"].to_pylist() == [None] * 9 + [9, 10, 11]
    assert table["several"].to_pylist() == [[0]] * 6 + [[0, 1]] * 6
    assert table["text"].to_pylist() == [b"a"] * 9 + [b"\xff"] * 3


@pytest.mark.parametrize("given", ["mark", "nothing"])
def test_without_a_pushed_model_the_run_is_refused(given: str, tmp_path: Path) -> None:
    examples = write_examples(tmp_path / "x", {"a": [rows_of(2)]})
    model = model_artifact(tmp_path / "none") if given == "mark" else None
    if model is not None:
        mark_absent(model)
    with pytest.raises(UsageError, match="no model was pushed yet"):
        infer(tmp_path, examples, model)


def test_an_artifact_without_a_model_is_refused(tmp_path: Path) -> None:
    examples = write_examples(tmp_path / "x", {"a": [rows_of(2)]})
    (tmp_path / "m").mkdir()
    with pytest.raises(ComponentError, match="no SavedModel"):
        infer(tmp_path, examples, model_artifact(tmp_path / "m"))


@pytest.mark.parametrize("blessed", [None, 0, 1])
def test_a_model_that_is_not_blessed_does_not_predict(
    blessed: int | None, simple: Path, tmp_path: Path
) -> None:
    kind = ArtifactType(name="ModelBlessing", path="tfx.types.x.ModelBlessing")
    blessing = Artifact(kind, str(tmp_path / "blessing"))
    if blessed is not None:
        blessing.set_int_custom_property("blessed", blessed)
    examples = write_examples(tmp_path / "x", {"a": [rows_of(2)]})
    model = model_artifact(simple)
    if blessed:
        assert infer(tmp_path, examples, model, blessing=blessing).table.num_rows == 2
        return
    with pytest.raises(GateShut, match="not blessed"):
        infer(tmp_path, examples, model, blessing=blessing)
    assert not list(tmp_path.glob("*/*.parquet"))


def test_a_row_that_the_model_does_not_take_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shard, "BATCH_ROWS", 16)
    checked = simple_model(
        tmp_path / "model",
        answer=lambda given: tf.debugging.check_numerics(given["x"], "private-17"),
    )
    rows = rows_of(90)
    for place in (43, 44, 80):
        rows[place]["x"] = float("nan")
    examples = write_examples(tmp_path / "x", {"a": [rows[:10], rows[10:]]})
    with pytest.raises(ComponentError) as refused:
        infer(tmp_path / "out", examples, model_artifact(checked))
    assert refused.value.where == "split 'a', row 44"
    assert "private" not in str(refused.value)
    assert not [path for path in (tmp_path / "out").rglob("*") if path.is_file()]


def test_predictions_that_are_no_numbers_are_counted(
    simple: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rows = rows_of(5)
    rows[1]["x"] = float("nan")
    examples = write_examples(tmp_path / "x", {"a": [rows]})
    made = infer(tmp_path, examples, model_artifact(simple))
    name = "rows_with_a_prediction_that_is_no_number"
    assert made.predictions.get_int_custom_property(name) == 1
    assert "1 of 5 rows have a prediction that is infinite" in caplog.text


@pytest.mark.parametrize("lost", ["more", "fewer"])
def test_rows_that_come_or_go_meanwhile_fail_the_run(
    lost: str, simple: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    examples = write_examples(tmp_path / "x", {"a": [rows_of(9)]})
    real = read_record_batches

    def other(path: Path) -> Any:
        for batch in real(path):
            yield batch + batch[:1] if lost == "more" else batch[:-1]

    monkeypatch.setattr(shard, "read_record_batches", other)
    with pytest.raises(ComponentError, match="not as many predictions as rows"):
        infer(tmp_path / "out", examples, model_artifact(simple))
    assert not [path for path in (tmp_path / "out").rglob("*") if path.is_file()]


def test_an_output_of_another_number_of_rows_is_refused(tmp_path: Path) -> None:
    odd = simple_model(tmp_path / "m", answer=lambda given: given["x"][:1])
    examples = write_examples(tmp_path / "x", {"a": [rows_of(5)]})
    with pytest.raises(ComponentError, match="cannot be a column"):
        infer(tmp_path / "out", examples, model_artifact(odd))


def test_other_examples_are_refused(simple: Path, tmp_path: Path) -> None:
    examples = write_examples(tmp_path / "x", {"a": [rows_of(5)]})
    examples.set_string_custom_property("payload_format", "FORMAT_PROTO")
    with pytest.raises(UsageError, match="such examples"):
        infer(tmp_path / "out", examples, model_artifact(simple))


def test_a_file_that_is_cut_short_is_no_success(simple: Path, tmp_path: Path) -> None:
    examples = write_examples(tmp_path / "x", {"a": [rows_of(500)]})
    file = next((tmp_path / "x/Split-a").iterdir())
    file.write_bytes(file.read_bytes()[:-9])
    with pytest.raises(TidegateError) as refused:
        infer(tmp_path / "out", examples, model_artifact(simple))
    assert refused.value.exit_code == 1


def test_work_for_beam_needs_its_executor(simple: Path, tmp_path: Path) -> None:
    examples = write_examples(tmp_path / "x", {"a": [rows_of(5)]})
    with pytest.raises(NeedsExecutor):
        infer(tmp_path, examples, model_artifact(simple), engine="beam")


def test_row_groups_hold_many_batches(
    simple: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tidegate.bulk_inferrer import predictions_file

    monkeypatch.setattr(shard, "BATCH_ROWS", 10)
    monkeypatch.setattr(predictions_file, "GROUP_ROWS", 40)
    examples = write_examples(tmp_path / "x", {"a": [rows_of(95)]})
    made = infer(tmp_path, examples, model_artifact(simple))
    read = parquet.ParquetFile(made.files[0]).metadata
    groups = [read.row_group(n).num_rows for n in range(read.num_row_groups)]
    assert groups == [40, 40, 15]


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    sizes=st.lists(st.lists(st.integers(0, 40), min_size=1, max_size=3), min_size=1),
    batch=st.integers(1, 50),
)
def test_rows_come_out_as_they_went_in(
    simple: Path,
    tmp_path_factory: pytest.TempPathFactory,
    sizes: list[list[int]],
    batch: int,
) -> None:
    folder = tmp_path_factory.mktemp("any")
    splits: dict[str, list[list[dict[str, Any]]]] = {}
    count = 0
    for number, files in enumerate(sizes):
        parts = splits[f"s{number}"] = []
        for rows in files:
            parts.append(rows_of(rows, count))
            count += rows
    examples = write_examples(folder / "x", splits)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shard, "BATCH_ROWS", batch)
        if not count:
            with pytest.raises(DataError):
                infer(folder, examples, model_artifact(simple))
            return
        table = infer(folder, examples, model_artifact(simple)).table
    flat = [row for files in splits.values() for part in files for row in part]
    assert table["id"].to_pylist() == [row["id"] for row in flat]
    np.testing.assert_allclose(table["probability"], _expected(flat), rtol=1e-5)


def test_killed_at_any_point_it_leaves_nothing_that_is_read_as_whole(
    simple: Path, tmp_path: Path
) -> None:
    files = [rows_of(3000, 3000 * n) for n in range(3)]
    write_examples(tmp_path / "x", {"a": files})
    script = Path(__file__).with_name("killed_inference.py")
    out = tmp_path / "out"
    path = os.pathsep.join([str(ROOT / "components"), str(ROOT)])
    environment = {**os.environ, "PYTHONPATH": path}
    child = subprocess.Popen(
        [sys.executable, str(script), str(tmp_path / "x"), str(simple), str(out)],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    seen = 0
    for line in child.stdout:
        if line.strip() != "predicted":
            continue
        seen += 1
        shown = [path for path in out.glob("*/*") if path.is_file()]
        assert not shown
        if seen == 2:
            child.send_signal(signal.SIGKILL)
            break
        child.stdin.write("go on\n")
        child.stdin.flush()
    child.wait()
    child.stdin.close()
    child.stdout.close()
    assert seen == 2
    assert child.returncode == -signal.SIGKILL
    assert not [path for path in out.glob("*/*") if path.is_file()]
    # The next attempt at the same place is not disturbed by what was left.
    assert list(out.glob(f"*/{inference.UNFINISHED}/*"))
    examples = write_examples(tmp_path / "y", {"a": files})
    again = infer(out, examples, model_artifact(simple))
    assert again.table.num_rows == 9000
    assert not list(out.glob(f"*/{inference.UNFINISHED}"))


def test_all_that_is_wrong_is_told_at_once(simple: Path, tmp_path: Path) -> None:
    examples = write_examples(tmp_path / "x", {"a": [rows_of(2)]})
    with pytest.raises(Problems) as refused:
        infer(tmp_path, examples, model_artifact(simple), key=["u", "v"])
    assert len(refused.value.errors) == 2


def test_without_a_run_id_the_files_say_so(simple: Path, tmp_path: Path) -> None:
    examples = write_examples(tmp_path / "x", {"a": [rows_of(2)]})
    made = infer(tmp_path, examples, model_artifact(simple), context=Context())
    said = parquet.ParquetFile(made.files[0]).metadata.metadata
    assert said[b"tidegate.run"] == b""


def test_the_work_starts_without_tensorflow_and_tfx() -> None:
    code = (
        "import sys, tidegate.bulk_inferrer.work as work; assert callable(work.do); "
        "print({'tfx', 'tensorflow', 'apache_beam', 'duckdb'} & set(sys.modules))"
    )
    said = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "components")},
    )
    assert said.stdout.strip() == "set()"
