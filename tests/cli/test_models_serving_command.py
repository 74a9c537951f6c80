"""`tidegate models serving`, as a person calls it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from tests.pusher.pushed_models import write_saved_model
from typer.testing import CliRunner

from tidegate.cli.models import app
from tidegate.errors import TidegateError
from tidegate.ledger.events import Provenance
from tidegate.ledger.pushing import push

BUCKET = "gs://bucket/flights/pushed"
VERTEX = (
    *("--for", "vertex", "--at", BUCKET),
    *("--endpoint", "12", "--region", "europe-west4"),
)


@pytest.fixture
def pushed(tmp_path: Path) -> Path:
    """A ledger with a champion and a canary."""
    model = write_saved_model(tmp_path / "model")
    where = tmp_path / "flights" / "pushed"
    for becomes in ("champion", "canary"):
        push(
            model,
            where,
            Provenance(pipeline="flights"),
            by="ada",
            reason="a test",
            becomes=becomes,  # type: ignore[arg-type]
            percent=25,
        )
    return where


def said(pushed: Path, *words: str) -> str:
    """What the command prints."""
    done = CliRunner().invoke(app, ["serving", "--pushed", str(pushed), *words])
    if isinstance(done.exception, TidegateError):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.output


def versions(pushed: Path) -> tuple[int, int]:
    """Champion and canary."""
    first, second = sorted(int(one.name) for one in pushed.glob("[0-9]*"))
    return first, second


def test_tf_serving_gets_its_config(pushed: Path) -> None:
    text = said(pushed, "--for", "tf-serving", "--at", "/models/flights")
    champion, canary = versions(pushed)
    assert 'name: "flights"' in text
    assert 'base_path: "/models/flights"' in text
    assert f'key: "stable" value: {champion}' in text
    assert f'key: "canary" value: {canary}' in text


def test_it_is_what_the_ledger_keeps_for_servers(pushed: Path) -> None:
    kept = (pushed / "ledger" / "models.config").read_text()
    assert said(pushed, "--for", "tf-serving") == kept


def test_kserve_gets_a_manifest(pushed: Path) -> None:
    text = said(pushed, "--for", "kserve", "--at", BUCKET, "--name", "late")
    manifest = yaml.safe_load(text)
    assert manifest["metadata"]["name"] == "late"
    assert manifest["spec"]["predictor"]["canaryTrafficPercent"] == 25


def test_vertex_gets_commands(pushed: Path) -> None:
    champion, canary = versions(pushed)
    text = said(pushed, *VERTEX, "--deployed", f"{champion}=71")
    assert f"--artifact-uri={BUCKET}/{canary}" in text
    assert "--traffic-split=71=75,0=25" in text
    assert "then again" in said(pushed, *VERTEX)


def test_everything_can_be_had_as_json(pushed: Path) -> None:
    words = ("--for", "kserve", "--at", BUCKET, "--json")
    assert yaml.safe_load(json.loads(said(pushed, *words))["manifest"])
    assert json.loads(said(pushed, *VERTEX, "--json"))["trafficSplit"] == {"0": 100}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--for", "kserve"), "kserve cannot read"),
        (("--for", "vertex", "--at", "s3://bucket/x"), "vertex cannot read"),
        (("--for", "vertex", "--at", BUCKET), "which endpoint"),
        ((*VERTEX, "--deployed", "71"), "no deployed model"),
    ],
)
def test_what_is_missing_is_told(
    pushed: Path, words: tuple[str, ...], message: str
) -> None:
    with pytest.raises(TidegateError, match=message):
        said(pushed, *words)


def test_a_place_without_models_is_told(tmp_path: Path) -> None:
    with pytest.raises(TidegateError, match="no model was pushed"):
        said(tmp_path, "--for", "tf-serving")
