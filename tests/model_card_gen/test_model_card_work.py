"""The step writes a card of its artifacts, and one beside the ledger."""

from __future__ import annotations

import shutil
from pathlib import Path

import fsspec
import pytest
from tests.model_card_gen.cards import CardStep

from tidegate.errors import ComponentError
from tidegate.ledger.ledger import Ledger
from tidegate.ledger.verifying import verify
from tidegate.model_card_gen import keys


@pytest.fixture
def step(tmp_path: Path) -> CardStep:
    return CardStep.after_a_push(tmp_path)


def markdown(step: CardStep) -> str:
    return (step.folder / "card" / keys.MARKDOWN_FILE).read_text(encoding="utf-8")


def test_card_says_what_the_artifacts_say(step: CardStep) -> None:
    card = step.run()
    version = Ledger(step.pushed).state().champion
    assert card.get_int_custom_property(keys.VERSION) == version
    text = markdown(step)
    for part in (
        f"# flights, version {version}",
        "| auc | 0.9 |",
        "| epochs | 3 |",
        "| what matters most | dep_delay |",
        "| origin | text | EWR, JFK, LGA | 25.0 % |",
        "| judged apart by | carrier, origin |",
        "| owner | flights team |",
    ):
        assert part in text, part
    assert "Not known" not in text


def test_card_stands_beside_the_ledger_and_does_not_disturb_it(step: CardStep) -> None:
    step.run()
    version = Ledger(step.pushed).state().champion
    cards = step.pushed / "ledger" / "cards"
    assert sorted(one.name for one in cards.iterdir()) == [
        f"{version}.html",
        f"{version}.md",
    ]
    assert (cards / f"{version}.md").read_text(encoding="utf-8") == markdown(step)
    assert len(Ledger(step.pushed).events()) == 1
    assert all(one.ok for one in verify(step.pushed))


def test_card_made_again_takes_the_place_of_the_old_one(step: CardStep) -> None:
    step.run()
    step.properties[keys.NAME] = "another"
    step.run()
    (card,) = (step.pushed / "ledger" / "cards").glob("*.md")
    assert card.read_text(encoding="utf-8").startswith("# another")


def test_place_of_the_ledger_may_be_told(step: CardStep) -> None:
    pushed = step.inputs[keys.PUSHED_MODEL][0]
    pushed.set_string_custom_property("pushed_destination", f"{step.pushed}/odd")
    step.run()
    assert "how it was made: no ledger has it" in markdown(step)
    assert not (step.pushed / "ledger" / "cards").exists()
    step.properties[keys.PUSH_TO] = str(step.pushed)
    step.run()
    assert (step.pushed / "ledger" / "cards").is_dir()


def test_no_card_is_put_where_there_is_no_ledger(step: CardStep) -> None:
    pushed = step.inputs[keys.PUSHED_MODEL][0]
    version = pushed.get_string_custom_property("pushed_version")
    other = step.folder / "other"
    pushed.set_string_custom_property("pushed_destination", f"{other}/{version}")
    step.run()
    assert f"# flights, version {version}" in markdown(step)
    assert "| auc | 0.9 |" in markdown(step)
    assert not other.exists()


def test_model_that_was_not_pushed_has_a_card_of_its_own_only(step: CardStep) -> None:
    step.inputs = {keys.MODEL: step.inputs[keys.PUSHED_MODEL]}
    step.inputs[keys.MODEL][0].set_string_custom_property("pushed_destination", "")
    card = step.run()
    assert card.get_int_custom_property(keys.VERSION) == 0
    assert "| version | not pushed |" in markdown(step)
    assert not (step.pushed / "ledger" / "cards").exists()


def test_stock_pusher_that_did_not_push_has_no_version(step: CardStep) -> None:
    step.inputs[keys.PUSHED_MODEL][0].set_int_custom_property("pushed", 0)
    assert step.run().get_int_custom_property(keys.VERSION) == 0


def test_card_of_a_store_is_written_into_the_store(step: CardStep) -> None:
    memory = fsspec.filesystem("memory")
    for path in (step.pushed / "ledger").glob("*.json"):
        memory.pipe(f"/cards/pushed/ledger/{path.name}", path.read_bytes())
    try:
        step.properties[keys.PUSH_TO] = "memory://cards/pushed"
        step.run()
        assert len(memory.ls("/cards/pushed/ledger/cards")) == 2
    finally:
        memory.rm("/cards", recursive=True)


@pytest.mark.parametrize(
    ("key", "file"),
    [
        (keys.EXPLANATION, "importance.json"),
        (keys.MODEL_REPORT, "report.json"),
        (keys.EVALUATION, "tidegate-facts.json"),
        (keys.STATISTICS, "Split-train/FeatureStats.pb"),
    ],
)
def test_damaged_artifact_is_refused_by_its_name(
    step: CardStep, key: str, file: str
) -> None:
    path = Path(step.inputs[key][0].uri) / file
    path.write_bytes(b"\x0a{")
    with pytest.raises(ComponentError) as caught:
        step.run()
    assert str(path.parent) in str(caught.value)
    assert not (step.folder / "card").exists()


def test_lost_explanation_is_refused(step: CardStep) -> None:
    shutil.rmtree(step.inputs[keys.EXPLANATION][0].uri)
    with pytest.raises(ComponentError, match="cannot be read"):
        step.run()
