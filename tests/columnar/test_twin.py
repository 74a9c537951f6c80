"""The columnar twin gives the rows of the records, or is left alone."""

from __future__ import annotations

import json
import os
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tidegate.columnar.column_file import ColumnFile
from tidegate.columnar.column_reading import read_columns
from tidegate.columnar.dataset import Dataset, position
from tidegate.columnar.example_decoding import absent_rows
from tidegate.columnar.open_data import open_artifact, open_dataset
from tidegate.columnar.record_dataset import RecordDataset
from tidegate.columnar.tf_record import write_records
from tidegate.columnar.twin import MANIFEST
from tidegate.columnar.twin_dataset import TwinDataset
from tidegate.data_tests.blame import Blame
from tidegate.data_tests.divided_examples import divide_examples
from tidegate.errors import DataError
from tidegate.example_gen.writing import write_examples

SPLITS = {"train": 2, "eval": 1}
QUICK = settings(
    deadline=None, max_examples=40, suppress_health_check=list(HealthCheck)
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An artifact made of a CSV file."""
    folder = tmp_path_factory.mktemp("made")
    rows = [f"{i},{i / 4 if i % 3 else ''},n{i % 7},,é" for i in range(300)]
    (folder / "in.csv").write_text("id,half,name,none,text\n" + "\n".join(rows) + "\n")
    write_examples(open_dataset(str(folder / "in.csv")), folder / "out", SPLITS)
    return folder / "out"


@pytest.fixture
def artifact(made: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may change."""
    return Path(shutil.copytree(made, tmp_path / "artifact"))


def rows_of(dataset: Dataset) -> list[dict[str, object]]:
    """All rows with their place, and with which features each of them lacks."""
    found = []
    for batch in dataset.batches():
        table = batch.table
        lacking = {name: absent_rows(table, name) for name in table.column_names}
        for row, values in enumerate(table.to_pylist()):
            found.append(
                {
                    **{n: repr(v) for n, v in values.items() if v is not None},
                    "lacks": {
                        name
                        for name, mask in lacking.items()
                        if (mask is not None and mask[row])
                        or pa.types.is_null(table[name].type)
                        or (
                            pa.types.is_large_list(table[name].type)
                            and values[name] is None
                        )
                    },
                    "at": batch.first + row,
                    "line": None if batch.lines is None else batch.lines[row],
                    "file": None
                    if batch.sources is None
                    else batch.sources[row].as_py(),
                }
            )
    return found


def records_of(artifact: Path) -> RecordDataset:
    """The same artifact by its records."""
    held = artifact / MANIFEST
    held.rename(held.with_suffix(".away"))
    try:
        dataset = open_artifact(artifact)
    finally:
        held.with_suffix(".away").rename(held)
    assert isinstance(dataset, RecordDataset)
    return dataset


def test_the_twin_has_the_rows_of_the_records(made: Path) -> None:
    twin = open_artifact(made)
    assert isinstance(twin, TwinDataset)
    assert rows_of(twin) == rows_of(records_of(made))
    assert twin.sources == ("in.csv",)
    assert twin.splits == ("eval", "train")


def test_one_split_is_read_alone(made: Path) -> None:
    twin = open_artifact(made, ["train"])
    assert isinstance(twin, TwinDataset)
    (part,) = twin.parts
    assert part.split == "train"
    assert part.path is not None
    assert part.path.is_file()


@pytest.mark.parametrize("by_records", [False, True], ids=["twin", "records"])
def test_only_the_columns_asked_for_are_read(artifact: Path, by_records: bool) -> None:
    if by_records:
        (artifact / MANIFEST).unlink()
    dataset = open_artifact(artifact, columns=["text", "id"])
    names = {tuple(batch.table.column_names) for batch in dataset.batches()}
    assert names == {("id", "text")}


def test_a_twin_can_be_sent_to_another_process(made: Path) -> None:
    twin = open_artifact(made)
    assert rows_of(pickle.loads(pickle.dumps(twin))) == rows_of(twin)


def edited(change: Callable[[dict[str, object]], object]) -> Callable[[Path], None]:
    """A change of the manifest."""

    def edit(artifact: Path) -> None:
        held = json.loads((artifact / MANIFEST).read_text())
        change(held)
        (artifact / MANIFEST).write_text(json.dumps(held))

    return edit


def records_file(artifact: Path) -> Path:
    return next((artifact / "Split-train").iterdir())


def linked(artifact: Path) -> None:
    """Puts a link to the same bytes elsewhere in the place of a file of columns."""
    path = artifact / "columns-train.arrow"
    path.rename(artifact.parent / "elsewhere.arrow")
    path.symlink_to(artifact.parent / "elsewhere.arrow")


FAULTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "no manifest": (lambda a: (a / MANIFEST).unlink(), "there is no columns.json"),
    "no columns": (lambda a: (a / "columns-train.arrow").unlink(), "there is no"),
    "other columns": (
        lambda a: (a / "columns-train.arrow").write_bytes(b"ARROW1"),
        "columns-train.arrow has changed",
    ),
    "columns cut short": (
        lambda a: os.truncate(a / "columns-train.arrow", 2000),
        "columns-train.arrow has changed",
    ),
    "another record file": (
        lambda a: shutil.copy(records_file(a), a / "Split-train" / "more.gz"),
        "record files are not those",
    ),
    "changed records": (
        lambda a: write_records(records_file(a), [b"\x0a\x00"] * 3),
        "has changed",
    ),
    "another version": (edited(lambda m: m.update(version=2)), "version"),
    "something unknown": (edited(lambda m: m.update(more=1)), "more"),
    "no JSON": (lambda a: (a / MANIFEST).write_bytes(b"\xff{"), "cannot be used"),
    "path that leads out": (
        edited(lambda m: m["files"][0].update(columns="../x.arrow")),  # type: ignore
        "columns",
    ),
    "folder of the artifact": (
        edited(lambda m: m["files"][0].update(columns="..")),  # type: ignore
        "not a regular file",
    ),
    "a link": (linked, "not a regular file"),
    "a record file twice": (
        edited(lambda m: m["files"].append(m["files"][0])),  # type: ignore
        "record files are not those",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_twin_with_a_fault_is_left_alone(
    artifact: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    spoil, says = FAULTS[name]
    spoil(artifact)
    with caplog.at_level("INFO", logger="tidegate.columnar"):
        dataset = open_artifact(artifact)
    assert isinstance(dataset, RecordDataset)
    (record,) = caplog.records
    assert says in record.getMessage()


def test_rows_too_many_for_their_lines_are_told_as_before(artifact: Path) -> None:
    shutil.copy(artifact / "rows-eval.parquet", artifact / "rows-train.parquet")
    dataset = open_artifact(artifact)
    with pytest.raises(DataError, match="source lines do not match"):
        list(dataset.batches())


def test_columns_that_change_while_they_are_read_are_refused(artifact: Path) -> None:
    dataset = open_artifact(artifact)
    os.truncate(artifact / "columns-train.arrow", 2000)
    with pytest.raises(DataError, match="changed while they were read"):
        list(dataset.batches())


def test_what_is_written_anew_has_no_old_twin(
    artifact: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (artifact.parent / "other.csv").write_text(
        "id\n" + "".join(f"{i}\n" for i in range(100))
    )

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("tidegate.example_gen.writing.write_manifest", killed)
    other = open_dataset(str(artifact.parent / "other.csv"))
    with pytest.raises(KeyboardInterrupt):
        write_examples(other, artifact, SPLITS)
    dataset = open_artifact(artifact)
    assert isinstance(dataset, RecordDataset)
    assert sum(batch.rows for batch in dataset.batches()) == 100


def test_what_stays_of_examples_keeps_its_twin(made: Path, tmp_path: Path) -> None:
    bad = np.array([0, 7, 90], np.int64)
    dataset = open_artifact(made)
    rows = {
        number: sum(batch.rows for batch in dataset.batches(number))
        for number in range(len(dataset.parts))
    }
    positions = np.concatenate([bad, position(1, 0) + bad])
    accepted, left = tmp_path / "accepted", tmp_path / "left"
    divide_examples(
        dataset.parts, rows, Blame.anywhere(positions), made, accepted, left
    )
    twin = open_artifact(accepted)
    assert isinstance(twin, TwinDataset)
    assert rows_of(twin) == rows_of(records_of(accepted))
    assert len(rows_of(twin)) == 300 - len(positions)


VALUES = {
    "int64": st.integers(-(2**63), 2**63 - 1),
    "float": st.floats(width=32, allow_nan=False),
    "bytes": st.binary(max_size=3),
    "text": st.text(max_size=3).map(str.encode),
}


@st.composite
def features(draw: st.DrawFn) -> list[dict[str, object]]:
    """Examples: by feature None (no kind), or a list; a feature may be missing."""
    kinds = draw(st.dictionaries(st.sampled_from("abc"), st.sampled_from(list(VALUES))))
    one = {
        name: st.none() | st.lists(VALUES[kind], max_size=draw(st.sampled_from([1, 3])))
        for name, kind in kinds.items()
    }
    whole = st.fixed_dictionaries(one)
    some = st.fixed_dictionaries({}, optional=one)
    rows = draw(st.lists(draw(st.sampled_from([whole, some])), min_size=1, max_size=9))
    return [{"id": [number], **row} for number, row in enumerate(rows)]


@QUICK
@given(rows=features())
def test_any_examples_have_a_faithful_twin(
    rows: list[dict[str, object]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    tf_example = pytest.importorskip("tensorflow.core.example.example_pb2")
    folder = tmp_path_factory.mktemp("any")
    records = []
    for row in rows:
        example = tf_example.Example()
        for name, values in row.items():
            feature = example.features.feature[name]
            if not isinstance(values, list):
                continue
            kind = kinds_of(rows, name)
            getattr(feature, kind).SetInParent()
            getattr(feature, kind).value.extend(values)
        records.append(example.SerializeToString())
    write_records(folder / "in.tfrecord.gz", records)
    from tidegate.example_gen.inputs import find_inputs

    inputs = find_inputs(str(folder / "in.tfrecord.gz"), Path())
    write_examples(inputs.open(), folder / "out", {"all": 1})
    twin = open_artifact(folder / "out")
    assert isinstance(twin, TwinDataset)
    assert rows_of(twin) == rows_of(records_of(folder / "out"))


def kinds_of(rows: list[dict[str, object]], name: str) -> str:
    """The kind of list that a feature has."""
    values = [v for row in rows for v in row.get(name) or ()]  # type: ignore
    if not values or isinstance(values[0], bytes):
        return "bytes_list"
    return "float_list" if isinstance(values[0], float) else "int64_list"


def test_a_file_of_columns_widens_as_it_grows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tidegate.columnar.column_file._ROWS", 2)
    with ColumnFile(tmp_path / "x.arrow", "empty") as file:
        file.write(pa.table({"a": pa.nulls(2), "b": pa.array([1, 2])}))
        file.write(pa.table({"a": pa.array([1.0, None], pa.float32())}))
        file.write(pa.table({"a": pa.array([[1, 2], []], pa.large_list(pa.float32()))}))
    assert file.batches == [2, 2, 2]
    read = [read_columns(tmp_path / "x.arrow", n, 2, "empty") for n in range(3)]
    assert read[0].to_pydict() == {"a": [None, None], "b": [1, 2]}
    assert read[1].to_pydict() == {"a": [1.0, None], "b": [None, None]}
    assert read[2].to_pydict() == {"a": [[1, 2], []], "b": [None, None]}
    lacking = absent_rows(read[1], "b")
    assert lacking is not None
    assert lacking.all()
    assert not list(tmp_path.glob(".*"))


def test_batches_have_a_bounded_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tidegate.columnar.column_file._BYTES", 8000)
    with ColumnFile(tmp_path / "x.arrow", "empty") as file:
        for _ in range(10):
            file.write(pa.table({"a": np.arange(500)}))
    assert file.batches == [1000] * 5
