"""The model of a new pipeline answers where a model server restores it."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import tensorflow as tf

from tidegate.cli import main as cli
from tidegate.serving.session_model import SessionModel

ROWS = 20


@pytest.fixture
def user_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The training module that `tidegate init` writes."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["tidegate", "init", "birds"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert not ended.value.code
    file = tmp_path / "birds" / "user_code" / "birds_training.py"
    spec = importlib.util.spec_from_file_location("birds_training", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.filterwarnings("ignore")
def test_a_session_answers_with_every_signature(
    user_code: ModuleType, tmp_path: Path
) -> None:
    count = len(user_code.NUMERIC) + len(user_code.INTEGER)
    measured = np.linspace(1, 60, ROWS * count, dtype="float32").reshape(ROWS, count)
    folder = str(tmp_path / "model")
    user_code.export(user_code.build_model(measured), folder)

    loaded = tf.saved_model.load(folder)
    records = [record(user_code, row) for row in range(ROWS)]
    with SessionModel(folder) as session:
        for name in ("serving_default", "transform_features"):
            expected = loaded.signatures[name](tf.constant(records))
            found = session.run(name, {"examples": records})
            assert set(found) == set(expected)
            for output, values in found.items():
                np.testing.assert_allclose(values, expected[output], rtol=1e-5)


def record(user_code: ModuleType, row: int) -> bytes:
    example = tf.train.Example()
    held = example.features.feature
    for name in user_code.NUMERIC:
        held[name].float_list.value.append(row / 7)
    for name in user_code.INTEGER:
        held[name].int64_list.value.append(row)
    species = user_code.CLASSES[row % len(user_code.CLASSES)]
    held[user_code.LABEL].bytes_list.value.append(species.encode())
    return bytes(example.SerializeToString())
