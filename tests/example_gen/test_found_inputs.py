"""The same inputs are found in a store as on a disk."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest

from tidegate.errors import DataError, TidegateError, UsageError
from tidegate.example_gen import keys, work
from tidegate.example_gen.found_inputs import found_inputs, state_of
from tidegate.example_gen.inputs import Texts
from tidegate.example_gen.split_rules import to_text
from tidegate.example_gen.splits import HashSplit
from tidegate.runners.kubeflow.invocation import ArtifactType
from tidegate.steps.artifact import Artifact
from tidegate.steps.context import Context, NeedsExecutor

ROWS = "x,y\n" + "".join(f"{i},{i % 3}\n" for i in range(60))
NAMES = {
    "s-3/a.csv": ROWS,
    "s-12/a.csv": ROWS,
    "s-12/b.csv": ROWS,
    "s-12/_SUCCESS": "",
    "v/7-1.csv": ROWS,
    "v/7-2.csv": ROWS,
    "d-2013-01-01.csv": ROWS,
    "split/train/1.csv": ROWS,
    "split/eval/1.csv": ROWS,
}
KIND = ArtifactType(
    name="Examples",
    path="tfx.types.standard_artifacts.Examples",
    properties={"span": "int", "version": "int", "split_names": "string"},
)


@pytest.fixture(autouse=True)
def store(tmp_path: Path) -> Iterator[Any]:
    """The same names in a store in memory and in a folder."""
    memory = fsspec.filesystem("memory")
    for name, content in NAMES.items():
        memory.pipe(f"/b/{name}", content.encode())
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    yield memory
    memory.store.clear()
    memory.pseudo_dirs[:] = [""]


def _placed(data: Any, root: str) -> Texts:
    if isinstance(data, dict):
        return {split: [f"{root}/{text}"] for split, text in data.items()}
    return [f"{root}/{data}"]


def _examples(data: Texts, folder: Path, **properties: Any) -> Artifact:
    output = Artifact(KIND, str(folder))
    held = {keys.DATA: json.dumps(data), keys.ENGINE: "columnar", **properties}
    work.do({}, {keys.EXAMPLES: [output]}, held, Context())
    return output


@pytest.mark.parametrize(
    ("data", "span"),
    [
        ("s-{SPAN}/*.csv", None),
        ("s-{SPAN}/*.csv", 3),
        ("s-{SPAN}", None),
        ("v/{SPAN}-{VERSION}.csv", None),
        ("d-{YYYY}-{MM}-{DD}.csv", None),
        ("s-12/a.csv", 9),
        ("s-12", None),
        ({"train": "split/train/{SPAN}.csv", "eval": "split/eval/{SPAN}.csv"}, None),
    ],
    ids=str,
)
@pytest.mark.parametrize("scheme", ["memory", "file"])
def test_a_store_gives_the_same_examples_as_a_disk(
    data: Any, span: int | None, scheme: str, tmp_path: Path
) -> None:
    given = {} if span is None else {keys.SPAN: span}
    root = f"file://{tmp_path}" if scheme == "file" else "memory://b"
    near = _examples(_placed(data, str(tmp_path)), tmp_path / "near", **given)
    far = _examples(_placed(data, root), tmp_path / "far", **given)
    assert far.properties == near.properties
    assert far.custom_properties == near.custom_properties
    assert far.get_string_custom_property("input_fingerprint")
    for path in sorted((tmp_path / "near").rglob("*")):
        if path.is_file():
            twin = tmp_path / "far" / path.relative_to(tmp_path / "near")
            assert twin.read_bytes() == path.read_bytes()


@pytest.mark.parametrize(
    "data", ["gone.csv", "s-{SPAN}/*.parquet", "none/*.csv", "no-bucket"], ids=str
)
def test_what_is_not_there_is_refused_in_the_same_words(
    data: str, tmp_path: Path
) -> None:
    said = []
    for root in (str(tmp_path), "memory://b"):
        with pytest.raises(UsageError) as caught:
            _examples([f"{root}/{data}"], tmp_path / "out")
        said.append((caught.value.message, caught.value.where))
        assert "tidegate-data" not in str(caught.value)
    assert said[0][0] == said[1][0]
    assert str(said[1][1]).startswith("memory://b/")


def test_a_broken_row_is_named_by_url_and_line(store: Any, tmp_path: Path) -> None:
    store.pipe("/b/flights-09.csv", b"x,y\n1,2\n1,2,3\n")
    with pytest.raises(TidegateError) as caught:
        _examples(["memory://b/flights-09.csv"], tmp_path / "out")
    assert "memory://b/flights-09.csv:3" in str(caught.value)


def test_the_state_changes_with_an_object(store: Any) -> None:
    data = ["memory://b/s-12/*.csv"]
    before = state_of(data, None)
    assert state_of(data, None) == before
    store.pipe("/b/s-12/a.csv", ROWS.replace("1", "2").encode())
    assert state_of(data, None) != before
    with (
        pytest.raises(DataError, match="changed after") as caught,
        found_inputs(data, None, state=before),
    ):
        raise AssertionError("the change was not seen")
    assert str(caught.value.where).startswith("memory://b/s-12/a.csv")


def test_near_and_far_data_go_together(tmp_path: Path) -> None:
    data = [str(tmp_path / "s-{SPAN}/a.csv"), "memory://b/s-{SPAN}/b.csv"]
    with found_inputs(data, None) as found:
        assert [path.name for path in found.paths] == ["a.csv", "b.csv"]
        assert found.span == 12


def test_the_artifact_of_another_run_is_read_with_its_splits(
    store: Any, tmp_path: Path
) -> None:
    splits = to_text(HashSplit({"fit": 1, "hold": 1}))
    _examples(["memory://b/s-12"], tmp_path / "out", **{keys.SPLITS: splits})
    store.put(str(tmp_path / "out") + "/", "/b/examples/", recursive=True)
    output = _examples(["memory://b/examples"], tmp_path / "again")
    assert sorted(json.loads(output.split_names)) == ["fit", "hold"]
    with pytest.raises(UsageError, match="in splits already"):
        _examples(["memory://b/examples"], tmp_path / "x", **{keys.SPLITS: splits})


def test_copies_are_made_where_the_run_says_and_removed(tmp_path: Path) -> None:
    with found_inputs(["memory://b/s-12"], None, temporary=str(tmp_path)) as found:
        assert all(path.is_relative_to(tmp_path) for path in found.paths)
        assert [path.read_text() for path in found.paths] == [ROWS, ROWS]
    assert not list(tmp_path.glob("tidegate-data-*"))


def test_beam_needs_its_executor(tmp_path: Path) -> None:
    with pytest.raises(NeedsExecutor):
        _examples(["memory://b/s-12"], tmp_path / "out", **{keys.ENGINE: "beam"})


def test_the_work_imports_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from tidegate.example_gen import work\n"
        "heavy = {'tfx', 'tensorflow', 'apache_beam'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    source = str(Path(work.__file__).parents[2])
    subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        env={**os.environ, "PYTHONPATH": source},
    )
