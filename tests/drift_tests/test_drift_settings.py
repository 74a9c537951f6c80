"""Settings of the drift tests as people write them."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tidegate.documents import Document
from tidegate.drift_tests.settings import DriftSettings, load_settings
from tidegate.drift_tests.settings_file import settings_in, settings_json_schema
from tidegate.errors import Problems, UsageError

ROOT = Path(__file__).parents[2]
VALID = [
    "false_alarms: 0.05",
    "false_alarms: 5 %",
    "false_alarms: 2.5%",
    "false_alarms: 1 in 60 runs",
    "false_alarms: 1 in 60\nslow_every: 100",
    "smallest_share: 0\nsmallest_shift: 0.5\nwindow: 90",
    "ignore: [owner, kind]\nlevel: warn",
]
INVALID = [
    ("false_alarms: seldom", "false_alarms"),
    ("false_alarms: 0", "false_alarms"),
    ("false_alarms: 90 %", "false_alarms"),
    ("false_alarms: 1 in 0 runs", "false_alarms"),
    ("false_alarms: .nan", "false_alarms"),
    ("slow_every: 1", "slow_every"),
    ("slow_every: 10", "slow_every"),
    ("smallest_share: 2", "smallest_share"),
    ("window: 5", "window"),
    ("window: many", "window"),
    ("level: stop", "level"),
    ("level: [fail]", "level"),
    ("ignore: owner", "ignore"),
    ("ignore: [1]", "ignore"),
    ("thresholds: 3", "thresholds"),
]


def written(folder: Path, text: str) -> Path:
    path = folder / "drift.yaml"
    path.write_text(text + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "share"),
    [("0.05", 0.05), ("5 %", 0.05), ("2.5%", 0.025), ("1 in 60 runs", 1 / 60)],
)
def test_a_promise_is_read_as_people_say_it(
    tmp_path: Path, text: str, share: float
) -> None:
    settings = load_settings(written(tmp_path, f"false_alarms: {text}"))
    assert settings.false_alarms == pytest.approx(share)
    assert f"{1 / share:.3g} runs" in settings.promise


def test_what_a_file_does_not_say_is_as_usual(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, "level: warn"))
    assert settings == DriftSettings(level="warn")


def test_the_promise_is_split_between_the_channels(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, "false_alarms: 5 %\nslow_every: 100"))
    assert settings.slow_share == pytest.approx(0.01)
    assert settings.sudden_share == pytest.approx(0.04)


@pytest.mark.parametrize(("text", "about"), INVALID)
def test_a_fault_names_its_setting_and_line(
    tmp_path: Path, text: str, about: str
) -> None:
    path = written(tmp_path, f"# what is promised\n{text}")
    with pytest.raises(UsageError) as caught:
        load_settings(path)
    assert about in str(caught.value)
    assert str(path) in str(caught.value.where)


def test_all_faults_are_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    faults = (
        "false_alarms: 1 in 0 runs",
        "levle: warn",
        "window: 5",
        "ignore: owner",
        "level: wran",
        "slow_every: seldom",
    )
    path = written(tmp_path, "\n".join(faults))
    with pytest.raises(Problems) as caught:
        load_settings(path)
    places = [error.where for error in caught.value.errors]
    assert places == [f"{path}:{line}" for line in range(1, 7)]
    assert "did you mean level" in str(caught.value)
    assert "did you mean warn" in str(caught.value)


def test_a_missing_file_says_what_is_there(tmp_path: Path) -> None:
    path = written(tmp_path, "level: warn")
    with pytest.raises(UsageError, match="did you mean"):
        load_settings(path.with_name("drfit.yaml"))


@given(st.text(max_size=30))
def test_no_promise_is_a_traceback(text: str) -> None:
    document = f"false_alarms: {json.dumps(text)}"
    try:
        settings = settings_in(Document.parse(document, "drift.yaml"))
    except (UsageError, Problems):
        return
    assert 0.001 <= settings.false_alarms <= 0.5


def test_json_schema_is_current() -> None:
    writer = runpy.run_path(str(ROOT / "scripts" / "write_catalogue.py"))
    held = writer["DRIFT_SCHEMA"].read_text(encoding="utf-8")
    assert json.loads(held) == settings_json_schema()


@pytest.mark.parametrize("text", VALID)
def test_json_schema_takes_what_is_valid(tmp_path: Path, text: str) -> None:
    Draft202012Validator(settings_json_schema()).validate(
        Document.parse(text, "drift.yaml").data
    )
    load_settings(written(tmp_path, text))


@pytest.mark.parametrize(
    "text",
    [
        text
        for text, about in INVALID
        # What only reading tells: a share out of bounds in words, and together.
        if text not in ("false_alarms: 90 %", "false_alarms: 1 in 0 runs")
        and text not in ("slow_every: 10", "false_alarms: .nan")
    ],
)
def test_json_schema_refuses_what_is_not(text: str) -> None:
    data = Document.parse(text, "drift.yaml").data
    assert not Draft202012Validator(settings_json_schema()).is_valid(data)


def test_json_schema_describes_every_setting() -> None:
    properties = settings_json_schema()["properties"]
    assert set(properties) == set(DriftSettings.model_fields)
    assert all(one["description"] for one in properties.values())
