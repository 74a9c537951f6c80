"""`tidegate models card` shows the card of a version, the run's or the ledger's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.model_card_gen.cards import CardStep
from typer.testing import CliRunner, Result

from tidegate.cli.main import app
from tidegate.errors import UsageError
from tidegate.ledger.ledger import Ledger


@pytest.fixture
def step(tmp_path: Path) -> CardStep:
    return CardStep.after_a_push(tmp_path)


def ran(step: CardStep, *arguments: str, version: int | None = None) -> Result:
    number = version or Ledger(step.pushed).state().champion
    command = ["models", "card", str(number), "--pushed", str(step.pushed), *arguments]
    return CliRunner().invoke(app, command)


def test_card_of_the_run_is_shown(step: CardStep) -> None:
    step.run()
    shown = ran(step).stdout
    assert shown == (step.folder / "card" / "model-card.md").read_text("utf-8")


def test_page_is_written_where_it_is_asked_for(step: CardStep) -> None:
    step.run()
    page = step.folder / "page.html"
    assert ran(step, "--output", str(page)).stdout.strip() == str(page)
    assert page.read_bytes() == (step.folder / "card/model-card.html").read_bytes()


def test_where_the_run_made_none_the_ledger_tells_what_it_can(step: CardStep) -> None:
    told = json.loads(ran(step, "--json").stdout)
    assert told["from"] == "ledger"
    assert told["markdown"].startswith(f"# small, version {told['version']}\n")
    assert "| auc | 0.9 |" in told["markdown"]
    assert "Not known: what it is for" in told["markdown"]
    step.run()
    assert json.loads(ran(step, "--json").stdout)["from"] == "run"


def test_unknown_version_and_odd_ending_are_refused(step: CardStep) -> None:
    unknown = ran(step, version=7)
    assert isinstance(unknown.exception, UsageError)
    assert "no version 7" in str(unknown.exception)
    odd = ran(step, "--output", "card.pdf")
    assert isinstance(odd.exception, UsageError)
    assert not Path("card.pdf").exists()
