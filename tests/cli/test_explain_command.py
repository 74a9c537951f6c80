"""`tidegate explain`: the command as people and scripts use it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.explain.known_models import rows, write_examples, write_known
from tests.saved_model.graph_factory import node, saved_model
from typer.testing import CliRunner

from tidegate.cli.explain import _bar
from tidegate.cli.main import app
from tidegate.errors import ComponentError, DataError, Problems, UsageError
from tidegate.explain.importance import Importance

Run = Callable[..., str]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Runs the command on a model with known weights."""
    folder = tmp_path_factory.mktemp("explained")
    model = write_known(folder / "model")
    examples = write_examples(folder / "examples", rows(300))

    def command(*options: str, given: Path = model) -> str:
        named = ["explain", str(given), "--examples", str(examples)]
        result = CliRunner().invoke(
            app, [*named, *options], standalone_mode=False, env={"COLUMNS": "120"}
        )
        if result.exception is not None:
            raise result.exception
        assert result.return_value == 0
        return result.stdout

    return command


LABEL = ("--label", "answer", "--weight", "mass")


def test_it_prints_the_features_with_their_bars(run: Run) -> None:
    lines = run(*LABEL).splitlines()
    assert re.split(r"\s{2,}", lines[0]) == [
        "feature",
        "auc",
        "drop",
        "±",
        "share",
        "alone",
    ]
    assert [line.split()[0] for line in lines[1:5]] == [
        "strong",
        "kind",
        "weak",
        "idle",
    ]
    bars = [line.count("█") for line in lines[1:5]]
    assert bars[0] == 24 > bars[1] > bars[3] == 0
    assert lines[5].startswith("auc 0.9")
    assert " on 299 rows, 0.5000 by the best constant; " in lines[5]


def test_as_json_it_is_the_document(run: Run) -> None:
    held = Importance.model_validate_json(run(*LABEL, "--json"))
    assert held.features[0].feature == "strong"
    assert held.metric == "auc"


def test_every_option_counts(run: Run) -> None:
    told = json.loads(
        run(
            *LABEL,
            *("--metric", "log_loss", "--feature", "weak", "--feature", "kind"),
            *("--rows", "100", "--repeats", "2", "--seed", "9"),
            *("--output", "probability", "--raw-label", "--json"),
        )
    )
    assert {one["feature"] for one in told["features"]} == {"weak", "kind"}
    assert told["rows"] <= 100
    assert (told["metric"], told["repeats"], told["seed"]) == ("log_loss", 2, 9)


def test_shap_prints_no_metric_alone(run: Run) -> None:
    pytest.importorskip("shap")
    lines = run(*LABEL, "--method", "shap", "--repeats", "1").splitlines()
    assert re.split(r"\s{2,}", lines[0]) == [
        "feature",
        "prediction",
        "drop",
        "±",
        "share",
    ]


def test_wrong_options_are_told_together(run: Run) -> None:
    with pytest.raises(Problems) as told:
        run("--label", "answer", "--metric", "f1", "--rows", "0")
    assert [error.where for error in told.value.errors] == [
        "tidegate explain: metric",
        "tidegate explain: rows",
    ]


@pytest.mark.parametrize(
    ("options", "kind", "said"),
    [
        (("--split", "train"), DataError, "no split 'train'"),
        (("--label-from", "none"), UsageError, "no signature 'none'"),
        (("--signature", "none"), UsageError, "no signature 'none'"),
    ],
)
def test_what_does_not_fit_is_refused(
    options: tuple[str, ...], kind: type[Exception], said: str, run: Run
) -> None:
    with pytest.raises(kind, match=said):
        run(*LABEL, *options)


def test_a_harmful_model_is_refused_before_tensorflow_is_there(
    tmp_path: Path,
) -> None:
    (tmp_path / "saved_model.pb").write_bytes(saved_model([node("n", "ReadFile")]))
    split = tmp_path / "examples" / "Split-eval"
    split.mkdir(parents=True)
    (split / "data.gz").write_bytes(b"")
    options = ["explain", str(tmp_path), "--examples", str(split.parent)]
    asked = (
        "import sys; from typer.testing import CliRunner;"
        "from tidegate.cli.main import app;"
        f"given = {[*options, *LABEL]!r};"
        "told = CliRunner().invoke(app, given, standalone_mode=False);"
        "print(type(told.exception).__name__, 'tensorflow' in sys.modules)"
    )

    done = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True
    )

    assert done.stdout == "SecurityError False\n"


def test_no_model_is_refused(run: Run, tmp_path: Path) -> None:
    with pytest.raises(ComponentError, match="no model to explain"):
        run(*LABEL, given=tmp_path)


@pytest.mark.parametrize(
    ("drop", "longest", "bar"),
    [
        (1.0, 1.0, "█" * 24),
        (0.5, 1.0, "█" * 12),
        (1 / 24 + 1 / 48, 1.0, "█▌"),
        (1e-9, 1.0, "▏"),
        (0.0, 1.0, ""),
        (-1.0, 1.0, ""),
        (0.0, 0.0, ""),
    ],
)
def test_a_bar_is_as_long_as_its_part(drop: float, longest: float, bar: str) -> None:
    assert _bar(drop, longest) == bar
