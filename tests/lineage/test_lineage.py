"""A version's lineage, of the ledger, of the metadata, or of both."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path

import pytest
from tests.lineage.lineage_records import RUN, Store, a_file, code, record, trained

from tidegate.cli.lineage_options import demand_places
from tidegate.errors import ComponentError, UsageError
from tidegate.ledger.events import (
    CodeRecord,
    EnvironmentRecord,
    Event,
    ExamplesRecord,
    FileDigest,
    Provenance,
    PushedModel,
    ReportRecord,
    SchemaRecord,
)
from tidegate.lineage.asking import lineage_of
from tidegate.lineage.drawing import as_dot, as_mermaid, as_tree
from tidegate.lineage.lineage import Item, Lineage
from tidegate.lineage.metadata_graph import METADATA
from tidegate.lineage.metadata_reading import read_graph
from tidegate.lineage.run_record import write_record

VERSION = 7
PROVENANCE = Provenance(
    pipeline="toy",
    run=RUN,
    source="/a/Trainer/4",
    examples=(
        ExamplesRecord(
            uri="/a/ExampleGen/1", span=9, splits=("train",), rows={"train": 1200}
        ),
    ),
    data_schema=SchemaRecord(uri="/a/SchemaGen/2", sha256="5" * 64),
    reports=(
        ReportRecord(
            kind="data", uri="/a/DataTests/3", sha256="6" * 64, passed=True, tests=31
        ),
    ),
    metrics={"auc": 0.9},
    parameters={"epochs": 3},
    code=CodeRecord(tidegate="1.0", commit="c" * 40, dirty=False, digest="d" * 64),
    environment=EnvironmentRecord(python="3.13.1", platform="Linux x86_64"),
)


def push(pushed: Path, number: int = 1, version: int = VERSION, run: str = RUN) -> None:
    """Writes the event of a push, as the ledger has it."""
    model = PushedModel(
        digest="e" * 64,
        files={"saved_model.pb": FileDigest(size=12, sha256="f" * 64)},
        provenance=PROVENANCE,
    )
    event = Event(
        number=number,
        kind="push",
        version=version,
        champion=version,
        by="Pusher",
        reason="all tests passed",
        at=datetime(2026, 1, 2, 4, tzinfo=timezone.utc),
        run=run,
        model=model,
    )
    folder = pushed / "ledger"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{number:012d}.json").write_text(event.model_dump_json())


def a_push(store: Store, model: int, to: str, run: str = RUN) -> None:
    """A push as the stock Pusher leaves it in the metadata."""
    version = to.rpartition("/")[2]
    made = store.artifact(
        "PushedModel", "/a/P/99", pushed_version=version, pushed_destination=to
    )
    store.execution("Pusher", takes={"model": model}, gives={"p": made}, run=run)


def found(lineage: Lineage, name: str) -> list[Item]:
    return [item for item in lineage.tree.every() if item.name == name]


def names(lineage: Lineage) -> list[str]:
    return [item.name for item in lineage.tree.every()]


def test_the_metadata_alone_tell_the_way_from_data_to_model(tmp_path: Path) -> None:
    trained(tmp_path / METADATA)
    told = lineage_of(VERSION, tmp_path, "/pushed")
    assert (told.run, told.champion) == (RUN, None)
    assert told.sources["ledger"] == "none at /pushed/ledger"
    assert [(item.name, item.relation) for item in told.tree.items][:3] == [
        ("push", "about"),
        ("Trainer", "made by"),
        ("Evaluator", "judged by"),
    ]
    (trainer,) = found(told, "Trainer")
    assert trainer.facts["custom_config"] == '{"epochs": 3}'
    assert [(one.name, one.relation) for one in trainer.items] == [
        ("Examples", "from"),
        ("Schema", "from"),
    ]
    assert found(told, "Examples")[0].facts["span"] == "9"


def test_the_report_on_the_examples_stands_with_them(tmp_path: Path) -> None:
    trained(tmp_path / METADATA)
    told = lineage_of(VERSION, tmp_path, "/pushed")
    (tests,) = found(told, "DataTests")
    assert tests.relation == "tested by"
    assert (tests.facts["verdict"], tests.facts["warned"]) == ("open", "2")
    assert tests in found(told, "Examples")[0].items


def test_what_was_shown_before_is_not_shown_with_all_below_it_again(
    tmp_path: Path,
) -> None:
    trained(tmp_path / METADATA)
    told = lineage_of(VERSION, tmp_path, "/pushed")
    first, *again = found(told, "Examples")
    assert first.items
    assert again
    assert all(one.facts == {"see": "above"} and not one.items for one in again)


def test_the_ledger_alone_tells_what_the_pusher_wrote(tmp_path: Path) -> None:
    push(tmp_path / "pushed")
    told = lineage_of(VERSION, tmp_path, str(tmp_path / "pushed"))
    assert (told.run, told.champion) == (RUN, True)
    assert told.sources["metadata"] == f"none at {tmp_path / METADATA}"
    assert told.tree.facts["digest"] == "e" * 64
    assert told.tree.facts["auc"] == "0.9"
    assert found(told, "Examples")[0].facts["splits"] == "train 1,200 rows"
    assert found(told, "Schema")[0].facts == {"sha256": "5" * 12}
    assert found(told, "data tests")[0].facts["verdict"] == "open"
    assert found(told, "parameters")[0].facts == {"epochs": "3"}
    assert found(told, "push, event 1")[0].facts["reason"] == "all tests passed"
    assert found(told, "code")[0].facts["commit"] == "c" * 40
    assert found(told, "environment")[0].facts["python"] == "3.13.1"


def test_both_are_laid_together(tmp_path: Path) -> None:
    trained(tmp_path / METADATA, str(tmp_path / "pushed"))
    push(tmp_path / "pushed")
    told = lineage_of(None, tmp_path, str(tmp_path / "pushed"))
    assert told.version == VERSION
    assert told.tree.facts["role"] == "champion"
    assert "push" not in names(told)  # The ledger's own event says more.
    assert {"push, event 1", "Trainer", "Evaluator", "code"} <= set(names(told))


def test_a_version_before_the_champion_is_not_the_champion(tmp_path: Path) -> None:
    pushed = tmp_path / "pushed"
    push(pushed)
    push(pushed, number=2, version=8)
    assert lineage_of(VERSION, tmp_path, str(pushed)).champion is False
    assert lineage_of(None, tmp_path, str(pushed)).version == 8


def test_the_record_of_the_run_names_the_files(tmp_path: Path) -> None:
    trained(tmp_path / METADATA)
    write_record(record(), tmp_path)
    told = lineage_of(VERSION, tmp_path, "/pushed")
    (data,) = found(told, "/data/a.csv")
    assert data.facts == {"sha256": "a" * 12, "bytes": "7"}
    (schema,) = found(told, "/s/schema.pbtxt")
    assert schema in found(told, "SchemaGen")[0].items
    assert found(told, "code")[0].facts["files"] == "2"


def test_a_record_of_another_run_names_none(tmp_path: Path) -> None:
    trained(tmp_path / METADATA)
    other = record(run="another", inputs=(a_file("data", "/data/other.csv"),))
    write_record(other, tmp_path)
    told = lineage_of(VERSION, tmp_path, "/pushed")
    assert "/data/other.csv" not in names(told)
    (unknown,) = found(told, "code and environment")
    assert unknown.missing is not None
    assert told.sources["record"] == "none: the run left no record"


def test_later_runs_that_took_the_model_are_its_uses(tmp_path: Path) -> None:
    trained(tmp_path / METADATA)
    store = Store(tmp_path / METADATA)
    copy = store.artifact(
        "Model", "/a/Champion/8", version=VERSION, source_uri="/pushed/7"
    )
    store.execution("Champion", gives={"model": copy}, run="later")
    other = store.artifact("Model", "/a/Champion/9", version=8, source_uri="/pushed/8")
    store.execution("Champion", gives={"model": other}, run="last")
    predictions = store.artifact("InferenceResult", "/a/BulkInferrer/10")
    store.execution(
        "BulkInferrer",
        takes={"model": copy},
        gives={"predictions": predictions},
        run="later",
    )
    store.execution("Evaluator", takes={"baseline": other}, run="last")
    told = lineage_of(VERSION, tmp_path, "/pushed")
    used = [item for item in told.tree.every() if item.relation == "used by"]
    assert [item.name for item in used] == ["BulkInferrer of run later"]
    assert used[0].facts["InferenceResult"] == "/a/BulkInferrer/10"


def test_a_model_that_a_later_run_pushed_has_the_code_of_its_own_run(
    tmp_path: Path,
) -> None:
    trained(tmp_path / METADATA, str(tmp_path / "pushed"))
    push(tmp_path / "pushed", run="later")
    write_record(record(code=code(old="1")), tmp_path)
    write_record(record(run="later", code=code(new="1", more="2")), tmp_path)
    told = lineage_of(VERSION, tmp_path, str(tmp_path / "pushed"))
    assert told.run == "later"
    assert found(told, "code")[0].facts["files"] == "1"
    # The evaluation of its own run is none of its later uses.
    assert not [item for item in told.tree.every() if item.relation == "used by"]


def test_the_same_version_at_another_place_is_another_model(tmp_path: Path) -> None:
    trained(tmp_path / METADATA)
    store = Store(tmp_path / METADATA)
    copy = store.artifact("Model", "/a/C/8", version=7, source_uri="/else/7")
    store.execution("Evaluator", takes={"baseline": copy}, run="later")
    told = lineage_of(VERSION, tmp_path, "/pushed")
    assert not [item for item in told.tree.every() if item.relation == "used by"]


def test_what_made_several_artifacts_is_shown_once(tmp_path: Path) -> None:
    store = Store(tmp_path / METADATA)
    examples = store.artifact("Examples", "/a/ExampleGen/1")
    store.execution("ExampleGen", gives={"examples": examples})
    rows, graph = (store.artifact(k, f"/a/{k}") for k in ("Examples", "TransformGraph"))
    store.execution(
        "Transform", takes={"examples": examples}, gives={"rows": rows, "graph": graph}
    )
    model = store.artifact("Model", "/a/Trainer/4")
    store.execution("Trainer", takes={"a": rows, "b": graph}, gives={"model": model})
    a_push(store, model, "/pushed/7")
    first, again = found(lineage_of(VERSION, tmp_path, "/pushed"), "Transform")
    assert [item.name for item in first.items] == ["Examples"]
    assert (again.facts, again.items) == ({"see": "above"}, ())


def test_a_cached_node_is_not_taken_for_what_made_the_artifact(tmp_path: Path) -> None:
    trained(tmp_path / METADATA)
    store = Store(tmp_path / METADATA)
    graph = read_graph(tmp_path / METADATA)
    examples = next(one for one in graph.artifacts.values() if one.type == "Examples")
    store.execution(
        "ExampleGen", gives={"examples": examples.id}, state="CACHED", run="b"
    )
    made = read_graph(tmp_path / METADATA).producer(examples.id)
    assert made is not None
    assert (made.state, made.run) == ("COMPLETE", RUN)


def test_an_artifact_that_nothing_made_is_called_unknown(tmp_path: Path) -> None:
    trained(tmp_path / METADATA)
    store = Store(tmp_path / METADATA)
    lost = store.artifact("Examples", "/elsewhere")
    model = store.artifact("Model", "/a/Trainer/99")
    store.execution("Trainer", takes={"examples": lost}, gives={"model": model})
    pushed = store.artifact(
        "PushedModel",
        "/a/Pusher/99",
        pushed_version="9",
        pushed_destination="/pushed/9",
    )
    store.execution("Pusher", takes={"model": model}, gives={"pushed_model": pushed})
    (examples, *_) = found(lineage_of(9, tmp_path, "/pushed"), "Examples")
    assert examples.missing == "no execution on record made it"
    assert examples.facts["there"] == "no: its folder is gone"


def test_of_two_destinations_the_one_that_is_asked_for_counts(tmp_path: Path) -> None:
    trained(tmp_path / METADATA)
    store = Store(tmp_path / METADATA)
    model = store.artifact("Model", "/a/Trainer/99")
    store.execution("Trainer", gives={"model": model}, run="other")
    pushed = store.artifact(
        "PushedModel", "/a/P/99", pushed_version="7", pushed_destination="/else/7"
    )
    store.execution(
        "Pusher", takes={"model": model}, gives={"pushed_model": pushed}, run="other"
    )
    assert lineage_of(7, tmp_path, "/pushed").run == RUN
    assert lineage_of(7, tmp_path, "/else").run == "other"


def test_a_version_that_nobody_knows_is_refused_with_those_there_are(
    tmp_path: Path,
) -> None:
    trained(tmp_path / METADATA)
    with pytest.raises(UsageError, match="no such version") as refused:
        lineage_of(6, tmp_path, "/pushed")
    assert refused.value.got == "6; there are 7"


def test_metadata_that_are_none_are_refused(tmp_path: Path) -> None:
    (tmp_path / METADATA).write_text("no database, and long enough to be seen as none")
    with pytest.raises(ComponentError, match="metadata cannot be read"):
        lineage_of(VERSION, tmp_path, "/pushed")


def test_the_metadata_are_not_written_to(tmp_path: Path) -> None:
    trained(tmp_path / METADATA)
    before = (tmp_path / METADATA).read_bytes()
    lineage_of(VERSION, tmp_path, "/pushed")
    assert (tmp_path / METADATA).read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == [METADATA]


def test_pictures_have_each_thing_once_and_go_as_time_does(tmp_path: Path) -> None:
    trained(tmp_path / METADATA)
    told = lineage_of(VERSION, tmp_path, "/pushed")
    dot, mermaid = as_dot(told), as_mermaid(told)
    assert dot.count('label="Examples"') == 1
    assert mermaid.count('(["Examples"])') == 1
    by_name = {
        line.split('label="')[1].split('"')[0]: line.split()[0]
        for line in dot.splitlines()
        if "label=" in line
    }
    arrows = {
        tuple(line.strip(" ;").split(" -> "))
        for line in dot.splitlines()
        if " -> " in line
    }
    for source, target in (
        ("ExampleGen", "Examples"),
        ("Examples", "Trainer"),
        ("Trainer", f"model {VERSION}"),
        (f"model {VERSION}", "Evaluator"),
        ("Evaluator", "ModelBlessing"),
        ("Examples", "DataTests"),
    ):
        assert (by_name[source], by_name[target]) in arrows, (source, target)
        assert (by_name[target], by_name[source]) not in arrows


def test_names_in_brackets_are_shown_as_they_are(tmp_path: Path) -> None:
    from rich.console import Console

    trained(tmp_path / METADATA)
    told = lineage_of(VERSION, tmp_path, "/pushed")
    odd = told.tree.model_copy(update={"name": 'model "[bold]" \\ 7', "items": ()})
    shown = told.model_copy(update={"tree": odd})
    console = Console(width=200)
    with console.capture() as captured:
        console.print(as_tree(shown))
    assert 'model "[bold]" \\ 7' in captured.get()
    assert '\\"[bold]\\"' in as_dot(shown)


def test_the_json_is_read_back(tmp_path: Path) -> None:
    trained(tmp_path / METADATA)
    told = lineage_of(VERSION, tmp_path, "/pushed")
    assert Lineage.model_validate(json.loads(told.model_dump_json())) == told


@pytest.mark.parametrize("there", [[], ["a", "b"]])
def test_where_to_look_is_demanded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in there:
        (tmp_path / ".tidegate" / name / "pushed").mkdir(parents=True)
    with pytest.raises(UsageError, match="--pushed"):
        demand_places(None, None, None)


def test_the_one_pipeline_that_ran_here_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    root = tmp_path / ".tidegate" / "toy"
    (root / "pushed").mkdir(parents=True)
    found = demand_places(None, None, None)
    assert (found.root, found.pushed) == (root, str(root / "pushed"))


def test_a_destination_alone_says_where_the_metadata_are_likely_to_be(
    tmp_path: Path,
) -> None:
    places = demand_places(None, None, str(tmp_path / "pushed"))
    assert places.root == tmp_path
    assert demand_places(None, tmp_path, None).pushed == str(tmp_path / "pushed")


@pytest.mark.parametrize("by_option", [False, True])
def test_a_pipeline_says_where_its_runs_and_models_are(
    tmp_path: Path, by_option: bool
) -> None:
    folder = tmp_path / "toy_places"
    folder.mkdir()
    for name in ("__init__.py", "pipeline.py"):
        (folder / name).touch()
    (folder / "config.yaml").write_text(
        f"name: toy\ndata: x\noutput: {tmp_path}/out\npush_to: {tmp_path}/models\n"
    )
    found = demand_places(
        *((None, None, str(folder)) if by_option else (folder, None, None))
    )
    assert (found.root, found.pushed) == (tmp_path / "out", f"{tmp_path}/models")
    other = demand_places(folder, tmp_path / "else", "gs://bucket/models")
    assert (other.root, other.pushed) == (tmp_path / "else", "gs://bucket/models")
