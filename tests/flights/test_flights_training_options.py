"""Warm start and tuning are options of the flights pipeline, off by default."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import flights_training as training  # type: ignore[import-not-found]
import flights_tuning as tuning  # type: ignore[import-not-found]
import keras_tuner
import pytest
import tensorflow as tf
from pipelines.flights.config import Config, Tuning
from pipelines.flights.pipeline import create_components


def nodes(tmp_path: Path, **settings: Any) -> dict[str, Any]:
    """The nodes of the pipeline by id."""
    data = tmp_path / "flights-01.csv"
    data.write_text("a\n1\n")
    config = Config(name="flights", data=str(data), output=tmp_path, **settings)
    return {node.id: node for node in create_components(config)}


def test_the_champion_is_no_input_of_training_by_default(tmp_path: Path) -> None:
    found = nodes(tmp_path)

    assert "Tuner" not in found
    assert not {"base_model", "hyperparameters"} & set(found["Trainer"].inputs)


def test_a_warm_start_gives_the_trainer_the_champion(tmp_path: Path) -> None:
    found = nodes(tmp_path, warm_start=True)

    assert found["Trainer"].inputs["base_model"] is found["Champion"].outputs["model"]


def test_trials_put_a_tuner_before_the_trainer_and_behind_the_gate(
    tmp_path: Path,
) -> None:
    found = nodes(tmp_path, tuning=Tuning(trials=3, epochs=2))

    best = found["Tuner"].outputs["best_hyperparameters"]
    assert found["Trainer"].inputs["hyperparameters"] is best
    assert found["DataGate"] in found["Tuner"].upstream_nodes
    assert list(found).index("Tuner") < list(found).index("Trainer")


@pytest.mark.parametrize(("hidden", "units"), [("32", [32]), ("128-64", [128, 64])])
def test_what_the_tuner_found_overrules_the_settings(
    hidden: str, units: list[int]
) -> None:
    found = keras_tuner.HyperParameters()
    found.Fixed("hidden", hidden)
    found.Fixed("learning_rate", 0.01)

    class Given:
        hyperparameters = found.get_config()

    assert training._tuned(Given()) == {"learning_rate": 0.01, "hidden": units}


def test_without_a_tuner_the_settings_stand() -> None:
    class Given:
        hyperparameters = None

    assert training._tuned(Given()) == {}


def test_a_new_model_serves_at_once_by_default(tmp_path: Path) -> None:
    found = nodes(tmp_path)

    assert "Canary" not in found
    assert found["Pusher"].exec_properties["becomes"] == "champion"


@pytest.mark.parametrize("percent", [0, 10])
def test_a_canary_is_held_against_the_champion_behind_a_gate_of_its_own(
    tmp_path: Path, percent: int
) -> None:
    found = nodes(tmp_path, canary=percent)

    pushed = found["Pusher"].exec_properties
    assert (pushed["becomes"], pushed["percent"]) == ("canary", percent)
    canary = found["Canary"]
    assert canary.inputs["pushed_model"] is found["Pusher"].outputs["pushed_model"]
    assert found["CanaryGate"].inputs["model"] is canary.outputs["report"]


def test_the_search_holds_out_what_it_does_not_learn_from() -> None:
    batches = tf.data.Dataset.range(20)

    train, held_out = tuning.divided(batches, seed=1)

    learned = [sorted(int(one) for one in train) for _ in range(2)]
    held = {int(one) for one in held_out}
    assert held == {0, 5, 10, 15}
    assert learned == [sorted(set(range(20)) - held)] * 2
