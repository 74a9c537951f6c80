"""The newest whole model of a push destination is found and copied."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.champion import keys, work
from tidegate.champion.absence import is_absent, without_absent
from tidegate.champion.champion import copy_version, newest_version
from tidegate.columnar.remote import stores
from tidegate.errors import InfrastructureError, UsageError
from tidegate.places import bucket as bucket_place
from tidegate.runners.kubeflow.invocation import ArtifactType
from tidegate.saved_model.wholeness import is_whole_graph, lacking
from tidegate.steps.artifact import Artifact
from tidegate.steps.context import Context

# Version 1 of the schema, then one graph of three bytes.
GRAPH = b"\x08\x01\x12\x03abc"
FILES = {
    "saved_model.pb": GRAPH,
    "variables/variables.index": b"index",
    "variables/variables.data-00000-of-00002": b"first",
    "variables/variables.data-00001-of-00002": b"second",
    "assets/words.txt": b"a\n",
}
KIND = ArtifactType(name="Model", path="tfx.types.standard_artifacts.Model")


class Destination:
    """Where models are pushed to: a folder, or a store in memory."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.store, self.path = fsspec.core.url_to_fs(where)

    def push(self, version: str, files: dict[str, bytes] | None = None) -> None:
        """Writes a version, whole unless other files are given."""
        for name, content in (FILES if files is None else files).items():
            path = f"{self.path}/{version}/{name}"
            self.store.makedirs(path.rsplit("/", 1)[0], exist_ok=True)
            self.store.pipe_file(path, content)


@pytest.fixture(params=["folder", "file", "memory"])
def pushed(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Destination]:
    """An empty destination."""
    folder = tmp_path / "pushed"
    kinds = {
        "folder": str(folder),
        "file": f"file://{folder}",
        "memory": "memory://models/pushed",
    }
    yield Destination(kinds[request.param])
    memory = fsspec.filesystem("memory")
    memory.store.clear()
    memory.pseudo_dirs[:] = [""]


def _model(pushed: str, folder: Path, **properties: Any) -> Artifact:
    output = Artifact(KIND, str(folder))
    held = {keys.PUSHED: pushed, **properties}
    work.do({}, {keys.MODEL: [output]}, held, Context())
    return output


def _without(name: str) -> dict[str, bytes]:
    return {one: content for one, content in FILES.items() if one != name}


def test_the_newest_version_is_copied_and_described(
    pushed: Destination, tmp_path: Path
) -> None:
    for version in ("9", "10", "notes", "-11", "1.5", "٣", "9" * 19):
        pushed.push(version)
    output = _model(pushed.where, tmp_path / "out")
    assert output.get_int_custom_property("version") == 10
    source = output.get_string_custom_property("source_uri")
    assert source.endswith("pushed/10")
    assert not is_absent(output)
    copied = tmp_path / "out" / "Format-Serving"
    for name, content in FILES.items():
        assert (copied / name).read_bytes() == content
    assert [one.name for one in (tmp_path / "out").iterdir()] == ["Format-Serving"]


def test_the_copy_is_not_the_served_model_itself(tmp_path: Path) -> None:
    pushed = Destination(str(tmp_path / "pushed"))
    pushed.push("1")
    _model(pushed.where, tmp_path / "out")
    served = tmp_path / "pushed/1/saved_model.pb"
    copied = tmp_path / "out/Format-Serving/saved_model.pb"
    assert not copied.is_symlink()
    assert served.stat().st_ino != copied.stat().st_ino


@pytest.mark.parametrize(
    "half",
    [
        {},
        _without("saved_model.pb"),
        _without("variables/variables.index"),
        _without("variables/variables.data-00001-of-00002"),
        {**FILES, "saved_model.pb": b""},
        {**FILES, "saved_model.pb": GRAPH[:-1]},
        {**FILES, "saved_model.pb": GRAPH[:3]},
        {**FILES, "saved_model.pb": GRAPH[:2]},
        {**FILES, "saved_model.pb": b"not a graph"},
    ],
    ids=range(9),
)
def test_a_version_that_is_not_whole_is_passed_over(
    half: dict[str, bytes], pushed: Destination
) -> None:
    pushed.push("4")
    pushed.push("5", half)
    newest = newest_version(pushed.where)
    assert newest is not None
    assert newest.number == 4


@pytest.mark.parametrize("there", [[], ["notes"], ["5"]], ids=str)
def test_without_a_model_the_artifact_says_so(
    there: list[str], pushed: Destination, tmp_path: Path
) -> None:
    for version in there:
        pushed.push(version, {"readme.txt": b"x"})
    output = _model(pushed.where, tmp_path / "out")
    assert is_absent(output)
    assert output.get_int_custom_property("tidegate_absent") == 1
    assert not list(tmp_path.glob("out/*"))


def test_an_absent_artifact_is_not_handed_on(tmp_path: Path) -> None:
    absent = _model(str(tmp_path / "none"), tmp_path / "out")
    there = Artifact(KIND, "x")
    inputs = {"model": [absent], "baseline_model": [absent, there]}
    taken = without_absent(inputs, "baseline_model")
    assert taken == {"model": [absent], "baseline_model": [there]}
    assert without_absent({}, "baseline_model") == {}


def test_the_state_changes_with_the_champion(pushed: Destination) -> None:
    states = [work.state_of(newest_version(pushed.where))]
    for version, files in (
        ("1", FILES),
        ("2", FILES),
        ("2", {"assets/words.txt": b"longer\n"}),
    ):
        pushed.push(version, files)
        states.append(work.state_of(newest_version(pushed.where)))
    assert len(set(states)) == 4
    pushed.push("1", {"assets/words.txt": b"of no matter\n"})
    assert work.state_of(newest_version(pushed.where)) == states[-1]


def test_another_champion_than_that_of_the_cache_key_is_refused(
    pushed: Destination, tmp_path: Path
) -> None:
    pushed.push("1")
    newest = work.state_of(newest_version(pushed.where))
    _model(pushed.where, tmp_path / "out", newest=newest)
    pushed.push("2")
    with pytest.raises(InfrastructureError, match="another model serves") as caught:
        _model(pushed.where, tmp_path / "out", newest=newest)
    assert caught.value.exit_code == 4


def test_a_model_that_goes_away_leaves_nothing(
    pushed: Destination, tmp_path: Path
) -> None:
    pushed.push("1")
    version = newest_version(pushed.where)
    assert version is not None
    pushed.store.rm(f"{pushed.path}/1/saved_model.pb")
    with pytest.raises(InfrastructureError):
        copy_version(version, tmp_path / "out" / "Format-Serving")
    assert not list((tmp_path / "out").iterdir())


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pushed = Destination(str(tmp_path / "pushed"))
    pushed.push("1")
    version = newest_version(pushed.where)
    assert version is not None

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(InfrastructureError, match="no room"):
        copy_version(version, tmp_path / "out" / "Format-Serving")


def test_what_nothing_knows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        newest_version("nowhere://bucket/pushed")


@given(st.integers(0, len(GRAPH) - 1))
def test_a_graph_cut_anywhere_is_not_whole(size: int) -> None:
    assert is_whole_graph(io.BytesIO(GRAPH), len(GRAPH))
    assert not is_whole_graph(io.BytesIO(GRAPH[:size]), size)


@given(st.binary(max_size=40))
def test_any_bytes_are_judged_without_an_error(content: bytes) -> None:
    assert is_whole_graph(io.BytesIO(content), len(content)) in (True, False)


def test_a_model_without_variables_lacks_nothing() -> None:
    assert lacking(["saved_model.pb", "assets/words.txt"]) is None
    assert lacking(["saved_model.pbtxt"]) is None
    assert lacking(FILES) is None


def test_the_work_imports_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from tidegate.champion import work\n"
        "heavy = {'tfx', 'tensorflow', 'apache_beam'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    source = str(Path(work.__file__).parents[2])
    subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        env={**os.environ, "PYTHONPATH": source},
    )


def test_an_unfinished_copy_of_before_is_replaced(tmp_path: Path) -> None:
    pushed = Destination(str(tmp_path / "pushed"))
    pushed.push("1")
    left = tmp_path / "out" / ".unfinished"
    left.mkdir(parents=True)
    (left / "half").write_text("x")
    _model(pushed.where, tmp_path / "out")
    copied = tmp_path / "out" / "Format-Serving"
    assert sorted(one.name for one in copied.iterdir()) == [
        "assets",
        "saved_model.pb",
        "variables",
    ]
    shutil.rmtree(copied)


class Buckets:
    """A store with one bucket that is empty."""

    def invalidate_cache(self) -> None:
        """Nothing is kept."""

    def ls(self, path: str, detail: bool = True) -> list[str]:
        """As stores do: what is in a bucket that is there."""
        if path != "models":
            raise FileNotFoundError(path)
        return []


@pytest.mark.parametrize(("bucket", "there"), [("models", True), ("model", False)])
def test_a_bucket_that_is_not_there_is_no_lack_of_a_champion(
    bucket: str, there: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (stores, bucket_place):
        monkeypatch.setattr(
            module, "opened", lambda url: (Buckets(), url.partition("://")[2])
        )
    if there:
        assert newest_version(f"s3://{bucket}/flights") is None
    else:
        with pytest.raises(UsageError, match="no such bucket"):
            newest_version(f"s3://{bucket}/flights")
