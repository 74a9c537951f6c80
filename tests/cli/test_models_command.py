"""`tidegate models` says what serves, and moves it by one command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.ledger.small_models import pushed_once, remove_at
from typer.testing import CliRunner

from tidegate.cli import models_options
from tidegate.cli.main import app
from tidegate.cli.models_text import ago, metrics, size, spans
from tidegate.errors import TidegateError, UsageError
from tidegate.ledger.events import Event, ExamplesRecord, Provenance, ReportRecord
from tidegate.ledger.ledger import Ledger


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory in which one pipeline has run."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


@pytest.fixture
def pushes(here: Path) -> list[Event]:
    """Two champions, one after the other, and a canary."""
    told = Provenance(
        pipeline="flights",
        metrics={"auc": 0.751, "zeta": 1.0},
        examples=(ExamplesRecord(uri="x", span=3, rows={"train": 1200}),),
        reports=(
            ReportRecord(kind="data", uri="y", sha256="z", passed=True, tests=31),
        ),
    )
    where = here / ".tidegate/flights/pushed"
    return [
        pushed_once(where, here, provenance=told, run=f"run-{becomes}", becomes=becomes)
        for becomes in ("champion", "champion", "canary")
    ]


def _ran(*arguments: object) -> str:
    result = CliRunner().invoke(app, ["models", *map(str, arguments)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.stdout


def _told(*arguments: object) -> Any:
    return json.loads(_ran(*arguments, "--json"))


def _code(*arguments: object) -> int:
    return CliRunner().invoke(app, ["models", *map(str, arguments)]).exit_code


def test_list_shows_what_serves_and_where_it_comes_from(pushes: list[Event]) -> None:
    one, two, three = (event.version for event in pushes)
    lines = _ran("list").splitlines()
    assert [line.split()[0] for line in lines[1:4]] == [
        str(version) for version in (three, two, one)
    ]
    assert "canary 10 %" in lines[1]
    assert "★ champion" in lines[2]
    assert "★" not in lines[3]
    assert pushes[1].model is not None
    for text in ("auc 0.751", "Ada", "now", " 3 ", f" {pushes[1].model.size} B"):
        assert text in lines[2], text
    assert pushes[1].model.digest[:12] in lines[2]
    assert "it is better" in lines[4]
    assert len(lines) == 5


def test_a_narrow_terminal_shows_versions_whole(
    pushes: list[Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    said = _ran("list")
    assert "★ champion" in said
    assert all(str(event.version) in said for event in pushes)
    assert "…" not in said
    lines = [one for one in _ran("log").splitlines() if one[4].isdigit()]
    told = zip(pushes, lines, strict=True)
    assert all(str(event.version) in line for event, line in told)


def test_list_as_json_has_all(pushes: list[Event]) -> None:
    said = _told("list")
    assert said["champion"] == pushes[1].version
    assert said["canary"] == {"version": pushes[2].version, "percent": 10}
    assert [one["role"] for one in said["versions"]] == ["canary", "champion", None]
    assert said["versions"][1]["push"]["model"]["provenance"]["pipeline"] == "flights"
    assert said["warnings"] == []


def test_list_warns_of_what_is_broken(pushes: list[Event], here: Path) -> None:
    where = here / ".tidegate/flights/pushed"
    remove_at(str(where), str(pushes[1].version))
    (where / "ledger/champion.json").write_text("{")
    said = _ran("list")
    assert "the champion, version" in said
    assert "champion.json are behind" in said or "champion.json" in said
    assert said.count("tidegate models heal") == 2
    assert len(_told("list")["warnings"]) == 2
    assert f"version {pushes[0].version} is the champion again" in _ran("heal")
    assert "is removed" not in _ran("list")
    assert "nothing is to be put right" in _ran("heal")
    assert _told("heal") == {"healed": [], "not_served": None}


def test_heal_ends_with_a_code_if_the_champion_cannot_be_served(
    pushes: list[Event], here: Path
) -> None:
    where = here / ".tidegate/flights/pushed"
    one, two, three = (event.version for event in pushes)
    for version in (one, two):
        remove_at(str(where), f"{version}/saved_model.pb")
    assert _code("heal") == 3
    said = _told("heal")
    assert f"version {two}" in said["not_served"]
    assert said["not_served"] in said["healed"]
    for hint in (said["not_served"], _ran("list")):
        assert f'tidegate models promote {three} --reason "…" --pushed' in hint
        assert "models heal" not in hint
    _ran("promote", three, "--reason", "x")
    assert _code("heal") == 0
    remove_at(str(where), f"{three}/saved_model.pb")
    assert "push a model" in _told("list")["warnings"][0]


def test_list_names_versions_of_other_pushers(here: Path) -> None:
    from tests.ledger.small_models import small_model

    small_model(here / "other" / "12")
    assert "not on the ledger" in _ran("list", "--pushed", "other")
    assert _told("list", "-p", "other")["not_on_the_ledger"] == [12]


def test_show_tells_all(pushes: list[Event]) -> None:
    said = _ran("show", pushes[1].version)
    for text in (
        "★ champion",
        "Ada",
        "run-champion",
        "flights",
        "0.751",
        "span 3, train 1,200 rows",
        "passed: 31 tests",
        "variables/variables.index",
        pushes[1].model.digest if pushes[1].model else "",
    ):
        assert text in said, text
    assert _told("show", pushes[1].version)["role"] == "champion"


def test_rollback_tells_what_serves_and_how_to_undo_it(pushes: list[Event]) -> None:
    one, two, _ = (event.version for event in pushes)
    said = _ran("rollback", "--reason", "worse", "--by", "Ada")
    assert f"version {one} serves, no longer {two} · event 4" in said
    assert f'undo  tidegate models promote {two} --reason "…"' in said
    lines = _ran("log").splitlines()
    assert len(lines) == 5
    for text in ("rollback", "worse", "Ada"):
        assert text in lines[-1]
    assert [one["kind"] for one in _told("log")][-1] == "rollback"
    assert "rollback by Ada: worse" in _ran("show", one)


def test_rollback_tells_what_it_passed_over(pushes: list[Event], here: Path) -> None:
    where = str(here / ".tidegate/flights/pushed")
    third = pushed_once(where, here).version
    remove_at(where, str(pushes[1].version))
    said = _ran("rollback", "--reason", "worse", "-p", where)
    assert f"version {pushes[0].version} serves, no longer {third}" in said
    assert f"{pushes[1].version} was passed over: it lacks" in said
    assert f"--pushed {where}" in said
    _ran("promote", third, "--reason", "x")
    said = _ran("rollback", pushes[0].version, "--reason", "worse")
    assert "passed over" not in said


def test_rollback_as_json_tells_what_it_passed_over(
    pushes: list[Event], here: Path
) -> None:
    where = here / ".tidegate/flights/pushed"
    pushed_once(where, here)
    version = pushes[1].version
    (where / str(version) / "variables/variables.index").write_bytes(b"INDEX")
    said = _told("rollback", "--reason", "worse")
    assert said["champion"] == pushes[0].version
    (passed,) = said["passed_over"]
    assert passed["version"] == version
    assert "not those that were pushed" in passed["why"]


def test_a_suggested_command_is_about_the_same_ledger(
    pushes: list[Event], here: Path
) -> None:
    where = here / "the pushed"
    (here / ".tidegate/flights/pushed").rename(where)
    named = ("--pushed", str(where))
    at = f"--pushed '{where}'"
    one, three = pushes[0].version, pushes[2].version
    errors = []
    for command in (
        ("rollback", three, "--reason", "x"),
        ("rollback", one, "7", "--reason", "x"),
    ):
        with pytest.raises(UsageError) as caught:
            _ran(*command, *named)
        errors.append(str(caught.value.fix))
    assert f"models promote {three}" in errors[0]
    said = _ran("rollback", "--reason", "worse", *named)
    remove_at(str(where), str(one))
    for told in (*errors, said, _ran("list", *named)):
        commands = [line for line in told.splitlines() if "tidegate models" in line]
        assert commands
        assert all(at in line for line in commands), commands


def test_a_canary_comes_and_goes(pushes: list[Event]) -> None:
    one, two, three = (event.version for event in pushes)
    said = _ran("abandon", "--reason", "slow")
    assert f"version {two} serves all, the canary {three} is out" in said
    assert f"tidegate models canary {three} --percent 10" in said
    said = _ran("canary", one, "--percent", "5", "--reason", "again")
    assert f"version {one} serves 5 % of the requests, version {two} the rest" in said
    said = _ran("promote", three, "--reason", "better")
    assert f"version {three} serves, no longer {two}" in said
    assert _told("promote", one, "--reason", "x", "--by", "Bob")["by"] == "Bob"


def test_verify_ends_with_the_code_of_a_security_refusal(
    pushes: list[Event], here: Path
) -> None:
    assert _code("verify") == 0
    assert _ran("verify").count("as it was pushed") == 3
    version = pushes[0].version
    words = here / ".tidegate/flights/pushed" / str(version) / "assets/words.txt"
    words.write_text("another's")
    assert _code("verify") == 5
    assert _code("verify", pushes[1].version) == 0
    assert "changed  assets/words.txt" in _ran("verify", version)
    said = _told("verify", version)
    assert (said[0]["ok"], said[0]["changed"]) == (False, ["assets/words.txt"])


@pytest.mark.parametrize(
    "arguments",
    [
        ("show", 7),
        ("promote", 7, "--reason", "x"),
        ("rollback", 7, "--reason", "x"),
        ("canary", 7, "--reason", "x"),
        ("verify", 7),
    ],
)
def test_a_refusal_names_the_versions_that_there_are(
    arguments: tuple[object, ...], pushes: list[Event]
) -> None:
    with pytest.raises(UsageError) as caught:
        _ran(*arguments)
    assert str(pushes[1].version) in str(caught.value.expected)


@pytest.mark.parametrize("command", ["promote", "rollback", "canary", "abandon"])
def test_a_move_needs_a_reason(command: str, pushes: list[Event]) -> None:
    version = [] if command == "abandon" else [pushes[0].version]
    assert _code(command, *version) == 2
    with pytest.raises(TidegateError, match="why"):
        _ran(command, *version, "--reason", " ")


def test_the_place_is_found(
    pushes: list[Event], here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = here / "flights"
    folder.mkdir()
    for name in ("__init__.py", "pipeline.py"):
        (folder / name).touch()
    where = here / ".tidegate/flights/pushed"
    (folder / "config.yaml").write_text("name: flights\ndata: x.csv\n")
    for named in ((), ("flights",), ("-p", "flights"), ("-p", f"file://{where}")):
        assert _told("list", *named)["champion"] == pushes[1].version
    other = here / ".tidegate/other/pushed"
    other.mkdir(parents=True)
    with pytest.raises(UsageError, match="not clear whose") as caught:
        _ran("list")
    assert ".tidegate/other/pushed" in str(caught.value.got)
    with pytest.raises(UsageError, match="no model was pushed"):
        _ran("list", "-p", other)
    with pytest.raises(UsageError, match="named twice"):
        _ran("list", "flights", "-p", other)
    monkeypatch.chdir(folder)
    with pytest.raises(UsageError, match="no pushed models are here"):
        _ran("list")


@pytest.fixture
def pipeline(pushes: list[Event], here: Path) -> Path:
    """The pipeline's folder, and the pushed models of another beside its own."""
    folder = here / "flights"
    folder.mkdir()
    for name in ("__init__.py", "pipeline.py"):
        (folder / name).touch()
    (folder / "config.yaml").write_text("name: flights\ndata: x.csv\n")
    (here / ".tidegate/other/pushed").mkdir(parents=True)
    return folder


@pytest.mark.parametrize("named", ["flights", ".tidegate/flights/pushed"])
def test_a_folder_stands_beside_the_version(
    named: str, pipeline: Path, pushes: list[Event]
) -> None:
    one, two, three = (event.version for event in pushes)
    why = ("--reason", "x")
    assert len(_told("verify", named)) == 3
    assert [e["version"] for e in _told("verify", one, named, two)] == [one, two]
    assert _told("show", two, named)["role"] == "champion"
    assert _told("card", two, named)["version"] == two
    assert "versions: " in _ran("serving", named, "--for", "tf-serving")
    assert _told("rollback", named, *why)["champion"] == one
    assert _told("promote", named, two, *why)["champion"] == two
    assert _told("rollback", one, named, *why)["champion"] == one
    assert _told("abandon", named, *why)["version"] == three
    assert _told("canary", three, named, *why)["canary"]["version"] == three
    assert _told("list", named)["champion"] == one


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("rollback", "flihgts", "--reason", "x"), "neither a version nor a folder"),
        (("promote", "0", "--reason", "x"), "neither a version nor a folder"),
        (("verify", "1.5"), "neither a version nor a folder"),
        (("promote", "flights", "--reason", "x"), "not said which version"),
        (("show", "1", "2", "flights"), "more than one version"),
        (("rollback", "1", "2", "flights", "--reason", "x"), "more than one version"),
        (("verify", "flights", "flights"), "named twice"),
        (("rollback", "flights", "-p", "flights", "--reason", "x"), "named twice"),
    ],
)
def test_words_that_are_not_clear_are_refused(
    arguments: tuple[str, ...], words: str, pipeline: Path
) -> None:
    with pytest.raises(UsageError, match=words):
        _ran(*arguments)


def test_who_moves_is_git_or_the_account(
    pushes: list[Event], here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models_options, "_git_name", lambda: "Ada of git")
    assert _told("abandon", "--reason", "x")["by"] == "Ada of git"
    monkeypatch.setattr(models_options, "_git_name", lambda: None)
    monkeypatch.setattr(models_options.getpass, "getuser", lambda: "ada")
    assert _told("rollback", "--reason", "x")["by"] == "ada"
    assert Ledger(here / ".tidegate/flights/pushed").state().last == 5


def test_words_of_others_cannot_reach_the_terminal_raw(here: Path) -> None:
    where = here / ".tidegate/flights/pushed"
    by, reason = "\x1b[31mAda [red]x", "red\x1b]0;x\x07 :smile:"
    event = pushed_once(where, here, by=by, reason=reason)
    for command in (("list",), ("log",), ("show", event.version)):
        said = _ran(*command)
        assert "\x1b" not in said
        assert "\\x1b[31mAda [red]x" in said
        assert ":smile:" in said


@pytest.mark.parametrize(
    ("numbers", "text"),
    [((), ""), ((3,), "3"), ((9, 7, 8), "7–9"), ((1, 2, 5, None), "1–2, 5")],
)
def test_spans_that_follow_each_other_are_drawn_together(
    numbers: tuple[int | None, ...], text: str
) -> None:
    assert spans(ExamplesRecord(uri="x", span=one) for one in numbers) == text


def test_figures_read_well() -> None:
    from datetime import datetime, timedelta, timezone

    now = datetime(2026, 5, 1, tzinfo=timezone.utc)
    told = [ago(now - timedelta(seconds=s), now) for s in (0, 59, 60, 7300, 200_000)]
    assert told == [
        "just now",
        "just now",
        "1 minute ago",
        "2 hours ago",
        "2 days ago",
    ]
    assert ago(now + timedelta(days=1), now) == "in the future"
    assert [size(n) for n in (0, 999, 1000, 463_700, 4_200_000_000)] == [
        "0 B",
        "999 B",
        "1.0 kB",
        "463.7 kB",
        "4.2 GB",
    ]
    assert metrics({"example_count": 5.0, "accuracy": 0.5, "auc": 0.75}) == (
        "auc 0.75, accuracy 0.5"
    )
    assert metrics({}) == ""
