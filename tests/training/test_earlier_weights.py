"""A model goes on from the weights of an earlier one, as far as they fit."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

from tidegate import training
from tidegate.errors import ComponentError
from tidegate.training.earlier_weights import carried

OLD, NEW = ["AA", "UA", "DL"], ["DL", "WN", "AA"]


def network(slots: int = 4, units: int = 3, seed: int = 1) -> keras.Model:
    keras.utils.set_random_seed(seed)
    carrier = keras.Input((), dtype="int64", name="carrier")
    flow = keras.layers.Embedding(slots, 2, name="slots")(carrier)
    flow = keras.layers.Dense(units, name="hidden")(flow)
    return keras.Model(carrier, keras.layers.Dense(1, name="late")(flow))


def exported(folder: Path, model: keras.Model, terms: list[str] = OLD) -> Path:
    """A folder as a SavedModel has it, with the weights beside it."""
    (folder / "assets").mkdir(parents=True)
    (folder / "assets" / "carrier").write_text("".join(f"{t}\n" for t in terms))
    (folder / "saved_model.pb").write_bytes(b"a graph")
    training.keep_weights(model, folder)
    return folder


def vocabulary(folder: Path, terms: list[str]) -> dict[str, Path]:
    file = folder / "carrier"
    file.write_text("".join(f"{term}\n" for term in terms))
    return {"slots/embeddings": file}


def weights(model: keras.Model) -> dict[str, np.ndarray]:
    return {one.path: np.asarray(one) for one in model.weights}


def test_the_same_network_gets_every_weight(tmp_path: Path) -> None:
    earlier, now = network(), network(seed=2)

    done = training.warm_start(now, exported(tmp_path / "model", earlier))

    assert done is not None
    assert set(done.taken) == set(weights(earlier))
    for path, expected in weights(earlier).items():
        np.testing.assert_array_equal(weights(now)[path], expected)


def test_a_term_keeps_its_row_wherever_it_stands_now(tmp_path: Path) -> None:
    earlier, now = network(), network(seed=2)
    fresh = weights(now)["slots/embeddings"]

    done = training.warm_start(
        now, exported(tmp_path / "model", earlier), vocabulary(tmp_path, NEW)
    )

    rows, before = weights(now)["slots/embeddings"], weights(earlier)
    table = before["slots/embeddings"]
    assert done is not None
    assert dict(done.terms) == {"slots/embeddings": 2}
    np.testing.assert_array_equal(rows[0], table[2])  # DL
    np.testing.assert_array_equal(rows[1], fresh[1])  # WN is new
    np.testing.assert_array_equal(rows[2], table[0])  # AA
    np.testing.assert_array_equal(rows[3], table[3])  # terms that nobody knows


def test_a_layer_of_another_shape_starts_anew(tmp_path: Path) -> None:
    earlier, now = network(units=3), network(units=5, seed=2)
    fresh = weights(now)

    done = training.warm_start(now, exported(tmp_path / "model", earlier))

    assert done is not None
    assert set(done.fresh) == {"hidden/kernel", "hidden/bias", "late/kernel"}
    np.testing.assert_array_equal(weights(now)["hidden/kernel"], fresh["hidden/kernel"])
    assert "new: hidden/kernel" in str(done)


@pytest.mark.parametrize("base", [None, "", "not-there"])
def test_without_an_earlier_model_nothing_changes(
    tmp_path: Path, base: str | None
) -> None:
    now = network()
    fresh = weights(now)

    assert training.warm_start(now, base and tmp_path / base) is None

    for path, expected in fresh.items():
        np.testing.assert_array_equal(weights(now)[path], expected)


@pytest.mark.parametrize("damage", ["missing", "cut", "other"])
def test_an_earlier_model_without_its_weights_is_refused(
    tmp_path: Path, damage: str
) -> None:
    folder = exported(tmp_path / "model", network())
    file = folder / "assets.extra" / "weights.npz"
    if damage == "missing":
        file.unlink()
    else:
        content = file.read_bytes()
        file.write_bytes(content[: len(content) // 2] if damage == "cut" else b"no")

    with pytest.raises(ComponentError, match="no weights to go on from") as told:
        training.warm_start(network(), folder)

    assert "keep_weights" in str(told.value)


@pytest.mark.parametrize(
    ("old_rows", "new_rows", "expected"),
    [
        pytest.param(4, 5, [2, None, 0, 3, None], id="more-rows-for-the-unknown"),
        pytest.param(5, 4, [2, None, 0, 3], id="fewer"),
        pytest.param(3, 3, [2, None, 0], id="none"),
    ],
)
def test_rows_behind_the_terms_are_kept_in_order(
    old_rows: int, new_rows: int, expected: list[int | None]
) -> None:
    before = np.arange(old_rows, dtype=float)[:, None]
    now = np.full((new_rows, 1), -1.0)

    found, shared = carried(before, now, OLD, NEW)

    assert shared == 2
    assert found[:, 0].tolist() == [-1.0 if one is None else one for one in expected]


def test_rows_of_another_width_start_anew() -> None:
    now = np.ones((4, 3))

    found, shared = carried(np.zeros((4, 2)), now, OLD, NEW)

    assert shared == 0
    np.testing.assert_array_equal(found, now)
