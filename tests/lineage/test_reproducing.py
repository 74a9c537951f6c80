"""A run is repeated as it was recorded, within its own folder, and then judged."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.lineage.lineage_records import RUN
from typer.testing import CliRunner

from tidegate.cli.main import app
from tidegate.errors import ComponentError, UsageError
from tidegate.lineage.champion_then import champion_of
from tidegate.lineage.recorder import Recorder
from tidegate.lineage.rehearsal import within
from tidegate.lineage.reproducing import (
    inputs_changed,
    new_output,
    repeat,
    settings_of,
)
from tidegate.lineage.reproduction import judged
from tidegate.lineage.run_record import RunRecord, read_record, record_file
from tidegate.pipeline_folder import PipelineFolder
from tidegate.runners import events, supervisor

CONFIG = """\
from tidegate.config import PipelineConfig


class Config(PipelineConfig):
    epochs: int = 3
    secret_key: str = "default"
"""
MODEL = {"saved_model.pb": b"\x12\x00"}


class Watcher:
    """Looks away."""

    def event(self, event: events.Event) -> None:
        """Nothing."""


def write_model(folder: Path) -> None:
    """The smallest SavedModel that counts as whole."""
    folder.mkdir(parents=True)
    for name, content in MODEL.items():
        (folder / name).write_bytes(content)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PipelineFolder:
    """A pipeline with its data and schema, and a champion."""
    path = tmp_path / f"again_{abs(hash(str(tmp_path)))}"
    path.mkdir()
    (path / "__init__.py").touch()
    (path / "pipeline.py").write_text("create_components = None\n")
    (path / "config.py").write_text(CONFIG)
    (path / "config.yaml").write_text("name: toy\ndata: data.csv\n")
    (path / "data.csv").write_text("a\n1\n")
    (path / "schema.pbtxt").write_text("feature {}")
    write_model(tmp_path / "pushed" / "5")
    monkeypatch.setattr(sys, "path", list(sys.path))
    return PipelineFolder.find(path)


def ran(
    folder: PipelineFolder,
    overrides: dict[str, Any],
    run: str = RUN,
    *,
    reproduces: str | None = None,
    said: str = "AUC 0.9",
    left_out: tuple[str, ...] = (),
) -> RunRecord:
    """What a run of the pipeline with one node leaves."""
    config = folder.config(overrides)
    one = Recorder(folder, config, overrides, cache=True, reproduces=reproduces)
    there = config.root / "artifacts" / "A" / "report" / "1"
    there.mkdir(parents=True)
    (there / "report.json").write_text(json.dumps({"said": said, "seconds": 1}))
    schema = {"schema_file": str(folder.path / "schema.pbtxt")}
    one.built([SimpleNamespace(id="A", exec_properties=schema)], left_out)
    one.event(events.Planned(run_id=run, nodes=("A",)))
    outputs = {"report": str(there)}
    one.event(events.NodeEnded(node="A", state="done", seconds=1, outputs=outputs))
    one.end(0)
    return read_record(record_file(config.root, run))


@pytest.fixture
def recorded(folder: PipelineFolder, tmp_path: Path) -> RunRecord:
    places = {"output": str(tmp_path / "out"), "push_to": str(tmp_path / "pushed")}
    return ran(folder, {**places, "epochs": 4, "secret_key": "hunter2"})


@pytest.fixture
def supervised(
    monkeypatch: pytest.MonkeyPatch, folder: PipelineFolder
) -> dict[str, Any]:
    """What the supervisor is asked to run; it runs nothing."""
    asked: dict[str, Any] = {"said": "AUC 0.9"}

    def run(
        pipeline: PipelineFolder,
        config: Any,
        overrides: dict[str, Any],
        watcher: Any,
        **more: Any,
    ) -> Any:
        asked.update(more, overrides=overrides, config=config)
        asked["champion"] = champion_of(config.push_to)
        held = ran(
            pipeline,
            overrides,
            "again",
            reproduces=more["reproduces"],
            said=asked["said"],
            left_out=asked.get("left_out", ()),
        )
        return SimpleNamespace(run_id=held.run, log="log.txt", error_text=())

    monkeypatch.setattr(supervisor, "run", run)
    return asked


def kinds(record: RunRecord) -> list[str]:
    return [one.kind for one in inputs_changed(record)]


def test_nothing_has_changed_right_after_a_run(recorded: RunRecord) -> None:
    assert inputs_changed(recorded) == ()


@pytest.mark.parametrize(
    ("file", "text", "kind"),
    [
        ("data.csv", "a\n2\n", "data"),
        ("schema.pbtxt", "feature { }", "schema"),
        ("pipeline.py", "create_components = 1\n", "code"),
        ("more.py", "x = 1\n", "code"),
        ("config.yaml", "name: toy\ndata: data.csv\nspan: 3\n", "setting"),
        ("../pushed/5/saved_model.pb", "\x12\x01a", "champion"),
    ],
)
def test_exactly_what_was_changed_is_named(
    recorded: RunRecord, folder: PipelineFolder, file: str, text: str, kind: str
) -> None:
    (folder.path / file).write_text(text)
    assert kinds(recorded) == [kind]


@pytest.mark.parametrize(
    ("file", "kind"), [("data.csv", "data"), ("schema.pbtxt", "schema")]
)
def test_what_is_gone_is_named(
    recorded: RunRecord, folder: PipelineFolder, file: str, kind: str
) -> None:
    (folder.path / file).unlink()
    (change,) = inputs_changed(recorded)
    assert (change.kind, change.now) == (kind, "gone")


def test_a_champion_that_came_later_is_no_change(
    recorded: RunRecord, tmp_path: Path
) -> None:
    write_model(tmp_path / "pushed" / "6")
    assert inputs_changed(recorded) == ()


def test_the_repetition_has_the_settings_on_record_and_its_own_places(
    recorded: RunRecord, supervised: dict[str, Any], tmp_path: Path
) -> None:
    (Path(recorded.folder) / "config.yaml").write_text(
        "name: toy\ndata: data.csv\nepochs: 9\nsecret_key: of the file\n"
    )
    target = tmp_path / "again"
    repeat(recorded, target, Watcher())
    config = supervised["config"]
    assert (config.epochs, config.root) == (4, target)
    assert config.push_to == str(target / "pushed")
    assert config.secret_key == "of the file"  # Never was on record.
    assert supervised["cache"] is False
    assert supervised["reproduces"] == RUN


def test_the_repetition_finds_the_champion_of_then(
    recorded: RunRecord, supervised: dict[str, Any], tmp_path: Path
) -> None:
    write_model(tmp_path / "pushed" / "6")
    (tmp_path / "pushed" / "6" / "saved_model.pb").write_bytes(b"\x12\x01a")
    repeat(recorded, tmp_path / "again", Watcher())
    assert supervised["champion"].version == 5
    assert recorded.champion is not None
    assert supervised["champion"].digest == recorded.champion.digest
    assert {one.name for one in (tmp_path / "pushed").iterdir()} == {"5", "6"}


def test_without_the_champion_of_then_nothing_is_run(
    recorded: RunRecord, supervised: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / "pushed" / "5" / "saved_model.pb").unlink()
    assert kinds(recorded) == ["champion"]
    with pytest.raises(ComponentError, match="not there any more"):
        repeat(recorded, tmp_path / "again", Watcher())
    assert "config" not in supervised


def test_a_folder_with_something_in_it_is_refused(
    recorded: RunRecord, supervised: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / "again").mkdir()
    (tmp_path / "again" / "x").touch()
    with pytest.raises(UsageError, match="folder of its own"):
        repeat(recorded, tmp_path / "again", Watcher())


def test_an_equal_result_is_called_equal(
    recorded: RunRecord, supervised: dict[str, Any], tmp_path: Path
) -> None:
    now, _ = repeat(recorded, tmp_path / "again", Watcher())
    assert now is not None
    result = judged(recorded, now, ())
    assert (result.verdict, result.equal) == ("bytes", True)
    assert result.conclusion == "the result is equal to the byte"


def test_what_differs_is_shown_with_both_values(
    recorded: RunRecord, supervised: dict[str, Any], tmp_path: Path
) -> None:
    supervised["said"] = "AUC 0.8"
    now, _ = repeat(recorded, tmp_path / "again", Watcher())
    assert now is not None
    result = judged(recorded, now, ())
    assert (result.verdict, result.equal) == ("differs", False)
    assert result.details == {"A.report": ('said: "AUC 0.9" → "AUC 0.8"',)}


def test_artifacts_that_were_removed_are_compared_by_their_digests(
    recorded: RunRecord, supervised: dict[str, Any], tmp_path: Path
) -> None:
    import shutil

    shutil.rmtree(tmp_path / "out" / "artifacts")
    now, _ = repeat(recorded, tmp_path / "again", Watcher())
    assert now is not None
    assert judged(recorded, now, ()).equal


def test_nodes_that_were_left_out_are_named(
    recorded: RunRecord, supervised: dict[str, Any], tmp_path: Path
) -> None:
    supervised["left_out"] = ("SpanPusher",)
    with_pusher = recorded.model_copy(
        update={
            "nodes": (
                *recorded.nodes,
                recorded.nodes[0].model_copy(update={"node": "SpanPusher"}),
            )
        }
    )
    now, _ = repeat(with_pusher, tmp_path / "again", Watcher())
    assert now is not None
    result = judged(with_pusher, now, ())
    assert result.equal
    assert result.compared[-1].node == "SpanPusher"
    assert "left out" in result.compared[-1].why


def test_each_repetition_has_a_new_folder(recorded: RunRecord) -> None:
    first = new_output(recorded)
    first.mkdir(parents=True)
    assert new_output(recorded) != first
    assert ":" not in first.name


def test_a_secret_is_not_given_to_the_repetition(recorded: RunRecord) -> None:
    assert "secret_key" not in settings_of(recorded)


def a_node(name: str, kind: str, *before: Any, **properties: str) -> Any:
    """A node as TFX has it, as far as `within` looks."""
    channels = {one.id: SimpleNamespace(producer_component=one) for one in before}
    made = type(kind, (), {})()
    made.id, made.exec_properties, made.inputs = name, properties, channels
    made.upstream_nodes = set()
    return made


def test_nodes_that_write_elsewhere_are_left_out_with_what_follows(
    tmp_path: Path,
) -> None:
    elsewhere = tmp_path.parent / "elsewhere"
    trainer = a_node("Trainer", "Trainer", pushed=str(elsewhere))
    inside = a_node("In", "Pusher", trainer, push_to=str(tmp_path / "pushed"))
    stock = json.dumps({"filesystem": {"base_directory": str(elsewhere)}})
    out = a_node("Out", "Pusher", trainer, push_destination=stock)
    far = a_node("Far", "Pusher", trainer, push_to="gs://bucket/models")
    span = a_node("Span", "SpanPusher", history=str(elsewhere))
    card = a_node("Card", "ModelCardGen", out)
    own = type("Own", (type(out),), {})()
    own.__dict__.update(out.__dict__, id="Own")
    nodes = [trainer, inside, out, far, span, card, own]
    kept, left_out = within(nodes, tmp_path)
    assert [one.id for one in kept] == ["Trainer", "In"]
    assert left_out == ("Out", "Far", "Span", "Card", "Own")


def tidegate(*words: object) -> Any:
    return CliRunner().invoke(app, [str(word) for word in words], standalone_mode=False)


def test_the_command_repeats_and_says_equal(
    recorded: RunRecord, supervised: dict[str, Any], tmp_path: Path
) -> None:
    done = tidegate("reproduce", "last", "--root", tmp_path / "out", "--json")
    assert done.return_value == 0, done.exception
    told = json.loads(done.stdout)
    assert (told["run"], told["repeated"], told["verdict"]) == (RUN, "again", "bytes")


def test_the_command_stops_at_changed_inputs(
    recorded: RunRecord, supervised: dict[str, Any], folder: PipelineFolder
) -> None:
    (folder.path / "data.csv").write_text("a\n2\n")
    done = tidegate("reproduce", RUN, "--root", recorded.output)
    assert done.return_value == 1
    assert "config" not in supervised
    assert "data" in done.stdout
    assert "--anyway" in done.stdout
    done = tidegate("reproduce", RUN, "--root", recorded.output, "--anyway")
    assert done.return_value == 0
    assert "although inputs changed: data" in done.stdout


def test_the_command_only_checks_where_that_is_asked_for(
    recorded: RunRecord, supervised: dict[str, Any]
) -> None:
    done = tidegate("reproduce", RUN, "--root", recorded.output, "--check", "--json")
    assert done.return_value == 0
    assert json.loads(done.stdout)["conclusion"] == "no input has changed"
    assert "config" not in supervised


def test_another_setting_of_the_file_stops_nothing(
    recorded: RunRecord, supervised: dict[str, Any], folder: PipelineFolder
) -> None:
    (folder.path / "config.yaml").write_text("name: toy\ndata: data.csv\nspan: 3\n")
    done = tidegate("reproduce", RUN, "--root", recorded.output)
    assert done.return_value == 0
    assert "the value on record is used" in done.stdout


def test_a_result_that_differs_is_exit_code_1(
    recorded: RunRecord, supervised: dict[str, Any]
) -> None:
    supervised["said"] = "AUC 0.8"
    done = tidegate("reproduce", RUN, "--root", recorded.output)
    assert done.return_value == 1
    assert "A.report is the first that is not deterministic" in done.stdout


def test_a_version_names_the_run_that_pushed_it(
    recorded: RunRecord, tmp_path: Path
) -> None:
    from tests.lineage.test_lineage import push

    push(tmp_path / "out" / "pushed")
    done = tidegate("reproduce", 7, "--root", recorded.output, "--check", "--json")
    assert json.loads(done.stdout)["run"] == RUN


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["lineage", "x"], "no version of a model"),
        (["lineage", "7"], "no such version"),
        (["lineage", "7", "--dot", "--json"], "one form only"),
        (["reproduce", "last"], "no run left a record"),
        (["reproduce", "last", "no-such-folder"], "no such pipeline folder"),
    ],
)
def test_what_cannot_be_answered_is_refused_in_words(
    tmp_path: Path, words: list[str], says: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tidegate.cli.main", *words, "--root", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert says in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_the_champion_at_an_earlier_time_follows_from_the_events(
    tmp_path: Path,
) -> None:
    from tests.lineage.test_lineage import push

    from tidegate.lineage.champion_then import champion_then

    push(tmp_path)
    pushed_at = datetime(2026, 1, 2, 4, tzinfo=timezone.utc)
    assert champion_then(str(tmp_path), pushed_at) is None
    found = champion_then(str(tmp_path), pushed_at.replace(hour=5))
    assert found is not None
    assert (found.version, found.digest) == (7, "e" * 64)
